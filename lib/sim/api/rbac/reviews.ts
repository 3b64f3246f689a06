import {
  type AccessAttributes,
  ApiError,
  type KubeObject,
  type PolicyRule,
  type StatusCause,
} from "../../../kube/mod.ts";
import type { RbacAuthorizer } from "./authorizer.ts";
import type { UserInfo } from "./identity.ts";
import { INVALID_TOKEN, type ServiceAccountTokens, TokenError } from "./tokens.ts";

/**
 * Answers a question about access that `user` asks.
 * Errors: ApiError (Invalid) for a question that names nothing.
 * Source: kubernetes/kubernetes pkg/registry/authorization, pkg/registry/authentication.
 */
export function answerReview(
  { authorizer, tokens, timestamp }: {
    authorizer: RbacAuthorizer;
    tokens: ServiceAccountTokens;
    timestamp(): string;
  },
  user: UserInfo,
  review: KubeObject,
): KubeObject {
  const { kind, spec = {} } = review;
  switch (kind) {
    case "SelfSubjectReview":
      // Upstream makes it anew.
      return {
        apiVersion: review.apiVersion,
        kind,
        metadata: { creationTimestamp: timestamp() } as KubeObject["metadata"],
        status: { userInfo: infoOf(user) },
      };
    case "TokenReview":
      return { ...review, status: reviewToken(tokens, spec) };
    case "SelfSubjectRulesReview":
      if (!spec.namespace) throw ApiError.badRequest("no namespace on request");
      // Of what was asked upstream says nothing.
      return { ...review, spec: {}, status: rulesReview(authorizer, user, spec.namespace) };
    case "SelfSubjectAccessReview":
      return { ...review, status: decide(authorizer, user, attributesIn(review)) };
    default: {
      const { user: name = "", groups = [], uid, extra } = spec;
      const wanted = attributesIn(review);
      return { ...review, status: decide(authorizer, { name, groups, uid, extra }, wanted) };
    }
  }
}

function decide(authorizer: RbacAuthorizer, user: UserInfo, wanted: AccessAttributes) {
  const { allowed, reason } = authorizer.decide(user, wanted);
  return { allowed, ...(reason ? { reason } : {}) };
}

/**
 * What is asked for. Errors: ApiError (Invalid), which upstream has no kind for.
 * Source: pkg/registry/authorization/util/helpers.go, pkg/apis/authorization/validation/validation.go.
 */
function attributesIn(review: KubeObject): AccessAttributes {
  const { kind, metadata, spec = {} } = review;
  const { resourceAttributes, nonResourceAttributes, user = "", groups = [] } = spec;
  const causes: StatusCause[] = [];
  const refuse = (field: string, value: unknown, why: string) => {
    const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
    causes.push({ reason: "FieldValueInvalid", message, field });
  };
  const { verb = "", path = "" } = nonResourceAttributes ?? {};
  const shown = { Path: path, Verb: verb };
  if (resourceAttributes && nonResourceAttributes) {
    const why = "cannot be specified in combination with resourceAttributes";
    refuse("spec.nonResourceAttributes", shown, why);
  } else if (!resourceAttributes && !nonResourceAttributes) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    refuse("spec.resourceAttributes", null, why);
  }
  const isOwn = kind === "SelfSubjectAccessReview";
  if (!isOwn && user === "" && groups.length === 0) {
    refuse("spec.user", "", "at least one of user or group must be specified");
  }
  if (kind === "LocalSubjectAccessReview") {
    const given = resourceAttributes?.namespace ?? "";
    if (resourceAttributes && given !== metadata.namespace) {
      refuse("spec.resourceAttributes.namespace", given, "must match metadata.namespace");
    }
    if (nonResourceAttributes) {
      refuse("spec.nonResourceAttributes", shown, "disallowed on this kind of request");
    }
  }
  if (causes.length > 0) throw ApiError.invalid(".authorization.k8s.io", "", causes);
  const none = { group: "", resource: "", subresource: "", namespace: "", name: "" };
  if (nonResourceAttributes) return { ...none, verb, path };
  return { ...none, verb: "", ...resourceAttributes };
}

function infoOf({ name, groups, uid, extra }: UserInfo) {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    groups: [...groups],
    ...(extra ? { extra } : {}),
  };
}

/** Source: pkg/registry/authentication/tokenreview/storage.go. */
function reviewToken(
  tokens: ServiceAccountTokens,
  { token = "", audiences }: { token?: string; audiences?: string[] },
) {
  if (token === "") {
    throw ApiError.badRequest("token is required for TokenReview in authentication");
  }
  try {
    const owner = tokens.ownerOf(token, audiences?.length ? audiences : undefined);
    return { authenticated: true, user: infoOf(owner.user), audiences: owner.audiences };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const isOther = error.message !== INVALID_TOKEN;
    return { user: {}, error: isOther ? `[${INVALID_TOKEN}, ${error.message}]` : INVALID_TOKEN };
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
