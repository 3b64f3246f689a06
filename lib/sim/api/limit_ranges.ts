import {
  ApiError,
  type KubeObject,
  type models,
  podLimits,
  podRequests,
  type Resources,
  resourcesOf,
} from "../../kube/mod.ts";
import type { ObjectStore } from "./object_store.ts";

const ANNOTATION = "kubernetes.io/limit-ranger";

/**
 * Gives a pod's containers the requests and limits that the LimitRanges of its namespace state.
 * Source: kubernetes/kubernetes plugin/pkg/admission/limitranger/admission.go.
 * @param pod is changed in place.
 */
export function applyLimitRanges(store: ObjectStore, pod: KubeObject): void {
  for (const range of store.list("limitranges", pod.metadata.namespace)) {
    const limits: models.LimitRangeItem[] = range.spec?.limits ?? [];
    const items = limits.filter(({ type }) => type === "Container");
    const defaults: Required<Defaults> = {
      limits: Object.assign({}, ...items.map((item) => item.default)),
      requests: Object.assign({}, ...items.map((item) => item.defaultRequest)),
    };
    const { containers = [], initContainers = [] }: models.PodSpec = pod.spec;
    const said = [
      ...containers.flatMap((one) => merge(one, "container", defaults)),
      ...initContainers.flatMap((one) => merge(one, "init container", defaults)),
    ];
    if (said.length === 0) continue;
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${said.join("; ")}`,
    };
  }
}

/** What there is of each resource where nobody says it. */
type Defaults = Pick<models.ResourceRequirements, "limits" | "requests">;

function merge(
  container: models.Container,
  what: string,
  defaults: Required<Defaults>,
): string[] {
  const resources = container.resources ??= {};
  const out: string[] = [];
  for (const [part, word] of [["requests", "request"], ["limits", "limit"]] as const) {
    const missing = Object.keys(defaults[part])
      .filter((name) => resources[part]?.[name] === undefined).sort();
    if (missing.length === 0) continue;
    const given = Object.fromEntries(missing.map((name) => [name, defaults[part][name]]));
    resources[part] = { ...resources[part], ...given };
    out.push(`${missing.join(", ")} ${word} for ${what} ${container.name}`);
  }
  return out;
}

/** Errors: ApiError (Forbidden) when a pod or claim is outside of what its namespace's LimitRanges allow. */
export function checkLimitRanges(store: ObjectStore, resource: string, object: KubeObject): void {
  for (const range of store.list("limitranges", object.metadata.namespace)) {
    const items: models.LimitRangeItem[] = range.spec?.limits ?? [];
    const faults = items.flatMap((item) =>
      resource === "pods" ? podFaults(item, object) : claimFaults(item, object)
    );
    if (faults.length === 0) continue;
    const unique = [...new Set(faults)];
    const why = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
    throw ApiError.forbidden(resource, object.metadata.name, why);
  }
}

function podFaults(item: models.LimitRangeItem, pod: KubeObject): string[] {
  if (item.type === "Pod") {
    const withoutOverhead = true;
    return faultsOf(
      item,
      podRequests(pod, { withoutOverhead }),
      podLimits(pod, { withoutOverhead }),
    );
  }
  if (item.type !== "Container") return [];
  const { containers = [], initContainers = [] }: models.PodSpec = pod.spec;
  return [...containers, ...initContainers].flatMap(
    ({ resources = {} }) =>
      faultsOf(item, resourcesOf(resources.requests), resourcesOf(resources.limits)),
  );
}

function faultsOf(item: models.LimitRangeItem, requests: Resources, limits: Resources): string[] {
  const out: string[] = [];
  for (const [name, least] of sorted(item.min)) {
    const head = `minimum ${name} usage per ${item.type} is ${least}`;
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (!request) out.push(`${head}.  No request is specified`);
    else if (request.nano < least.nano) out.push(`${head}, but request is ${request}`);
    else if (limit && limit.nano < least.nano) out.push(`${head}, but limit is ${limit}`);
  }
  for (const [name, most] of sorted(item.max)) {
    const head = `maximum ${name} usage per ${item.type} is ${most}`;
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (!limit) out.push(`${head}.  No limit is specified`);
    else if (limit.nano > most.nano) out.push(`${head}, but limit is ${limit}`);
    else if (request && request.nano > most.nano) out.push(`${head}, but request is ${request}`);
  }
  for (const [name, most] of sorted(item.maxLimitRequestRatio)) {
    const head = `${name} max limit to request ratio per ${item.type} is ${most}, but`;
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (!request?.nano) out.push(`${head} no request is specified or request is 0`);
    else if (!limit?.nano) out.push(`${head} no limit is specified or limit is 0`);
    else {
      const ratio = limit.asNumber() / request.asNumber();
      if (ratio > most.asNumber()) out.push(`${head} provided ratio is ${ratio.toFixed(6)}`);
    }
  }
  return out;
}

function claimFaults(item: models.LimitRangeItem, { spec }: KubeObject): string[] {
  if (item.type !== "PersistentVolumeClaim") return [];
  const requests = resourcesOf(spec.resources?.requests);
  const out = faultsOf({ type: item.type, min: item.min }, requests, new Map());
  for (const [name, most] of sorted(item.max)) {
    const head = `maximum ${name} usage per ${item.type} is ${most}`;
    const request = requests.get(name);
    if (!request) out.push(`${head}.  No request is specified`);
    else if (request.nano > most.nano) out.push(`${head}, but request is ${request}`);
  }
  return out;
}

function sorted(list: Record<string, models.Quantity> | undefined) {
  return [...resourcesOf(list)].sort(([a], [b]) => a < b ? -1 : 1);
}
