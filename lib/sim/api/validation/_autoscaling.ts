import type { KubeObject } from "../../../kube/mod.ts";
import { type Causes, type Json, NOT_NEGATIVE, quantityOf } from "./_causes.ts";
import { pathFaults } from "./_names.ts";

/** The field of each metric source type. */
const SOURCES: Readonly<Record<string, string>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

/** Source: kubernetes/kubernetes pkg/apis/autoscaling/validation/validation.go. */
export function checkAutoscaler(causes: Causes, { spec }: KubeObject): void {
  const { minReplicas, maxReplicas = 0 } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    causes.invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
  }
  if (maxReplicas < 1) causes.required("spec.maxReplicas", "must be set and greater than 0");
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = "must be greater than or equal to `minReplicas`";
    causes.invalid("spec.maxReplicas", maxReplicas, detail);
  }
  checkReference(causes, "spec.scaleTargetRef", spec.scaleTargetRef ?? {});
  const { kind, apiVersion = "" } = spec.scaleTargetRef ?? {};
  if (!apiVersion.includes("/") && !(apiVersion === "v1" && kind === "ReplicationController")) {
    const detail = "apiVersion must specify API group";
    causes.invalid("spec.scaleTargetRef.apiVersion", apiVersion, detail);
  }
  (spec.metrics ?? []).forEach((metric: Json, i: number) =>
    checkMetric(causes, `spec.metrics[${i}]`, metric)
  );
  for (const direction of ["scaleUp", "scaleDown"]) {
    const rules = spec.behavior?.[direction];
    if (rules) checkRules(causes, `spec.behavior.${direction}`, rules);
  }
}

function checkReference(causes: Causes, at: string, reference: Json): void {
  for (const key of ["kind", "name"]) {
    const value = reference[key];
    if (!value) causes.required(`${at}.${key}`);
    else for (const fault of pathFaults(value)) causes.invalid(`${at}.${key}`, value, fault);
  }
}

function checkMetric(causes: Causes, at: string, metric: Json): void {
  const { type = "" } = metric;
  if (!type) causes.required(`${at}.type`, "must specify a metric source type");
  const field = SOURCES[type];
  if (!field) {
    // Upstream finds it twice: by the type, and by the source that goes with it.
    causes.unsupported(`${at}.type`, type, Object.keys(SOURCES));
    return causes.unsupported(`${at}.type`, type, Object.keys(SOURCES));
  }
  for (const name of Object.values(SOURCES)) {
    if (metric[name] && name !== field && metric[field]) {
      const detail = "must populate the given metric source only";
      causes.forbidden(`${at}.${name}`, detail);
    }
  }
  const source = metric[field];
  if (!source) {
    const detail = "must populate information for the given metric source";
    return causes.required(`${at}.${field}`, detail);
  }
  SOURCE_CHECKS[type](causes, `${at}.${field}`, source);
}

const SOURCE_CHECKS: Record<string, (causes: Causes, at: string, source: Json) => void> = {
  Object(causes, at, { describedObject, metric, target = {} }) {
    checkReference(causes, `${at}.describedObject`, describedObject ?? {});
    checkMetricName(causes, at, metric);
    checkTarget(causes, `${at}.target`, target);
    if (!target.value && !target.averageValue) {
      const detail = "must set either a target value or averageValue";
      causes.required(`${at}.target.averageValue`, detail);
    }
  },
  External(causes, at, { metric, target = {} }) {
    checkMetricName(causes, at, metric);
    checkTarget(causes, `${at}.target`, target);
    if (!target.value && !target.averageValue) {
      const detail = "must set either a target value for metric or a per-pod target";
      causes.required(`${at}.target.averageValue`, detail);
    }
    if (target.value && target.averageValue) {
      const detail = "may not set both a target value for metric and a per-pod target";
      causes.forbidden(`${at}.target.value`, detail);
    }
  },
  Pods(causes, at, { metric, target = {} }) {
    checkMetricName(causes, at, metric);
    checkTarget(causes, `${at}.target`, target);
    const value = quantityOf(target.averageValue ?? "");
    if (!value || value.nano <= 0n) {
      const detail = "must specify a positive target averageValue";
      causes.required(`${at}.target.averageValue`, detail);
    }
  },
  Resource(causes, at, source) {
    if (!source.name) causes.required(`${at}.name`, "must specify a resource name");
    checkResourceTarget(causes, `${at}.target`, source.target ?? {});
  },
  ContainerResource(causes, at, source) {
    if (!source.name) causes.required(`${at}.name`, "must specify a resource name");
    if (!source.container) causes.required(`${at}.container`, "must specify a container");
    checkResourceTarget(causes, `${at}.target`, source.target ?? {});
  },
};

function checkMetricName(causes: Causes, at: string, metric: Json): void {
  const name = metric?.name ?? "";
  if (!name) return causes.required(`${at}.metric.name`, "must specify a metric name");
  for (const fault of pathFaults(name)) causes.invalid(`${at}.metric.name`, name, fault);
}

function checkTarget(causes: Causes, at: string, target: Json): void {
  const { type = "" } = target;
  if (!type) causes.required(`${at}.type`, "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    const detail = "must be either Utilization, Value, or AverageValue";
    causes.invalid(`${at}.type`, type, detail);
  }
  for (const key of ["value", "averageValue"]) {
    const value = target[key] === undefined ? undefined : quantityOf(target[key]);
    if (value && value.nano <= 0n) {
      causes.invalid(`${at}.${key}`, value.toString(), "must be positive");
    }
  }
  const { averageUtilization } = target;
  if (averageUtilization !== undefined && averageUtilization < 1) {
    causes.invalid(`${at}.averageUtilization`, averageUtilization, "must be greater than 0");
  }
}

function checkResourceTarget(causes: Causes, at: string, target: Json): void {
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

function checkRules(causes: Causes, at: string, rules: Json): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies, tolerance } = rules;
  const windowAt = `${at}.stabilizationWindowSeconds`;
  if (window < 0) causes.invalid(windowAt, window, "must be greater than or equal to zero");
  if (window > MAX_WINDOW_SECONDS) {
    causes.invalid(windowAt, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  }
  causes.oneOf(`${at}.selectPolicy`, selectPolicy, ["Disabled", "Max", "Min"]);
  if (!policies?.length) causes.required(`${at}.policies`, "must specify at least one Policy");
  (policies ?? []).forEach((policy: Json, i: number) => {
    const here = `${at}.policies[${i}]`;
    causes.oneOf(`${here}.type`, policy.type ?? "", ["Percent", "Pods"]);
    for (const key of ["value", "periodSeconds"]) {
      const value = policy[key] ?? 0;
      if (value <= 0) causes.invalid(`${here}.${key}`, value, "must be greater than zero");
    }
    if (policy.periodSeconds > MAX_PERIOD_SECONDS) {
      const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      causes.invalid(`${here}.periodSeconds`, policy.periodSeconds, detail);
    }
  });
  const allowed = tolerance === undefined ? undefined : quantityOf(tolerance);
  if (allowed && allowed.nano < 0n) {
    causes.invalid(`${at}.tolerance`, allowed.toString(), NOT_NEGATIVE);
  }
}
