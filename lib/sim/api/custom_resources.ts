import { isMap, own } from "../../go/mod.ts";
import {
  CRD_CLEANUP,
  groupResource,
  isConditionTrue,
  type KubeObject,
  type models,
  setStatusCondition,
  type StatusCause,
} from "../../kube/mod.ts";
import type { Schema } from "./_data.ts";
import { dropNulls } from "./fields/go_form.ts";
import type { ResourceType } from "./resources.ts";
import { ruleFaults } from "./schema_rules.ts";
import { duplicateItems, schemaFaults } from "./schema_validation.ts";
import { namedSchema, OBJECT_META, ownProperty, schemaOf } from "./schemas.ts";
import { Causes, checkMetadata } from "./validation/mod.ts";

/** The types that a CustomResourceDefinition serves, one per served version. */
export function typesOf(definition: KubeObject): ResourceType[] {
  const { group, names, scope, versions }: models.CustomResourceDefinitionSpec = definition.spec;
  const storage = versions.find((version) => version.storage) ?? versions[0];
  return versions.filter((version) => version.served).map((version) => ({
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === "Namespaced",
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    subresources: new Set(Object.keys(version.subresources ?? {})),
    resource: groupResource({ group, resource: names.plural }),
    storageVersion: `${group}/${storage.name}`,
    definition,
  }));
}

/**
 * Removes what the schema does not name, and null from the metadata, which is upstream's own struct.
 * Source: apiextensions-apiserver pkg/apiserver/schema/pruning, objectmeta (GetObjectMeta).
 */
export function prune(type: ResourceType, object: KubeObject): void {
  dropNulls(object.metadata);
  const schema = schemaOf(type);
  if (!schema || schema["x-kubernetes-preserve-unknown-fields"]) return;
  const fields: Record<string, unknown> = object;
  for (const key of Object.keys(fields)) {
    if (["apiVersion", "kind", "metadata"].includes(key)) continue;
    const property = ownProperty(schema, key);
    if (property) pruneValue(property, fields[key]);
    else delete fields[key];
  }
}

function pruneValue(schema: Schema, value: unknown): void {
  if (value === null || typeof value !== "object") return;
  if (schema["x-kubernetes-embedded-resource"]) pruneMetadata(value);
  if (Array.isArray(value)) {
    if (schema.items) { for (const item of value) pruneValue(schema.items, item); }
    return;
  }
  const more = schema.additionalProperties;
  const map = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(map)) {
    const property = ownProperty(schema, key) ?? (typeof more === "object" ? more : undefined);
    if (property) pruneValue(property, item);
    else if (schema["x-kubernetes-embedded-resource"] && OBJECT_FIELDS.has(key)) continue;
    else if (more !== true && !schema["x-kubernetes-preserve-unknown-fields"]) delete map[key];
  }
}

const OBJECT_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

/** An object in an object has the metadata that every object has. */
function pruneMetadata(object: object): void {
  const metadata = own(object, "metadata");
  if (!isMap(metadata)) return;
  const known = namedSchema(OBJECT_META)?.properties ?? {};
  for (const key of Object.keys(metadata)) if (!Object.hasOwn(known, key)) delete metadata[key];
}

/** Fills in the schema's defaults, and takes null away where there may be none. */
export function schemaDefaults(type: ResourceType, object: KubeObject): void {
  const schema = schemaOf(type);
  if (schema) defaultValue(schema, object);
}

function defaultValue(schema: Schema, value: unknown): void {
  if (value === null || typeof value !== "object") return;
  if (Array.isArray(value)) {
    if (schema.items) { for (const item of value) defaultValue(schema.items, item); }
    return;
  }
  const map = value as Record<string, unknown>;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const isMissing = map[key] === undefined || (map[key] === null && !property.nullable);
    if (isMissing && property.default !== undefined) {
      map[key] = structuredClone(property.default);
    } else if (isMissing) delete map[key];
    if (map[key] !== undefined) defaultValue(property, map[key]);
  }
  if (typeof schema.additionalProperties === "object") {
    for (const item of Object.values(map)) defaultValue(schema.additionalProperties, item);
  }
}

/** What is wrong with a custom resource that takes the place of `previous`, in upstream's words. */
export function schemaCauses(
  type: ResourceType,
  object: KubeObject,
  previous?: KubeObject,
): StatusCause[] {
  const causes = new Causes();
  checkMetadata(causes, type.resource, object);
  const schema = schemaOf(type);
  if (!schema) return causes.list;
  const { apiVersion: _, kind: __, metadata: ___, ...properties } = schema.properties ?? {};
  const faults = schemaFaults({ ...schema, properties }, object, "");
  const twice = faults.length > 0 ? [] : duplicateItems({ ...schema, properties }, object, "");
  const rules = ruleFaults(schema, { value: object, previous, known: faults });
  return [...causes.list, ...faults, ...twice, ...rules];
}

/** The same for its status alone. Upstream's messages name the fields from there. */
export function statusCauses(
  type: ResourceType,
  { status }: KubeObject,
  previous?: KubeObject,
): StatusCause[] {
  const schema = schemaOf(type)?.properties?.status;
  if (!schema || status === undefined) return [];
  const faults = schemaFaults(schema, status, "").map(({ field, ...cause }) => ({
    ...cause,
    field: !field || field === "<nil>" ? "status" : `status.${field}`,
  }));
  const rules = { value: status, previous: previous?.status, path: "status", known: faults };
  return [...faults, ...ruleFaults(schema, rules)];
}

/**
 * The conditions of a definition, whose names are taken up at once unless another of its group has them.
 * Source: apiextensions-apiserver pkg/controller/status/naming_controller.go.
 */
export function establishedStatus(
  definition: KubeObject,
  others: readonly KubeObject[],
  now: string,
): models.CustomResourceDefinitionStatus {
  const { names, group, versions }: models.CustomResourceDefinitionSpec = definition.spec;
  const taken = others.filter(({ spec, metadata }) =>
    spec.group === group && metadata.name !== definition.metadata.name
  ).map(({ status }) => status?.acceptedNames ?? {});
  const words = new Set(taken.flatMap(({ plural, singular, shortNames = [] }) => [
    plural,
    singular,
    ...shortNames,
  ]));
  const kinds = new Set(taken.flatMap(({ kind, listKind }) => [kind, listKind]));
  const accepted: models.CustomResourceDefinitionNames = { plural: "", kind: "" };
  let conflict: { reason: string; name: string } | undefined;
  const take = (
    field: "plural" | "singular" | "shortNames" | "kind" | "listKind",
    known: Set<string>,
  ) => {
    const value = names[field];
    if (value === undefined) return;
    const [twice] = [value].flat().filter((name) => known.has(name));
    if (twice === undefined) Object.assign(accepted, { [field]: value });
    else conflict = { reason: `${field[0].toUpperCase()}${field.slice(1)}Conflict`, name: twice };
  };
  take("plural", words);
  take("singular", words);
  take("shortNames", words);
  take("kind", kinds);
  take("listKind", kinds);
  if (names.categories) accepted.categories = names.categories;
  const condition = (type: string, status: boolean, reason: string, message: string) => ({
    lastTransitionTime: now,
    message,
    reason,
    status: status ? "True" : "False",
    type,
  });
  return {
    acceptedNames: accepted,
    conditions: conflict
      ? [
        condition("NamesAccepted", false, conflict.reason, `"${conflict.name}" is already in use`),
        condition("Established", false, "NotAccepted", "not all names are accepted"),
      ]
      : [
        condition("NamesAccepted", true, "NoConflicts", "no conflicts found"),
        condition(
          "Established",
          true,
          "InitialNamesAccepted",
          "the initial names have been accepted",
        ),
      ],
    storedVersions: versions.filter((version) => version.storage).map((version) => version.name),
  };
}

/**
 * Marks a definition whose objects go before it does. `definition` is changed in place.
 * Source: apiextensions-apiserver pkg/registry/customresourcedefinition/etcd.go (Delete).
 */
export function markTerminating(definition: KubeObject, now: string): void {
  const { metadata } = definition;
  metadata.finalizers = [...new Set([...metadata.finalizers ?? [], CRD_CLEANUP])];
  setStatusCondition(definition, {
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    lastTransitionTime: now,
  });
}

/** Whether a definition is served. */
export function isEstablished(definition: KubeObject): boolean {
  return isConditionTrue(definition, "Established");
}
