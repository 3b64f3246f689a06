import type { KubeObject, models } from "../../kube/mod.ts";
import {
  behaviorFromGo,
  conditionsIn,
  type Fields,
  fields,
  isSet,
  metricsIn,
  type V1Metric,
  type V1Resource,
} from "./_hpa_annotations.ts";

const PREFIX = "autoscaling.alpha.kubernetes.io/";
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const BEHAVIOR = `${PREFIX}behavior`;
const CONDITIONS = `${PREFIX}conditions`;
/** What carries in an annotation what autoscaling/v1 has no field for; never stored. */
const ROUND_TRIP = [
  METRICS,
  CURRENT_METRICS,
  BEHAVIOR,
  CONDITIONS,
  `${PREFIX}scale-down-tolerance`,
  `${PREFIX}scale-up-tolerance`,
];

/**
 * autoscaling/v1 knows CPU alone; what else there is goes through annotations, metrics in v1's own
 * flat shape and the behavior with the names of Go's fields.
 * Source: kubernetes/kubernetes pkg/apis/autoscaling/v1/conversion.go.
 */
export function hpaToV1({ metadata, spec, status, ...rest }: KubeObject): KubeObject {
  const { metrics = [], behavior, ...plain }: models.HorizontalPodAutoscalerSpec = spec;
  const { currentMetrics, conditions, ...plainStatus }: Partial<
    models.HorizontalPodAutoscalerStatus
  > = status ?? {};
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  const currentCpu = (currentMetrics ?? []).findLast(({ type, resource }) =>
    type === "Resource" && resource?.name === "cpu" && isSet(resource.current?.averageUtilization)
  );
  const { annotations, ...about } = withoutRoundTrip(metadata);
  const kept: Record<string, string> = { ...annotations };
  if (others.length > 0) {
    kept[METRICS] = JSON.stringify(others.map((metric) => toV1("target", metric)));
  }
  if (currentMetrics?.length) {
    kept[CURRENT_METRICS] = JSON.stringify(
      currentMetrics.map((metric) => toV1("current", metric)),
    );
  }
  if (behavior) kept[BEHAVIOR] = JSON.stringify(behaviorToGo(behavior));
  if (conditions?.length) kept[CONDITIONS] = JSON.stringify(conditions.map(conditionInOrder));
  return {
    ...rest,
    apiVersion: "autoscaling/v1",
    metadata: Object.keys(kept).length > 0 ? { ...about, annotations: kept } : about,
    spec: {
      ...plain,
      ...(cpu ? { targetCPUUtilizationPercentage: cpu.resource?.target.averageUtilization } : {}),
    },
    status: {
      currentReplicas: 0,
      desiredReplicas: 0,
      ...plainStatus,
      ...(currentCpu
        ? { currentCPUUtilizationPercentage: currentCpu.resource?.current.averageUtilization }
        : {}),
    },
  };
}

export function hpaFromV1({ metadata, spec, status, ...rest }: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: percent, ...plain } = spec ?? {};
  const annotations = metadata.annotations ?? {};
  const { currentCPUUtilizationPercentage: currentPercent, ...plainStatus } = status ?? {};
  const metrics = [
    ...(metricsIn(annotations[METRICS])?.map(specFromV1) ?? []),
    ...(isSet(percent) ? [cpuMetric(percent)] : []),
  ];
  const behavior = behaviorFromGo(annotations[BEHAVIOR]);
  const currentMetrics = metricsIn(annotations[CURRENT_METRICS])?.map(statusFromV1) ??
    (isSet(currentPercent)
      ? [{
        type: "Resource",
        resource: { name: "cpu", current: { averageUtilization: currentPercent } },
      }]
      : undefined);
  const conditions = conditionsIn(annotations[CONDITIONS]);
  return {
    ...rest,
    apiVersion: "autoscaling/v2",
    metadata: withoutRoundTrip(metadata),
    spec: {
      ...plain,
      metrics: metrics.length > 0 ? metrics : [cpuMetric(80)],
      ...(behavior ? { behavior } : {}),
    },
    ...(status || currentMetrics || conditions
      ? {
        status: {
          ...plainStatus,
          ...(currentMetrics ? { currentMetrics } : {}),
          ...(conditions ? { conditions } : {}),
        },
      }
      : {}),
  };
}

/** Metadata without the annotations that conversion alone writes. */
export function withoutRoundTrip(metadata: KubeObject["metadata"]): KubeObject["metadata"] {
  const { annotations } = metadata;
  if (!annotations || !ROUND_TRIP.some((key) => key in annotations)) return metadata;
  const kept = Object.entries(annotations).filter(([key]) => !ROUND_TRIP.includes(key));
  const { annotations: _, ...about } = metadata;
  return kept.length > 0 ? { ...about, annotations: Object.fromEntries(kept) } : about;
}

function cpuMetric(averageUtilization: number): models.MetricSpec {
  return {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
  };
}

function isCpuUtilization({ type, resource }: models.MetricSpec): boolean {
  return type === "Resource" && resource?.name === "cpu" &&
    isSet(resource.target?.averageUtilization);
}

// ---------------------------------------------------------------- a metric to v1

/** What is asked of a metric, or what is there of it. */
type Amount = Partial<models.MetricTarget>;

/** A metric of either side: that of the spec says what is its target, one of the status what is current. */
interface V2Metric {
  type: string;
  object?: Sided & { describedObject: models.CrossVersionObjectReference; metric: Identified };
  pods?: Sided & { metric: Identified };
  resource?: Sided & { name: string };
  containerResource?: Sided & { name: string; container: string };
  external?: Sided & { metric: Identified };
}

interface Sided {
  target?: Amount;
  current?: Amount;
}

type Identified = models.MetricIdentifier | undefined;

function toV1(
  side: "target" | "current",
  { type, object, pods, resource, containerResource, external }: V2Metric,
): Fields {
  // Where there is none, a status has "0", and a target nothing.
  const none = side === "current" ? "0" : undefined;
  const ofResource = (
    { name, container, [side]: amount = {} }: Sided & { name: string; container?: string },
  ) =>
    fields({
      name,
      [`${side}AverageUtilization`]: amount.averageUtilization,
      [`${side}AverageValue`]: amount.averageValue ?? none,
      container,
    });
  return fields({
    type,
    object: object && fields({
      target: reference(object.describedObject),
      metricName: object.metric?.name ?? "",
      [`${side}Value`]: object[side]?.value ?? "0",
      selector: object.metric?.selector,
      averageValue: object[side]?.averageValue,
    }),
    pods: pods && fields({
      metricName: pods.metric?.name ?? "",
      [`${side}AverageValue`]: pods[side]?.averageValue ?? "0",
      selector: pods.metric?.selector,
    }),
    resource: resource && ofResource(resource),
    containerResource: containerResource && ofResource(containerResource),
    external: external && fields({
      metricName: external.metric?.name ?? "",
      metricSelector: external.metric?.selector,
      [`${side}Value`]: external[side]?.value ?? none,
      [`${side}AverageValue`]: external[side]?.averageValue,
    }),
  });
}

// ---------------------------------------------------------------- a metric from v1

function specFromV1(
  { type, object, pods, resource, containerResource, external }: V1Metric,
): Fields {
  const metric = (name: unknown, selector: unknown) => fields({ name: name ?? "", selector });
  const ofResource = ({ name, container, ...target }: V1Resource) => ({
    name: name ?? "",
    ...(container === undefined ? {} : { container }),
    target: fields({
      type: isSet(target.targetAverageUtilization) ? "Utilization" : "AverageValue",
      averageValue: target.targetAverageValue,
      averageUtilization: target.targetAverageUtilization,
    }),
  });
  const objectTarget = ({ targetValue = "0", averageValue }: NonNullable<V1Metric["object"]>) =>
    isSet(averageValue)
      // v1 cannot leave the value out, and writes "0" for none.
      ? fields({
        type: "AverageValue",
        value: String(targetValue) === "0" ? undefined : targetValue,
        averageValue,
      })
      : { type: "Value", value: targetValue };
  return fields({
    type: type ?? "",
    object: object && {
      describedObject: reference(object.target),
      metric: metric(object.metricName, object.selector),
      target: objectTarget(object),
    },
    pods: pods && {
      metric: metric(pods.metricName, pods.selector),
      target: { type: "AverageValue", averageValue: pods.targetAverageValue ?? "0" },
    },
    resource: resource && ofResource(resource),
    containerResource: containerResource && ofResource(containerResource),
    external: external && {
      metric: metric(external.metricName, external.metricSelector),
      target: fields({
        type: isSet(external.targetValue) ? "Value" : "AverageValue",
        value: external.targetValue,
        averageValue: external.targetAverageValue,
      }),
    },
  });
}

function reference(
  { kind = "", name = "", apiVersion }: Partial<models.CrossVersionObjectReference> = {},
): Fields {
  return fields({ kind, name, apiVersion: apiVersion || undefined });
}

function statusFromV1(
  { type, object, pods, resource, containerResource, external }: V1Metric,
): Fields {
  const metric = (name: unknown, selector: unknown) => fields({ name: name ?? "", selector });
  const ofResource = ({ name, container, ...current }: V1Resource) => ({
    name: name ?? "",
    ...(container === undefined ? {} : { container }),
    current: fields({
      averageValue: current.currentAverageValue ?? "0",
      averageUtilization: current.currentAverageUtilization,
    }),
  });
  return fields({
    type: type ?? "",
    object: object && {
      metric: metric(object.metricName, object.selector),
      current: fields({ value: object.currentValue ?? "0", averageValue: object.averageValue }),
      describedObject: reference(object.target),
    },
    pods: pods && {
      metric: metric(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue ?? "0" },
    },
    resource: resource && ofResource(resource),
    containerResource: containerResource && ofResource(containerResource),
    external: external && {
      metric: metric(external.metricName, external.metricSelector),
      current: fields({
        value: external.currentValue ?? "0",
        averageValue: external.currentAverageValue,
      }),
    },
  });
}

// ---------------------------------------------------------------- behavior and conditions

function behaviorToGo({ scaleUp, scaleDown }: models.HorizontalPodAutoscalerBehavior): Fields {
  return { ScaleUp: rulesToGo(scaleUp), ScaleDown: rulesToGo(scaleDown) };
}

function rulesToGo(rules: models.HPAScalingRules | undefined): Fields | null {
  if (!rules) return null;
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = rules;
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies: policies?.map(({ type, value, periodSeconds }) => ({
      Type: type,
      Value: value,
      PeriodSeconds: periodSeconds,
    })) ?? null,
    Tolerance: tolerance ?? null,
  };
}

function conditionInOrder(
  { type, status, lastTransitionTime, reason, message }: models.HorizontalPodAutoscalerCondition,
): Fields {
  const when = { lastTransitionTime: lastTransitionTime ?? null };
  return { ...fields({ type, status }), ...when, ...fields({ reason, message }) };
}
