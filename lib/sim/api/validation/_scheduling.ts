import {
  type BuiltInKinds,
  dns1123SubdomainFaults,
  labelKeyFaults,
  labelValueFaults,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import { type Causes } from "./_causes.ts";
import { checkLabelKey, checkSelector, labelFaults } from "./_names.ts";

/** Source of every rule and text here: kubernetes/kubernetes pkg/apis/core/validation/validation.go. */
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_OPERATOR = "not a valid selector operator";
const NEEDS_VALUES = "must be specified when `operator` is 'In' or 'NotIn'";
const TAKES_NO_VALUES = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";

/** What a pod says of where it wants to run. @param afterAffinity checks what upstream looks at in between. */
export function checkPlacement(
  causes: Causes,
  at: string,
  spec: Loose<models.PodSpec>,
  afterAffinity: () => void,
): void {
  checkAffinity(causes, `${at}.affinity`, spec.affinity ?? {});
  afterAffinity();
  (spec.readinessGates ?? []).forEach(({ conditionType = "" }, i) => {
    const here = `${at}.readinessGates[${i}].conditionType`;
    checkLabelKey(causes, here, conditionType);
  });
  checkGates(causes, `${at}.schedulingGates`, spec.schedulingGates ?? []);
  checkSpread(causes, `${at}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []);
}

function checkAffinity(causes: Causes, at: string, affinity: Loose<models.Affinity>): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity) checkNodeAffinity(causes, `${at}.nodeAffinity`, nodeAffinity);
  if (podAffinity) checkPodAffinity(causes, `${at}.podAffinity`, podAffinity);
  if (podAntiAffinity) checkPodAffinity(causes, `${at}.podAntiAffinity`, podAntiAffinity);
}

function checkNodeAffinity(causes: Causes, at: string, affinity: Loose<models.NodeAffinity>): void {
  if (affinity[REQUIRED]) checkNodeSelector(causes, `${at}.${REQUIRED}`, affinity[REQUIRED]);
  (affinity[PREFERRED] ?? []).forEach(({ weight, preference = {} }, i) => {
    const here = `${at}.${PREFERRED}[${i}]`;
    checkWeight(causes, here, weight);
    checkNodeTerm(causes, `${here}.preference`, preference, false);
  });
}

export function checkNodeSelector(
  causes: Causes,
  at: string,
  { nodeSelectorTerms: terms }: Loose<models.NodeSelector>,
): void {
  const here = `${at}.nodeSelectorTerms`;
  if (!terms?.length) return causes.required(here, "must have at least one node selector term");
  terms.forEach((term, i) => checkNodeTerm(causes, `${here}[${i}]`, term, true));
}

/** @param checkValues whether the values must be those that a label may have. */
function checkNodeTerm(
  causes: Causes,
  at: string,
  term: Loose<models.NodeSelectorTerm>,
  checkValues: boolean,
): void {
  (term.matchExpressions ?? []).forEach((requirement, i) =>
    checkNodeRequirement(causes, `${at}.matchExpressions[${i}]`, requirement, checkValues)
  );
  (term.matchFields ?? []).forEach((requirement, i) =>
    checkFieldRequirement(causes, `${at}.matchFields[${i}]`, requirement)
  );
}

function checkNodeRequirement(
  causes: Causes,
  at: string,
  { key = "", operator = "", values = [] }: Loose<models.NodeSelectorRequirement>,
  checkValues: boolean,
): void {
  if (/^(In|NotIn)$/.test(operator)) {
    if (values.length === 0) causes.required(`${at}.values`, NEEDS_VALUES);
  } else if (/^(Exists|DoesNotExist)$/.test(operator)) {
    if (values.length > 0) causes.forbidden(`${at}.values`, TAKES_NO_VALUES);
  } else if (/^(Gt|Lt)$/.test(operator)) {
    const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
    if (values.length !== 1) causes.required(`${at}.values`, detail);
  } else causes.invalid(`${at}.operator`, operator, NO_OPERATOR);
  checkLabelKey(causes, `${at}.key`, key);
  if (!checkValues) return;
  values.forEach((value, i) => {
    for (const fault of labelValueFaults(value)) causes.invalid(`${at}.values[${i}]`, value, fault);
  });
}

function checkFieldRequirement(
  causes: Causes,
  at: string,
  { key = "", operator = "", values = [] }: Loose<models.NodeSelectorRequirement>,
): void {
  if (!/^(In|NotIn)$/.test(operator)) causes.invalid(`${at}.operator`, operator, NO_OPERATOR);
  else if (values.length !== 1) {
    const detail =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    causes.required(`${at}.values`, detail);
  }
  if (key !== "metadata.name") {
    return causes.invalid(`${at}.key`, key, "not a valid field selector key");
  }
  values.forEach((value, i) => {
    for (const fault of dns1123SubdomainFaults(value)) {
      causes.invalid(`${at}.values[${i}]`, value, fault);
    }
  });
}

function checkPodAffinity(causes: Causes, at: string, affinity: Loose<models.PodAffinity>): void {
  (affinity[REQUIRED] ?? []).forEach((term, i) =>
    checkPodTerm(causes, `${at}.${REQUIRED}[${i}]`, term)
  );
  (affinity[PREFERRED] ?? []).forEach(({ weight, podAffinityTerm = {} }, i) => {
    const here = `${at}.${PREFERRED}[${i}]`;
    checkWeight(causes, here, weight);
    checkPodTerm(causes, `${here}.podAffinityTerm`, podAffinityTerm);
  });
}

function checkWeight(causes: Causes, at: string, weight = 0): void {
  if (weight > 0 && weight <= 100) return;
  causes.invalid(`${at}.weight`, weight, "must be in the range 1-100");
}

function checkPodTerm(causes: Causes, at: string, term: Loose<models.PodAffinityTerm>): void {
  checkSelector(causes, `${at}.labelSelector`, term.labelSelector);
  checkSelector(causes, `${at}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) {
    for (const fault of labelFaults(name)) causes.invalid(`${at}.namespace`, name, fault);
  }
  for (const field of ["matchLabelKeys", "mismatchLabelKeys"] as const) {
    checkLabelKeys(causes, `${at}.${field}`, term[field] ?? [], term.labelSelector);
  }
  const { topologyKey = "" } = term;
  if (topologyKey === "") causes.required(`${at}.topologyKey`, "can not be empty");
  checkLabelKey(causes, `${at}.topologyKey`, topologyKey);
}

function checkLabelKeys(
  causes: Causes,
  at: string,
  keys: string[],
  selector: Loose<models.LabelSelector> | undefined,
): void {
  if (keys.length === 0) return;
  if (!selector) {
    return causes.forbidden(at, "must not be specified when labelSelector is not set");
  }
  keys.forEach((key, i) => checkLabelKey(causes, `${at}[${i}]`, key));
}

function checkGates(causes: Causes, at: string, gates: Loose<models.PodSchedulingGate>[]): void {
  const seen = new Set<string>();
  gates.forEach(({ name = "" }, i) => {
    checkLabelKey(causes, `${at}[${i}]`, name);
    if (seen.has(name)) causes.duplicate(`${at}[${i}]`, name);
    seen.add(name);
  });
}

function checkSpread(
  causes: Causes,
  at: string,
  constraints: Loose<models.TopologySpreadConstraint>[],
): void {
  const kinds = constraints.map(({ topologyKey = "", whenUnsatisfiable = "" }) =>
    `{${topologyKey}, ${whenUnsatisfiable}}`
  );
  constraints.forEach((constraint, i) => {
    const here = `${at}[${i}]`;
    const { maxSkew = 0, topologyKey = "", whenUnsatisfiable = "", minDomains } = constraint;
    positive(causes, `${here}.maxSkew`, maxSkew);
    if (topologyKey === "") causes.required(`${here}.topologyKey`, "can not be empty");
    const actions = ["DoNotSchedule", "ScheduleAnyway"];
    causes.oneOf(`${here}.whenUnsatisfiable`, whenUnsatisfiable, actions);
    if (kinds.includes(kinds[i], i + 1)) {
      causes.duplicate(`${here}.{topologyKey, whenUnsatisfiable}`, kinds[i]);
    }
    if (minDomains !== undefined) {
      positive(causes, `${here}.minDomains`, minDomains);
      if (whenUnsatisfiable !== "DoNotSchedule") {
        const detail =
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        causes.invalid(`${here}.minDomains`, minDomains, detail);
      }
    }
    for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      causes.oneOf(`${here}.${field}`, constraint[field], ["Honor", "Ignore"]);
    }
    const { matchLabelKeys = [], labelSelector } = constraint;
    checkLabelKeys(causes, `${here}.matchLabelKeys`, matchLabelKeys, labelSelector);
    checkSelector(causes, `${here}.labelSelector`, labelSelector);
  });
}

function positive(causes: Causes, at: string, value: number): void {
  if (value <= 0) causes.invalid(at, value, "must be greater than zero");
}

export const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Source: validateNodeTaints, whose fields upstream looks for under `metadata`. */
export function checkNode(causes: Causes, { spec }: Loose<BuiltInKinds["nodes"]>): void {
  const seen = new Set<string>();
  (spec?.taints ?? []).forEach((taint, i) => {
    const at = `metadata.taints[${i}]`;
    const { key = "", value = "", effect = "" } = taint;
    for (const fault of labelKeyFaults(key)) causes.invalid(`${at}.key`, key, fault);
    const faults = labelValueFaults(value);
    if (faults.length > 0) causes.invalid(`${at}.value`, value, faults.join(";"));
    if (effect === "") causes.required(`${at}.effect`);
    else if (!TAINT_EFFECTS.includes(effect)) {
      causes.unsupported(`${at}.effect`, effect, TAINT_EFFECTS);
    }
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      causes.duplicate(at, taint, "taints must be unique by key and effect pair");
    }
    seen.add(pair);
  });
}
