import { Quantity } from "../kube/mod.ts";
import type { LabView, Localized } from "./lesson.ts";
import { type QueriedSample, query } from "./_prometheus.ts";

/** A metric that the adapter is to serve, in the namespace `default`. */
export type WantedMetric = {
  metric: string;
  /** The series that it is made of, where more rules than one may be there. */
  series?: string;
  value?: WantedValue;
} & WantedOf;

/** What a metric is about: a Service, each pod that a label selector finds, or no object of the cluster. */
type WantedOf = { service: string } | { pods: string } | { external: true };

/** What the value of a metric has to be, whatever rule gives it. */
export interface WantedValue {
  /** Queries that give it; the value may be that of any, within a tenth. For pods their results carry the label `pod`. */
  promql: readonly string[];
  /** Queries that give what people take for it, and what that is then. */
  mistaken?: readonly { promql: string; is: Localized; why: Localized }[];
}

/** How a metric is spoken of, and where it is found. */
export interface MetricWords {
  /** Under which key of the adapter's rules it belongs. */
  parent: "custom" | "external";
  /** The API that serves it, and its group. */
  api: string;
  group: string;
  /** As the API lists it. */
  listed: string;
  valuePath: string;
  /** `a Service`. */
  one: Localized;
  /** What its value is for: `nginx-custom-metric`. */
  whose: Localized;
}

export function wordsOf(wanted: WantedMetric): MetricWords {
  const { metric } = wanted;
  if ("external" in wanted) {
    const group = "external.metrics.k8s.io";
    const api = `/apis/${group}/v1beta1`;
    return {
      parent: "external",
      group,
      api,
      listed: metric,
      valuePath: `${api}/namespaces/default/${metric}`,
      one: { en: "the cluster", ko: "클러스터" },
      whose: { en: "the namespace default", ko: "네임스페이스 default" },
    };
  }
  const group = "custom.metrics.k8s.io";
  const api = `/apis/${group}/v1beta1`;
  const of = "service" in wanted
    ? {
      listed: `services/${metric}`,
      valuePath: `${api}/namespaces/default/services/${wanted.service}/${metric}`,
      one: { en: "a Service", ko: "Service" },
      whose: { en: wanted.service, ko: wanted.service },
    }
    : {
      listed: `pods/${metric}`,
      valuePath: `${api}/namespaces/default/pods/*/${metric}?labelSelector=${
        encodeURIComponent(wanted.pods)
      }`,
      one: { en: "a pod", ko: "파드" },
      whose: { en: `each pod with ${wanted.pods}`, ko: `${wanted.pods}인 파드마다` },
    };
  return { parent: "custom", group, api, ...of };
}

/** The values that the API serves, by object (`` for an external metric, added up as an HPA does); or why there are none. */
export async function servedValues(
  view: LabView,
  wanted: WantedMetric,
): Promise<{ values: Map<string, number> } | { code: number; message: string }> {
  const { code, body, message } = await view.raw(wordsOf(wanted).valuePath);
  const items: { describedObject?: { name: string }; value: string }[] = body?.items ?? [];
  if (code !== 200 || items.length === 0) return { code, message };
  const values = new Map<string, number>();
  for (const { describedObject, value } of items) {
    const name = describedObject?.name ?? "";
    values.set(name, (values.get(name) ?? 0) + Quantity.parse(value).asNumber());
  }
  return { values };
}

/** How far a value may be from what is expected: a tenth, or what rounding makes of a small one. */
function isNear(value: number, expected: number): boolean {
  return Math.abs(value - expected) <= Math.max(Math.abs(expected) / 10, 0.02);
}

/**
 * What is wrong with values by object: what people take for the metric, or merely another number; undefined when they
 * are right, or nothing is known of them. `expected` is what the first object should have.
 */
export async function valueMistake(
  view: LabView,
  wanted: WantedMetric,
  values: ReadonlyMap<string, number>,
): Promise<{ value: number; expected: number; is?: Localized; why?: Localized } | undefined> {
  if (!wanted.value || values.size === 0) return undefined;
  const fits = (samples: readonly QueriedSample[]) =>
    samples.length > 0 &&
    [...values].every(([name, value]) => isNear(value, expectedOf(samples, wanted, name)));
  let first: QueriedSample[] | undefined;
  for (const promql of wanted.value.promql) {
    const samples = await query(view, promql);
    if (samples === undefined || samples.length === 0) continue;
    if (fits(samples)) return undefined;
    first ??= samples;
  }
  if (!first) return undefined;
  const [[name, value]] = values;
  const found = { value, expected: expectedOf(first, wanted, name) };
  for (const { promql, is, why } of wanted.value.mistaken ?? []) {
    if (fits(await query(view, promql) ?? [])) return { ...found, is, why };
  }
  return found;
}

function expectedOf(
  samples: readonly QueriedSample[],
  wanted: WantedMetric,
  name: string,
): number {
  if ("pods" in wanted) return samples.find(({ metric }) => metric.pod === name)?.value ?? NaN;
  return samples.reduce((sum, { value }) => sum + value, 0);
}
