import type { KubeObject } from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";
import {
  checkAnnotations,
  checkLabels,
  labelFaults,
  pathFaults,
  subdomainFaults,
} from "./_names.ts";

/** Kinds whose names are stricter or looser than a DNS subdomain. */
const LABEL_NAMES = new Set(["namespaces", "services"]);
const PATH_NAMES = /\.rbac\.authorization\.k8s\.io$/;

/** Source: kubernetes/apimachinery pkg/api/validation/objectmeta.go. */
export function checkMetadata(causes: Causes, resource: string, object: KubeObject): void {
  const { name, labels, annotations } = object.metadata;
  for (const fault of nameFaults(resource, name)) causes.invalid("metadata.name", name, fault);
  checkLabels(causes, "metadata.labels", labels);
  checkAnnotations(causes, "metadata.annotations", annotations);
}

function nameFaults(resource: string, name: string): string[] {
  if (PATH_NAMES.test(resource)) return pathFaults(name);
  // The name of an APIService says what it serves, and is checked against that; "v1." is one.
  if (resource === "apiservices.apiregistration.k8s.io") return pathFaults(name);
  if (resource === "services" && name.includes(".")) return ["must not contain dots"];
  return LABEL_NAMES.has(resource) ? labelFaults(name) : subdomainFaults(name);
}
