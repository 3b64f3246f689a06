import { ApiError, type KubeObject, sameJson } from "../../kube/mod.ts";
import { violationsOf } from "./_pod_security_checks.ts";
import type { ReviewedWrite } from "./admission_review.ts";
import { kindOf, podSpecOf } from "./kinds/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import type { ResourceType } from "./resources.ts";

const LABEL = "pod-security.kubernetes.io/";
const LEVELS = ["privileged", "baseline", "restricted"];

/**
 * Holds pods to what the labels of their namespace say: what `enforce` forbids is refused, what `warn` forbids is told,
 * of what makes pods too.
 * Errors: ApiError (Forbidden).
 * Source: kubernetes/pod-security-admission admission/admission.go (EvaluatePod, ValidateNamespace).
 * Differs: a level is that of the latest version, whatever `…-version` says; `audit` goes nowhere.
 */
export function checkPodSecurity(
  store: ObjectStore,
  { resource }: ResourceType,
  { operation, object, previous, subresource, warnings }: ReviewedWrite,
): void {
  if (!object) return;
  if (resource === "namespaces") return checkLabels(object);
  const { podSpecAt } = kindOf(resource);
  if (podSpecAt === undefined) return;
  const spec = podSpecOf(object, podSpecAt);
  if (!spec || (subresource && subresource !== "ephemeralcontainers")) return;
  if (
    operation === "UPDATE" && sameJson(spec, (previous && podSpecOf(previous, podSpecAt)) ?? null)
  ) return;
  const labels = store.get("namespaces", "", object.metadata.namespace ?? "")?.metadata.labels ??
    {};
  const enforced = levelOf(labels, "enforce");
  if (resource === "pods") {
    const found = violationsOf(enforced, spec);
    if (found) {
      const why = `violates PodSecurity "${enforced}:${versionOf(labels, "enforce")}": ${found}`;
      throw ApiError.forbidden("pods", object.metadata.name, why);
    }
  }
  const warned = warnLevelOf(labels);
  // What is enforced already is no news.
  if (resource === "pods" && warned === enforced) return;
  const found = violationsOf(warned, spec);
  if (!found) return;
  const saysWarn = [`${LABEL}warn`, `${LABEL}warn-version`].some((label) => label in labels);
  const version = versionOf(labels, saysWarn ? "warn" : "enforce");
  warnings?.push(`would violate PodSecurity "${warned}:${version}": ${found}`);
}

/** What is enforced is warned of too, unless it is said what is. Source: api/helpers.go (PolicyToEvaluate). */
function warnLevelOf(labels: Record<string, string>): string {
  return levelOf(labels, `${LABEL}warn` in labels ? "warn" : "enforce");
}

function levelOf(labels: Record<string, string>, mode: string): string {
  return labels[LABEL + mode] ?? "privileged";
}

function versionOf(labels: Record<string, string>, mode: string): string {
  return labels[`${LABEL}${mode}-version`] ?? "latest";
}

/** Source: kubernetes/pod-security-admission api/helpers.go (PolicyToEvaluate). */
function checkLabels({ metadata }: KubeObject): void {
  const causes = ["enforce", "audit", "warn"].flatMap((mode) => {
    const level = metadata.labels?.[LABEL + mode];
    if (level === undefined || LEVELS.includes(level)) return [];
    return [{
      reason: "FieldValueInvalid",
      field: `metadata.labels[${LABEL}${mode}]`,
      message: `Invalid value: ${JSON.stringify(level)}: must be one of ${LEVELS.join(", ")}`,
    }];
  });
  if (causes.length > 0) throw ApiError.invalid("Namespace", metadata.name, causes);
}
