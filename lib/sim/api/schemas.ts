import { own } from "../../go/mod.ts";
import type { ResourceType } from "./resources.ts";
import { type Schema, schemaData } from "./_data.ts";

let byKind: Map<string, Schema> | undefined;

/** Follows `$ref` and a single `allOf`. */
export function resolve(schema: Schema | undefined): Schema | undefined {
  let at = schema;
  while (at) {
    if (at.$ref) at = schemaData()[at.$ref];
    else if (at.allOf?.length === 1 && !at.properties) at = at.allOf[0];
    else return at;
  }
  return undefined;
}

/** The name that a `$ref` (or a single `allOf` around it) points to. */
export function refName(schema: Schema | undefined): string | undefined {
  return schema?.$ref ?? schema?.allOf?.[0]?.$ref;
}

/** A published schema by its name. */
export function namedSchema(name: string): Schema | undefined {
  return schemaData()[name];
}

/** The published schema of a built-in kind, or the schema of a CustomResourceDefinition's version. */
export function schemaOf(type: ResourceType): Schema | undefined {
  if (type.definition) {
    const versions: { name: string; schema?: { openAPIV3Schema?: Schema } }[] =
      type.definition.spec.versions;
    return versions.find(({ name }) => name === type.version)?.schema?.openAPIV3Schema;
  }
  byKind ??= indexByKind();
  return byKind.get(`${type.group}/${type.version}/${type.kind}`);
}

function indexByKind(): Map<string, Schema> {
  const out = new Map<string, Schema>();
  for (const schema of Object.values(schemaData())) {
    const kinds = schema["x-kubernetes-group-version-kind"];
    // Options kinds name dozens of groups; a kind of its own names one.
    if (kinds?.length === 1) {
      const [{ group, version, kind }] = kinds;
      out.set(`${group}/${version}/${kind}`, schema);
    }
  }
  return out;
}

/** The name of the schema of every object's metadata. */
export const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** The schema of a custom resource with what every object has. */
export function withObjectMeta(schema: Schema): Schema {
  const text: Schema = { type: "string" };
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: text,
      kind: text,
      metadata: { $ref: OBJECT_META },
    },
  };
}

/** The schema of a property; its name may be one that JavaScript's objects inherit. */
export function ownProperty(schema: Schema, key: string): Schema | undefined {
  return own(schema.properties, key);
}
