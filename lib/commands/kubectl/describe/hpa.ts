import type { Loose, models, Served } from "../../../kube/mod.ts";
import { quote, rfc1123z } from "../../../go/mod.ts";
import type { DescriptionWriter } from "./writer.ts";

/**
 * A HorizontalPodAutoscaler of autoscaling/v2.
 * Source: kubernetes/kubectl pkg/describe/describe.go (describeHorizontalPodAutoscalerV2).
 */
export function describeHpa(
  hpa: Served<"horizontalpodautoscalers.autoscaling">,
  w: DescriptionWriter,
): void {
  const { spec = {}, status = {} } = hpa;
  const { scaleTargetRef: target = {} } = spec;
  w.field(0, "Name", hpa.metadata.name);
  w.field(0, "Namespace", hpa.metadata.namespace);
  w.labels("Labels", hpa.metadata.labels);
  w.annotations("Annotations", hpa.metadata.annotations);
  w.field(0, "CreationTimestamp", rfc1123z(hpa.metadata.creationTimestamp));
  w.field(0, "Reference", `${target.kind}/${target.name}`);
  w.write(0, "Metrics:\t( current / target )\n");
  (spec.metrics ?? []).forEach((metric, index) => {
    w.write(1, metricText(metric, status.currentMetrics?.[index] ?? {}) + "\n");
  });
  w.field(0, "Min replicas", spec.minReplicas ?? "<unset>");
  w.field(0, "Max replicas", spec.maxReplicas);
  if (spec.behavior) {
    w.write(0, "Behavior:\n");
    describeRules("Scale Up", spec.behavior.scaleUp, w);
    describeRules("Scale Down", spec.behavior.scaleDown, w);
  }
  w.field(
    0,
    `${target.kind} pods`,
    `${status.currentReplicas ?? 0} current / ${status.desiredReplicas ?? 0} desired`,
  );
  if (!status.conditions?.length) return;
  w.write(0, "Conditions:\n");
  w.write(1, "Type\tStatus\tReason\tMessage\n");
  w.write(1, "----\t------\t------\t-------\n");
  for (const { type, status: state, reason = "", message = "" } of status.conditions) {
    w.write(1, `${type}\t${state}\t${reason}\t${message}\n`);
  }
}

const UNKNOWN = "<unknown>";

type Target = Loose<models.MetricTarget>;
type Current = Loose<models.MetricValueStatus>;

/** A metric of one kind, as far as its kind says. */
interface Part {
  metric?: Loose<models.MetricIdentifier>;
  target?: Target;
}

function metricText(metric: Loose<models.MetricSpec>, status: Loose<models.MetricStatus>): string {
  switch (metric.type) {
    case "External":
      return externalText(metric.external ?? {}, status.external?.current);
    case "Pods": {
      const current = status.pods ? amount(status.pods.current?.averageValue) : UNKNOWN;
      const { metric: { name = "" } = {}, target = {} } = metric.pods ?? {};
      return `${quote(name)} on pods:\t${current} / ${amount(target.averageValue)}`;
    }
    case "Object":
      return objectText(metric.object ?? {}, status.object?.current);
    case "Resource":
      return resourceText(
        `resource ${metric.resource?.name} on pods`,
        metric.resource?.target,
        status.resource && (status.resource.current ?? {}),
      );
    case "ContainerResource": {
      const { name, container, target } = metric.containerResource ?? {};
      return resourceText(
        `resource ${name} of container "${container}" on pods`,
        target,
        status.containerResource && (status.containerResource.current ?? {}),
      );
    }
  }
  return `<unknown metric type ${quote(String(metric.type))}>`;
}

/** A quantity that is missing prints as Go's nil pointer does. */
function amount(value: unknown): string {
  return value === undefined || value === null ? "<nil>" : String(value);
}

function externalText(
  { metric: { name = "" } = {}, target = {} }: Part,
  current: Current | undefined,
): string {
  if (target.averageValue !== undefined) {
    return `${quote(name)} (target average value):\t${
      current?.averageValue ?? UNKNOWN
    } / ${target.averageValue}`;
  }
  const value = current ? amount(current.value) : UNKNOWN;
  return `${quote(name)} (target value):\t${value} / ${amount(target.value)}`;
}

function objectText(
  { metric: { name = "" } = {}, target = {}, describedObject = {} }: Loose<
    models.ObjectMetricSource
  >,
  current: Current | undefined,
): string {
  const subject = `"${name}" on ${describedObject.kind}/${describedObject.name} `;
  if (target.type === "AverageValue") {
    const value = current ? amount(current.averageValue) : UNKNOWN;
    return `${subject}(target average value):\t${value} / ${amount(target.averageValue)}`;
  }
  const value = current ? amount(current.value) : UNKNOWN;
  return `${subject}(target value):\t${value} / ${amount(target.value)}`;
}

function resourceText(
  subject: string,
  target: Target = {},
  status: Current | undefined,
): string {
  if (target.averageValue !== undefined) {
    const value = status ? amount(status.averageValue) : UNKNOWN;
    return `${subject}:\t${value} / ${target.averageValue}`;
  }
  const { averageUtilization, averageValue } = status ?? {};
  const current = averageUtilization === undefined
    ? UNKNOWN
    : `${averageUtilization}% (${amount(averageValue)})`;
  const goal = target.averageUtilization === undefined ? "<auto>" : `${target.averageUtilization}%`;
  // Upstream writes this part with an indentation of its own.
  return `${subject}  (as a percentage of request):\t${current} / ${goal}`;
}

function describeRules(
  title: string,
  rules: Loose<models.HPAScalingRules> | undefined,
  w: DescriptionWriter,
): void {
  if (!rules) return;
  w.write(1, `${title}:\n`);
  if (rules.stabilizationWindowSeconds !== undefined) {
    w.write(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds\n`);
  }
  if (!rules.policies?.length) return;
  w.write(2, `Select Policy: ${rules.selectPolicy ?? "Max"}\n`);
  w.write(2, "Policies:\n");
  for (const { type, value, periodSeconds } of rules.policies) {
    w.write(3, `- Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds\n`);
  }
}
