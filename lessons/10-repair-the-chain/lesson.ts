import {
  adapterBreaks,
  breaksOf,
  conditionIs,
  defineLesson,
  hpaBreaks,
  repairTask,
  scrapingBreaks,
} from "../../lib/lesson/mod.ts";

const APP = { name: "nginx-custom-metric", folder: "examples/01_nginx_custom_metrics" };
/** In the order in which `why` looks at a chain. */
const BREAKS = [...hpaBreaks(APP), ...adapterBreaks(APP), ...scrapingBreaks(APP)];
const NEEDS = [
  ["horizontalpodautoscalers.autoscaling", APP.name],
  ["deployments.apps", APP.name],
  ["deployments.apps", "prometheus-adapter"],
  ["services", "operator-kube-prometheus-s-prometheus"],
] as const;

export default defineLesson({
  id: "10-repair-the-chain",
  title: { en: "Repair: the HPA stands still", ko: "수리: HPA가 멈췄다" },
  minutes: 20,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
    "05-nginx",
    "06-adapter-rules",
  ],
  breaks: breaksOf(BREAKS, 3),
  steps: [
    {
      ...repairTask({ id: "first", mended: 1, of: BREAKS, needs: NEEDS }),
      wrongAnswers: [{
        name: "everything started again",
        lines: ["kubectl rollout restart deploy"],
        says: "0 mended",
      }],
    },
    repairTask({ id: "second", mended: 2, of: BREAKS, needs: NEEDS }),
    repairTask({ id: "third", mended: 3, of: BREAKS, needs: NEEDS }),
    {
      kind: "run",
      id: "whole",
      lines: ["clock +5m", "kubectl -n default get hpa"],
      check: conditionIs(["horizontalpodautoscalers.autoscaling", APP.name], {
        type: "ScalingActive",
        status: "True",
        reason: "ValidMetricFound",
      }),
      withinMs: 10 * 60_000,
    },
  ],
});
