import {
  customReadings,
  type MetricReading,
  type MetricSpec,
  type MetricValueItem,
  type PodMetricsItem,
  resourceReadings,
  selectorFault,
  toMilli,
} from "../../lib/autoscale/mod.ts";
import {
  formatRequirements,
  type LabelSelector,
  matches,
  parseSelector,
  type Pod,
  selectorRequirements,
  selects,
} from "../../lib/kube/mod.ts";
import {
  type CaseContainer,
  CaseError,
  type CaseMetrics,
  type CasePod,
  type CaseWorld,
  durationMs,
  timeMs,
} from "./_hpa_case.ts";

/*
 * The world of a sync, in the objects that the real APIs give, so that the real controller can be
 * shown the same one.
 */

type Json = any;

/** A list of an API, or its error. */
export interface Listing<T> {
  error?: string;
  items?: T[];
}

export interface World {
  atMs: number;
  scale: { error: string } | { specReplicas: number; statusReplicas: number; selector: string };
  updateError?: string;
  pods: Pod[];
  podMetrics: Listing<PodMetricsItem>;
  /** By `pods/<metric>?<selector>` and `object/<kind>/<name>/<metric>?<selector>`. */
  custom: Record<string, Listing<MetricValueItem>>;
  /** By `<metric>?<selector>`. */
  external: Record<string, Listing<{ value: string | number; timestamp: string }>>;
}

interface Around {
  namespace: string;
  target: string;
  specs: readonly MetricSpec[];
  nowMs: number;
}

/** The whole world of one sync. Errors: CaseError. */
export function worldOf(given: CaseWorld, around: Around): World {
  const { nowMs } = around;
  const specReplicas = given.replicas ?? 1;
  const statusReplicas = given.statusReplicas ?? specReplicas;
  const selector = given.selector ?? "app=web";
  const entries = podsOf(given.pods ?? statusReplicas, around.target);
  const labels = labelsFor(selector);
  const all = entries.map((entry) => ({ entry, pod: podObject(entry, labels, around) }));
  return {
    atMs: nowMs,
    scale: given.scaleError
      ? { error: given.scaleError }
      : { specReplicas, statusReplicas, selector },
    ...(given.updateError ? { updateError: given.updateError } : {}),
    pods: all.filter(({ entry }) => entry.listed !== false).map(({ pod }) => pod),
    podMetrics: given.metrics?.resource ?? {
      items: all.flatMap(({ entry, pod }) => podMetrics(entry, pod, nowMs)),
    },
    custom: customListings(given.metrics ?? {}, all, around),
    external: externalListings(given.metrics ?? {}, around),
  };
}

function podsOf(pods: number | CasePod[], target: string): CasePod[] {
  const entries = typeof pods === "number" ? [{ count: pods }] : pods;
  return entries.flatMap(({ count = 1, ...pod }) => Array.from({ length: count }, () => pod))
    .map((pod, i) => ({ name: `${target}-${i}`, ...pod }));
}

/** Labels that a selector selects, as far as it asks for equality. */
function labelsFor(selector: string): Record<string, string> {
  try {
    return Object.fromEntries(
      parseSelector(selector).filter(({ operator }) => ["=", "in", "exists"].includes(operator))
        .map(({ key, values }) => [key, values[0] ?? ""]),
    );
  } catch {
    return {};
  }
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function podObject(pod: CasePod, labels: Record<string, string>, around: Around): Pod {
  const { namespace, nowMs } = around;
  if (pod.metadata) {
    const { metadata, spec = {}, status = {} } = pod;
    const named = { labels, ...metadata, namespace, name: metadata.name ?? pod.name };
    return { apiVersion: "v1", kind: "Pod", metadata: named, spec, status } as Pod;
  }
  const phase = pod.phase ?? "Running";
  const ready = pod.ready === undefined ? phase === "Running" ? "True" : null : pod.ready;
  const startMs = pod.start === null ? undefined : timeMs(pod.start ?? "-1h", nowMs);
  const status = ready === true ? "True" : ready === false ? "False" : ready;
  const readyMs = pod.readySince !== undefined
    ? timeMs(pod.readySince, nowMs)
    : (startMs ?? nowMs) + (status === "False" ? 0 : 1000);
  const containers = pod.containers ??
    [{ name: "app", requests: pod.requests ?? { cpu: "100m", memory: "64Mi" } }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: pod.name!,
      namespace,
      labels: pod.labels ?? labels,
      ...(pod.deleting ? { deletionTimestamp: rfc3339(nowMs) } : {}),
    },
    spec: {
      containers: containers.map(container),
      ...(pod.initContainers ? { initContainers: pod.initContainers.map(container) } : {}),
      ...(pod.podRequests ? { resources: { requests: pod.podRequests } } : {}),
      ...(pod.overhead ? { overhead: pod.overhead } : {}),
    },
    status: {
      phase,
      ...(startMs === undefined ? {} : { startTime: rfc3339(startMs) }),
      conditions: status === null
        ? []
        : [{ type: "Ready", status, lastTransitionTime: rfc3339(readyMs) }],
    },
  } as unknown as Pod;
}

function container({ name, requests, restartPolicy }: CaseContainer): Json {
  return {
    name,
    ...(restartPolicy ? { restartPolicy } : {}),
    resources: requests ? { requests } : {},
  };
}

/** What metrics-server says of a pod: nothing, unless the case gives usage. */
function podMetrics(entry: CasePod, pod: Pod, nowMs: number): PodMetricsItem[] {
  const first = pod.spec?.containers?.[0]?.name ?? "app";
  const containers = entry.usage
    ? [{ name: first, usage: entry.usage }]
    : [...entry.containers ?? [], ...entry.initContainers ?? []].flatMap(({ name, usage }) =>
      usage ? [{ name, usage }] : []
    );
  if (containers.length === 0) return [];
  return [{
    metadata: { name: pod.metadata.name },
    timestamp: rfc3339(timeMs(entry.sampleTime ?? 0, nowMs)),
    window: goDuration(durationMs(entry.window ?? "30s")),
    containers,
  }];
}

function goDuration(ms: number): string {
  return `${ms / 1000}s`;
}

function customListings(
  metrics: CaseMetrics,
  all: readonly { entry: CasePod; pod: Pod }[],
  { specs, nowMs }: Around,
): World["custom"] {
  const listings: World["custom"] = {};
  for (const spec of specs) {
    if (spec.pods) {
      const { name } = spec.pods.metric;
      listings[podsKey(spec)] = metrics.pods?.[name] ?? {
        items: all.flatMap(({ entry, pod }) =>
          entry.metrics?.[name] === undefined ? [] : [{
            describedObject: { name: pod.metadata.name },
            metric: { name },
            timestamp: rfc3339(timeMs(entry.sampleTime ?? 0, nowMs)),
            value: String(entry.metrics[name]),
            ...(entry.window === undefined
              ? {}
              : { windowSeconds: Math.round(durationMs(entry.window) / 1000) }),
          }]
        ),
      };
    } else if (spec.object) {
      const { describedObject: { kind, name }, metric } = spec.object;
      const value = metrics.object?.[`${kind}/${name}/${metric.name}`] ??
        metrics.object?.[metric.name];
      listings[objectKey(spec)] = value === undefined
        ? {
          error: `the server could not find the metric ${metric.name} for ` +
            `${kind.toLowerCase()}s ${name}`,
        }
        : typeof value === "object"
        ? value
        : {
          items: [{
            describedObject: { name },
            timestamp: rfc3339(nowMs),
            value: String(value),
          }],
        };
    }
  }
  return listings;
}

function externalListings(metrics: CaseMetrics, { specs, nowMs }: Around): World["external"] {
  const listings: World["external"] = {};
  for (const spec of specs) {
    if (!spec.external) continue;
    const { name, selector } = spec.external.metric;
    const given = metrics.external?.[name];
    if (given !== undefined && typeof given === "object" && !Array.isArray(given)) {
      listings[externalKey(spec)] = given;
      continue;
    }
    const series: Json[] = given === undefined ? [] : [given].flat();
    listings[externalKey(spec)] = {
      items: series
        .map((one) => (typeof one === "object" ? one : { value: one }))
        .filter(({ labels }) =>
          labels === undefined || selector === undefined || selectorFault(selector) !== undefined ||
          selects(selector, labels)
        )
        .map(({ value }) => ({ value: String(value), timestamp: rfc3339(nowMs) })),
    };
  }
  return listings;
}

function selectorText(selector: LabelSelector | undefined): string {
  if (selectorFault(selector)) return "";
  const requirements = selectorRequirements(selector) ?? [];
  return formatRequirements(requirements.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
}

const podsKey = ({ pods }: MetricSpec) =>
  `pods/${pods!.metric.name}?${selectorText(pods!.metric.selector)}`;
const externalKey = ({ external }: MetricSpec) =>
  `${external!.metric.name}?${selectorText(external!.metric.selector)}`;
function objectKey({ object }: MetricSpec): string {
  const { describedObject: { kind, name }, metric } = object!;
  return `object/${kind}/${name}/${metric.name}?${selectorText(metric.selector)}`;
}

/** What the controller's metrics clients make of the world. */
export function readingOf(spec: MetricSpec, world: World): MetricReading {
  switch (spec.type) {
    case "Object": {
      const list = world.custom[objectKey(spec)];
      const items = itemsOf("custom", list, 1);
      return "error" in items ? items : { valueMilli: toMilli(items.items[0].value) };
    }
    case "Pods": {
      const items = itemsOf("custom", world.custom[podsKey(spec)], 1);
      return "error" in items ? items : { pods: customReadings(items.items) };
    }
    case "External": {
      const items = itemsOf("external", world.external[externalKey(spec)], 1);
      return "error" in items
        ? items
        : { valuesMilli: items.items.map(({ value }) => toMilli(value)) };
    }
    case "Resource":
    case "ContainerResource": {
      const items = itemsOf("resource", world.podMetrics, 1);
      if ("error" in items) return items;
      const { name } = (spec.resource ?? spec.containerResource)!;
      const container = spec.containerResource?.container ?? "";
      return { pods: resourceReadings(items.items, name, container) };
    }
    default:
      return { error: "" };
  }
}

function itemsOf<T>(
  api: string,
  listing: Listing<T> | undefined,
  least: number,
): { error: string } | { items: T[] } {
  if (!listing) throw new CaseError(`nothing to read from the ${api} metrics API`);
  if (listing.error !== undefined) {
    return { error: `unable to fetch metrics from ${api} metrics API: ${listing.error}` };
  }
  const items = listing.items ?? [];
  return items.length < least
    ? { error: `no metrics returned from ${api} metrics API` }
    : { items };
}

/** The pods of a world that a selector selects; all of them when it will not parse. */
export function podsUnder(world: World, selector: string): Pod[] {
  const requirements = parseSelector(selector);
  return world.pods.filter((pod) => matches(requirements, pod.metadata.labels));
}
