import type { BuiltInKinds, Loose, models } from "../../../kube/mod.ts";
import { CelProblem, compile, REVIEW_VARIABLES } from "../cel/expression.ts";
import type { Causes } from "./_causes.ts";

const ACTIONS = ["Audit", "Deny", "Warn"];
const REASONS = ["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"];

/**
 * Source: kubernetes/kubernetes pkg/apis/admissionregistration/validation/validation.go.
 * Differs: an expression that cannot be read is told in the reader's words, and not in cel-go's.
 */
export function checkPolicy(
  causes: Causes,
  { spec = {} }: Loose<BuiltInKinds["validatingadmissionpolicies.admissionregistration.k8s.io"]>,
): void {
  const { matchConstraints, validations, variables = [], failurePolicy } = spec;
  if (!matchConstraints?.resourceRules?.length) {
    causes.required(
      matchConstraints ? "spec.matchConstraints.resourceRules" : "spec.matchConstraints",
    );
  }
  causes.oneOf("spec.failurePolicy", failurePolicy, ["Fail", "Ignore"]);
  checkConditions(causes, "spec.matchConditions", spec.matchConditions);
  const names = [...REVIEW_VARIABLES, "variables"];
  variables.forEach((variable, i) => {
    checkExpression(causes, `spec.variables[${i}].expression`, variable.expression, names);
  });
  if (!validations?.length && !spec.auditAnnotations?.length) {
    causes.required("spec.validations", "validations or auditAnnotations must be specified");
  }
  (validations ?? []).forEach((validation, i) => {
    const at = `spec.validations[${i}]`;
    checkExpression(causes, `${at}.expression`, validation.expression, names);
    if (validation.messageExpression) {
      checkExpression(causes, `${at}.messageExpression`, validation.messageExpression, names);
    }
    causes.oneOf(`${at}.reason`, validation.reason, REASONS);
  });
}

/** Source: as above. */
export function checkPolicyBinding(
  causes: Causes,
  { spec = {} }: Loose<
    BuiltInKinds["validatingadmissionpolicybindings.admissionregistration.k8s.io"]
  >,
): void {
  if (!spec.policyName) causes.required("spec.policyName");
  checkActions(causes, "spec.validationActions", spec.validationActions ?? []);
  const { paramRef } = spec;
  if (!paramRef) return;
  if (Boolean(paramRef.name) === Boolean(paramRef.selector)) {
    causes.forbidden("spec.paramRef.name", "name and selector are mutually exclusive");
  }
  if (!paramRef.parameterNotFoundAction) causes.required("spec.paramRef.parameterNotFoundAction");
}

/** Source: as above (validateValidationActions). */
function checkActions(causes: Causes, at: string, actions: string[]): void {
  actions.forEach((action, i) => {
    causes.oneOf(`${at}[${i}]`, action, ACTIONS);
    if (actions.indexOf(action) < i) causes.duplicate(`${at}[${i}]`, action);
  });
  if (actions.includes("Deny") && actions.includes("Warn")) {
    const why = "repeating the same validation failure information in the API response and headers";
    causes.invalid(at, actions, `must not contain both Deny and Warn (${why} serves no purpose)`);
  }
  if (actions.length === 0) causes.required(at, "at least one validation action is required");
}

/** What this lab does not do is refused, for nothing would come of it. */
export function checkMutatingPolicy(causes: Causes): void {
  causes.forbidden(
    "spec.mutations",
    "MutatingAdmissionPolicies are not simulated here: use a MutatingWebhookConfiguration",
  );
}

/** The conditions under which a webhook or a policy is asked. */
export function checkConditions(
  causes: Causes,
  at: string,
  conditions: Loose<models.MatchCondition>[] = [],
): void {
  conditions.forEach(({ name, expression }, i) => {
    if (!name) causes.required(`${at}[${i}].name`);
    checkExpression(causes, `${at}[${i}].expression`, expression, REVIEW_VARIABLES);
  });
}

function checkExpression(
  causes: Causes,
  at: string,
  expression: string | undefined,
  names: string[],
): void {
  if (!expression?.trim()) return causes.required(at);
  try {
    compile(expression, names);
  } catch (error) {
    if (!(error instanceof CelProblem)) throw error;
    causes.invalid(at, expression, `compilation failed: ${error.message}`);
  }
}
