import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../kube/mod.ts";
import { toYaml } from "../kubectl/yaml_write.ts";
import type { Hook } from "./_releases.ts";

/** Kinds in the order they are installed. Source: helm/helm pkg/releaseutil/kind_sorter.go. */
const INSTALL_ORDER = [
  "PriorityClass",
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
];

/** Kinds in the order they are removed: nearly the other way round. */
const UNINSTALL_ORDER = [
  "APIService",
  "Ingress",
  "IngressClass",
  "Service",
  "CronJob",
  "Job",
  "StatefulSet",
  "HorizontalPodAutoscaler",
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "Pod",
  "DaemonSet",
  "RoleBindingList",
  "RoleBinding",
  "RoleList",
  "Role",
  "ClusterRoleBindingList",
  "ClusterRoleBinding",
  "ClusterRoleList",
  "ClusterRole",
  "CustomResourceDefinition",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "StorageClass",
  "ConfigMap",
  "SecretList",
  "Secret",
  "ServiceAccount",
  "PodDisruptionBudget",
  "PodSecurityPolicy",
  "LimitRange",
  "ResourceQuota",
  "NetworkPolicy",
  "Namespace",
  "PriorityClass",
];

/** Objects by kind in `order`; kinds it does not name come last, by name of kind. */
export function sortByKind(
  objects: readonly KubeObject[],
  order: "install" | "uninstall",
): KubeObject[] {
  const kinds = order === "install" ? INSTALL_ORDER : UNINSTALL_ORDER;
  const rank = ({ kind }: KubeObject) => {
    const index = kinds.indexOf(kind);
    return index < 0 ? kinds.length : index;
  };
  return [...objects].sort((a, b) =>
    rank(a) - rank(b) || (rank(a) === kinds.length ? compare(a.kind, b.kind) : 0)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The manifest of a release: one YAML document per object, each behind its source. */
export function manifestText(chart: string, objects: readonly KubeObject[]): string {
  return objects.map((object) =>
    `---\n# Source: ${sourceOf(chart, object)}\n${toYaml(ordered(object))}`
  ).join("");
}

/** The objects of a stored manifest, which may be one that a stock helm wrote. */
export function parseManifest(text: string): KubeObject[] {
  return parseAllDocuments(text, { version: "1.1", merge: true })
    .map((document) => (document as { toJS(): unknown }).toJS())
    .filter((value): value is KubeObject => value !== null && typeof value === "object");
}

/** An object's file among the chart's templates: named for its kind, since a chart here has no files. */
function sourceOf(chart: string, object: KubeObject): string {
  return `${chart}/templates/${object.kind.toLowerCase()}.yaml`;
}

/** `apiVersion` and `kind` first. */
function ordered(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata, ...rest };
}

/** What of a chart is manifest and what is hook. */
export function partHooks(
  chart: string,
  objects: readonly KubeObject[],
): { objects: KubeObject[]; hooks: Hook[] } {
  const isHook = (object: KubeObject) => object.metadata.annotations?.["helm.sh/hook"];
  const never = { started_at: "", completed_at: "", phase: "" };
  return {
    objects: sortByKind(objects.filter((object) => !isHook(object)), "install"),
    hooks: objects.filter(isHook).map((object) => ({
      name: object.metadata.name,
      kind: object.kind,
      path: sourceOf(chart, object),
      manifest: toYaml(ordered(object)),
      events: isHook(object)!.split(",").map((event) => event.trim()),
      last_run: never,
      delete_policies: object.metadata.annotations?.["helm.sh/hook-delete-policy"]?.split(","),
    })),
  };
}
