import { own } from "../../base/mod.ts";
import {
  ApiError,
  type KubeObject,
  type LabelSelector,
  matches,
  parseSelector,
  type Requirement,
  selectorRequirements,
  SelectorSyntaxError,
} from "../../kube/mod.ts";
import { type FieldsOf, type FieldTerm, fieldValue, parseFieldSelector } from "./field_selector.ts";
import type { Lookup, Selection } from "./object_store.ts";

/** Fields whose values are told apart well enough to be worth an index. */
const INDEXED_FIELDS = new Set([
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.phase",
  "involvedObject.uid",
  "involvedObject.name",
]);

/** What a client asked for with selectors. */
export interface Selectors {
  labelSelector?: string | LabelSelector;
  fieldSelector?: string;
}

/**
 * The objects of a type that label and field selectors let through, with what a store can look them up by.
 * Errors: ApiError (BadRequest) as upstream words it.
 */
export function selection(type: FieldsOf, selectors: Selectors): Selection {
  const requirements = labelRequirements(selectors.labelSelector);
  const terms = selectors.fieldSelector ? parseFieldSelector(type, selectors.fieldSelector) : [];
  if (requirements.length === 0 && terms.length === 0) return {};
  const namespace = terms.find(({ field, equal }) => equal && field === "metadata.namespace");
  return {
    matches: (object) =>
      matches(requirements, object.metadata.labels) && meets(type.resource, terms, object),
    lookups: [...requirements.flatMap(labelLookup), ...terms.flatMap(fieldLookup(type.resource))],
    ...(namespace ? { namespace: namespace.value } : {}),
  };
}

/** Whether an object is one that a selection means. */
export function isSelected({ matches }: Selection, object: KubeObject): boolean {
  return !matches || matches(object);
}

function labelRequirements(selector: string | LabelSelector | undefined): Requirement[] {
  if (selector === undefined || selector === "") return [];
  if (typeof selector !== "string") return selectorRequirements(selector) ?? [];
  try {
    return parseSelector(selector);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) throw ApiError.badRequest(error.message);
    throw error;
  }
}

function meets(resource: string, terms: readonly FieldTerm[], object: KubeObject): boolean {
  return terms.every(({ field, equal, value }) =>
    (fieldValue(resource, field, object) === value) === equal
  );
}

function labelLookup({ key, operator, values }: Requirement): Lookup[] {
  if (operator !== "=" && operator !== "in") return [];
  return [{
    index: { id: `label/${key}`, valueOf: ({ metadata }) => own(metadata.labels, key) },
    values,
  }];
}

const fieldLookup = (resource: string) => ({ field, equal, value }: FieldTerm): Lookup[] => {
  if (!equal) return [];
  if (field === "metadata.name") return [{ name: value }];
  if (!INDEXED_FIELDS.has(field)) return [];
  return [{
    index: { id: `field/${field}`, valueOf: (object) => fieldValue(resource, field, object) },
    values: [value],
  }];
};
