import { METRICS_GROUPS, metricsApiOf, type MetricSpec } from "../../autoscale/mod.ts";
import type { HorizontalPodAutoscaler } from "../../kube/mod.ts";
import type { Decided, Undecided } from "../decide.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";

/** The arithmetic of an HPA, once its metrics come in. */
export interface DecisionWalk {
  hpa: HorizontalPodAutoscaler;
  decided: Decided | Undecided;
}

export const decisionHop: HopLook<DecisionWalk> = {
  hop: "decision",
  see({ decided }) {
    if ("undecided" in decided) return { object: "", state: "waits", saw: decided.undecided };
    const { decision, said: last } = decided;
    const { currentReplicas, desiredReplicas } = decision;
    const now = `${currentReplicas} → ${desiredReplicas}`;
    return {
      object: "",
      state: decision.ok ? "ok" : "waits",
      saw: last === undefined || last === desiredReplicas
        ? said(`${now} replicas`, `레플리카 ${now}`)
        : said(
          `${now} replicas; its controller said ${last}`,
          `레플리카 ${now}. 컨트롤러는 ${last}`,
        ),
    };
  },
  causes: [totalAsValue, partlyBlind],
};

/** A total beside a Value target: more pods do not bring it down. */
function totalAsValue({ hpa, decided }: DecisionWalk): Fault | undefined {
  if ("undecided" in decided || !decided.decision.ok) return undefined;
  const { derivation } = decided.decision;
  const { chosen, currentReplicas, maxReplicas } = derivation;
  const outcome = chosen === undefined ? undefined : derivation.metrics[chosen];
  const spec = hpa.spec?.metrics?.[chosen ?? 0] as MetricSpec | undefined;
  const target = (spec?.object ?? spec?.external)?.target;
  if (!outcome?.ok || target?.type !== "Value" || maxReplicas <= 1) return undefined;
  const { ratio, tolerances } = outcome.proposal;
  if (ratio <= 1 + tolerances.scaleUp || currentReplicas < maxReplicas) return undefined;
  const { name } = (spec!.object ?? spec!.external)!.metric;
  const path = spec!.object ? "object" : "external";
  const at = chosen ?? 0;
  return {
    cause: "value-where-average-value-is-meant",
    warns: true,
    told: said(
      `All ${maxReplicas} replicas run, and ${name} is still ${
        round(ratio)
      } times its target: with type Value more ` +
        `pods help only if they bring ${name} itself down. A total is divided by the pods with AverageValue.`,
      `레플리카 ${maxReplicas}개가 모두 떴는데도 ${name}이(가) 목표의 ${
        round(ratio)
      }배입니다. Value에서는 파드가 늘어 ` +
        `${name} 자체가 줄어야 합니다. 합계라면 AverageValue가 파드 수로 나눕니다.`,
    ),
    evidence: [
      fieldEvidence("hpa", hpa, `.spec.metrics[${at}].${path}.target`),
      fieldEvidence("hpa", hpa, `.status.currentMetrics[${at}].${path}.current`),
    ],
    remedy: {
      diff:
        `           target:\n-            type: Value\n-            value: "${target.value}"\n` +
        `+            type: AverageValue\n+            averageValue: "${target.value}"`,
      told: said(
        "where the metric is a total of all pods; where it is a counter that never falls, take its rate",
        "모든 파드의 합계일 때. 줄지 않는 카운터라면 rate를 쓰세요",
      ),
    },
    upstream: DOCS.hpaAlgorithm,
  };
}

function round(ratio: number): number {
  return Number(ratio.toPrecision(2));
}

/** A metric that cannot be read keeps the others from scaling down. */
function partlyBlind({ hpa, decided }: DecisionWalk): Fault | undefined {
  if ("undecided" in decided || !decided.decision.ok) return undefined;
  const { metrics } = decided.decision.derivation;
  const lost = metrics.findIndex((metric) => !metric.ok);
  if (lost < 0) return undefined;
  const spec = hpa.spec!.metrics![lost] as unknown as MetricSpec;
  const outcome = metrics[lost];
  const message = outcome.ok ? "" : outcome.message;
  return {
    cause: "one-metric-unreadable",
    warns: true,
    told: said(
      `Metric ${lost + 1} of ${metrics.length} cannot be read (${
        METRICS_GROUPS[metricsApiOf(spec)]
      }): the HPA scales ` +
        `up by the others, and not down.`,
      `메트릭 ${metrics.length}개 중 ${lost + 1}번째를 읽을 수 없습니다 (${
        METRICS_GROUPS[metricsApiOf(spec)]
      }): HPA는 ` +
        `나머지로 늘릴 수만 있고 줄이지 못합니다.`,
    ),
    evidence: [{
      command: `kubectl -n ${hpa.metadata.namespace} describe hpa ${hpa.metadata.name}`,
      printed: message,
    }],
    remedy: { told: said("mend its chain, or take it out", "그 메트릭을 고치거나 빼세요") },
    upstream: DOCS.hpaAlgorithm,
  };
}
