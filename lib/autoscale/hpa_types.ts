import type { HorizontalPodAutoscaler, LabelSelector } from "../kube/mod.ts";

/*
 * The parts of an autoscaling/v2 HorizontalPodAutoscaler that the arithmetic reads and writes.
 * Source: kubernetes/api autoscaling/v2/types.go.
 */

export interface MetricTarget {
  type: "Utilization" | "Value" | "AverageValue" | string;
  value?: string | number;
  averageValue?: string | number;
  averageUtilization?: number;
}

export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector;
}

export interface ObjectReference {
  apiVersion?: string;
  kind: string;
  name: string;
}

export interface MetricSpec {
  type: "Object" | "Pods" | "Resource" | "ContainerResource" | "External" | string;
  object?: { describedObject: ObjectReference; metric: MetricIdentifier; target: MetricTarget };
  pods?: { metric: MetricIdentifier; target: MetricTarget };
  resource?: { name: string; target: MetricTarget };
  containerResource?: { name: string; container: string; target: MetricTarget };
  external?: { metric: MetricIdentifier; target: MetricTarget };
}

export interface ScalingPolicy {
  type: "Pods" | "Percent" | string;
  value: number;
  periodSeconds: number;
}

export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: "Max" | "Min" | "Disabled" | string;
  policies?: ScalingPolicy[];
  /** A quantity such as `0.1`; the controller's own tolerance when absent. */
  tolerance?: string | number;
}

export interface HpaBehavior {
  scaleUp?: ScalingRules;
  scaleDown?: ScalingRules;
}

export interface HpaSpec {
  scaleTargetRef: ObjectReference;
  minReplicas?: number;
  maxReplicas: number;
  metrics?: MetricSpec[];
  behavior?: HpaBehavior;
}

/** The spec of an HPA that an API server has taken, of whose types some are wider in clients' models. */
export function specOf({ spec }: HorizontalPodAutoscaler): HpaSpec {
  return spec as unknown as HpaSpec;
}

export interface HpaCondition {
  type: string;
  status: "True" | "False" | "Unknown" | string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** One entry of `status.currentMetrics`, in the shape the API serves. */
export type MetricStatus = Record<string, unknown>;

/** What a metrics API gave for one pod; `milli` in thousandths of the metric's unit, an int64. */
export interface PodReading {
  milli: bigint;
  timestampMs: number;
  windowMs: number;
}

/** What was read for one metric of the spec, or why nothing could be. */
export type MetricReading =
  | { error: string }
  /** Object metrics. */
  | { valueMilli: bigint }
  /** External metrics: one value per series. */
  | { valuesMilli: bigint[] }
  /** Pods, Resource and ContainerResource metrics, by pod name. */
  | { pods: Record<string, PodReading> };

/** What the arithmetic needs to know of a pod. */
export interface PodView {
  name: string;
  phase: "Pending" | "Running" | "Succeeded" | "Failed" | string;
  deleting: boolean;
  /** The Ready condition; undefined while the kubelet has not reported it. */
  ready?: { status: "True" | "False" | "Unknown" | string; lastTransitionMs: number };
  startMs?: number;
  /** Requests of every container that runs as long as the pod, sidecars included. */
  containers: { name: string; requests: Requests }[];
  /** Init containers in their order, sidecars among them; looked at beside `podRequests` alone. */
  initContainers?: { requests: Requests; isSidecar: boolean }[];
  /** Requests of the pod as a whole, when it sets them. */
  podRequests?: Requests;
  /** What its runtime class costs a pod on top. */
  overhead?: Requests;
}

/** Quantities by resource name. */
export type Requests = Readonly<Record<string, string | number>>;

/** The target's scale subresource. */
export interface ScaleView {
  specReplicas: number;
  statusReplicas: number;
  /** `status.selector`. */
  selector: string;
}

/** An unstabilized recommendation of an earlier sync. */
export interface Recommendation {
  replicas: number;
  atMs: number;
  /** It lies inside the window, and when is not known: `atMs` is any time in it. */
  isUndated?: boolean;
}

/** A rescale that happened; `change` is positive in both directions. */
export interface ScaleEvent {
  change: number;
  atMs: number;
}

/** What the controller remembers of one HPA between syncs. */
export interface HpaHistory {
  recommendations: Recommendation[];
  scaleUps: ScaleEvent[];
  scaleDowns: ScaleEvent[];
}

/** An HPA's status, in the shape the API serves. */
export interface HpaStatus {
  observedGeneration?: number;
  lastScaleTime?: string;
  currentReplicas?: number;
  desiredReplicas?: number;
  currentMetrics?: MetricStatus[] | null;
  conditions?: HpaCondition[];
}

/** An Event that the controller records on the HPA. */
export interface HpaEvent {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}
