import type { KubeObject } from "../../kube/mod.ts";
import { apiVersionOf, type ResourceType } from "./resources.ts";

type Json = any;

/** An object as it is stored, from the version it came in. The result may share parts with it. */
export function toStorage(type: ResourceType, object: KubeObject): KubeObject {
  if (apiVersionOf(type) === type.storageVersion && type.kind !== "Event") return object;
  if (type.kind === "HorizontalPodAutoscaler") return hpaFromV1(object);
  if (type.kind === "Event" && type.group === "events.k8s.io") return eventFromEventsV1(object);
  return { ...object, apiVersion: type.storageVersion };
}

/** A stored object as it is served in one version. */
export function fromStorage(type: ResourceType, object: KubeObject): KubeObject {
  if (apiVersionOf(type) === type.storageVersion && type.kind !== "Event") return object;
  if (type.kind === "HorizontalPodAutoscaler") return hpaToV1(object);
  if (type.kind === "Event" && type.group === "events.k8s.io") return eventToEventsV1(object);
  return { ...object, apiVersion: apiVersionOf(type) };
}

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";

function cpuUtilization(metric: Json): boolean {
  return metric.type === "Resource" && metric.resource?.name === "cpu" &&
    metric.resource.target?.type === "Utilization";
}

/**
 * autoscaling/v1 knows CPU alone; what else there is goes through annotations.
 * Source: kubernetes/kubernetes pkg/apis/autoscaling/v1/conversion.go.
 * Differs: the annotations hold the v2 shape, upstream's the v2beta1 one.
 */
function hpaToV1({ metadata, spec, status, ...rest }: KubeObject): KubeObject {
  const { metrics = [], behavior, ...plain } = spec;
  const cpu = metrics.find(cpuUtilization);
  const others = metrics.filter((metric: Json) => metric !== cpu);
  const { currentMetrics, conditions, ...plainStatus } = status ?? {};
  const currentCpu = currentMetrics?.find((metric: Json) =>
    metric.resource?.name === "cpu" && metric.resource.current?.averageUtilization !== undefined
  );
  const annotations: Record<string, string> = { ...metadata.annotations };
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others);
  if (behavior) annotations[BEHAVIOR] = JSON.stringify(behavior);
  if (currentMetrics?.length) annotations[CURRENT_METRICS] = JSON.stringify(currentMetrics);
  if (conditions?.length) annotations[CONDITIONS] = JSON.stringify(conditions);
  return {
    ...rest,
    apiVersion: "autoscaling/v1",
    metadata: { ...metadata, annotations },
    spec: {
      ...plain,
      ...(cpu ? { targetCPUUtilizationPercentage: cpu.resource.target.averageUtilization } : {}),
    },
    status: {
      ...plainStatus,
      ...(currentCpu
        ? { currentCPUUtilizationPercentage: currentCpu.resource.current.averageUtilization }
        : {}),
    },
  };
}

function hpaFromV1({ metadata, spec, status, ...rest }: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage, ...plain } = spec ?? {};
  const {
    [METRICS]: others,
    [BEHAVIOR]: behavior,
    [CURRENT_METRICS]: current,
    [CONDITIONS]: conditions,
    ...kept
  } = metadata.annotations ?? {};
  const { currentCPUUtilizationPercentage: _, ...plainStatus } = status ?? {};
  const metrics = [
    ...(targetCPUUtilizationPercentage !== undefined
      ? [{
        type: "Resource",
        resource: {
          name: "cpu",
          target: { type: "Utilization", averageUtilization: targetCPUUtilizationPercentage },
        },
      }]
      : []),
    ...(others ? JSON.parse(others) : []),
  ];
  return {
    ...rest,
    apiVersion: "autoscaling/v2",
    metadata: { ...metadata, ...(metadata.annotations ? { annotations: kept } : {}) },
    spec: {
      ...plain,
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(behavior ? { behavior: JSON.parse(behavior) } : {}),
    },
    ...(status
      ? {
        status: {
          ...plainStatus,
          ...(current ? { currentMetrics: JSON.parse(current) } : {}),
          ...(conditions ? { conditions: JSON.parse(conditions) } : {}),
        },
      }
      : {}),
  };
}

/** Source: kubernetes/kubernetes pkg/apis/events/v1/conversion.go. */
function eventToEventsV1(event: KubeObject): KubeObject {
  const {
    involvedObject,
    message,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    ...rest
  } = event;
  return {
    ...rest,
    apiVersion: "events.k8s.io/v1",
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent ?? "",
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  };
}

function eventFromEventsV1(event: KubeObject): KubeObject {
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = event;
  return {
    ...rest,
    apiVersion: "v1",
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController,
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    ...(deprecatedCount ? { count: deprecatedCount } : {}),
  };
}
