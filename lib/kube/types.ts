import type * as models from "./_models.ts";

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

/** Any Kubernetes object; `Spec` and `Status` name the parts that are known. */
export interface KubeObject<Spec = any, Status = any> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
  [field: string]: any;
}

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
/** A ConfigMap or a Secret: string data (base64 in a Secret). */
export type ConfigMap = KubeObject & { data?: Record<string, string> };
export type Secret = KubeObject & { data?: Record<string, string>; type?: string };

/** The group half of an apiVersion: `apps` of `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** The version half of an apiVersion: `v1` of `apps/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}
