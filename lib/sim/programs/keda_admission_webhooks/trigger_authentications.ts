import type { KubeObject } from "../../../kube/mod.ts";
import type { Zap } from "../shared/zap.ts";
import type { Review, Verdict } from "./verdict.ts";

/**
 * Refuses a TriggerAuthentication or ClusterTriggerAuthentication that contradicts itself.
 * Source: kedacore/keda apis/keda/v1alpha1/triggerauthentication_webhook.go.
 */
export function reviewTriggerAuthentication(
  { object, oldObject }: Review,
  log: Zap,
  kind: "triggerauthentication" | "clustertriggerauthentication",
): Verdict {
  const { namespace, name } = object.metadata;
  const about = kind === "triggerauthentication" ? { namespace, name } : { name };
  if (oldObject) {
    log.debug(`validating ${kind} update`, { ...about, [kind]: object });
    if (isRemovingFinalizer(object, oldObject)) {
      log.debug("finalizer removal, skipping validation", about);
      return { warnings: [] };
    }
  } else log.info(`validating ${kind} creation`, { ...about, [kind]: object });
  const error = problemOf(object.spec ?? {});
  return { warnings: [], ...(error === undefined ? {} : { error }) };
}

function isRemovingFinalizer(now: KubeObject, before: KubeObject): boolean {
  return (now.metadata.finalizers?.length ?? 0) === 0 &&
    before.metadata.finalizers?.length === 1 &&
    JSON.stringify(now.spec) === JSON.stringify(before.spec);
}

/** How a workload is who it is. Source: as above, triggerauthentication_types.go (AuthPodIdentity). */
interface PodIdentity {
  provider?: string;
  identityId?: string;
  identityAuthorityHost?: string;
  identityTenantId?: string;
  identityOwner?: string;
  roleArn?: string;
  externalID?: string;
}

interface AuthenticationSpec {
  podIdentity?: PodIdentity;
  oauth2?: { type?: string; clientId?: string; tokenUrl?: string };
}

/** What is wrong with a spec. Source: validateSpec. */
function problemOf({ podIdentity, oauth2 }: AuthenticationSpec): string | undefined {
  if (podIdentity) return identityProblem(podIdentity);
  if (!oauth2) return undefined;
  if (oauth2.type !== "clientCredentials") {
    return `oauth2.type must be 'clientCredentials', got '${oauth2.type ?? ""}'`;
  }
  if (!oauth2.clientId) return "oauth2.clientId is required when oauth2 is configured";
  if (!oauth2.tokenUrl) return "oauth2.tokenUrl is required when oauth2 is configured";
  return /^https?:\/\/[^/]/.test(oauth2.tokenUrl)
    ? undefined
    : "oauth2.tokenUrl must be a valid http or https URL";
}

function identityProblem(identity: PodIdentity): string | undefined {
  const { provider, identityId, identityAuthorityHost, identityTenantId, roleArn } = identity;
  if (provider === "azure-workload") {
    if (identityId === "") {
      return "identityId of PodIdentity should not be empty. If it's set, identityId has to be " +
        'different than ""';
    }
    if (identityAuthorityHost) {
      return identityTenantId
        ? undefined
        : "identityTenantID of PodIdentity should not be nil or empty when identityAuthorityHost of " +
          "PodIdentity is set";
    }
    return identityTenantId === ""
      ? "identityTenantId of PodIdentity should not be empty. If it's set, identityTenantId has to " +
        'be different than ""'
      : undefined;
  }
  if (provider !== "aws") return undefined;
  if (roleArn && identity.identityOwner === "workload") {
    return "roleArn of PodIdentity can't be set if KEDA isn't identityOwner";
  }
  return identity.externalID && !roleArn
    ? "externalID of PodIdentity requires roleArn to be set"
    : undefined;
}
