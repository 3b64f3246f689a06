import { fnv32a } from "../../base/mod.ts";
import { type Schema, schemaData } from "./_data.ts";
import { apiVersionOf, type ResourceRegistry, type ResourceType } from "./resources.ts";
import { schemaOf } from "./schemas.ts";
import { VERSION } from "./version.ts";

type Json = any;

const REFERENCE = "#/components/schemas/";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Documents of built-in groups never change. */
const builtIn = new Map<string, Json>();

/**
 * `GET /openapi/v3`: where the document of every group and version is.
 * Source: kubernetes/kube-openapi pkg/handler3/handler.go.
 */
export function openApiIndex(registry: ResourceRegistry): Json {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [path, types] of byPath(registry)) {
    const revisions = types.map(({ definition }) => definition?.metadata.resourceVersion ?? "");
    const hash = fnv32a([VERSION.gitVersion, path, ...revisions].join(" "));
    paths[path] = {
      serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toString(16).padStart(8, "0")}`,
    };
  }
  return { paths };
}

/**
 * The OpenAPI v3 document of one group and version; `path` is `api/v1` or `apis/apps/v1`. It holds
 * the schemas and, for every resource, the operations that take `fieldValidation`.
 * Undefined when nothing is served there.
 */
export function openApiDocument(registry: ResourceRegistry, path: string): Json | undefined {
  const known = builtIn.get(path);
  if (known) return known;
  const types = byPath(registry).get(path);
  if (!types) return undefined;
  const made = documentOf(path, types);
  if (!types.some(({ definition }) => definition)) builtIn.set(path, made);
  return made;
}

function byPath(registry: ResourceRegistry): Map<string, ResourceType[]> {
  const out = new Map<string, ResourceType[]>();
  for (const type of registry.all()) {
    const path = type.group ? `apis/${apiVersionOf(type)}` : `api/${type.version}`;
    out.set(path, [...out.get(path) ?? [], type]);
  }
  return out;
}

function documentOf(path: string, types: ResourceType[]): Json {
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
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
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: VERSION.gitVersion },
    paths,
    components: { schemas },
  };
}

/** Adds the schema of a kind and all it refers to; gives its name. */
function addSchema(into: Record<string, Json>, type: ResourceType): string {
  const { group, version, kind } = type;
  const schema = schemaOf(type);
  if (type.definition) {
    const name = `${group.split(".").reverse().join(".")}.${version}.${kind}`;
    into[name] = {
      ...withReferences(schema ?? { type: "object" }, into),
      properties: {
        ...withReferences(schema?.properties ?? {}, into),
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: withReferences({ $ref: META }, into),
      },
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    };
    return name;
  }
  const name = Object.entries(schemaData()).find(([, known]) => known === schema)?.[0] ?? META;
  addNamed(into, name);
  return name;
}

function addNamed(into: Record<string, Json>, name: string): void {
  if (name in into) return;
  into[name] = {};
  into[name] = withReferences(schemaData()[name] ?? {}, into);
}

/** A copy whose references are as OpenAPI writes them; what they name is added. */
function withReferences(value: Json, into: Record<string, Json>): Json {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, into));
  if (value === null || typeof value !== "object") return value;
  const { $ref } = value as Schema;
  if (typeof $ref === "string") {
    addNamed(into, $ref);
    return { $ref: REFERENCE + $ref };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withReferences(item, into)]),
  );
}

const PATCH_MEDIA = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

function operations(
  type: ResourceType,
  schema: string,
  actions: Partial<Record<"get" | "put" | "post" | "patch" | "delete", string>>,
): Json {
  const { group, version, kind } = type;
  const reference = { schema: { $ref: REFERENCE + schema } };
  const out: Json = {
    parameters: [
      ...(type.namespaced ? [parameter("namespace", "path")] : []),
      ...(actions.put ? [parameter("name", "path")] : []),
    ],
  };
  for (const [method, action] of Object.entries(actions)) {
    const writes = method === "post" || method === "put" || method === "patch";
    const media = method === "patch" ? PATCH_MEDIA : ["application/json", "application/yaml"];
    out[method] = {
      operationId: `${action}${type.namespaced ? "Namespaced" : ""}${kind}`,
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

function parameter(name: string, place: "path" | "query"): Json {
  return {
    name,
    in: place,
    ...(place === "path" ? { required: true } : {}),
    schema: { type: "string", uniqueItems: true },
  };
}
