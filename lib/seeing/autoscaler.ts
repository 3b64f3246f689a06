import { type ShownMetric, shownMetric } from "../autoscale/mod.ts";
import { conditionOf } from "../kube/mod.ts";
import type { HorizontalPodAutoscaler, LabView } from "../lesson/mod.ts";

export type AutoscalerMetric = ShownMetric;

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
      shownMetric(metric, status?.currentMetrics?.[at]) ?? []
    ),
    ...(unable ? { trouble: `${unable.reason}: ${unable.message}` } : {}),
    createdMs: Date.parse(String(metadata.creationTimestamp)),
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
