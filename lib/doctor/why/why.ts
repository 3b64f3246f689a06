import {
  METRICS_GROUPS,
  metricsApiOf,
  MetricsClientError,
  type MetricSpec,
} from "../../autoscale/mod.ts";
import {
  groupOf,
  type HorizontalPodAutoscaler,
  type KubeObject,
  parseGroupResource,
} from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Decided, decideNow, pathOf, questionOf, type Undecided } from "../decide.ts";
import { type HopNow, lookAt } from "../hop.ts";
import { NotSeen } from "../reads.ts";
import { asIs, said } from "../said.ts";
import {
  ADAPTER,
  AUTOSCALER,
  DECISION,
  KEDA,
  OBJECT,
  OTHER_TRIGGER,
  RESOURCE,
  SCRAPING,
  TRIGGER,
} from "./chains.ts";
import { HpaWalk, metricTitle } from "./hpa_walk.ts";
import { KedaWalk, SCALED_OBJECTS } from "./keda_walk.ts";
import { MetricWalk, type Wanted } from "./metric_walk.ts";
import { ObjectWalk } from "./object_hop.ts";
import { ResourceWalk } from "./resource_walk.ts";
import { OtherTriggerWalk } from "./other_trigger_hop.ts";
import { notThere } from "./scaledobject_hop.ts";
import { becauseOf } from "./trigger_hop.ts";
import { TriggerWalk } from "./trigger_walk.ts";

/** What is asked about. */
export type Subject =
  | { kind: "hpa" | "so" | "sj"; name: string }
  /** A metric of the custom or external API: `hits`, or `pods/hits` as it is listed. */
  | { kind: "metric"; name: string };

/** What was found of one autoscaler or metric. */
export interface Diagnosis {
  subject: Subject;
  namespace: string;
  /** From the autoscaler back to the container that counts. */
  hops: HopNow[];
  /** The first hop that is broken, or else the first that has something to mind. */
  first?: HopNow;
  verdict: Verdict;
  /** The arithmetic of an HPA, where it could be done. */
  decided?: Decided;
}

/**
 * Whether a metric gets through: it does; a hop is broken; nothing is broken, and it has not come yet; or too much could
 * not be looked at.
 */
export type Verdict = "whole" | "broken" | "waiting" | "unknown";

/** An HPA, and with it the ScaledObject that it was made for. Errors: as the cluster's reads. */
export async function whyHpa(
  cluster: Cluster,
  hpa: HorizontalPodAutoscaler,
  nowMs: number,
): Promise<Diagnosis> {
  const namespace = hpa.metadata.namespace ?? "";
  const subject: Subject = { kind: "hpa", name: hpa.metadata.name };
  const owner = hpa.metadata.ownerReferences?.find(({ kind }) => kind === "ScaledObject");
  const object = owner &&
    await cluster.reads.find(SCALED_OBJECTS, { namespace, name: owner.name });
  const hops = await lookAt(AUTOSCALER, new HpaWalk(cluster, hpa));
  if (object) {
    // The target is the ScaledObject's too, unless that names another since, which KEDA refuses.
    const more = await scaledObjectHops(cluster, object, hpa);
    const seen = new Map(hops.map(({ hop, state }) => [hop, state]));
    hops.push(
      ...more.filter(({ hop, metric, state }) =>
        metric !== undefined || !seen.has(hop) || state === "broken" && seen.get(hop) !== "broken"
      ),
    );
  } else hops.push(...await metricHops(cluster, hpa));
  const decided = await decidedOf(cluster, hpa, nowMs);
  hops.push(...await lookAt(DECISION, { hpa, decided }));
  return concluded(subject, namespace, hops, decided);
}

async function decidedOf(
  cluster: Cluster,
  hpa: HorizontalPodAutoscaler,
  nowMs: number,
): Promise<Decided | Undecided> {
  try {
    return await decideNow(cluster, hpa, nowMs);
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    return { undecided: error.said };
  }
}

/** The hops of each metric of an HPA. */
async function metricHops(cluster: Cluster, hpa: HorizontalPodAutoscaler): Promise<HopNow[]> {
  const hops: HopNow[] = [];
  const walk = new HpaWalk(cluster, hpa);
  const { metrics = [] } = walk.spec;
  const scaled = await orNothing(() => walk.scaled());
  const scale = !scaled || "error" in scaled.scale ? undefined : scaled.scale;
  const { selector = "", specReplicas } = scale ?? {};
  for (const spec of metrics) {
    const title = metrics.length > 1 ? metricTitle(spec) : undefined;
    const api = metricsApiOf(spec);
    if (api === "resource") {
      if (scaled) {
        hops.push(...await lookAt(RESOURCE, new ResourceWalk(cluster, spec, scaled), title));
      }
      continue;
    }
    if (spec.object) {
      hops.push(...await lookAt(OBJECT, new ObjectWalk(cluster, hpa, spec.object), title));
    }
    const wanted: Wanted = {
      api,
      ...await namedBy(cluster, spec, scaled?.pods.map(({ metadata }) => metadata.name) ?? []),
      namespace: walk.namespace,
      pods: scaled?.pods ?? [],
      isAtZero: specReplicas === 0,
      ...await asked(cluster, spec, walk.namespace, selector),
      ...(walk.complaint ? { complaint: walk.complaint } : {}),
    };
    const metric = new MetricWalk(cluster, wanted);
    const served = await lookAt(ADAPTER, metric, title);
    hops.push(...served);
    // Behind a name that is misspelt there is nothing to look at.
    if (served.some(({ fault }) => fault?.cause === "metric-name-unknown")) continue;
    hops.push(...await lookAt(SCRAPING, metric.source, title));
  }
  return hops;
}

/** What a metric of a spec is called, and of what it is. */
async function namedBy(
  cluster: Cluster,
  { object, pods, external }: MetricSpec,
  podNames: readonly string[],
): Promise<Pick<Wanted, "metric" | "resource" | "names" | "selector">> {
  const metric = (object ?? pods ?? external)!.metric;
  const named = { metric: metric.name, ...(metric.selector ? { selector: metric.selector } : {}) };
  if (external) return { ...named, names: [] };
  if (pods) return { ...named, resource: { group: "", resource: "pods" }, names: podNames };
  const { kind, apiVersion = "", name } = object!.describedObject;
  const mapper = await cluster.mapper();
  const found = mapper.kindIn(apiVersion, kind) ?? mapper.kindFor(groupOf(apiVersion), kind);
  const resource = found && { group: found.group, resource: found.resource };
  return { ...named, ...(resource ? { resource } : {}), names: [name] };
}

async function asked(
  cluster: Cluster,
  spec: MetricSpec,
  namespace: string,
  selector: string,
): Promise<{ path?: string }> {
  try {
    return { path: pathOf(await questionOf(cluster, spec, namespace, selector)) };
  } catch (error) {
    if (!(error instanceof MetricsClientError || error instanceof NotSeen)) throw error;
    return {};
  }
}

async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    return undefined;
  }
}

async function scaledObjectHops(
  cluster: Cluster,
  object: KubeObject,
  hpa?: HorizontalPodAutoscaler,
): Promise<HopNow[]> {
  const walk = new KedaWalk(cluster, object);
  const hops = await lookAt(KEDA, walk);
  const { triggers } = walk;
  for (const [number, trigger] of triggers.entries()) {
    const title = triggers.length > 1 ? `s${number}-${trigger.type}` : undefined;
    if (trigger.type === "prometheus") {
      const one = new TriggerWalk(walk, trigger, number);
      const asked = await lookAt(TRIGGER, one, title);
      // Behind a name that is misspelt there is nothing to look at.
      const scraping = asked.some(({ fault }) => fault?.cause === "trigger-metric-misspelt")
        ? []
        : await lookAt(SCRAPING, one.source, title);
      hops.push(...becauseOf(asked, scraping, one), ...scraping);
    } else if (trigger.type === "cpu" || trigger.type === "memory") {
      const scaled = await orNothing(() => walk.scaled());
      if (scaled) {
        const spec = resourceSpec(trigger);
        hops.push(...await lookAt(RESOURCE, new ResourceWalk(cluster, spec, scaled), title));
      }
    } else {
      const one = new OtherTriggerWalk(walk, trigger, number, hpa);
      hops.push(...await lookAt(OTHER_TRIGGER, one, title));
    }
  }
  return hops;
}

/** A cpu or memory trigger as the metric that KEDA makes of it. Source: kedacore/keda pkg/scalers/cpu_memory_scaler.go. */
function resourceSpec(
  { type, metricType, metadata = {} }: {
    type: string;
    metricType?: string;
    metadata?: Record<string, string>;
  },
): MetricSpec {
  const value = metadata.value ?? "0";
  const target = metricType === "AverageValue"
    ? { type: "AverageValue", averageValue: value }
    : { type: "Utilization", averageUtilization: Number(value) };
  return metadata.containerName
    ? {
      type: "ContainerResource",
      containerResource: { name: type, container: metadata.containerName, target },
    }
    : { type: "Resource", resource: { name: type, target } };
}

/** A ScaledObject, and the HPA that it owns. */
export async function whyScaledObject(
  cluster: Cluster,
  namespace: string,
  name: string,
  nowMs: number,
): Promise<Diagnosis> {
  const subject: Subject = { kind: "so", name };
  const object = await cluster.reads.find(SCALED_OBJECTS, { namespace, name });
  if (!object) {
    const fault = await notThere(cluster, namespace, name);
    const hop: HopNow = {
      hop: "scaledobject",
      object: asIs(`ScaledObject ${name}`),
      state: "broken",
      saw: said("is not there", "없음"),
      fault,
    };
    return concluded(subject, namespace, [hop]);
  }
  const hpa = (await cluster.hpas(namespace)).find(({ metadata }) =>
    metadata.name === object.status?.hpaName
  );
  if (!hpa) return concluded(subject, namespace, await scaledObjectHops(cluster, object));
  return { ...await whyHpa(cluster, hpa, nowMs), subject };
}

/** A metric by the name that the API has for it, whoever asks for it. */
export async function whyMetric(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Diagnosis> {
  const subject: Subject = { kind: "metric", name };
  const slash = name.lastIndexOf("/");
  const metric = name.slice(slash + 1);
  const given = slash < 0 ? undefined : parseGroupResource(name.slice(0, slash));
  const mapper = given && await cluster.mapper();
  const found = given && mapper?.resourceFor(given);
  const resource = found ? { group: found.group, resource: found.resource } : given;
  const api = await apiOf(cluster, metric);
  const wanted: Wanted = {
    api,
    metric,
    namespace,
    ...(resource ? { resource } : {}),
    names: [],
    pods: [],
  };
  const walk = new MetricWalk(cluster, wanted);
  const hops = [...await lookAt(ADAPTER, walk), ...await lookAt(SCRAPING, walk.source)];
  return concluded(subject, namespace, hops.filter(({ hop }) => hop !== "query"));
}

/** The API that lists a metric; the custom one where neither does. */
async function apiOf({ reads }: Cluster, metric: string): Promise<"custom" | "external"> {
  const { code, text } = await reads.raw(`/apis/${METRICS_GROUPS.external}/v1beta1`);
  const resources: { name: string }[] = code === 200 ? JSON.parse(text).resources ?? [] : [];
  return resources.some(({ name }) => name === metric) ? "external" : "custom";
}

/** A diagnosis of the hops that were looked at. */
export function concluded(
  subject: Subject,
  namespace: string,
  hops: HopNow[],
  decided?: Decided | Undecided,
): Diagnosis {
  const first = hops.find(({ state }) => state === "broken") ??
    hops.find(({ state }) => state === "warns");
  const done = decided && "decision" in decided ? decided : undefined;
  const verdict: Verdict = first?.state === "broken"
    ? "broken"
    : done?.decision.ok && !hops.some(({ awaits }) => awaits)
    ? "whole"
    : hops.some(({ state }) => state === "unknown")
    ? "unknown"
    : hops.some(({ state }) => state === "waits")
    ? "waiting"
    : "whole";
  return {
    subject,
    namespace,
    hops,
    ...(first ? { first } : {}),
    verdict,
    ...(done ? { decided: done } : {}),
  };
}
