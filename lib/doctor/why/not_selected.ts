import { formatSelector } from "../../kube/mod.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { DOCS } from "../upstream.ts";
import { type Configuring, type PassedOver, resourceOf } from "./monitors.ts";

/** A monitor, or rules, that no Prometheus object looks at: by which selector, and what mends it. */
export function notSelected(one: Configuring, why: PassedOver): Fault {
  const { metadata, spec } = why.prometheus;
  const what = one.kind === "PrometheusRule" ? "recording-rule" : "monitor";
  const name = one.object.metadata.name;
  const where = `-n ${one.object.metadata.namespace}`;
  if (why.by === "labels") {
    const wanted = formatSelector(spec[why.selector]);
    const labels = Object.entries(spec[why.selector]?.matchLabels ?? {});
    return {
      cause: `${what}-not-selected`,
      told: {
        en: `The Prometheus ${metadata.name} looks only at ${one.kind}s with the labels ` +
          `${wanted}, and ${name} does not have them.`,
        ko: `Prometheus ${metadata.name}은(는) 레이블이 ${wanted}인 ${one.kind}만 보는데, ` +
          `${name}에는 그 레이블이 없습니다.`,
      },
      evidence: [
        fieldEvidence(
          "prometheuses.monitoring.coreos.com",
          why.prometheus,
          `.spec.${why.selector}`,
        ),
        fieldEvidence(resourceOf(one), one.object, ".metadata.labels"),
      ],
      remedy: labels.length > 0
        ? {
          command: `kubectl ${where} label ${one.kind.toLowerCase()} ${name} --overwrite ` +
            labels.map(([key, value]) => `${key}=${value}`).join(" "),
        }
        : {
          told: {
            en: `give it labels that ${wanted} selects`,
            ko: `${wanted}이(가) 고르는 레이블을 붙이세요`,
          },
        },
      upstream: DOCS.monitors,
    };
  }
  return {
    cause: `${what}-namespace-not-selected`,
    told: {
      en:
        `The Prometheus ${metadata.namespace}/${metadata.name} does not look at ${one.kind}s of ` +
        `the namespace ${one.object.metadata.namespace}.`,
      ko: `Prometheus ${metadata.namespace}/${metadata.name}은(는) 네임스페이스 ` +
        `${one.object.metadata.namespace}의 ${one.kind}를 보지 않습니다.`,
    },
    evidence: [
      fieldEvidence(
        "prometheuses.monitoring.coreos.com",
        why.prometheus,
        `.spec.${why.namespaceSelector}`,
      ),
    ],
    remedy: {
      diff: ` spec:\n+  ${why.namespaceSelector}: {}`,
      told: {
        en: `in the Prometheus ${metadata.name}: an empty selector takes every namespace`,
        ko: `Prometheus ${metadata.name}에. 빈 selector는 모든 네임스페이스입니다`,
      },
    },
    upstream: DOCS.monitors,
  };
}
