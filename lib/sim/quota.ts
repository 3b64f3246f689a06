import {
  type KubeObject,
  type models,
  type Pod,
  podLimits,
  podRequests,
  qosClass,
  Quantity,
  quantityOr0,
  type Resources,
  resourcesOf,
  storageClassName,
} from "../kube/mod.ts";

/*
 * What an object takes of a ResourceQuota. The API server charges for it when the object is created, the
 * controller counts it all again when something goes.
 * Source: kubernetes/apiserver pkg/quota/v1; kubernetes pkg/quota/v1/evaluator/core.
 */

const ONE = Quantity.parse(1);
const ZERO = Quantity.parse(0);

/** Names that count objects from before `count/…` did. */
const ALIASES: Readonly<Record<string, string>> = {
  configmaps: "configmaps",
  resourcequotas: "resourcequotas",
  replicationcontrollers: "replicationcontrollers",
  secrets: "secrets",
};
const POD_NAMES = new Set(
  ["cpu", "memory", "ephemeral-storage"].flatMap((name) => [
    name,
    `requests.${name}`,
    `limits.${name}`,
  ]).filter((name) => name !== "").concat("pods", "count/pods"),
);
const SERVICE_NAMES = new Set([
  "count/services",
  "services",
  "services.nodeports",
  "services.loadbalancers",
]);
const CLAIM_NAMES = ["persistentvolumeclaims", "requests.storage"];
const BY_CLASS = ".storageclass.storage.k8s.io/";

/** The resources of a quota that objects of `resource` (`pods`, `jobs.batch`) take from. */
export function quotaNames(resource: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    if (resource === "pods") return POD_NAMES.has(name) || isExtended(name);
    if (resource === "services") return SERVICE_NAMES.has(name);
    if (resource === "persistentvolumeclaims") {
      return name === "count/persistentvolumeclaims" ||
        CLAIM_NAMES.some((one) => name === one || name.endsWith(BY_CLASS + one));
    }
    return name === `count/${resource}` || name === ALIASES[resource];
  });
}

/** `hugepages-2Mi`, `requests.example.com/gpu`. */
function isExtended(name: string): boolean {
  if (/^(requests\.)?hugepages-/.test(name)) return true;
  return name.startsWith("requests.") && name.includes("/") && !name.includes(BY_CLASS);
}

/** The resource that has to be counted for one name of a quota. */
export function countedResource(name: string): string | undefined {
  if (name.startsWith("count/")) return name.slice("count/".length);
  for (const resource of ["pods", "services", "persistentvolumeclaims"]) {
    if (quotaNames(resource, [name]).length > 0) return resource;
  }
  return ALIASES[name];
}

/** What one object takes. `nowMs` decides whether a pod that is going still counts. */
export function quotaUsage(resource: string, object: KubeObject, nowMs: number): Resources {
  if (resource === "pods") return podUsage(object as Pod, nowMs);
  if (resource === "services") return serviceUsage(object);
  if (resource === "persistentvolumeclaims") return claimUsage(object);
  const out: Resources = new Map([[`count/${resource}`, ONE]]);
  if (ALIASES[resource]) out.set(ALIASES[resource], ONE);
  return out;
}

function podUsage(pod: Pod, nowMs: number): Resources {
  const out: Resources = new Map([["count/pods", ONE]]);
  const { phase } = pod.status ?? {};
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const overdue = deletionTimestamp !== undefined &&
    nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
  if (phase === "Succeeded" || phase === "Failed" || overdue) return out;
  for (const [name, value] of computeUsage(podRequests(pod), podLimits(pod))) out.set(name, value);
  return out;
}

function computeUsage(requests: Resources, limits: Resources): Resources {
  const out: Resources = new Map([["pods", ONE]]);
  for (const name of ["cpu", "memory", "ephemeral-storage"]) {
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (request) out.set(name, request).set(`requests.${name}`, request);
    if (limit) out.set(`limits.${name}`, limit);
  }
  for (const [name, value] of requests) {
    if (name.startsWith("hugepages-")) out.set(name, value);
    if (name.startsWith("hugepages-") || name.includes("/")) out.set(`requests.${name}`, value);
  }
  return out;
}

function serviceUsage({ spec }: KubeObject): Resources {
  const ports = spec?.ports ?? [];
  const balanced = spec?.type === "LoadBalancer";
  const count = spec?.type === "NodePort" || balanced
    ? spec.allocateLoadBalancerNodePorts === false
      ? ports.filter(({ nodePort }: models.ServicePort) => nodePort).length
      : ports.length
    : 0;
  return new Map([
    ["count/services", ONE],
    ["services", ONE],
    ["services.loadbalancers", balanced ? ONE : ZERO],
    ["services.nodeports", Quantity.parse(count)],
  ]);
}

function claimUsage(claim: KubeObject): Resources {
  const out: Resources = new Map([
    ["persistentvolumeclaims", ONE],
    ["count/persistentvolumeclaims", ONE],
  ]);
  const className = storageClassName(claim);
  if (className) out.set(`${className}${BY_CLASS}persistentvolumeclaims`, ONE);
  const size = claim.spec?.resources?.requests?.storage;
  if (size === undefined) return out;
  out.set("requests.storage", quantityOr0(size));
  if (className) out.set(`${className}${BY_CLASS}requests.storage`, quantityOr0(size));
  return out;
}

/** Whether an object falls under a quota by its scopes. */
export function inScopes(quota: KubeObject, resource: string, object: KubeObject): boolean {
  const scopeNames: models.ScopedResourceSelectorRequirement["scopeName"][] = quota.spec?.scopes ??
    [];
  const scopes: models.ScopedResourceSelectorRequirement[] = [
    ...scopeNames.map((scopeName) => ({ scopeName, operator: "Exists" as const })),
    ...quota.spec?.scopeSelector?.matchExpressions ?? [],
  ];
  if (scopes.length === 0) return true;
  return resource === "pods" && scopes.every((scope) => inScope(scope, object as Pod));
}

function inScope(
  { scopeName, operator, values = [] }: models.ScopedResourceSelectorRequirement,
  pod: Pod,
): boolean {
  const spec: Partial<models.PodSpec> = pod.spec ?? {};
  const className = spec.priorityClassName || undefined;
  switch (scopeName) {
    case "Terminating":
      return (spec.activeDeadlineSeconds ?? -1) >= 0;
    case "NotTerminating":
      return !((spec.activeDeadlineSeconds ?? -1) >= 0);
    case "BestEffort":
      return qosClass(pod) === "BestEffort";
    case "NotBestEffort":
      return qosClass(pod) !== "BestEffort";
    case "PriorityClass":
      if (operator === "Exists") return className !== undefined;
      if (operator === "DoesNotExist") return className === undefined;
      return (className !== undefined && values.includes(className)) === (operator === "In");
    case "CrossNamespacePodAffinity":
      return (["podAffinity", "podAntiAffinity"] as const).some((kind) => {
        const affinity: models.PodAffinity = spec.affinity?.[kind] ?? {};
        const terms = [
          ...affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [],
          ...(affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [])
            .map(({ podAffinityTerm }) => podAffinityTerm),
        ];
        return terms.some((term) => term.namespaces?.length || term.namespaceSelector);
      });
    default:
      return false;
  }
}

/** What a quota holds of CPU and memory, each container has to state. Gives `must specify …` if one does not. */
export function quotaOmission(pod: Pod, names: readonly string[]): string | undefined {
  if (pod.spec?.resources?.requests || pod.spec?.resources?.limits) return undefined;
  const stated = names.filter((name) => /^(requests\.|limits\.)?(cpu|memory)$/.test(name));
  const missing = new Map<string, Set<string>>();
  const containers = [...pod.spec?.containers ?? [], ...pod.spec?.initContainers ?? []];
  for (const { name: container, resources } of containers) {
    const present = computeUsage(resourcesOf(resources?.requests), resourcesOf(resources?.limits));
    for (const name of stated) {
      if (!present.has(name)) missing.set(name, (missing.get(name) ?? new Set()).add(container));
    }
  }
  if (missing.size === 0) return undefined;
  const parts = [...missing.keys()].sort()
    .map((name) => `${name} for: ${[...missing.get(name)!].sort().join(",")}`);
  return `must specify ${parts.join("; ")}`;
}
