import {
  type AccessAttributes,
  ApiError,
  type KubeObject,
  type PolicyRule,
} from "../../../kube/mod.ts";
import type { RbacAuthorizer } from "./authorizer.ts";
import { type UserInfo, userOfToken } from "./identity.ts";

/**
 * Answers a question about access that `user` asks.
 * Errors: ApiError (Invalid) for a question that names nothing.
 * Source: kubernetes/kubernetes pkg/registry/authorization, pkg/registry/authentication.
 */
export function answerReview(
  authorizer: RbacAuthorizer,
  user: UserInfo,
  review: KubeObject,
): KubeObject {
  const { kind, spec = {} } = review;
  switch (kind) {
    case "SelfSubjectReview":
      return { ...review, status: { userInfo: infoOf(user) } };
    case "TokenReview":
      return { ...review, status: reviewToken(spec.token ?? "") };
    case "SelfSubjectRulesReview":
      return { ...review, status: rulesReview(authorizer, user, spec.namespace ?? "") };
    case "SelfSubjectAccessReview":
      return { ...review, status: decide(authorizer, user, attributesIn(review)) };
    default: {
      const { user: name = "", groups = [], uid, extra } = spec;
      if (name === "" && groups.length === 0) {
        throw invalid(
          review,
          "spec.user",
          "Required value: at least one of user or group must be specified",
        );
      }
      return {
        ...review,
        status: decide(authorizer, { name, groups, uid, extra }, attributesIn(review)),
      };
    }
  }
}

function decide(authorizer: RbacAuthorizer, user: UserInfo, wanted: AccessAttributes) {
  const { allowed, reason } = authorizer.decide(user, wanted);
  return { allowed, ...(reason ? { reason } : {}) };
}

/** Source: pkg/registry/authorization/util/helpers.go, pkg/apis/authorization/validation. */
function attributesIn(review: KubeObject): AccessAttributes {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  if (!resourceAttributes === !nonResourceAttributes) {
    throw invalid(
      review,
      resourceAttributes ? "spec.nonResourceAttributes" : "spec.resourceAttributes",
      resourceAttributes
        ? "Invalid value: cannot be specified in combination with resourceAttributes"
        : "Required value: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    );
  }
  const { verb = "", path } = nonResourceAttributes ?? {};
  const none = { group: "", resource: "", subresource: "", namespace: "", name: "" };
  if (nonResourceAttributes) return { ...none, verb, path: path ?? "" };
  return { ...none, verb: "", ...resourceAttributes };
}

function invalid({ kind }: KubeObject, field: string, message: string): ApiError {
  return ApiError.invalid(`${kind}.authorization.k8s.io`, "", [{ field, message }]);
}

function infoOf({ name, groups, uid, extra }: UserInfo) {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups: [...groups],
    ...(extra ? { extra } : {}),
  };
}

function reviewToken(token: string) {
  try {
    return { authenticated: true, user: infoOf(userOfToken(`Bearer ${token}`)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { user: {}, error: "invalid bearer token" };
  }
}

function rulesReview(authorizer: RbacAuthorizer, user: UserInfo, namespace: string) {
  const { rules, problems } = authorizer.rulesFor(user, namespace);
  const resourceRules = rules.filter(({ resources }) => resources?.length).map(onlyResources);
  const nonResourceRules = rules.filter(({ nonResourceURLs }) => nonResourceURLs?.length)
    .map(({ verbs = [], nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return {
    resourceRules,
    nonResourceRules,
    incomplete: problems.length > 0,
    ...(problems.length > 0 ? { evaluationError: problems.join(", ") } : {}),
  };
}

function onlyResources({ verbs = [], apiGroups = [], resources, resourceNames }: PolicyRule) {
  return { verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) };
}
