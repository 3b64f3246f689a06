import {
  breaksOf,
  defineLesson,
  finding,
  kedaBreaks,
  repairTask,
  requestsBreak,
  scrapingBreaks,
} from "../../lib/lesson/mod.ts";
import type { HorizontalPodAutoscaler, LabView } from "../../lib/lesson/mod.ts";

const APP = { name: "nginx-keda-example", folder: "examples/02_keda_example" };
/** In the order in which `why` looks at a chain. */
const BREAKS = [...kedaBreaks(APP), ...scrapingBreaks(APP), requestsBreak];
const NEEDS = [
  ["scaledobjects.keda.sh", APP.name],
  ["deployments.apps", APP.name],
  ["horizontalpodautoscalers.autoscaling", "php-apache"],
  ["deployments.apps", "php-apache"],
  ["services", "operator-kube-prometheus-s-prometheus"],
] as const;
const HPAS = ["keda-hpa-nginx-keda-example", "php-apache"];

/** Both HPAs show a number that somebody measured; KEDA's is never 0, since each probe is a request too. */
async function allRead(view: LabView) {
  const all = await view.list<HorizontalPodAutoscaler>(
    "horizontalpodautoscalers.autoscaling",
    { namespace: "default" },
  );
  const blind = HPAS.filter((name) => {
    const hpa = all.find(({ metadata }) => metadata.name === name);
    const [now] = hpa?.status?.currentMetrics ?? [];
    const value = now?.external?.current.value ?? now?.resource?.current.averageUtilization;
    return value === undefined || String(value) === "0" && now?.external !== undefined;
  });
  if (blind.length === 0) return [];
  return [finding(
    [
      "both HPAs read their metric",
      `no number yet: ${blind.join(", ")}`,
      "what is mended has to be scraped, asked for and read before it shows",
      "give it some minutes: clock +3m. What is broken still? why",
    ],
    [
      "두 HPA가 모두 메트릭을 읽음",
      `아직 숫자가 없음: ${blind.join(", ")}`,
      "고친 것은 수집되고, 질의되고, 읽힌 뒤에 나타납니다",
      "몇 분 기다리세요: clock +3m. 아직 고장 난 것이 있나요? why",
    ],
    { waits: true },
  )];
}

export default defineLesson({
  id: "11-repair-with-keda",
  title: { en: "Repair: KEDA stands still", ko: "수리: KEDA가 멈췄다" },
  minutes: 20,
  requires: ["08-keda"],
  setup: [
    "kubectl apply -f examples/03_php_apache/php-apache.yaml -f examples/03_php_apache/hpa.yaml",
  ],
  breaks: breaksOf(BREAKS, 3),
  steps: [
    {
      ...repairTask({ id: "first", mended: 1, of: BREAKS, needs: NEEDS }),
      wrongAnswers: [{
        name: "KEDA started again",
        lines: ["kubectl -n keda rollout restart deploy"],
        says: "0 mended",
      }],
    },
    repairTask({ id: "second", mended: 2, of: BREAKS, needs: NEEDS }),
    repairTask({ id: "third", mended: 3, of: BREAKS, needs: NEEDS }),
    {
      kind: "run",
      id: "whole",
      lines: ["clock +5m", "kubectl -n default get hpa"],
      check: allRead,
      withinMs: 10 * 60_000,
    },
  ],
});
