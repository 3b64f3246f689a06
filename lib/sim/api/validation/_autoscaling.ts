import { own } from "../../../go/mod.ts";
import { type BuiltInKinds, labelKeyFaults, type Loose, type models } from "../../../kube/mod.ts";
import { type Causes, NOT_NEGATIVE, quantityOf } from "./_causes.ts";
import { labelFaults, pathFaults } from "./_names.ts";

type SourceField = "object" | "external" | "pods" | "resource" | "containerResource";

/** The field of each metric source type. */
const SOURCES: Readonly<Record<string, SourceField>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

type Autoscaler = Loose<BuiltInKinds["horizontalpodautoscalers.autoscaling"]>;

/**
 * Source: kubernetes/kubernetes pkg/apis/autoscaling/validation/validation.go,
 * pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go. What was let in once may stay: a
 * minimum of 0, and apiVersions that would be refused today.
 */
export function checkAutoscaler(
  causes: Causes,
  { spec = {} }: Autoscaler,
  previous?: Autoscaler,
): void {
  const { minReplicas, maxReplicas = 0, metrics = [] } = spec;
  const least = previous?.spec?.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < least) {
    causes.invalid("spec.minReplicas", minReplicas, `must be greater than or equal to ${least}`);
  }
  if (maxReplicas === 0) causes.required("spec.maxReplicas", "must be set and greater than 0");
  else if (maxReplicas < 0) {
    causes.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to 1");
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = "must be greater than or equal to `minReplicas`";
    causes.invalid("spec.maxReplicas", maxReplicas, detail);
  }
  const target = spec.scaleTargetRef ?? {};
  checkReference(causes, "spec.scaleTargetRef", target, {
    anyVersion: previous !== undefined && previous.spec?.scaleTargetRef?.kind === target.kind &&
      previous.spec?.scaleTargetRef?.apiVersion === target.apiVersion,
    coreGroup: target.kind === "ReplicationController",
  });
  const anyVersion = (previous?.spec?.metrics ?? []).some(({ type, object }) =>
    type === "Object" && versionFault(object?.describedObject?.apiVersion, true) !== undefined
  );
  metrics.forEach((metric, i) => checkMetric(causes, `spec.metrics[${i}]`, metric, anyVersion));
  if (minReplicas === 0 && !metrics.some(({ type }) => /^(Object|External)$/.test(type ?? ""))) {
    const detail =
      "must specify at least one Object or External metric to support scaling to zero replicas";
    causes.forbidden("spec.metrics", detail);
  }
  for (const direction of ["scaleUp", "scaleDown"] as const) {
    const rules = spec.behavior?.[direction];
    if (rules) checkRules(causes, `spec.behavior.${direction}`, rules);
  }
}

function checkReference(
  causes: Causes,
  at: string,
  reference: Loose<models.CrossVersionObjectReference>,
  allow: { anyVersion: boolean; coreGroup: boolean },
): void {
  for (const key of ["kind", "name"] as const) {
    const value = reference[key];
    if (!value) causes.required(`${at}.${key}`);
    else for (const fault of pathFaults(value)) causes.invalid(`${at}.${key}`, value, fault);
  }
  const { apiVersion = "" } = reference;
  const fault = allow.anyVersion ? undefined : versionFault(apiVersion, allow.coreGroup);
  if (fault) causes.invalid(`${at}.apiVersion`, apiVersion, fault);
}

/** Source: kubernetes/apimachinery pkg/runtime/schema/group_version.go (ParseGroupVersion). */
function versionFault(apiVersion = "", coreGroup: boolean): string | undefined {
  const parts = apiVersion.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const group = parts.length === 2 ? parts[0] : "";
  return group === "" && !coreGroup ? "apiVersion must specify API group" : undefined;
}

/** In the order in which upstream looks for them; only the first that is there is looked into. */
const SOURCE_ORDER: readonly SourceField[] = [
  "object",
  "external",
  "pods",
  "resource",
  "containerResource",
];

function checkMetric(
  causes: Causes,
  at: string,
  metric: Loose<models.MetricSpec>,
  anyVersion: boolean,
): void {
  const { type = "" } = metric;
  if (!type) causes.required(`${at}.type`, "must specify a metric source type");
  const field = own(SOURCES, type);
  // Upstream finds a wrong type twice: by itself, and by the source that goes with it.
  if (!field) causes.unsupported(`${at}.type`, type, Object.keys(SOURCES));
  const present = SOURCE_ORDER.filter((name) => metric[name]);
  if (present.length > 0) checkSource(causes, at, metric, present[0], anyVersion);
  if (!field) causes.unsupported(`${at}.type`, type, Object.keys(SOURCES));
  else if (!metric[field]) {
    const detail = "must populate information for the given metric source";
    causes.required(`${at}.${field}`, detail);
  }
  if (present.length === 1) return;
  for (const name of present.filter((name) => name !== field)) {
    causes.forbidden(`${at}.${name}`, "must populate the given metric source only");
  }
}

/** How the source in each field is checked. */
type SourceChecks = {
  [F in SourceField]: (
    causes: Causes,
    at: string,
    source: NonNullable<Loose<models.MetricSpec>[F]>,
    anyVersion: boolean,
  ) => void;
};

function checkSource<F extends SourceField>(
  causes: Causes,
  at: string,
  metric: Loose<models.MetricSpec>,
  field: F,
  anyVersion: boolean,
): void {
  const source = metric[field];
  if (source) SOURCE_CHECKS[field](causes, `${at}.${field}`, source, anyVersion);
}

const SOURCE_CHECKS: SourceChecks = {
  object(causes, at, { describedObject, metric, target = {} }, anyVersion) {
    const allow = { anyVersion, coreGroup: true };
    checkReference(causes, `${at}.describedObject`, describedObject ?? {}, allow);
    checkMetricName(causes, at, metric);
    checkTarget(causes, `${at}.target`, target);
    if (target.value === undefined && target.averageValue === undefined) {
      const detail = "must set either a target value or averageValue";
      causes.required(`${at}.target.averageValue`, detail);
    }
  },
  external(causes, at, { metric, target = {} }) {
    checkMetricName(causes, at, metric);
    checkTarget(causes, `${at}.target`, target);
    if (target.value === undefined && target.averageValue === undefined) {
      const detail = "must set either a target value for metric or a per-pod target";
      causes.required(`${at}.target.averageValue`, detail);
    }
    if (target.value !== undefined && target.averageValue !== undefined) {
      const detail = "may not set both a target value for metric and a per-pod target";
      causes.forbidden(`${at}.target.value`, detail);
    }
  },
  pods(causes, at, { metric, target = {} }) {
    checkMetricName(causes, at, metric);
    checkTarget(causes, `${at}.target`, target);
    if (target.averageValue === undefined) {
      const detail = "must specify a positive target averageValue";
      causes.required(`${at}.target.averageValue`, detail);
    }
  },
  resource(causes, at, source) {
    if (!source.name) causes.required(`${at}.name`, "must specify a resource name");
    checkResourceTarget(causes, `${at}.target`, source.target ?? {});
  },
  containerResource(causes, at, { name, container, target = {} }) {
    if (!name) causes.required(`${at}.name`, "must specify a resource name");
    else checkResourceName(causes, `${at}.name`, name);
    if (!container) causes.required(`${at}.container`, "must specify a container");
    else {
      const here = `${at}.container`;
      for (const fault of labelFaults(container)) causes.invalid(here, container, fault);
    }
    checkResourceTarget(causes, `${at}.target`, target);
  },
};

/**
 * Source: kubernetes/kubernetes pkg/apis/core/v1/validation/validation.go
 * (ValidateContainerResourceName).
 */
function checkResourceName(causes: Causes, at: string, name: string): void {
  const faults = labelKeyFaults(name);
  for (const fault of faults) causes.invalid(at, name, fault);
  if (name.includes("/")) {
    const isNative = name.split("/")[0].endsWith("kubernetes.io");
    if (!isNative && name.startsWith("requests.")) {
      causes.invalid(at, name, "doesn't follow extended resource name standard");
    }
    return;
  }
  if (/^(cpu|memory|ephemeral-storage|hugepages-.*)$/.test(name)) return;
  if (faults.length === 0 && !/^(requests|limits)\.(cpu|memory|ephemeral-storage)$/.test(name)) {
    causes.invalid(at, name, "must be a standard resource type or fully qualified");
  }
  causes.invalid(at, name, "must be a standard resource for containers");
}

function checkMetricName(
  causes: Causes,
  at: string,
  metric: Loose<models.MetricIdentifier> | undefined,
): void {
  const name = metric?.name ?? "";
  if (!name) return causes.required(`${at}.metric.name`, "must specify a metric name");
  for (const fault of pathFaults(name)) causes.invalid(`${at}.metric.name`, name, fault);
}

function checkTarget(causes: Causes, at: string, target: Loose<models.MetricTarget>): void {
  const { type = "" } = target;
  if (!type) causes.required(`${at}.type`, "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    const detail = "must be either Utilization, Value, or AverageValue";
    causes.invalid(`${at}.type`, type, detail);
  }
  for (const key of ["value", "averageValue"] as const) {
    const amount = target[key];
    const value = amount === undefined ? undefined : quantityOf(amount);
    if (value && value.nano <= 0n) {
      causes.invalid(`${at}.${key}`, value.toString(), "must be positive");
    }
  }
  const { averageUtilization } = target;
  if (averageUtilization !== undefined && averageUtilization < 1) {
    causes.invalid(`${at}.averageUtilization`, averageUtilization, "must be greater than 0");
  }
}

function checkResourceTarget(causes: Causes, at: string, target: Loose<models.MetricTarget>): void {
  checkTarget(causes, at, target);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = "must set either a target raw value or a target utilization";
    causes.required(`${at}.averageUtilization`, detail);
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = "may not set both a target raw value and a target utilization";
    causes.forbidden(`${at}.averageValue`, detail);
  }
}

function checkRules(causes: Causes, at: string, rules: Loose<models.HPAScalingRules>): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance } = rules;
  const windowAt = `${at}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) {
    causes.invalid(windowAt, window, "must be greater than or equal to zero");
  }
  if (window !== undefined && window > MAX_WINDOW_SECONDS) {
    causes.invalid(windowAt, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  }
  causes.oneOf(`${at}.selectPolicy`, selectPolicy, ["Disabled", "Max", "Min"]);
  if (!policies?.length) causes.required(`${at}.policies`, "must specify at least one Policy");
  (policies ?? []).forEach((policy, i) => {
    const here = `${at}.policies[${i}]`;
    causes.oneOf(`${here}.type`, policy.type ?? "", ["Percent", "Pods"]);
    for (const key of ["value", "periodSeconds"] as const) {
      const value = policy[key] ?? 0;
      if (value <= 0) causes.invalid(`${here}.${key}`, value, "must be greater than zero");
    }
    if ((policy.periodSeconds ?? 0) > MAX_PERIOD_SECONDS) {
      const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      causes.invalid(`${here}.periodSeconds`, policy.periodSeconds, detail);
    }
  });
  const allowed = tolerance === undefined ? undefined : quantityOf(tolerance);
  if (allowed && allowed.nano < 0n) {
    causes.invalid(`${at}.tolerance`, allowed.toString(), NOT_NEGATIVE);
  }
}
