import { MissingRequestError } from "./group_pods.ts";
import type {
  MetricIdentifier,
  MetricReading,
  MetricSpec,
  MetricStatus,
  PodReading,
} from "./hpa_types.ts";
import { selectorFault } from "./metric_selectors.ts";
import {
  type CalculatorContext,
  externalTotal,
  meanReplicas,
  MetricComputationError,
  perPodReplicas,
  type Proposal,
  utilizationReplicas,
  valueReplicas,
} from "./replica_calculator.ts";
import { formatMilli, goLabelSelector, isSet, metricName, metricTitle, toMilli } from "./texts.ts";

/** What one metric of the spec came to. */
export type MetricOutcome =
  | {
    ok: true;
    /** As events and conditions name it. */
    name: string;
    /** As a person is told of it. */
    title: string;
    proposal: Proposal;
    status: MetricStatus;
  }
  | {
    ok: false;
    /** The condition's and event's reason: `FailedGetObjectMetric`. */
    reason: string;
    /** The event's message, and the tail of the condition's. */
    message: string;
    /** The error as the list of metrics reports it. */
    error: string;
  };

const REASONS: Record<string, string> = {
  Object: "FailedGetObjectMetric",
  Pods: "FailedGetPodsMetric",
  Resource: "FailedGetResourceMetric",
  ContainerResource: "FailedGetContainerResourceMetric",
  External: "FailedGetExternalMetric",
};

/**
 * The replicas that one metric asks for, or why it cannot say, in upstream's words.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go
 * (computeReplicasForMetric, computeStatusFor*Metric).
 */
export function proposeForMetric(
  spec: MetricSpec,
  reading: MetricReading,
  namespace: string,
  context: CalculatorContext,
): MetricOutcome {
  const reason = REASONS[spec.type];
  if (!reason) {
    const message = `unknown metric source type "${spec.type}"`;
    return { ok: false, reason: "InvalidMetricSourceType", message, error: message };
  }
  try {
    const [name, title] = [metricName(spec), metricTitle(spec)];
    return { ok: true, name, title, ...computed(spec, reading, namespace, context) };
  } catch (error) {
    if (!(error instanceof MetricComputationError || error instanceof MissingRequestError)) {
      throw error;
    }
    const message = conditionMessage(spec, error.message);
    const wasAsked = !(error instanceof MetricSelectorError);
    return { ok: false, reason, message, error: listError(spec, message, wasAsked) };
  }
}

function computed(
  spec: MetricSpec,
  reading: MetricReading,
  namespace: string,
  context: CalculatorContext,
): { proposal: Proposal; status: MetricStatus } {
  switch (spec.type) {
    case "Object":
      return forObject(spec.object!, reading, namespace, context);
    case "Pods": {
      const { metric, target } = spec.pods!;
      requireSelector(metric);
      const pods = podsOf(reading, (error) => `unable to get metric ${metric.name}: ${error}`);
      const proposal = meanReplicas(pods, toMilli(target.averageValue!), "", context);
      const current = { averageValue: formatMilli(proposal.usageMilli) };
      return { proposal, status: { type: "Pods", pods: { metric, current } } };
    }
    case "Resource": {
      const { name, target } = spec.resource!;
      const { proposal, current } = forResource(name, "", target, reading, context);
      return { proposal, status: { type: "Resource", resource: { name, current } } };
    }
    case "ContainerResource": {
      const { name, container, target } = spec.containerResource!;
      const { proposal, current } = forResource(name, container, target, reading, context);
      const containerResource = { name, container, current };
      return { proposal, status: { type: "ContainerResource", containerResource } };
    }
    default:
      return forExternal(spec.external!, reading, namespace, context);
  }
}

function forObject(
  object: NonNullable<MetricSpec["object"]>,
  reading: MetricReading,
  namespace: string,
  context: CalculatorContext,
): { proposal: Proposal; status: MetricStatus } {
  const { describedObject, metric, target } = object;
  requireSelector(metric);
  const valueOf = () => {
    // The arguments are in upstream's order, odd as it reads.
    if ("error" in reading) {
      throw new MetricComputationError(
        `unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ` +
          `${describedObject.name}/${reading.error}`,
      );
    }
    return (reading as { valueMilli: bigint }).valueMilli;
  };
  const status = (current: Record<string, string>) => ({
    type: "Object",
    object: { metric, current, describedObject },
  });
  if (target.type === "Value" && isSet(target.value)) {
    const proposal = valueReplicas(valueOf(), toMilli(target.value!), context);
    return { proposal, status: status({ value: formatMilli(proposal.usageMilli) }) };
  }
  if (target.type === "AverageValue" && isSet(target.averageValue)) {
    const proposal = perPodReplicas(valueOf(), toMilli(target.averageValue!), "Object", context);
    return { proposal, status: status({ averageValue: formatMilli(proposal.usageMilli) }) };
  }
  throw new MetricComputationError(
    "invalid object metric source: neither a value target nor an average value target was set",
  );
}

function forResource(
  resource: string,
  container: string,
  target: NonNullable<MetricSpec["resource"]>["target"],
  reading: MetricReading,
  context: CalculatorContext,
): { proposal: Proposal; current: Record<string, unknown> } {
  const pods = () =>
    podsOf(reading, (error) => `unable to get metrics for resource ${resource}: ${error}`);
  // Memory is shown as metrics-server shows it, in powers of two.
  const format = resource === "memory" ? "BinarySI" : "DecimalSI";
  if (isSet(target.averageValue)) {
    const proposal = meanReplicas(pods(), toMilli(target.averageValue!), resource, context);
    const current = { averageValue: formatMilli(proposal.usageMilli, format) };
    return { proposal: { ...proposal, format }, current };
  }
  if (!isSet(target.averageUtilization)) {
    throw new MetricComputationError(
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
    );
  }
  const percent = target.averageUtilization!;
  const proposal = utilizationReplicas(pods(), percent, resource, container, context);
  const current = {
    averageValue: formatMilli(proposal.usageMilli, format),
    averageUtilization: proposal.utilization,
  };
  return { proposal: { ...proposal, format }, current };
}

function forExternal(
  external: NonNullable<MetricSpec["external"]>,
  reading: MetricReading,
  namespace: string,
  context: CalculatorContext,
): { proposal: Proposal; status: MetricStatus } {
  const { metric, target } = external;
  const total = (isPerPod: boolean) => {
    requireSelector(metric);
    if ("error" in reading) {
      throw new MetricComputationError(
        `unable to get external metric ${namespace}/${metric.name}/` +
          `${goLabelSelector(metric.selector)}: ${reading.error}`,
      );
    }
    return externalTotal(series(), isPerPod);
  };
  const series = () => (reading as { valuesMilli: bigint[] }).valuesMilli;
  const samples = () => series().map((milli) => ({ name: "", milli }));
  const status = (current: Record<string, string>) => ({
    type: "External",
    external: { metric, current },
  });
  if (isSet(target.averageValue)) {
    const goal = toMilli(target.averageValue!);
    const sum = total(true);
    const proposal = { ...perPodReplicas(sum, goal, "External", context), samples: samples() };
    return { proposal, status: status({ averageValue: formatMilli(proposal.usageMilli) }) };
  }
  if (isSet(target.value)) {
    const sum = total(false);
    const proposal = {
      ...valueReplicas(sum, toMilli(target.value!), context),
      samples: samples(),
    };
    return { proposal, status: status({ value: formatMilli(proposal.usageMilli) }) };
  }
  throw new MetricComputationError(
    "invalid external metric source: neither a value target nor an average value target was set",
  );
}

/** A metric whose selector cannot be used. */
class MetricSelectorError extends MetricComputationError {
  override name = "MetricSelectorError";
}

/** Validation lets any selector of a metric pass; the controller finds out. */
function requireSelector({ selector }: MetricIdentifier): void {
  const fault = selectorFault(selector);
  if (fault) throw new MetricSelectorError(fault);
}

function podsOf(reading: MetricReading, wrap: (error: string) => string) {
  if ("error" in reading) throw new MetricComputationError(wrap(reading.error));
  return (reading as { pods: Record<string, PodReading> }).pods;
}

/** What the condition and the event say of an error. */
function conditionMessage(spec: MetricSpec, error: string): string {
  const resource = spec.resource ?? spec.containerResource;
  if (!resource || error.startsWith("invalid resource metric source")) return error;
  const what = isSet(resource.target.averageValue) ? "usage" : "utilization";
  return `failed to get ${resource.name} ${what}: ${error}`;
}

/** What the list of metrics says of an error; `wasAsked` when it is not the metric's selector. */
function listError(spec: MetricSpec, message: string, wasAsked: boolean): string {
  switch (spec.type) {
    case "Object": {
      const { metric, target } = spec.object!;
      const inner = wasAsked && target.type === "AverageValue" && isSet(target.averageValue)
        ? `failed to get ${metric.name} object metric: ${message}`
        : message;
      return `failed to get object metric value: ${inner}`;
    }
    case "Pods":
      return `failed to get pods metric value: ${message}`;
    case "Resource":
      return `failed to get ${spec.resource!.name} resource metric value: ${message}`;
    case "ContainerResource":
      return `failed to get ${
        spec.containerResource!.container
      } container metric value: ${message}`;
    default: {
      const { metric, target } = spec.external!;
      let inner = message;
      if (isSet(target.averageValue)) {
        inner = `failed to get ${metric.name} external metric: ${message}`;
      } else if (isSet(target.value)) {
        inner = `failed to get external metric ${metric.name}: ${message}`;
      }
      return `failed to get ${metric.name} external metric value: ${inner}`;
    }
  }
}
