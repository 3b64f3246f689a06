import type { ScaleProblem, ScaleView } from "../autoscale/mod.ts";
import {
  apiVersionOf,
  formatSelector,
  groupOf,
  type GroupVersionResource,
  type KubeObject,
  matches,
  parseSelector,
  type Pod,
} from "../kube/mod.ts";
import { type Cluster, isLive } from "./cluster.ts";

/** What an autoscaler scales. */
export interface Scaled {
  kind: string;
  /** As the autoscaler names it. */
  apiVersion: string;
  name: string;
  namespace: string;
  /** The plural with its group, as kubectl takes it: `deployments.apps`. */
  resource: string;
  object?: KubeObject;
  scale: ScaleView | ScaleProblem;
  /** Those that the scale's selector selects, which are not done. */
  pods: Pod[];
}

/**
 * The workload of a `scaleTargetRef`. Errors: NotSeen.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (scaleForResourceMappings).
 */
export async function findScaled(
  cluster: Cluster,
  namespace: string,
  target: ScaleTarget,
): Promise<Scaled> {
  const { apiVersion, kind, name } = target;
  return await cluster.once(
    `scaled ${namespace} ${apiVersion} ${kind} ${name}`,
    () => find(cluster, namespace, target),
  );
}

/** A `scaleTargetRef`. */
interface ScaleTarget {
  apiVersion?: string;
  kind: string;
  name: string;
}

async function find(
  cluster: Cluster,
  namespace: string,
  { apiVersion = "apps/v1", kind, name }: ScaleTarget,
): Promise<Scaled> {
  const mapper = await cluster.mapper();
  const ref = mapper.kindIn(apiVersion, kind) ?? mapper.kindFor(groupOf(apiVersion), kind);
  const nowhere = { kind, apiVersion, name, namespace, pods: [] };
  if (!ref) {
    const error = `no matches for kind "${kind}" in group "${groupOf(apiVersion)}"`;
    return { ...nowhere, resource: kind.toLowerCase(), scale: { error, step: "mapping" } };
  }
  const resource = ref.group === "" ? ref.resource : `${ref.resource}.${ref.group}`;
  const object = (await cluster.reads.list(ref, namespace))
    .find(({ metadata }) => metadata.name === name);
  if (!object) {
    const error = `${resource} "${name}" not found`;
    return { ...nowhere, resource, scale: { error, step: "get" } };
  }
  const scale = await scaleOf(cluster, ref, object);
  const pods = "error" in scale ? [] : await selectedPods(cluster, namespace, scale.selector);
  return { ...nowhere, resource, object, scale, pods };
}

/** The kinds of apps/v1 that can be scaled. */
const BUILT_IN_SCALES = ["deployments", "replicasets", "statefulsets"];

async function scaleOf(
  { reads }: Cluster,
  ref: GroupVersionResource,
  object: KubeObject,
): Promise<ScaleView | ScaleProblem> {
  const { spec, status, metadata: { namespace, name } } = object;
  // What the scale of the built-in kinds is made of is in themselves.
  if (apiVersionOf(ref) === "apps/v1" && BUILT_IN_SCALES.includes(ref.resource)) {
    return {
      specReplicas: spec?.replicas ?? 1,
      statusReplicas: status?.replicas ?? 0,
      selector: formatSelector(spec?.selector, ""),
    };
  }
  const scale = await reads.find(ref, { namespace, name, subresource: "scale" });
  if (!scale) {
    return { error: "the server could not find the requested resource", step: "get" };
  }
  return {
    specReplicas: scale.spec?.replicas ?? 0,
    statusReplicas: scale.status?.replicas ?? 0,
    selector: scale.status?.selector ?? "",
  };
}

async function selectedPods(cluster: Cluster, namespace: string, selector: string): Promise<Pod[]> {
  if (selector === "") return [];
  const wanted = parseSelector(selector);
  return (await cluster.reads.list<Pod>("v1/pods", namespace))
    .filter((pod) => matches(wanted, pod.metadata.labels) && isLive(pod));
}

/** The names of the HPAs of a namespace whose targets select a pod, by the pod's name. Errors: NotSeen. */
export async function scalingOf(
  cluster: Cluster,
  namespace: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return await cluster.once(`scaling ${namespace}`, async () => {
    const found = new Map<string, string[]>();
    for (const { metadata, spec } of await cluster.hpas(namespace)) {
      const { pods } = await findScaled(cluster, namespace, spec!.scaleTargetRef);
      for (const pod of pods) {
        const names = found.get(pod.metadata.name) ?? [];
        found.set(pod.metadata.name, [...names, metadata.name]);
      }
    }
    return found;
  });
}
