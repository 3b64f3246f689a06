import { Quantity } from "../kube/mod.ts";
import type { AskedMetric } from "../rules/mod.ts";
import type { LabView, Localized } from "./lesson.ts";
import type { VectorSample } from "../promql/mod.ts";
import { query } from "./_prometheus.ts";

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
  /**
   * Queries that give it, such as rates over several windows: a value between theirs is right, give or take a tenth. For
   * pods their results carry the label `pod`.
   */
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

/** A metric as an autoscaler in the namespace `default` asks for it, of objects by these names. */
export function askedAs(wanted: WantedMetric, names: readonly string[] = []): AskedMetric {
  const resource = resourceOf(wanted);
  return { metric: wanted.metric, namespace: "default", names, ...(resource ? { resource } : {}) };
}

/** The kind of object that a metric is wanted of; undefined for an external one. */
export function resourceOf(wanted: WantedMetric): { group: string; resource: string } | undefined {
  if ("external" in wanted) return undefined;
  return { group: "", resource: "service" in wanted ? "services" : "pods" };
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

/** Whether a value lies between others, give or take a tenth, or what rounding makes of a small one. */
function isAmong(value: number, others: readonly number[]): boolean {
  const known = others.filter(Number.isFinite);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const slack = (bound: number) => Math.max(Math.abs(bound) / 10, 0.02);
  return value >= least - slack(least) && value <= most + slack(most);
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
  const fit = (answers: readonly (readonly VectorSample[])[]) =>
    [...values].every(([name, value]) =>
      isAmong(value, answers.map((samples) => expectedOf(samples, wanted, name)))
    );
  const answers = await Promise.all(wanted.value.promql.map((promql) => query(view, promql)));
  const known = answers.filter((samples) => samples !== undefined)
    .filter((samples) => samples.length > 0);
  if (known.length === 0 || fit(known)) return undefined;
  const [[name, value]] = values;
  const found = { value, expected: expectedOf(known[0], wanted, name) };
  for (const { promql, is, why } of wanted.value.mistaken ?? []) {
    const samples = await query(view, promql) ?? [];
    if (samples.length > 0 && fit([samples])) return { ...found, is, why };
  }
  return found;
}

function expectedOf(
  samples: readonly VectorSample[],
  wanted: WantedMetric,
  name: string,
): number {
  if ("pods" in wanted) return samples.find(({ metric }) => metric.pod === name)?.value ?? NaN;
  return samples.reduce((sum, { value }) => sum + value, 0);
}
