import { type MappedResource, RestMapper } from "./rest_mapper.ts";

/** Group, kind and, where it is not the kind in lower case, the singular. */
const KINDS: readonly [group: string, version: string, kinds: string][] = [
  [
    "",
    "v1",
    "Namespace Node Pod Service PersistentVolumeClaim PersistentVolume ConfigMap Secret ServiceAccount " +
    "ReplicationController ResourceQuota LimitRange Endpoints Event",
  ],
  ["apps", "v1", "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision"],
  ["batch", "v1", "Job CronJob"],
  ["networking.k8s.io", "v1", "Ingress NetworkPolicy IngressClass"],
  ["autoscaling", "v2", "HorizontalPodAutoscaler"],
  ["policy", "v1", "PodDisruptionBudget"],
  ["storage.k8s.io", "v1", "StorageClass"],
  ["scheduling.k8s.io", "v1", "PriorityClass"],
  ["discovery.k8s.io", "v1", "EndpointSlice"],
];

/** What a resource is called whose name is not its kind with an s. */
function pluralOf(singular: string): string {
  if (singular === "endpoints") return singular;
  if (/s$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** The resources that every cluster has, for where no cluster can be asked for its own. */
export function standardMapper(): RestMapper<MappedResource> {
  return new RestMapper(KINDS.flatMap(([group, version, kinds]) =>
    kinds.split(" ").map((kind) => {
      const singular = kind.toLowerCase();
      return { group, version, kind, singular, resource: pluralOf(singular) };
    })
  ));
}
