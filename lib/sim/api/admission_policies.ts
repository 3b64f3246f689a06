import { ApiError, groupResource, type KubeObject, type models, selects } from "../../kube/mod.ts";
import {
  isSelected,
  meets,
  type Review,
  reviewBy,
  reviewed,
  type ReviewedWrite,
  reviewValues,
  type ReviewWorld,
} from "./admission_review.ts";
import { CelProblem, compile, messageFrom } from "./cel/expression.ts";
import type { ResourceType } from "./resources.ts";

const POLICIES = "validatingadmissionpolicies.admissionregistration.k8s.io";
const BINDINGS = "validatingadmissionpolicybindings.admissionregistration.k8s.io";
/** Source: kubernetes/apiserver pkg/admission/plugin/policy/validating/policy_decision.go (reasonToCode). */
const CODES: Record<string, number> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

/** What a policy finds wrong. */
interface Denial {
  message: string;
  reason?: string;
}

/**
 * ValidatingAdmissionPolicies, as their bindings apply them.
 * Source: kubernetes/apiserver pkg/admission/plugin/policy/validating (dispatcher.go, validator.go),
 * policy/generic (policy_dispatcher.go, policy_matcher.go).
 * Differs: audit annotations go nowhere, for there is no audit log.
 */
export class AdmissionPolicies {
  constructor(private readonly world: ReviewWorld) {}

  /** Errors: ApiError when a policy denies a change. */
  review(type: ResourceType, write: ReviewedWrite): void {
    const { store } = this.world;
    if (type.group === "admissionregistration.k8s.io") return;
    const bindings = store.list(BINDINGS);
    if (bindings.length === 0) return;
    for (const policy of byName(store.list(POLICIES))) {
      const matched = this.#matched(policy.spec.matchConstraints, type, write);
      if (!matched) continue;
      for (const binding of byName(bindings)) {
        if (binding.spec.policyName !== policy.metadata.name) continue;
        if (!this.#isBound(binding, type, write)) continue;
        this.#enforce(policy, binding, matched);
      }
    }
  }

  #matched(
    constraints: models.MatchResources | undefined,
    type: ResourceType,
    write: ReviewedWrite,
  ): Review | undefined {
    const { resourceRules, excludeResourceRules = [], matchPolicy } = constraints ?? {};
    const given = { type, write, matchPolicy };
    if (reviewBy(this.world, excludeResourceRules, given)) return undefined;
    const review = reviewBy(this.world, resourceRules, given);
    return review && isSelected(this.world, constraints ?? {}, review) ? review : undefined;
  }

  #isBound({ spec }: KubeObject, type: ResourceType, write: ReviewedWrite): boolean {
    if (!spec.matchResources) return true;
    const anything = [{
      operations: ["*"],
      apiGroups: ["*"],
      apiVersions: ["*"],
      resources: ["*/*", "*"],
    }];
    const { resourceRules = anything } = spec.matchResources;
    return this.#matched({ ...spec.matchResources, resourceRules }, type, write) !== undefined;
  }

  #enforce(policy: KubeObject, binding: KubeObject, review: Review): void {
    const names = `'${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    const { validationActions = [] } = binding.spec;
    for (const { message, reason = "Invalid" } of this.#denials(policy, binding, review)) {
      const text = `ValidatingAdmissionPolicy ${names} denied request: ${message}`;
      if (validationActions.includes("Warn")) {
        review.write.warnings?.push(
          `Validation failed for ValidatingAdmissionPolicy ${names}: ${message}`,
        );
      }
      if (validationActions.includes("Deny")) throw denied(review, text, reason);
    }
  }

  /** Errors: ApiError for a policy that cannot be applied, and whose failurePolicy is Fail. */
  #denials(policy: KubeObject, binding: KubeObject, review: Review): Denial[] {
    const isIgnored = policy.spec.failurePolicy === "Ignore";
    let params: (KubeObject | null)[];
    try {
      params = this.#params(policy, binding, review);
    } catch (error) {
      if (!(error instanceof CelProblem)) throw error;
      if (isIgnored) return [];
      const names = `'${policy.metadata.name}' with binding '${binding.metadata.name}'`;
      throw denied(
        review,
        `policy ${names} denied request: failed to configure binding: ${error.message}`,
        "Invalid",
      );
    }
    return params.flatMap((param) => {
      try {
        return denialsOf(policy, reviewValues(this.world, review, param));
      } catch (error) {
        if (!(error instanceof CelProblem)) throw error;
        return isIgnored ? [] : [{ message: error.message }];
      }
    });
  }

  /** The objects that a binding takes its parameters from, one evaluation for each. Errors: CelProblem. */
  #params(
    { spec }: KubeObject,
    { spec: { paramRef } }: KubeObject,
    review: Review,
  ): (KubeObject | null)[] {
    if (!spec.paramKind || !paramRef) return [null];
    const { apiVersion, kind } = spec.paramKind;
    const type = this.world.registry.byKind(apiVersion, kind);
    if (!type) {
      throw new CelProblem(
        `failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`,
      );
    }
    const own = reviewed(review).metadata.namespace ?? "";
    const namespace = type.namespaced ? paramRef.namespace ?? own : "";
    const { store } = this.world;
    const found = paramRef.name
      ? [store.get(type.resource, namespace, paramRef.name)].filter((one) => one !== undefined)
      : store.list(type.resource).filter(({ metadata }) =>
        (!type.namespaced || metadata.namespace === namespace) &&
        selects(paramRef.selector ?? {}, metadata.labels)
      );
    if (found.length > 0) return found;
    if (paramRef.parameterNotFoundAction === "Allow") return [];
    throw new CelProblem("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
}

function byName(objects: readonly KubeObject[]): KubeObject[] {
  return [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Errors: CelProblem. */
function denialsOf({ spec }: KubeObject, values: Record<string, unknown>): Denial[] {
  if (!meets(spec.matchConditions, values)) return [];
  const known = { ...values, variables: variablesOf(spec.variables, values) };
  const names = Object.keys(known);
  const isIgnored = spec.failurePolicy === "Ignore";
  return ((spec.validations ?? []) as models.Validation[]).flatMap((validation): Denial[] => {
    const { expression, reason } = validation;
    try {
      if (compile(expression, names).evaluate(known) === true) return [];
    } catch (error) {
      if (!(error instanceof CelProblem)) throw error;
      if (isIgnored) return [];
      return [{
        message: `expression '${expression}' resulted in error: ${error.message}`,
        reason,
      }];
    }
    return [{ message: messageOf(validation, known), reason }];
  });
}

/** Variables are worked out when they are first asked for, and may ask for those before them. */
function variablesOf(variables: readonly models.Variable[] = [], values: Record<string, unknown>) {
  const out = {};
  const names = [...Object.keys(values), "variables"];
  for (const { name, expression } of variables) {
    let known: { value: unknown } | undefined;
    Object.defineProperty(out, name, {
      enumerable: true,
      get: () => {
        const all = { ...values, variables: out };
        return (known ??= { value: compile(expression, names).evaluate(all) }).value;
      },
    });
  }
  return out;
}

function messageOf(
  { expression, message, messageExpression }: models.Validation,
  values: Record<string, unknown>,
): string {
  return messageFrom(messageExpression, values) ??
    (message?.trim() || `failed expression: ${expression.trim()}`);
}

function denied(review: Review, message: string, reason: string): ApiError {
  const { type } = review;
  const { name } = reviewed(review).metadata;
  const resource = groupResource({ group: type.group, resource: type.plural });
  const forbidden = ApiError.forbidden(resource, name, message);
  return new ApiError(CODES[reason] ?? 422, reason, forbidden.message, {
    ...forbidden.details,
    causes: [{ message } as never],
  });
}
