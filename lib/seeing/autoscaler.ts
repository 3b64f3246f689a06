import { conditionOf, Quantity } from "../kube/mod.ts";
import type { HorizontalPodAutoscaler, LabView } from "../lesson/mod.ts";

/** Where a metric of an autoscaler comes from, as its spec names it. */
export type MetricSource = "Object" | "Pods" | "External" | "Resource" | "ContainerResource";

/** A metric of an autoscaler: what it aims at, and what was read last. */
export interface AutoscalerMetric {
  source: MetricSource;
  name: string;
  /** As kube-state-metrics calls it: an amount, an amount for each pod, or percent of what pods request. */
  targetType: "value" | "average" | "utilization";
  target: number;
  /** Undefined when none could be read. */
  current?: number;
  /** What an Object metric is of: `Service`, and its name. */
  of?: { kind: string; name: string };
}

/** What an autoscaler says of itself. */
export interface Autoscaler {
  namespace: string;
  name: string;
  scales: { kind: string; name: string };
  min: number;
  max: number;
  /** Replicas as it counted them last, and as many as it wants; undefined before its first sum. */
  replicas?: number;
  desired?: number;
  metrics: AutoscalerMetric[];
  /** Why it cannot act, in its controller's words. */
  trouble?: string;
  createdMs: number;
}

const FIELDS: Record<MetricSource, string> = {
  Object: "object",
  Pods: "pods",
  External: "external",
  Resource: "resource",
  ContainerResource: "containerResource",
};

/** How a target is written in a metric's spec and status, and what kube-state-metrics calls it. */
const TARGETS = [
  ["value", "value"],
  ["averageValue", "average"],
  ["averageUtilization", "utilization"],
] as const;

/** Every autoscaler of the lab, or of a namespace, the oldest first. */
export async function listAutoscalers(view: LabView, namespace?: string): Promise<Autoscaler[]> {
  const found = await view.list<HorizontalPodAutoscaler>(
    "horizontalpodautoscalers.autoscaling",
    namespace === undefined ? {} : { namespace },
  );
  return found.map(readAutoscaler).sort((a, b) => a.createdMs - b.createdMs);
}

export function readAutoscaler(hpa: HorizontalPodAutoscaler): Autoscaler {
  const { metadata, spec, status } = hpa;
  const unable = ["AbleToScale", "ScalingActive"].map((type) => conditionOf(hpa, type))
    .find((condition) => condition?.status === "False");
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    scales: { kind: spec!.scaleTargetRef.kind, name: spec!.scaleTargetRef.name },
    min: spec!.minReplicas ?? 1,
    max: spec!.maxReplicas,
    replicas: status?.currentReplicas,
    desired: status?.desiredReplicas || undefined,
    metrics: (spec!.metrics ?? []).flatMap((metric, at) =>
      readMetric(metric, status?.currentMetrics?.[at]) ?? []
    ),
    ...(unable ? { trouble: `${unable.reason}: ${unable.message}` } : {}),
    createdMs: Date.parse(String(metadata.creationTimestamp)),
  };
}

function readMetric(spec: any, status: any): AutoscalerMetric | undefined {
  const field = FIELDS[spec.type as MetricSource];
  const said = spec[field];
  const [key, targetType] = TARGETS.find(([key]) => said?.target?.[key] !== undefined) ?? [];
  if (key === undefined) return undefined;
  const amount = (value: string | number) => Quantity.parse(value).asNumber();
  const current = status?.type === spec.type ? status[field]?.current?.[key] : undefined;
  const { describedObject } = said;
  return {
    source: spec.type,
    name: said.metric?.name ?? said.name,
    targetType,
    target: amount(said.target[key]),
    ...(current === undefined ? {} : { current: amount(current) }),
    ...(describedObject ? { of: { kind: describedObject.kind, name: describedObject.name } } : {}),
  };
}

/** A number as short as a person reads it: `0.47`, `156`, `12.3k`; percent where it is a utilization. */
export function amountText(value: number, targetType?: AutoscalerMetric["targetType"]): string {
  if (targetType === "utilization") return `${Math.round(value)}%`;
  const [unit, suffix] = ([[1e9, "G"], [1e6, "M"], [1e4, "k"]] as const)
    .find(([least]) => Math.abs(value) >= least) ?? [1, ""];
  const scaled = value / (suffix === "k" ? 1000 : unit);
  return Number(scaled.toFixed(scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)) + suffix;
}
