import { isMap } from "../../go/mod.ts";
import { apiVersionOf, PATCH_TYPES, rootPath } from "../../kube/mod.ts";
import { fnv32a } from "../../base/mod.ts";
import { descriptionData, type Schema, schemaData } from "./_data.ts";
import type { ResourceRegistry, ResourceType } from "./resources.ts";
import { OBJECT_META, schemaOf } from "./schemas.ts";
import { VERSION } from "./version.ts";

const REFERENCE = "#/components/schemas/";
/** A kind whose metadata is described as that of custom resources is. */
const ANY_KIND = "io.k8s.api.apps.v1.Deployment";
const EMBEDDED = "x-kubernetes-embedded-resource";

/** Documents of built-in groups never change. */
const builtIn = new Map<string, unknown>();

/**
 * `GET /openapi/v3`: where the document of every group and version is.
 * Source: kubernetes/kube-openapi pkg/handler3/handler.go.
 */
export function openApiIndex(
  registry: ResourceRegistry,
): { paths: Record<string, { serverRelativeURL: string }> } {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [path, types] of byPath(registry)) {
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(path, types)}` };
  }
  return { paths };
}

/** The hash by which the document of a group and version is asked for now; undefined where nothing is served. */
export function openApiHash(registry: ResourceRegistry, path: string): string | undefined {
  const types = byPath(registry).get(path);
  return types && hashOf(path, types);
}

function hashOf(path: string, types: ResourceType[]): string {
  const revisions = types.map(({ definition }) => definition?.metadata.resourceVersion ?? "");
  const hash = fnv32a([VERSION.gitVersion, path, ...revisions].join(" "));
  return hash.toString(16).padStart(8, "0");
}

/**
 * The OpenAPI v3 document of one group and version; `path` is `api/v1` or `apis/apps/v1`. It holds
 * the schemas and, for every resource, the operations that take `fieldValidation`.
 * Undefined when nothing is served there.
 */
export function openApiDocument(registry: ResourceRegistry, path: string): unknown | undefined {
  const known = builtIn.get(path);
  if (known) return known;
  const types = byPath(registry).get(path);
  if (!types) return undefined;
  const made = documentOf(path, types);
  if (!types.some(({ definition }) => definition)) builtIn.set(path, made);
  return made;
}

/** The schemas of everything served, as the OpenAPI v2 document has them. */
export function openApiDefinitions(registry: ResourceRegistry): unknown {
  const schemas: Record<string, unknown> = {};
  for (const type of registry.all()) addSchema(schemas, type);
  return JSON.parse(JSON.stringify(schemas).replaceAll(REFERENCE, "#/definitions/"));
}

function byPath(registry: ResourceRegistry): Map<string, ResourceType[]> {
  const out = new Map<string, ResourceType[]>();
  for (const type of registry.all()) {
    const path = rootPath(apiVersionOf(type)).slice(1);
    out.set(path, [...out.get(path) ?? [], type]);
  }
  return out;
}

function documentOf(path: string, types: ResourceType[]): unknown {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  for (const type of types) {
    const name = addSchema(schemas, type);
    const root = `/${path}/${type.namespaced ? "namespaces/{namespace}/" : ""}${type.plural}`;
    paths[root] = operations(type, name, { get: "list", post: "post", delete: "deletecollection" });
    paths[`${root}/{name}`] = operations(type, name, {
      get: "get",
      put: "put",
      patch: "patch",
      delete: "delete",
    });
    for (const below of ["status", "scale"]) {
      if (!type.subresources.has(below)) continue;
      const shown = below === "scale" ? SCALE : name;
      if (below === "scale") addNamed(schemas, SCALE);
      const operation = operations(
        type,
        shown,
        { get: "get", put: "put", patch: "patch" },
        below === "scale" ? { group: "autoscaling", version: "v1", kind: "Scale" } : type,
        `${type.kind}${below[0].toUpperCase()}${below.slice(1)}`,
      );
      paths[`${root}/{name}/${below}`] = operation;
    }
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: VERSION.gitVersion },
    paths,
    components: { schemas },
  };
}

const SCALE = "io.k8s.api.autoscaling.v1.Scale";

/** Adds the schema of a kind and all it refers to; gives its name. */
function addSchema(into: Record<string, unknown>, type: ResourceType): string {
  const { group, version, kind } = type;
  const schema = schemaOf(type);
  if (type.definition) {
    const name = `${group.split(".").reverse().join(".")}.${version}.${kind}`;
    into[name] = {
      ...withReferences(schema ?? { type: "object" }, into),
      properties: {
        ...eachWithReferences(schema?.properties ?? {}, into),
        ...objectProperties(into, ANY_KIND),
      },
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    };
    return name;
  }
  const name = Object.entries(schemaData()).find(([, known]) => known === schema)?.[0] ??
    OBJECT_META;
  addNamed(into, name);
  return name;
}

/** What every object has, in the words of a built-in kind or of embedded objects. */
function objectProperties(into: Record<string, unknown>, words: string): Record<string, Schema> {
  const texts = descriptionData()[words];
  return {
    apiVersion: { description: texts.apiVersion, type: "string" },
    kind: { description: texts.kind, type: "string" },
    metadata: {
      description: texts.metadata,
      allOf: [withReferences({ $ref: OBJECT_META }, into)],
    },
  };
}

function addNamed(into: Record<string, unknown>, name: string): void {
  if (name in into) return;
  into[name] = {};
  into[name] = described(withReferences(schemaData()[name] ?? {}, into), name);
}

/** A schema with its published words. */
function described(schema: Schema, name: string): unknown {
  const texts = descriptionData()[name];
  if (!texts) return schema;
  const out = texts[""] ? { description: texts[""], ...schema } : schema;
  if (!schema.properties) return out;
  const properties = Object.entries(schema.properties).map(([key, property]) => {
    const description = texts[key];
    if (!description) return [key, property];
    // Beside a reference nothing else is read.
    const own = property.$ref ? { allOf: [property] } : property;
    return [key, { description, ...own }];
  });
  return { ...out, properties: Object.fromEntries(properties) };
}

/** A copy of a schema whose references are as OpenAPI writes them; what they name is added. */
function withReferences(schema: Schema, into: Record<string, unknown>): Schema {
  const { $ref } = schema;
  if (schema[EMBEDDED] === true) {
    const { [EMBEDDED]: embedded, properties = {}, required = [], ...rest } = schema;
    return {
      ...withReferences(rest, into),
      required: [...required, "kind", "apiVersion"],
      properties: { ...eachWithReferences(properties, into), ...objectProperties(into, EMBEDDED) },
      [EMBEDDED]: embedded,
    };
  }
  if (typeof $ref === "string") {
    addNamed(into, $ref);
    return { $ref: REFERENCE + $ref };
  }
  return eachWithReferences(schema as Record<string, unknown>, into) as Schema;
}

/** The same of each part of a schema, or of each of its properties. */
function eachWithReferences<T>(
  parts: Readonly<Record<string, T>>,
  into: Record<string, unknown>,
): Record<string, T> {
  const each = (part: unknown): unknown =>
    Array.isArray(part) ? part.map(each) : isMap(part) ? withReferences(part, into) : part;
  return Object.fromEntries(
    Object.entries(parts).map(([key, part]) => [key, each(part) as T]),
  );
}

function operations(
  type: ResourceType,
  schema: string,
  actions: Partial<Record<"get" | "put" | "post" | "patch" | "delete", string>>,
  { group, version, kind }: Pick<ResourceType, "group" | "version" | "kind"> = type,
  operand = kind,
): unknown {
  const reference = { schema: { $ref: REFERENCE + schema } };
  const out: Record<string, unknown> = {
    parameters: [
      ...(type.namespaced ? [parameter("namespace", "path")] : []),
      ...(actions.put ? [parameter("name", "path")] : []),
    ],
  };
  for (const [method, action] of Object.entries(actions)) {
    const writes = method === "post" || method === "put" || method === "patch";
    const media = method !== "patch"
      ? ["application/json", "application/yaml"]
      // A client that is told of strategic merge will send it.
      : Object.values(PATCH_TYPES).filter((name) =>
        !type.definition || !name.includes("strategic")
      );
    out[method] = {
      operationId: `${action}${type.namespaced ? "Namespaced" : ""}${operand}`,
      ...(writes
        ? {
          parameters: ["dryRun", "fieldManager", "fieldValidation"]
            .map((name) => parameter(name, "query")),
          requestBody: {
            content: Object.fromEntries(media.map((name) => [name, reference])),
            required: true,
          },
        }
        : {}),
      responses: {
        "200": { description: "OK", content: { "application/json": reference } },
      },
      "x-kubernetes-action": action,
      "x-kubernetes-group-version-kind": { group, version, kind },
    };
  }
  return out;
}

function parameter(name: string, place: "path" | "query"): unknown {
  return {
    name,
    in: place,
    ...(place === "path" ? { required: true } : {}),
    schema: { type: "string", uniqueItems: true },
  };
}
