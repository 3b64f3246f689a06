import { compileGoRegexp, own, RegexpSyntaxError } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  dns1123SubdomainFaults,
  type KubeObject,
  type Loose,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import type { Schema } from "../_data.ts";
import { unreadableRules } from "../schema_rules.ts";
import { schemaFaults } from "../schema_validation.ts";
import { type Causes } from "./_causes.ts";
import { dnsLabelFaults } from "./_names.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const LIST_TYPES = ["atomic", "set", "map"];
const API_APPROVED = "api-approved.kubernetes.io";

/**
 * Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
 * Differs: more than one version with a conversion webhook is refused.
 */
export function checkDefinition(
  causes: Causes,
  definition: Loose<BuiltInKinds["customresourcedefinitions.apiextensions.k8s.io"]>,
): void {
  const { metadata = {}, spec = {} } = definition;
  const { names = {}, group, scope, versions = [] } = spec;
  if (metadata.name !== `${names.plural}.${group}`) {
    const detail = `must be spec.names.plural+"."+spec.group`;
    causes.invalid("metadata.name", metadata.name, detail);
  }
  checkGroup(causes, metadata.annotations, group ?? "");
  causes.oneOf("spec.scope", scope ?? "", ["Cluster", "Namespaced"]);
  checkVersions(causes, versions);
  checkNames(causes, names);
  const shared = (field: "schema" | "additionalPrinterColumns" | "subresources") =>
    versions.every((version) => sameJson(version[field], versions[0]?.[field]));
  versions.forEach((version, i) => {
    const own = `spec.versions[${i}]`;
    const isFirst = i === 0;
    if (!version.schema?.openAPIV3Schema) {
      causes.required(`${own}.schema.openAPIV3Schema`);
    } else if (!shared("schema")) {
      checkRoot(causes, version.schema.openAPIV3Schema as Schema, `${own}.schema.openAPIV3Schema`);
    } else if (isFirst) {
      checkRoot(
        causes,
        version.schema.openAPIV3Schema as Schema,
        "spec.validation.openAPIV3Schema",
      );
    }
    // What all versions say alike, upstream keeps once.
    if (shared("additionalPrinterColumns") ? isFirst : true) {
      const at = shared("additionalPrinterColumns") ? "spec" : own;
      checkColumns(causes, version.additionalPrinterColumns, `${at}.additionalPrinterColumns`);
    }
    if (shared("subresources") ? isFirst : true) {
      const at = shared("subresources") ? "spec" : own;
      checkScale(causes, version.subresources?.scale, `${at}.subresources.scale`);
    }
  });
  if (spec.preserveUnknownFields === true) {
    const detail =
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    causes.invalid("spec.preserveUnknownFields", true, detail);
  }
  const strategy = spec.conversion?.strategy ?? "None";
  causes.oneOf("spec.conversion.strategy", strategy, ["None", "Webhook"]);
  // With one version nothing is converted.
  if (strategy === "Webhook" && versions.length > 1) {
    const detail = "conversion webhooks are not simulated here: use None, or one version";
    causes.forbidden("spec.conversion.strategy", detail);
  }
}

function checkGroup(
  causes: Causes,
  annotations: Record<string, string> | undefined,
  group: string,
): void {
  if (!group) return causes.required("spec.group");
  const [fault] = dns1123SubdomainFaults(group);
  if (fault) causes.invalid("spec.group", group, fault);
  else if (!group.includes(".")) {
    causes.invalid("spec.group", group, "should be a domain with at least one dot");
  }
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  if (isProtected && !annotations?.[API_APPROVED]) {
    causes.required(
      `metadata.annotations[${API_APPROVED}]`,
      `protected groups must have approval annotation "${API_APPROVED}", see https://github.com/kubernetes/enhancements/pull/1111`,
    );
  }
}

function checkVersions(
  causes: Causes,
  versions: Loose<models.CustomResourceDefinitionVersion>[],
): void {
  const shown = versions.map(shownVersion);
  versions.forEach(({ name }, i) => {
    for (const fault of dnsLabelFaults(String(name ?? ""))) {
      causes.invalid(`spec.versions[${i}].name`, name, fault);
      if (i === 0) causes.invalid("spec.version", name, fault);
    }
  });
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    causes.invalid("spec.versions", shown, "must contain unique version names");
  }
  const stored = versions.filter(({ storage }) => storage);
  if (stored.length !== 1) {
    const detail = "must have exactly one version marked as storage version";
    causes.invalid("spec.versions", shown, detail);
  }
  if (stored.length === 0) {
    const missing = "must have at least one stored version";
    causes.invalid("status.storedVersions", undefined, missing);
  } else if (stored.length > 1) {
    const last = stored.at(-1)!.name;
    const detail = `must have the storage version ${last}`;
    causes.invalid("status.storedVersions", [stored[0].name], detail);
  }
}

/** A version as Go prints its struct. */
function shownVersion(version: Loose<models.CustomResourceDefinitionVersion>): unknown {
  return {
    Name: version.name,
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: null,
    Subresources: version.subresources ?? null,
    AdditionalPrinterColumns: version.additionalPrinterColumns ?? null,
    SelectableFields: version.selectableFields ?? null,
  };
}

function checkNames(causes: Causes, names: Loose<models.CustomResourceDefinitionNames>): void {
  const check = (field: "plural" | "singular" | "kind" | "listKind", isKind: boolean) => {
    const value = names[field];
    if (!value) return causes.required(`spec.names.${field}`);
    for (const fault of dnsLabelFaults(isKind ? value.toLowerCase() : value)) {
      const detail = isKind ? `may have mixed case, but should otherwise match: ${fault}` : fault;
      causes.invalid(`spec.names.${field}`, value, detail);
    }
  };
  check("plural", false);
  check("singular", false);
  check("kind", true);
  check("listKind", true);
  for (const field of ["shortNames", "categories"] as const) {
    (names[field] ?? []).forEach((name, i) => {
      for (const fault of dnsLabelFaults(name)) {
        causes.invalid(`spec.names.${field}[${i}]`, name, fault);
      }
    });
  }
  if (names.kind && names.kind === names.listKind) {
    causes.invalid("spec.names.listKind", names.listKind, "kind and listKind may not be the same");
  }
}

function checkColumns(
  causes: Causes,
  columns: Loose<models.CustomResourceColumnDefinition>[] | undefined,
  path: string,
): void {
  (columns ?? []).forEach(({ name, type, jsonPath }, i) => {
    const at = `${path}[${i}]`;
    if (!name) causes.required(`${at}.name`);
    if (!type) {
      causes.required(`${at}.type`, `must be one of ${COLUMN_TYPES.join(",")}`);
    } else if (!COLUMN_TYPES.includes(type)) {
      causes.invalid(`${at}.type`, type, `must be one of ${COLUMN_TYPES.join(",")}`);
    }
    if (!jsonPath) causes.required(`${at}.JSONPath`);
  });
}

function checkScale(
  causes: Causes,
  scale: Loose<models.CustomResourceSubresourceScale> | undefined,
  path: string,
): void {
  if (!scale) return;
  const check = (field: "specReplicasPath" | "statusReplicasPath", root: string) => {
    const value = scale[field];
    if (!value) causes.required(`${path}.${field}`);
    else if (!value.startsWith(`.${root}.`)) {
      causes.invalid(`${path}.${field}`, value, `should be a json path under .${root}`);
    }
  };
  check("specReplicasPath", "spec");
  check("statusReplicasPath", "status");
}

/**
 * That a schema is structural, and what it says can be.
 * Source: apiextensions-apiserver pkg/apiserver/schema/validation.go, pkg/apis/apiextensions/validation/validation.go.
 */
function checkRoot(causes: Causes, schema: Schema, path: string): void {
  for (const { field, rule, why } of unreadableRules(schema, path)) {
    causes.invalid(field, rule, `compilation failed: ${why}`);
  }
  if (!schema.type) causes.required(`${path}.type`, "must not be empty at the root");
  else if (schema.type !== "object") {
    causes.invalid(`${path}.type`, schema.type, "must be object at the root");
    return;
  }
  if (schema.additionalProperties !== undefined) {
    causes.forbidden(`${path}.additionalProperties`, "must not be used at the root");
  }
  const { metadata } = schema.properties ?? {};
  const inside = Object.keys(metadata?.properties ?? {});
  if (inside.some((name) => name !== "name" && name !== "generateName")) {
    const detail =
      "must not specify anything other than name and generateName, but metadata is implicitly specified";
    causes.forbidden(`${path}.properties[metadata]`, detail);
  }
  checkSchema(causes, schema, path, "root");
}

type Place = "root" | "object fields" | "array items";

function checkSchema(causes: Causes, schema: Schema, path: string, place: Place): void {
  const { properties, additionalProperties, items } = schema;
  checkType(causes, schema, path, place);
  if (properties && additionalProperties !== undefined && additionalProperties !== false) {
    const detail = "additionalProperties and properties are mutual exclusive";
    causes.forbidden(`${path}.additionalProperties`, detail);
  }
  checkList(causes, schema, path);
  checkPattern(causes, schema, path);
  checkDefault(causes, schema, path);
  for (const [word, parts] of Object.entries(combinations(schema))) {
    if (schema["x-kubernetes-int-or-string"] && isIntOrString(word, parts)) continue;
    parts.forEach((part, i) => {
      const at = word === "not" ? `${path}.not` : `${path}.${word}[${i}]`;
      checkNested(causes, part, at);
    });
  }
  for (const name of Object.keys(properties ?? {}).sort()) {
    if (place === "root" && name === "metadata") continue;
    checkSchema(causes, properties![name], `${path}.properties[${name}]`, "object fields");
  }
  if (items) checkSchema(causes, items, `${path}.items`, "array items");
  if (typeof additionalProperties === "object") {
    checkSchema(causes, additionalProperties, `${path}.additionalProperties`, "object fields");
  }
}

const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];

/** The one way in which a part may name types: `anyOf`, or first in `allOf`. */
function isIntOrString(word: string, parts: Schema[]): boolean {
  if (word === "anyOf") return sameJson(parts, INT_OR_STRING);
  return word === "allOf" && sameJson(parts[0]?.anyOf ?? [], INT_OR_STRING);
}

function checkType(causes: Causes, schema: Schema, path: string, place: Place): void {
  if (schema.type || place === "root") return;
  if (schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"]) {
    return;
  }
  causes.required(`${path}.type`, `must not be empty for specified ${place}`);
}

function checkList(causes: Causes, schema: Schema, path: string): void {
  const kind = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema.type === "array" && !schema.items) {
    causes.required(`${path}.items`, "must be specified");
  }
  if (schema.uniqueItems) {
    const detail =
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    causes.forbidden(`${path}.uniqueItems`, detail);
  }
  if (kind === undefined) return;
  if (!LIST_TYPES.includes(kind)) {
    causes.unsupported(`${path}.x-kubernetes-list-type`, kind, LIST_TYPES);
  }
  if (kind !== "map") return;
  if (!keys?.length) {
    const detail = "must not be empty if x-kubernetes-list-type is map";
    causes.required(`${path}.x-kubernetes-list-map-keys`, detail);
  } else if (keys.some((key) => !own(schema.items?.properties, key))) {
    const detail = "entries must all be names of item properties";
    causes.invalid(`${path}.x-kubernetes-list-map-keys`, keys, detail);
  }
}

function checkPattern(causes: Causes, { pattern }: Schema, path: string): void {
  if (!pattern) return;
  try {
    compileGoRegexp(pattern);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    const detail = `must be a valid regular expression, but isn't: ${error.message}`;
    causes.invalid(`${path}.pattern`, pattern, detail);
  }
}

function checkDefault(causes: Causes, schema: Schema, path: string): void {
  if (schema.default === undefined) return;
  for (const fault of schemaFaults(schema, schema.default, "")) {
    causes.list.push({ ...fault, field: `${path}.default` });
  }
}

function combinations(
  { allOf = [], anyOf = [], oneOf = [], not }: Schema,
): Record<string, Schema[]> {
  return { allOf, anyOf, oneOf, not: not ? [not] : [] };
}

/** What only a structural part may say. */
function checkNested(causes: Causes, schema: Schema, path: string): void {
  for (const field of ["type", "default", "nullable", "title", "description"] as const) {
    if (schema[field] !== undefined) {
      causes.forbidden(`${path}.${field}`, "must be empty to be structural");
    }
  }
  if (schema.additionalProperties !== undefined) {
    causes.forbidden(`${path}.additionalProperties`, "must be undefined to be structural");
  }
  for (const name of Object.keys(schema.properties ?? {}).sort()) {
    checkNested(causes, schema.properties![name], `${path}.properties[${name}]`);
  }
  if (schema.items) checkNested(causes, schema.items, `${path}.items`);
}

/** Formats in a definition that nobody knows, each once; they are warned of. */
export function unknownFormats(
  definition: KubeObject,
  isKnown: (format: string) => boolean,
): string[] {
  const found = new Set<string>();
  const look = (schema: Schema | undefined) => {
    if (!schema || typeof schema !== "object") return;
    if (schema.format && !isKnown(schema.format)) found.add(schema.format);
    Object.values(schema.properties ?? {}).forEach(look);
    look(schema.items);
    if (typeof schema.additionalProperties === "object") look(schema.additionalProperties);
  };
  for (const version of definition.spec?.versions ?? []) look(version?.schema?.openAPIV3Schema);
  return [...found];
}
