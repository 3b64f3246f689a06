import {
  dns1123SubdomainFaults,
  FOREGROUND,
  type KubeObject,
  labelKeyFaults,
  ORPHAN,
  type OwnerReference,
  versionOf,
} from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";
import { checkAnnotations, checkLabels, labelFaults, pathFaults } from "./_names.ts";

/** Kinds whose names are stricter or looser than a DNS subdomain. */
const LABEL_NAMES = new Set(["namespaces", "services"]);
const PATH_NAMES = /\.rbac\.authorization\.k8s\.io$/;

/** Kinds whose metadata upstream checks as any object's, not as one of the core's. */
const OF_ANY = /\.(apiextensions|apiregistration|admissionregistration|coordination)\.k8s\.io$/;

/** Source: kubernetes/kubernetes pkg/apis/core/helper/helpers.go. */
const STANDARD_FINALIZERS = new Set(["kubernetes", ORPHAN, FOREGROUND]);

/** Source: kubernetes/apimachinery pkg/api/validation/objectmeta.go. */
export function checkMetadata(causes: Causes, resource: string, object: KubeObject): void {
  const { name, generateName, labels, annotations } = object.metadata;
  if (generateName) {
    // Upstream's maskTrailingDash puts a letter for the dash and for what is before it.
    const isMasked = generateName.length > 1 && generateName.endsWith("-");
    const prefix = isMasked ? `${generateName.slice(0, -2)}a` : generateName;
    for (const fault of nameFaults(resource, prefix)) {
      causes.invalid("metadata.generateName", generateName, fault);
    }
  }
  for (const fault of nameFaults(resource, name)) causes.invalid("metadata.name", name, fault);
  checkLabels(causes, "metadata.labels", labels);
  checkAnnotations(causes, "metadata.annotations", annotations);
  checkOwners(causes, "metadata.ownerReferences", object.metadata.ownerReferences ?? []);
  checkFinalizerNames(causes, object);
}

const EMPTY = "must not be empty";

/** Source: as above (ValidateOwnerReferences). */
function checkOwners(causes: Causes, at: string, owners: readonly OwnerReference[]): void {
  let first: string | undefined;
  for (const { apiVersion = "", kind = "", name = "", uid = "", controller } of owners) {
    if (versionOf(apiVersion) === "") {
      causes.invalid(`${at}.apiVersion`, apiVersion, "version must not be empty");
    }
    if (kind === "") causes.invalid(`${at}.kind`, kind, EMPTY);
    if (name === "") causes.invalid(`${at}.name`, name, EMPTY);
    if (uid === "") causes.invalid(`${at}.uid`, uid, EMPTY);
    if (apiVersion === "v1" && kind === "Event") {
      const owner = { apiVersion, kind, name, uid, ...(controller ? { controller } : {}) };
      causes.invalid(at, owner, "/v1, Kind=Event is disallowed from being an owner");
    }
    if (!controller) continue;
    const which = `${kind}/${name}`;
    if (first !== undefined) {
      const why = 'Only one reference can have Controller set to true. Found "true" in references';
      causes.invalid(at, owners, `${why} for ${first} and ${which}`);
    } else first = which;
  }
}

/** Source: as above (ValidateFinalizers). */
function checkFinalizerNames(causes: Causes, { metadata: { finalizers = [] } }: KubeObject): void {
  const at = "metadata.finalizers";
  for (const finalizer of finalizers) {
    for (const fault of labelKeyFaults(finalizer)) causes.invalid(at, finalizer, fault);
  }
  if (!finalizers.includes(ORPHAN) || !finalizers.includes(FOREGROUND)) return;
  causes.invalid(at, finalizers, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`);
}

/**
 * Finalizers without a domain, where they have to be upstream's own.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateObjectMeta).
 */
export function checkPlainFinalizers(
  causes: Causes,
  resource: string,
  { metadata }: KubeObject,
): void {
  if (OF_ANY.test(resource)) return;
  for (const [i, finalizer] of (metadata.finalizers ?? []).entries()) {
    if (finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer)) continue;
    const fault = "name is neither a standard finalizer name nor is it fully qualified";
    causes.invalid(`metadata.finalizers[${i}]`, finalizer, fault);
  }
}

function nameFaults(resource: string, name: string): string[] {
  if (PATH_NAMES.test(resource)) return pathFaults(name);
  // The name of an APIService says what it serves, and is checked against that; "v1." is one.
  if (resource === "apiservices.apiregistration.k8s.io") return pathFaults(name);
  if (resource === "services" && name.includes(".")) return ["must not contain dots"];
  return LABEL_NAMES.has(resource) ? labelFaults(name) : dns1123SubdomainFaults(name);
}
