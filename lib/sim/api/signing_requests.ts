import {
  ApiError,
  type KubeObject,
  type Loose,
  type models,
  type StatusCause,
} from "../../kube/mod.ts";
import type { UserInfo } from "./rbac/identity.ts";

const DECISIONS = ["Approved", "Denied"];

/**
 * A new CertificateSigningRequest is its maker's.
 * Source: kubernetes/kubernetes pkg/registry/certificates/certificates/strategy.go (PrepareForCreate).
 * @param request is changed in place.
 */
export function ownSigningRequest(
  request: KubeObject,
  { name, groups, uid, extra }: UserInfo,
): void {
  request.spec = {
    ...request.spec,
    username: name,
    groups: [...groups],
    ...(uid ? { uid } : {}),
    ...(extra ? { extra } : {}),
  };
}

/**
 * A request whose approval is as `given` has it, and all else as it was.
 * Errors: ApiError (Invalid). Source: as above (csrApprovalStrategy), pkg/apis/certificates/validation.
 */
export function withApproval(stored: KubeObject, given: KubeObject, now: string): KubeObject {
  const kept = conditionsOf(stored).filter(({ type }) => !DECISIONS.includes(type ?? ""));
  const old = conditionsOf(stored).filter(({ type }) => DECISIONS.includes(type ?? ""));
  const decided = conditionsOf(given).filter(({ type }) => DECISIONS.includes(type ?? ""));
  const causes: StatusCause[] = [];
  for (const { type } of old) {
    if (decided.some((one) => one.type === type)) continue;
    causes.push({
      reason: "FieldValueForbidden",
      field: "status.conditions",
      message: `Forbidden: updates may not remove a condition of type ${JSON.stringify(type)}`,
    });
  }
  conditionsOf(given).forEach(({ type, status }, i) => {
    if (!DECISIONS.includes(type ?? "") || status === "True") return;
    causes.push({
      reason: "FieldValueNotSupported",
      field: `status.conditions[${i}].status`,
      message: `Unsupported value: ${JSON.stringify(status ?? "")}: supported values: "True"`,
    });
  });
  if (new Set(decided.map(({ type }) => type)).size > 1) {
    causes.push({
      reason: "FieldValueInvalid",
      field: `status.conditions[${kept.length + decided.length - 1}].type`,
      message: `Invalid value: ${
        JSON.stringify(decided.at(-1)!.type)
      }: Approved and Denied conditions are mutually exclusive`,
    });
  }
  if (causes.length > 0) {
    throw ApiError.invalid(
      "CertificateSigningRequest.certificates.k8s.io",
      stored.metadata.name,
      causes,
    );
  }
  const conditions = [
    ...kept,
    ...decided.map((condition) => ({
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? now,
    })),
  ];
  return { ...stored, status: { ...stored.status, conditions } };
}

function conditionsOf(
  { status }: KubeObject,
): Loose<models.CertificateSigningRequestCondition>[] {
  return status?.conditions ?? [];
}
