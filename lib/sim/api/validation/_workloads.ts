import { checkClaimSpec } from "./_cluster.ts";
import {
  type BuiltInKinds,
  type KubeObject,
  type Loose,
  type models,
  sameJson,
  selects,
} from "../../../kube/mod.ts";
import { type Causes, IMMUTABLE } from "./_causes.ts";
import { checkAnnotations, checkLabels, checkSelector, labelFaults } from "./_names.ts";
import { checkPodSpec } from "./_pods.ts";

export const MISMATCH = "`selector` does not match template `labels`";

/** Source: kubernetes/kubernetes pkg/apis/apps/validation/validation.go. */
export function checkDeployment(causes: Causes, { spec }: KubeObject, previous?: KubeObject): void {
  causes.notNegative("spec.replicas", spec.replicas);
  const usable = checkOwnSelector(causes, spec, "deployment");
  // Upstream checks a Deployment's template as that of the ReplicaSets to come.
  checkTemplate(causes, spec, usable, "ReplicaSet");
  checkStrategy(causes, spec.strategy ?? {});
  causes.notNegative("spec.minReadySeconds", spec.minReadySeconds);
  causes.notNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  causes.notNegative("spec.progressDeadlineSeconds", spec.progressDeadlineSeconds);
  if ((spec.minReadySeconds ?? 0) >= (spec.progressDeadlineSeconds ?? Infinity)) {
    const detail = "must be greater than minReadySeconds";
    causes.invalid("spec.progressDeadlineSeconds", spec.progressDeadlineSeconds, detail);
  }
  if (previous) checkFixed(causes, spec, previous.spec);
}

export function checkReplicaSet(causes: Causes, { spec }: KubeObject, previous?: KubeObject): void {
  causes.notNegative("spec.replicas", spec.replicas);
  causes.notNegative("spec.minReadySeconds", spec.minReadySeconds);
  const usable = checkOwnSelector(causes, spec, "deployment");
  checkTemplate(causes, spec, usable, "ReplicaSet");
  if (previous) checkFixed(causes, spec, previous.spec);
}

const STATEFUL_UPDATES =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const STATEFUL_FREE = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]);

type StatefulSet = Loose<BuiltInKinds["statefulsets.apps"]>;

export function checkStatefulSet(
  causes: Causes,
  { spec = {} }: StatefulSet,
  previous?: StatefulSet,
): void {
  const { podManagementPolicy, serviceName } = spec;
  if (podManagementPolicy && !["OrderedReady", "Parallel"].includes(podManagementPolicy)) {
    const detail = "must be 'OrderedReady' or 'Parallel'";
    causes.invalid("spec.podManagementPolicy", podManagementPolicy, detail);
  }
  checkStatefulStrategy(causes, spec.updateStrategy ?? {});
  causes.notNegative("spec.replicas", spec.replicas);
  causes.notNegative("spec.minReadySeconds", spec.minReadySeconds);
  causes.notNegative("spec.ordinals.start", spec.ordinals?.start);
  const policy = spec.persistentVolumeClaimRetentionPolicy ?? {};
  for (const field of ["whenDeleted", "whenScaled"] as const) {
    const at = `spec.persistentVolumeClaimRetentionPolicy.${field}`;
    causes.oneOf(at, policy[field], ["Retain", "Delete"]);
  }
  if (serviceName && !previous) {
    for (const fault of labelFaults(serviceName)) {
      causes.invalid("spec.serviceName", serviceName, fault);
    }
  }
  if (!previous) {
    (spec.volumeClaimTemplates ?? []).forEach((claim, i) =>
      checkClaimSpec(causes, `spec.volumeClaimTemplates[${i}].spec`, claim.spec ?? {})
    );
  }
  const usable = checkOwnSelector(causes, spec, "statefulset");
  checkTemplate(causes, spec, usable, "StatefulSet", checkTemplateMeta);
  if (!previous) return;
  const fixed = (of: Loose<models.StatefulSetSpec>) =>
    Object.fromEntries(Object.entries(of).filter(([key]) => !STATEFUL_FREE.has(key)));
  if (!sameJson(fixed(spec), fixed(previous.spec ?? {}))) {
    causes.forbidden("spec", STATEFUL_UPDATES);
  }
}

/** Source: kubernetes/kubernetes pkg/apis/apps/validation/validation.go (ValidateStatefulSetSpec). */
function checkStatefulStrategy(
  causes: Causes,
  { type, rollingUpdate }: Loose<models.StatefulSetUpdateStrategy>,
): void {
  const at = "spec.updateStrategy";
  const { partition = 0, maxUnavailable = null } = rollingUpdate ?? {};
  const shown = rollingUpdate ? { Partition: partition, MaxUnavailable: maxUnavailable } : null;
  if (type === "RollingUpdate") causes.notNegative(`${at}.rollingUpdate.partition`, partition);
  else if (type === "OnDelete") {
    if (!shown) return;
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    causes.invalid(`${at}.rollingUpdate`, shown, detail);
  } else if (type) {
    causes.invalid(
      at,
      { Type: type, RollingUpdate: shown },
      "must be 'RollingUpdate' or 'OnDelete'",
    );
  }
}

export function checkDaemonSet(causes: Causes, { spec }: KubeObject, previous?: KubeObject): void {
  const usable = checkOwnSelector(causes, spec, "daemonset");
  checkTemplate(causes, spec, usable, "DaemonSet");
  checkDaemonStrategy(causes, spec.updateStrategy ?? {});
  causes.notNegative("spec.minReadySeconds", spec.minReadySeconds);
  causes.notNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  if (previous) checkFixed(causes, spec, previous.spec);
}

/** Source: as above (ValidateDaemonSetUpdateStrategy, ValidateRollingUpdateDaemonSet). */
function checkDaemonStrategy(
  causes: Causes,
  { type, rollingUpdate }: Loose<models.DaemonSetUpdateStrategy>,
): void {
  const at = "spec.updateStrategy";
  if (type === "OnDelete" || !type) return;
  if (type !== "RollingUpdate") {
    const shown = { Type: type, RollingUpdate: rollingUpdate ?? null };
    return causes.unsupported(at, shown, ["RollingUpdate", "OnDelete"]);
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const here = `${at}.rollingUpdate`;
  checkAmountOrPercent(causes, `${here}.maxUnavailable`, maxUnavailable);
  checkAmountOrPercent(causes, `${here}.maxSurge`, maxSurge);
  const isZero = (value: unknown) => value === 0 || value === "0%";
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    const detail = "may not be set when maxUnavailable is non-zero";
    causes.invalid(`${here}.maxSurge`, maxSurge, detail);
  } else if (isZero(maxUnavailable) && isZero(maxSurge)) {
    causes.required(`${here}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
  }
}

/** What an update may not change, after all else. Source: pkg/registry/apps, ValidateUpdate in each strategy.go. */
function checkFixed(
  causes: Causes,
  spec: Loose<models.ReplicaSetSpec>,
  previous: Loose<models.ReplicaSetSpec>,
): void {
  if (!sameJson(spec.selector, previous.selector)) {
    causes.invalid("spec.selector", inGoOrder(spec.selector), IMMUTABLE);
  }
}

/** A selector as Go writes it, whose maps are in the order of their keys. */
function inGoOrder(selector: { matchLabels?: unknown } | null | undefined): unknown {
  if (!selector) return null;
  const { matchLabels, ...rest } = selector;
  if (!matchLabels) return rest;
  return { matchLabels: Object.fromEntries(Object.entries(matchLabels).sort()), ...rest };
}

/** Gives whether the template's labels can be held against it. */
function checkOwnSelector(
  causes: Causes,
  spec: Loose<models.ReplicaSetSpec>,
  kind: string,
): boolean {
  const { selector } = spec;
  if (!selector) {
    causes.required("spec.selector");
    return true;
  }
  const parses = checkSelector(causes, "spec.selector", selector);
  const isEmpty = !Object.keys(selector.matchLabels ?? {}).length &&
    !selector.matchExpressions?.length;
  if (isEmpty) {
    causes.invalid("spec.selector", selector, `empty selector is invalid for ${kind}`);
    return false;
  }
  if (!parses) causes.invalid("spec.selector", selector, "invalid label selector");
  return parses;
}

function checkTemplate(
  causes: Causes,
  spec: Loose<models.ReplicaSetSpec>,
  selectorUsable: boolean,
  kind: string,
  checkParts = checkTemplateParts,
): void {
  const template = spec.template ?? {};
  const labels = template.metadata?.labels;
  if (selectorUsable && !selects(spec.selector, labels ?? {})) {
    causes.invalid("spec.template.metadata.labels", labels ?? null, MISMATCH);
  }
  checkParts(causes, "spec.template", template);
  const { restartPolicy } = template.spec ?? {};
  if (restartPolicy && restartPolicy !== "Always") {
    causes.unsupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]);
  }
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    causes.forbidden("spec.template.spec.activeDeadlineSeconds", detail);
  }
}

/** All that is checked of a StatefulSet's template: its volumes are not all there yet. */
function checkTemplateMeta(
  causes: Causes,
  at: string,
  template: Loose<models.PodTemplateSpec>,
): void {
  checkLabels(causes, `${at}.labels`, template.metadata?.labels);
  checkAnnotations(causes, `${at}.annotations`, template.metadata?.annotations);
}

export function checkTemplateParts(
  causes: Causes,
  at: string,
  template: Loose<models.PodTemplateSpec>,
): void {
  checkTemplateMeta(causes, at, template);
  checkPodSpec(causes, `${at}.spec`, template.spec ?? {});
  if (template.spec?.ephemeralContainers?.length) {
    causes.forbidden(
      `${at}.spec.ephemeralContainers`,
      "ephemeral containers not allowed in pod template",
    );
  }
}

function checkStrategy(causes: Causes, strategy: Loose<models.DeploymentStrategy>): void {
  const { type, rollingUpdate } = strategy;
  if (type === "Recreate") {
    if (rollingUpdate) {
      const detail = "may not be specified when strategy `type` is 'Recreate'";
      causes.forbidden("spec.strategy.rollingUpdate", detail);
    }
  } else if (type === "RollingUpdate") {
    checkRolling(causes, "spec.strategy.rollingUpdate", rollingUpdate ?? {});
  } else if (type !== undefined) {
    const shown = { Type: type, RollingUpdate: rollingUpdate ?? null };
    causes.unsupported("spec.strategy", shown, ["Recreate", "RollingUpdate"]);
  }
}

const PERCENT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

function checkRolling(
  causes: Causes,
  at: string,
  { maxUnavailable, maxSurge }: Loose<models.RollingUpdateDeployment>,
): void {
  for (const [name, value] of [["maxUnavailable", maxUnavailable], ["maxSurge", maxSurge]]) {
    checkShape(causes, `${at}.${name}`, value);
  }
  const isZero = (value: unknown) => value === 0 || value === "0%";
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    causes.invalid(`${at}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0");
  }
  checkWhole(causes, `${at}.maxUnavailable`, maxUnavailable);
}

/** Source: kubernetes/kubernetes pkg/apis/apps/validation/validation.go (ValidatePositiveIntOrPercent). */
function checkShape(causes: Causes, at: string, value: unknown): void {
  const isOdd = typeof value === "string" && !/^[0-9]+%$/.test(value);
  if (isOdd) causes.invalid(at, value, PERCENT);
  else causes.notNegative(at, value);
}

/** Source: as above (IsNotMoreThan100Percent). */
function checkWhole(causes: Causes, at: string, value: unknown): void {
  if (typeof value !== "string" || !/^[0-9]+%$/.test(value) || parseInt(value) <= 100) return;
  causes.invalid(at, value, "must not be greater than 100%");
}

function checkAmountOrPercent(causes: Causes, at: string, value: unknown): void {
  checkShape(causes, at, value);
  checkWhole(causes, at, value);
}

/** Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateReplicationControllerSpec). */
export function checkReplicationController(causes: Causes, { spec }: KubeObject): void {
  const { selector, template } = spec;
  causes.notNegative("spec.minReadySeconds", spec.minReadySeconds);
  const isEmpty = Object.keys(selector ?? {}).length === 0;
  if (isEmpty) causes.required("spec.selector");
  causes.notNegative("spec.replicas", spec.replicas);
  if (!template) return causes.required("spec.template");
  const matchLabels = { selector: { matchLabels: selector }, template };
  checkTemplate(causes, matchLabels, !isEmpty, "ReplicationController");
}

/** Source: kubernetes/kubernetes pkg/apis/policy/validation/validation.go. */
export function checkDisruptionBudget(causes: Causes, { spec }: KubeObject): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy = null } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
    };
    causes.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set");
  }
  if (minAvailable !== undefined) {
    checkAmountOrPercent(causes, "spec.minAvailable", minAvailable);
  }
  if (maxUnavailable !== undefined) {
    checkAmountOrPercent(causes, "spec.maxUnavailable", maxUnavailable);
  }
  checkSelector(causes, "spec.selector", selector);
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  const policy = unhealthyPodEvictionPolicy ?? undefined;
  causes.oneOf("spec.unhealthyPodEvictionPolicy", policy, policies);
}
