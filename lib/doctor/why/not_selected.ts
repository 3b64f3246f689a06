import { formatSelector, type HelmRelease, helmReleaseOf, selects } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { type Configuring, listOf, type PassedOver, resourceOf } from "./monitors.ts";

/** A monitor, or rules, that no Prometheus object looks at: by which selector, and what mends it. Errors: NotSeen. */
export async function notSelected(
  cluster: Cluster,
  one: Configuring,
  why: PassedOver,
): Promise<Fault> {
  const madeBy = helmReleaseOf(why.prometheus);
  const release = helmReleaseOf(one.object);
  const { metadata, spec } = why.prometheus;
  const what = one.kind === "PrometheusRule" ? "recording-rule" : "monitor";
  const name = one.object.metadata.name;
  const where = `-n ${one.object.metadata.namespace}`;
  if (why.by === "labels") {
    const wanted = formatSelector(spec[why.selector]);
    const labels = Object.entries<string>(spec[why.selector]?.matchLabels ?? {});
    const own = madeBy && await ownLabels(cluster, one.kind, { ...why, madeBy });
    if (own) return misled(one, { ...why, madeBy }, own);
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
          ...(release ? { told: againText(release) } : {}),
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
    remedy: madeBy
      ? {
        diff: valuesDiff(`+    ${why.namespaceSelector}: {}`),
        told: said(
          `${valuesOf(madeBy).en}: an empty selector takes every namespace`,
          `${valuesOf(madeBy).ko}. 빈 셀렉터는 모든 네임스페이스입니다`,
        ),
      }
      : {
        diff: ` spec:\n+  ${why.namespaceSelector}: {}`,
        told: said(
          `in the Prometheus ${metadata.name}: an empty selector takes every namespace`,
          `Prometheus ${metadata.name}에. 빈 셀렉터는 모든 네임스페이스입니다`,
        ),
      },
    upstream: DOCS.monitors,
  };
}

/** A Prometheus object that Helm made. */
interface MadeByHelm extends PassedOver {
  madeBy: HelmRelease;
}

/**
 * The labels that a Prometheus object's own release gives to monitors or rules, where its selector fits not even one of
 * those: then the selector is wrong, and not what it passes over. Undefined otherwise. Errors: NotSeen.
 */
async function ownLabels(
  cluster: Cluster,
  kind: Configuring["kind"],
  { prometheus, selector, madeBy }: MadeByHelm,
): Promise<Record<string, string> | undefined> {
  const wanted = Object.keys(prometheus.spec[selector]?.matchLabels ?? {});
  const own = (await listOf(cluster, kind)).filter((object) => {
    const release = helmReleaseOf(object);
    return release?.name === madeBy.name && release.namespace === madeBy.namespace;
  });
  const [first] = own;
  if (!first || own.some(({ metadata }) => selects(prometheus.spec[selector], metadata.labels))) {
    return undefined;
  }
  const labels = wanted.flatMap((key) => {
    const value = first.metadata.labels?.[key];
    return value === undefined ? [] : [[key, value]];
  });
  return labels.length > 0 ? Object.fromEntries(labels) : undefined;
}

/** The selector of a Prometheus object that passes over what its own release made. */
function misled(
  one: Configuring,
  { prometheus, selector, madeBy }: MadeByHelm,
  own: Record<string, string>,
): Fault {
  const { name } = prometheus.metadata;
  const what = one.kind === "PrometheusRule" ? "recording-rule" : "monitor";
  const wanted = formatSelector(prometheus.spec[selector]);
  const has = Object.entries(own).map(([key, value]) => `${key}=${value}`).join(",");
  const rows = Object.entries(own).flatMap(([key, value]) => [
    `-        ${key}: ${prometheus.spec[selector].matchLabels[key]}`,
    `+        ${key}: ${value}`,
  ]);
  return {
    cause: `${what}-not-selected`,
    told: said(
      `The Prometheus ${name} looks only at ${one.kind}s with the labels ${wanted}, and none has them: neither ` +
        `${one.object.metadata.name} nor those of its own release ${madeBy.name}, which have ${has}.`,
      `Prometheus ${name}은(는) 레이블이 ${wanted}인 ${one.kind}만 보는데 그런 것이 없습니다: ` +
        `${one.object.metadata.name}에도, 같은 릴리스 ${madeBy.name}의 것(${has})에도 그 레이블이 없습니다.`,
    ),
    evidence: [
      fieldEvidence("prometheuses.monitoring.coreos.com", prometheus, `.spec.${selector}`),
      fieldEvidence(resourceOf(one), one.object, ".metadata.labels"),
    ],
    remedy: {
      diff: valuesDiff([`     ${selector}:`, "       matchLabels:", ...rows].join("\n")),
      told: valuesOf(madeBy),
    },
    upstream: DOCS.monitors,
  };
}

/** Lines of the values of a chart that makes a Prometheus object. Source: kube-prometheus-stack values.yaml. */
function valuesDiff(lines: string): string {
  return ` prometheus:\n   prometheusSpec:\n${lines}`;
}

function valuesOf({ name, namespace }: HelmRelease): Localized {
  return said(
    `in the values of the Helm release ${name} (${namespace}), which makes the Prometheus; then upgrade it`,
    `Prometheus를 만드는 Helm 릴리스 ${name} (${namespace})의 values에. 그다음 업그레이드하세요`,
  );
}

function againText({ name }: HelmRelease): Localized {
  return said(
    `and give it that label in the values of the Helm release ${name} too: installed anew, it would lack it`,
    `그리고 Helm 릴리스 ${name}의 values에도 그 레이블을 쓰세요. 새로 설치하면 다시 없어집니다`,
  );
}
