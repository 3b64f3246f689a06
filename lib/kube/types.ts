import type * as models from "./_models.ts";
import type { BuiltInKinds } from "./built_in_kinds.ts";

/** Who owns an object; Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The metadata of every stored object. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

/**
 * Any Kubernetes object; `Spec` and `Status` name the parts that are known. What else stands in one is read by
 * {@linkcode ObjectOf} of its resource.
 */
// An alias and no interface: it is a Record<string, unknown> as well, for whoever reads it by the names of its fields.
export type KubeObject<Spec = any, Status = any> = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
};

/** An object as it is written: whatever fields its kind has. */
export type Manifest = KubeObject & Record<string, unknown>;

/** An object of a built-in kind, any of whose own fields may be missing. */
type Kind<Model> = KubeObject & Partial<Omit<Model, keyof KubeObject>>;

/** An object of a resource, by its plural and its group where it has one: of its kind, or any. */
export type ObjectOf<Resource extends string> = Resource extends keyof BuiltInKinds
  ? Kind<BuiltInKinds[Resource]>
  : KubeObject;

/** A list as the API serves it. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export type PodSpec = models.PodSpec;
export type Container = models.Container;
export type ContainerStatus = models.ContainerStatus;
export type Pod = KubeObject<models.PodSpec, models.PodStatus>;
export type Service = KubeObject<models.ServiceSpec>;
export type Node = KubeObject<models.NodeSpec, models.NodeStatus>;
export type Deployment = KubeObject<models.DeploymentSpec, models.DeploymentStatus>;
export type ReplicaSet = KubeObject<models.ReplicaSetSpec, models.ReplicaSetStatus>;
export type StatefulSet = KubeObject<models.StatefulSetSpec, models.StatefulSetStatus>;
export type DaemonSet = KubeObject<models.DaemonSetSpec, models.DaemonSetStatus>;
export type Job = KubeObject<models.JobSpec, models.JobStatus>;
export type HorizontalPodAutoscaler = KubeObject<
  models.HorizontalPodAutoscalerSpec,
  models.HorizontalPodAutoscalerStatus
>;
export type ConfigMap = ObjectOf<"configmaps">;
export type Secret = ObjectOf<"secrets">;
export type Event = ObjectOf<"events">;
export type EndpointSlice = ObjectOf<"endpointslices.discovery.k8s.io">;
export type PriorityClass = ObjectOf<"priorityclasses.scheduling.k8s.io">;

/** The group half of an apiVersion: `apps` of `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The version half of an apiVersion: `v1` of `apps/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}
