import {
  type BuiltInKinds,
  type KubeObject,
  labelKeyFaults,
  type Loose,
  type models,
  type PriorityClass,
  sameJson,
} from "../../../kube/mod.ts";
import { type Causes, IMMUTABLE, NOT_NEGATIVE, quantityOf } from "./_causes.ts";
import { checkContainerResourceName, checkResourceName } from "./_requirements.ts";

/** Source: kubernetes/kubernetes pkg/apis/core/helper/helpers.go. */
const QUOTA_RESOURCES = new Set([
  ...["cpu", "memory", "ephemeral-storage"].flatMap((name) => [
    name,
    `requests.${name}`,
    `limits.${name}`,
  ]),
  "requests.storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);
/** Quantities of these are whole numbers. */
const COUNTED =
  /^(pods|resourcequotas|services|replicationcontrollers|secrets|persistentvolumeclaims|configmaps|services\.(nodeports|loadbalancers)|count\/.+)$/;
const SCOPES = new Set([
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "CrossNamespacePodAffinity",
  "VolumeAttributesClass",
]);

/** Source: pkg/apis/core/validation/validation.go (ValidateResourceQuotaSpec). */
export function checkQuota(causes: Causes, { spec }: KubeObject, previous?: KubeObject): void {
  for (const [name, value] of Object.entries(spec.hard ?? {}).sort()) {
    const at = `spec.hard[${name}]`;
    checkResourceName(causes, at, name);
    if (
      !name.includes("/") && !QUOTA_RESOURCES.has(name) && !/^(requests\.)?hugepages-/.test(name)
    ) {
      causes.invalid(at, name, "must be a standard resource for quota");
    }
    const quantity = quantityOf(value as string);
    if (!quantity) continue;
    if (quantity.nano < 0n) causes.invalid(at, String(quantity), NOT_NEGATIVE);
    if (COUNTED.test(name) && quantity.milliValue % 1000 !== 0) {
      causes.invalid(at, String(quantity), "must be an integer");
    }
  }
  const scopes: string[] = spec.scopes ?? [];
  const invalid = (detail: string) => causes.invalid("spec.scopes", scopes, detail);
  if (scopes.some((scope) => !SCOPES.has(scope))) invalid("unsupported scope");
  for (const scope of ["BestEffort", "Terminating"]) {
    if (scopes.includes(scope) && scopes.includes(`Not${scope}`)) invalid("conflicting scopes");
  }
  if (scopes.includes("BestEffort")) {
    for (const name of Object.keys(spec.hard ?? {}).sort()) {
      if (name === "pods" || !QUOTA_RESOURCES.has(name)) continue;
      invalid("unsupported scope applied to resource");
    }
  }
  checkScopeSelector(causes, spec.scopeSelector?.matchExpressions ?? []);
  if (previous && !sameJson([...scopes].sort(), [...previous.spec.scopes ?? []].sort())) {
    invalid(IMMUTABLE);
  }
}

/** Source: as above (validateScopedResourceSelectorRequirement). */
function checkScopeSelector(
  causes: Causes,
  expressions: Loose<models.ScopedResourceSelectorRequirement>[],
): void {
  const at = "spec.scopeSelector.matchExpressions";
  for (const { scopeName = "", operator = "", values = [] } of expressions) {
    if (!SCOPES.has(scopeName)) causes.invalid(`${at}.scopeName`, scopeName, "unsupported scope");
    if (operator === "In" || operator === "NotIn") {
      if (values.length > 0) continue;
      const detail =
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      causes.required(`${at}.values`, detail);
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length === 0) continue;
      const detail =
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      causes.invalid(`${at}.values`, values, detail);
    } else causes.invalid(`${at}.operator`, operator, "not a valid selector operator");
  }
}

/** Source: pkg/apis/core/validation/validation.go (ValidateLimitRange). */
export function checkLimitRange(
  causes: Causes,
  { spec }: Loose<BuiltInKinds["limitranges"]>,
): void {
  const types = new Set<string>();
  (spec?.limits ?? []).forEach((item, i) => {
    const at = `spec.limits[${i}]`;
    const { type = "" } = item;
    const faults = labelKeyFaults(type);
    for (const fault of faults) causes.invalid(`${at}.type`, type, fault);
    const isKnown = ["Pod", "Container", "PersistentVolumeClaim"].includes(type);
    if (faults.length === 0 && !isKnown && !type.includes("/")) {
      causes.invalid(`${at}.type`, type, "must be a standard limit type or fully qualified");
    }
    if (types.has(type)) causes.duplicate(`${at}.type`, type);
    types.add(type);
    if (type === "Pod") {
      for (const field of ["default", "defaultRequest"] as const) {
        if (Object.keys(item[field] ?? {}).length === 0) continue;
        causes.forbidden(`${at}.${field}`, "may not be specified when `type` is 'Pod'");
      }
    }
    if (type === "PersistentVolumeClaim" && !item.min?.storage && !item.max?.storage) {
      const detail =
        "either minimum or maximum storage value is required, but neither was provided";
      causes.required(`${at}.limits`, detail);
    }
    const parts = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
    for (const part of parts) {
      for (const name of Object.keys(item[part] ?? {}).sort()) {
        const here = `${at}.${part}[${name}]`;
        if (type === "Pod" || type === "Container") {
          checkContainerResourceName(causes, here, name);
        } else checkResourceName(causes, here, name);
      }
    }
    checkOrder(causes, at, item);
  });
}

/** `[field at fault, lesser, greater, words]`: the lesser may not be above the greater. */
const ORDER = [
  ["min", "min", "max", "min value", "max value"],
  ["defaultRequest", "min", "defaultRequest", "min value", "default request value"],
  ["defaultRequest", "defaultRequest", "max", "default request value", "max value"],
  ["defaultRequest", "defaultRequest", "default", "default request value", "default limit value"],
  ["default", "min", "default", "min value", "default value"],
  ["default", "default", "max", "default value", "max value"],
] as const;

function checkOrder(causes: Causes, at: string, item: Loose<models.LimitRangeItem>): void {
  const names = new Set(
    (["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"] as const)
      .flatMap((field) => Object.keys(item[field] ?? {})),
  );
  for (const name of [...names].sort()) {
    const value = (field: Exclude<keyof models.LimitRangeItem, "type">) => {
      const amount = item[field]?.[name];
      return amount === undefined ? undefined : quantityOf(amount);
    };
    for (const [field, lesser, greater, lesserWords, greaterWords] of ORDER) {
      const [low, high] = [value(lesser), value(greater)];
      if (!low || !high || low.nano <= high.nano) continue;
      const detail = `${lesserWords} ${low} is greater than ${greaterWords} ${high}`;
      const shown = field === "default" && lesser === "default" ? high : value(field);
      causes.invalid(
        `${at}.${field}[${name}]`,
        String(field === "default" && lesser === "min" ? low : shown),
        detail,
      );
    }
    const ratio = value("maxLimitRequestRatio");
    if (ratio && ratio.milliValue < 1000) {
      const detail = `ratio ${ratio} is less than 1`;
      causes.invalid(`${at}.maxLimitRequestRatio[${name}]`, String(ratio), detail);
    }
    const [low, high] = [value("min"), value("max")];
    if (ratio && low && high && ratio.asNumber() > high.asNumber() / low.asNumber()) {
      const most = (high.asNumber() / low.asNumber()).toFixed(6);
      const detail = `ratio ${ratio} is greater than max/min = ${most}`;
      causes.invalid(`${at}.maxLimitRequestRatio[${name}]`, String(ratio), detail);
    }
  }
}

const HIGHEST_PRIORITY = 1_000_000_000;

/** Source: kubernetes/kubernetes pkg/apis/scheduling/validation/validation.go. */
export function checkPriorityClass(
  causes: Causes,
  { metadata, value = 0, preemptionPolicy }: PriorityClass,
  previous?: PriorityClass,
): void {
  const known = ["system-node-critical", "system-cluster-critical"];
  if (metadata.name.startsWith("system-")) {
    if (!known.includes(metadata.name)) {
      const detail =
        "priority class names with 'system-' prefix are reserved for system use only. " +
        `error: ${metadata.name} is not a known system priority class`;
      causes.forbidden("metadata.name", detail);
    }
  } else if (value > HIGHEST_PRIORITY) {
    const detail = `maximum allowed value of a user defined priority is ${HIGHEST_PRIORITY}`;
    causes.forbidden("value", detail);
  }
  causes.oneOf("preemptionPolicy", preemptionPolicy, ["PreemptLowerPriority", "Never"]);
  if (!previous) return;
  if (value !== (previous.value ?? 0)) {
    causes.forbidden("value", "may not be changed in an update.");
  }
  if (preemptionPolicy !== previous.preemptionPolicy) {
    causes.invalid("preemptionPolicy", preemptionPolicy, IMMUTABLE);
  }
}
