import { ACCESS_MODES } from "./_cluster.ts";
import {
  type BuiltInKinds,
  type KubeObject,
  type Loose,
  type models,
  type PriorityClass,
  sameJson,
} from "../../../kube/mod.ts";
import { type Causes, IMMUTABLE, NOT_NEGATIVE, quantityOf } from "./_causes.ts";

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
  if (previous && !sameJson([...scopes].sort(), [...previous.spec.scopes ?? []].sort())) {
    invalid(IMMUTABLE);
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
    if (!["Pod", "Container", "PersistentVolumeClaim"].includes(type) && !type.includes("/")) {
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

const VOLUME_FIELDS = new Set([
  "capacity",
  "accessModes",
  "claimRef",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "mountOptions",
  "volumeMode",
  "nodeAffinity",
  "volumeAttributesClassName",
]);

/** Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeSpec). */
export function checkVolume(causes: Causes, { spec }: KubeObject): void {
  if (!spec.accessModes?.length) causes.required("spec.accessModes");
  for (const mode of spec.accessModes ?? []) {
    causes.oneOf("spec.accessModes", mode, ACCESS_MODES);
  }
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) causes.required("spec.capacity");
  if (capacity.storage === undefined || names.length > 1) {
    causes.unsupported("spec.capacity", capacity, ["storage"]);
  }
  const size = quantityOf(capacity.storage ?? 1);
  if (size && size.nano <= 0n) {
    causes.invalid("spec.capacity[storage]", String(size), "must be greater than zero");
  }
  const policies = ["Delete", "Recycle", "Retain"];
  causes.oneOf("spec.persistentVolumeReclaimPolicy", spec.persistentVolumeReclaimPolicy, policies);
  const sources = Object.keys(spec).filter((field) => !VOLUME_FIELDS.has(field));
  if (sources.length === 0) causes.required("spec", "must specify a volume type");
}

const CLAIM_FIXED =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/**
 * Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaimUpdate).
 * Differs: leaves out the dump of the difference.
 */
export function checkClaimUpdate(causes: Causes, claim: KubeObject, previous: KubeObject): void {
  const old: Loose<models.PersistentVolumeClaimSpec> = { ...previous.spec };
  const next: Loose<models.PersistentVolumeClaimSpec> = { ...claim.spec };
  if (!old.volumeName) delete next.volumeName;
  if (old.storageClassName === undefined) delete next.storageClassName;
  if (previous.status?.phase === "Bound") {
    for (const spec of [old, next]) {
      delete spec.volumeAttributesClassName;
      const { storage: _, ...requests } = spec.resources?.requests ?? {};
      spec.resources = { ...spec.resources, requests };
    }
  }
  if (!sameJson(next, old)) causes.forbidden("spec", CLAIM_FIXED);
  const size = (of: Record<string, models.Quantity> | undefined) =>
    quantityOf(of?.storage ?? 0)?.nano ?? 0n;
  const asked = size(claim.spec.resources?.requests);
  const shrinks = asked < size(previous.spec.resources?.requests);
  if (shrinks && asked <= size(previous.status?.capacity)) {
    const detail = "field can not be less than status.capacity";
    causes.forbidden("spec.resources.requests.storage", detail);
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
  causes.oneOf("preemptionPolicy", preemptionPolicy, ["Never", "PreemptLowerPriority"]);
  if (!previous) return;
  if (value !== (previous.value ?? 0)) {
    causes.forbidden("value", "may not be changed in an update.");
  }
  if (preemptionPolicy !== previous.preemptionPolicy) {
    causes.invalid("preemptionPolicy", preemptionPolicy, IMMUTABLE);
  }
}
