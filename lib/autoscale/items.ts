import type { PodReading } from "./hpa_types.ts";
import { parseGoDuration } from "../go/mod.ts";
import { toMilli } from "./texts.ts";

const DEFAULT_WINDOW_MS = 60_000;

/** A PodMetrics of metrics.k8s.io/v1beta1, as far as it is read. */
export interface PodMetricsItem {
  metadata: { name: string };
  timestamp: string;
  window: string;
  containers?: { name: string; usage?: Record<string, string | number> }[];
}

/** A MetricValue of custom.metrics.k8s.io; v1beta1 says `window`, v1beta2 `windowSeconds`. */
export interface MetricValueItem {
  describedObject: { name: string };
  timestamp: string;
  value: string | number;
  window?: number | null;
  windowSeconds?: number | null;
}

/** An item of whichever metrics API a metric asks: it has the fields of that one. */
export type MetricItem = MetricValueItem & PodMetricsItem;

/**
 * Each pod's use of a resource, of one container when `container` is named; pods of which a
 * container has no sample are left out.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/metrics/client.go (getPodMetrics,
 * getContainerMetrics).
 */
export function resourceReadings(
  items: readonly PodMetricsItem[],
  resource: string,
  container: string,
): Record<string, PodReading> {
  const readings: Record<string, PodReading> = {};
  for (const { metadata, timestamp, window, containers = [] } of items) {
    const milli = usageOf(containers, resource, container);
    if (milli === undefined) continue;
    readings[metadata.name] = {
      milli,
      timestampMs: Date.parse(timestamp),
      windowMs: parseGoDuration(window),
    };
  }
  return readings;
}

function usageOf(
  containers: NonNullable<PodMetricsItem["containers"]>,
  resource: string,
  container: string,
): bigint | undefined {
  if (container !== "") {
    const usage = containers.find(({ name }) => name === container)?.usage?.[resource];
    return usage === undefined ? undefined : toMilli(usage);
  }
  if (containers.length === 0) return undefined;
  let total = 0n;
  for (const { usage } of containers) {
    if (usage?.[resource] === undefined) return undefined;
    total += toMilli(usage[resource]);
  }
  return total;
}

/** Each pod's value of a custom metric; Source: metrics/client.go (GetRawMetric). */
export function customReadings(items: readonly MetricValueItem[]): Record<string, PodReading> {
  const readings: Record<string, PodReading> = {};
  for (const { describedObject, timestamp, value, window, windowSeconds } of items) {
    const seconds = windowSeconds ?? window;
    readings[describedObject.name] = {
      milli: toMilli(value),
      timestampMs: Date.parse(timestamp),
      windowMs: seconds === undefined || seconds === null ? DEFAULT_WINDOW_MS : seconds * 1000,
    };
  }
  return readings;
}
