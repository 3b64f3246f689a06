import { checkLabelKey, checkPrefixedPath, checkSelector } from "./_names.ts";
import { CronSchedule, CronSyntaxError } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  type Loose,
  type models,
  sameJson,
  selects,
} from "../../../kube/mod.ts";
import { type Causes, IMMUTABLE } from "./_causes.ts";
import { checkTemplateParts, MISMATCH } from "./_workloads.ts";

const OWN_LABEL = "batch.kubernetes.io/controller-uid";
const INDEXED = "Indexed";
const FIXED = [
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
] as const;

type Job = Loose<BuiltInKinds["jobs.batch"]>;
type CronJob = Loose<BuiltInKinds["cronjobs.batch"]>;

/** Source: kubernetes/kubernetes pkg/apis/batch/validation/validation.go. */
export function checkJob(causes: Causes, { spec = {} }: Job, previous?: Job): void {
  checkJobSpec(causes, "spec", spec);
  if (!spec.selector) causes.required("spec.selector");
  const usable = checkSelector(causes, "spec.selector", spec.selector);
  const labels = spec.template?.metadata?.labels;
  const own = spec.selector?.matchLabels ?? {};
  const isGenerated = Object.keys(own).length === 1 && OWN_LABEL in own &&
    !spec.selector?.matchExpressions?.length;
  if (spec.selector && !spec.manualSelector && !previous && !isGenerated) {
    causes.invalid("spec.selector", spec.selector, "`selector` not auto-generated");
  }
  if (usable && !(spec.selector && selects(spec.selector, labels ?? {}))) {
    causes.invalid("spec.template.metadata.labels", labels ?? null, MISMATCH);
  }
  if (!previous) return;
  const old = previous.spec ?? {};
  if (!sameJson(spec.completions, old.completions)) {
    const elastic = spec.completionMode === INDEXED && spec.completions === spec.parallelism;
    if (!elastic) causes.invalid("spec.completions", spec.completions, IMMUTABLE);
  }
  if (!sameJson(spec.selector, old.selector)) {
    causes.invalid("spec.selector", spec.selector, IMMUTABLE);
  }
  if (!sameJson(fixedTemplate(spec, old), fixedTemplate(old, old))) {
    causes.invalid("spec.template", spec.template, IMMUTABLE);
  }
  for (const field of FIXED) {
    if (!sameJson(spec[field], old[field])) causes.invalid(`spec.${field}`, spec[field], IMMUTABLE);
  }
}

/** The part of a template that never changes: a Job suspended before it started may be sent elsewhere. */
function fixedTemplate({ template }: Loose<models.JobSpec>, old: Loose<models.JobSpec>) {
  if (!old.suspend || !template) return template;
  const { labels: _, annotations: __, ...metadata } = template.metadata ?? {};
  const {
    affinity: ___,
    nodeSelector: ____,
    tolerations: _____,
    schedulingGates: ______,
    ...spec
  } = template.spec ?? {};
  return { ...template, metadata, spec };
}

const MAX_PARALLELISM_INDEXED = 100_000;
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_PATTERNS = 20;
const MAX_MANAGED_BY_BYTES = 63;

function checkJobSpec(causes: Causes, at: string, spec: Loose<models.JobSpec>): void {
  const counts = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  ] as const;
  for (const field of counts) causes.notNegative(`${at}.${field}`, spec[field]);
  const { maxFailedIndexes, backoffLimitPerIndex, completions, completionMode } = spec;
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    causes.required(`${at}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  if (spec.managedBy !== undefined) {
    checkPrefixedPath(causes, `${at}.managedBy`, spec.managedBy, MAX_MANAGED_BY_BYTES);
  }
  causes.oneOf(`${at}.completionMode`, completionMode, ["NonIndexed", "Indexed"]);
  if (completionMode === INDEXED) {
    if (completions === undefined) {
      causes.required(`${at}.completions`, `when completion mode is ${INDEXED}`);
    }
    // Source: kubernetes pkg/apis/batch/validation/validation.go (maxParallelismForIndexedJob).
    for (const field of ["parallelism", "maxFailedIndexes"] as const) {
      if ((spec[field] ?? 0) > MAX_PARALLELISM_INDEXED) {
        const detail =
          `must be less than or equal to ${MAX_PARALLELISM_INDEXED} when completion mode is Indexed`;
        causes.invalid(`${at}.${field}`, spec[field], detail);
      }
    }
    if (
      maxFailedIndexes !== undefined && completions !== undefined && maxFailedIndexes > completions
    ) {
      const detail = "must be less than or equal to completions";
      causes.invalid(`${at}.maxFailedIndexes`, maxFailedIndexes, detail);
    }
  } else {
    for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const) {
      if (spec[field] !== undefined) causes.invalid(`${at}.${field}`, spec[field], NEEDS_INDEX);
    }
  }
  const { podFailurePolicy, successPolicy, podReplacementPolicy } = spec;
  causes.tooMany(`${at}.podFailurePolicy.rules`, podFailurePolicy?.rules ?? [], MAX_RULES);
  (podFailurePolicy?.rules ?? []).forEach((rule, i) =>
    checkFailureRule(causes, `${at}.podFailurePolicy.rules[${i}]`, rule, spec)
  );
  if (successPolicy && completionMode !== INDEXED) {
    const shown = { Rules: successPolicy.rules ?? null };
    causes.invalid(`${at}.successPolicy`, shown, NEEDS_INDEX);
  } else if (successPolicy) {
    const rules = successPolicy.rules ?? [];
    const detail = "at least one rules must be specified when the successPolicy is specified";
    if (rules.length === 0) causes.required(`${at}.successPolicy.rules`, detail);
    causes.tooMany(`${at}.successPolicy.rules`, rules, MAX_RULES);
  }
  const replacements = podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  causes.oneOf(`${at}.podReplacementPolicy`, podReplacementPolicy, replacements);
  checkTemplateParts(causes, `${at}.template`, spec.template ?? {});
  checkRestartPolicy(causes, `${at}.template.spec.restartPolicy`, spec);
}

const NEEDS_INDEX = "requires indexed completion mode";
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];

/** Source: as above (validatePodFailurePolicyRule). */
function checkFailureRule(
  causes: Causes,
  at: string,
  rule: Loose<models.PodFailurePolicyRule>,
  { backoffLimitPerIndex, template }: Loose<models.JobSpec>,
): void {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (!action) causes.required(`${at}.action`, `valid values: ["${ACTIONS.join('" "')}"]`);
  else if (action === "FailIndex" && backoffLimitPerIndex === undefined) {
    causes.invalid(`${at}.action`, action, "requires the backoffLimitPerIndex to be set");
  } else causes.oneOf(`${at}.action`, action, ACTIONS);
  if (onExitCodes) {
    const { containers = [], initContainers = [] } = template?.spec ?? {};
    const names = [...containers, ...initContainers].map(({ name }) => name);
    checkExitCodes(causes, `${at}.onExitCodes`, onExitCodes, names);
  }
  causes.tooMany(`${at}.onPodConditions`, onPodConditions, MAX_PATTERNS);
  onPodConditions.forEach(({ type = "", status = "" }, i) => {
    const here = `${at}.onPodConditions[${i}]`;
    checkLabelKey(causes, `${here}.type`, type);
    causes.oneOf(`${here}.status`, status, ["False", "True", "Unknown"]);
  });
  if (onExitCodes && onPodConditions.length > 0) {
    causes.wrong(at, "specifying both OnExitCodes and OnPodConditions is not supported");
  } else if (!onExitCodes && onPodConditions.length === 0) {
    causes.wrong(at, "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

/** Source: as above (validatePodFailurePolicyRuleOnExitCodes). */
function checkExitCodes(
  causes: Causes,
  at: string,
  { operator, values = [], containerName }: Loose<models.PodFailurePolicyOnExitCodesRequirement>,
  names: readonly (string | undefined)[],
): void {
  if (!operator) causes.required(`${at}.operator`, 'valid values: ["In" "NotIn"]');
  else causes.oneOf(`${at}.operator`, operator, ["In", "NotIn"]);
  if (containerName !== undefined && !names.includes(containerName)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    causes.invalid(`${at}.containerName`, containerName, detail);
  }
  if (values.length === 0) causes.invalid(`${at}.values`, values, "at least one value is required");
  causes.tooMany(`${at}.values`, values, MAX_EXIT_CODES);
  const seen = new Set<number>();
  values.forEach((value, i) => {
    const here = `${at}.values[${i}]`;
    if (operator === "In" && value === 0) {
      causes.invalid(here, value, "must not be 0 for the In operator");
    }
    if (seen.has(value)) causes.duplicate(here, value);
    seen.add(value);
  });
  const isOrdered = values.every((value, i) => i === 0 || values[i - 1] <= value);
  if (!isOrdered) causes.invalid(`${at}.values`, values, "must be ordered");
}

function checkRestartPolicy(
  causes: Causes,
  field: string,
  { template, podFailurePolicy }: Loose<models.JobSpec>,
) {
  const { restartPolicy } = template?.spec ?? {};
  // Always is what an absent policy becomes before it gets here.
  if (restartPolicy === "Always" || !restartPolicy) {
    causes.required(field, 'valid values: "OnFailure", "Never"');
  } else if (restartPolicy !== "OnFailure" && restartPolicy !== "Never") {
    causes.unsupported(field, restartPolicy, ["OnFailure", "Never"]);
  } else if (podFailurePolicy && restartPolicy !== "Never") {
    const detail = 'only "Never" is supported when podFailurePolicy is specified';
    causes.invalid(field, restartPolicy, detail);
  }
}

export function checkCronJob(
  causes: Causes,
  { metadata = {}, spec = {} }: CronJob,
  previous?: CronJob,
): void {
  if (!spec.schedule) causes.required("spec.schedule");
  else checkSchedule(causes, spec.schedule, previous?.spec?.schedule);
  causes.notNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
  checkTimeZone(causes, spec.timeZone);
  causes.oneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]);
  checkJobSpec(causes, "spec.jobTemplate.spec", spec.jobTemplate?.spec ?? {});
  if (spec.jobTemplate?.spec?.manualSelector) {
    const at = "spec.jobTemplate.spec.manualSelector";
    causes.unsupported(at, true, ["nil", "false"]);
  }
  for (const field of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const) {
    causes.notNegative(`spec.${field}`, spec[field]);
  }
  if (!previous && (metadata.name ?? "").length > 52) {
    causes.invalid("metadata.name", metadata.name, "must be no more than 52 characters");
  }
}

function checkSchedule(
  causes: Causes,
  schedule: string,
  previous = "",
): void {
  try {
    new CronSchedule(schedule.replace(/^(CRON_)?TZ=\S+ /, ""), "UTC");
  } catch (error) {
    if (!(error instanceof CronSyntaxError)) throw error;
    causes.invalid("spec.schedule", schedule, error.message);
  }
  if (schedule.includes("TZ") && !previous.includes("TZ")) {
    const detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    causes.invalid("spec.schedule", schedule, detail);
  }
}

function checkTimeZone(causes: Causes, timeZone: string | undefined): void {
  if (timeZone === undefined) return;
  const invalid = (detail: string) => causes.invalid("spec.timeZone", timeZone, detail);
  if (timeZone === "") return invalid("timeZone must be nil or non-empty string");
  const odd = timeZone.split("/").some((part) =>
    part === "." || part === ".." || part.startsWith("-") || !/^[A-Za-z.\-_0-9+]{1,14}$/.test(part)
  );
  if (odd) return invalid(`unknown time zone ${timeZone}`);
  if (timeZone.toLowerCase() === "local") {
    return invalid(
      "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
    );
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    invalid(`unknown time zone ${timeZone}`);
  }
}
