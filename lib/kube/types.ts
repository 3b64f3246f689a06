import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IPodStatus } from "kubernetes-models/v1/PodStatus";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IContainerStatus } from "kubernetes-models/v1/ContainerStatus";
import type { IServiceSpec } from "kubernetes-models/v1/ServiceSpec";
import type { INodeSpec } from "kubernetes-models/v1/NodeSpec";
import type { INodeStatus } from "kubernetes-models/v1/NodeStatus";
import type { IDeploymentSpec } from "kubernetes-models/apps/v1/DeploymentSpec";
import type { IDeploymentStatus } from "kubernetes-models/apps/v1/DeploymentStatus";
import type { IReplicaSetSpec } from "kubernetes-models/apps/v1/ReplicaSetSpec";
import type { IReplicaSetStatus } from "kubernetes-models/apps/v1/ReplicaSetStatus";
import type { IStatefulSetSpec } from "kubernetes-models/apps/v1/StatefulSetSpec";
import type { IStatefulSetStatus } from "kubernetes-models/apps/v1/StatefulSetStatus";
import type { IDaemonSetSpec } from "kubernetes-models/apps/v1/DaemonSetSpec";
import type { IDaemonSetStatus } from "kubernetes-models/apps/v1/DaemonSetStatus";
import type { IHorizontalPodAutoscalerSpec } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscalerSpec";
import type { IHorizontalPodAutoscalerStatus } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscalerStatus";

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

export type PodSpec = IPodSpec;
export type Container = IContainer;
export type ContainerStatus = IContainerStatus;
export type Pod = KubeObject<IPodSpec, IPodStatus>;
export type Service = KubeObject<IServiceSpec>;
export type Node = KubeObject<INodeSpec, INodeStatus>;
export type Deployment = KubeObject<IDeploymentSpec, IDeploymentStatus>;
export type ReplicaSet = KubeObject<IReplicaSetSpec, IReplicaSetStatus>;
export type StatefulSet = KubeObject<IStatefulSetSpec, IStatefulSetStatus>;
export type DaemonSet = KubeObject<IDaemonSetSpec, IDaemonSetStatus>;
export type HorizontalPodAutoscaler = KubeObject<
  IHorizontalPodAutoscalerSpec,
  IHorizontalPodAutoscalerStatus
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
