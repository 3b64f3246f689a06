import { own } from "../../go/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import { kindOf } from "./kinds/mod.ts";
import type { ResourceType } from "./resources.ts";

/** One term of a field selector, in the name that the field has in storage. */
export interface FieldTerm {
  field: string;
  equal: boolean;
  value: string;
}

/** What of a resource type decides its fields. */
export type FieldsOf =
  & Pick<ResourceType, "resource" | "group" | "kind">
  & Partial<Pick<ResourceType, "version" | "definition" | "namespaced">>;

/** Kinds without a namespace whose conversion leaves `metadata.namespace` out. */
const NO_NAMESPACE = new Set(["namespaces", "nodes"]);
/** What events.k8s.io calls the fields of events. */
const OF_EVENTS_V1: Record<string, string> = {
  reason: "reason",
  type: "type",
  reportingController: "reportingComponent",
  ...Object.fromEntries(
    ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]
      .map((part) => [`regarding.${part}`, `involvedObject.${part}`]),
  ),
};

/** The value that a field selector compares; absent fields are empty. */
export function fieldValue(resource: string, field: string, object: KubeObject): string {
  const found = own(kindOf(resource).selectableFields, field);
  let at: unknown = object;
  if (typeof found === "function") at = found(object);
  else {
    for (const key of field.split(".")) at = own(at as Record<string, unknown> | undefined, key);
  }
  return at === undefined || at === null ? "" : String(at);
}

/** The terms of a field selector for one type. Errors: ApiError (BadRequest) as upstream words it. */
export function parseFieldSelector(type: FieldsOf, selector: string): FieldTerm[] {
  return splitTerms(selector).sort().filter(Boolean).map((part) => {
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (!match) {
      throw ApiError.badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
    }
    return { label: match[1], equal: match[2] !== "!=", value: unescape(match[3]) };
  }).map(({ label, equal, value }) => ({ field: storedField(type, label), equal, value }));
}

/** At commas that no backslash stands before. */
function splitTerms(selector: string): string[] {
  return selector.match(/(?:\\[^]|[^\\,]|\\$)+/g) ?? [];
}

/** Source: kubernetes/apimachinery pkg/fields/selector.go (UnescapeValue). */
function unescape(value: string): string {
  return value.replace(/\\([^]?)|[,=]/gu, (found, escaped?: string) => {
    if (found[0] !== "\\") {
      throw ApiError.badRequest(
        `invalid field selector: unescaped character in value: ${found.codePointAt(0)}`,
      );
    }
    if (escaped && "\\,=".includes(escaped)) return escaped;
    throw ApiError.badRequest(`invalid field selector: invalid escape sequence: ${found}`);
  });
}

/**
 * Source: kubernetes/apimachinery pkg/runtime/conversion.go (DefaultMetaV1FieldSelectorConversion), the kinds'
 * own conversion.go, apiextensions-apiserver pkg/apiserver/conversion/converter.go.
 */
function storedField(type: FieldsOf, label: string): string {
  const { resource, group, kind, definition } = type;
  const { selectableFields, fieldAliases } = kindOf(resource);
  const isEventsV1 = group === "events.k8s.io";
  const alias = own(isEventsV1 ? OF_EVENTS_V1 : fieldAliases, label);
  if (alias) return alias;
  if (label === "metadata.name") return label;
  if (label === "metadata.namespace" && !NO_NAMESPACE.has(resource)) {
    if (!definition || type.namespaced) return label;
  }
  if (definition) {
    const version = definition.spec.versions.find(({ name }: { name: string }) =>
      name === type.version
    );
    const fields: { jsonPath: string }[] = version?.selectableFields ?? [];
    if (fields.some(({ jsonPath }) => jsonPath === `.${label}`)) return label;
    throw ApiError.badRequest(`field label not supported: ${label}`);
  }
  if (!isEventsV1 && own(selectableFields, label)) return label;
  const quoted = JSON.stringify(label);
  if (!selectableFields) {
    throw ApiError.badRequest(
      `${quoted} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  throw ApiError.badRequest(
    kind === "Job"
      ? `field label ${quoted} not supported for Job`
      : `field label not supported: ${label}`,
  );
}
