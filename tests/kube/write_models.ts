/*
 * Writes lib/kube/_models.ts from the schemas that an API server publishes:
 *
 *   deno run -R -W=lib/kube tests/kube/write_models.ts
 */

/** The part of a published schema that a type is made of. */
interface Schema {
  type?: string;
  $ref?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: string[];
}

const SCHEMAS = new URL("../../lib/sim/api/data/schemas.json", import.meta.url);
export const MODELS = new URL("../../lib/kube/_models.ts", import.meta.url);

/** The types that lib/kube/types.ts names; what these refer to comes along. */
const ROOTS = [
  "apps.v1.DaemonSetSpec",
  "apps.v1.DaemonSetStatus",
  "apps.v1.DeploymentSpec",
  "apps.v1.DeploymentStatus",
  "apps.v1.ReplicaSetSpec",
  "apps.v1.ReplicaSetStatus",
  "apps.v1.StatefulSetSpec",
  "apps.v1.StatefulSetStatus",
  "autoscaling.v2.HorizontalPodAutoscalerSpec",
  "autoscaling.v2.HorizontalPodAutoscalerStatus",
  "core.v1.NodeSpec",
  "core.v1.NodeStatus",
  "core.v1.PodSpec",
  "core.v1.PodStatus",
  "core.v1.ServiceSpec",
];

const LINE_WIDTH = 100;

/** The text of the module; Errors: when two schemas would have the same name. */
export function modelsText(): string {
  const { schemas } = JSON.parse(Deno.readTextFileSync(SCHEMAS));
  const named = new Map<string, string>();
  const waiting = ROOTS.map((root) => `io.k8s.api.${root}`);
  for (const id of waiting) {
    const name = nameOf(id);
    if (named.has(name)) {
      if (named.get(name) !== id) throw new Error(`${id} and ${named.get(name)} have one name`);
      continue;
    }
    named.set(name, id);
    waiting.push(...references(schemas[id]));
  }
  const types = [...named].sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, id]) => declaration(name, schemas[id]));
  return `${HEAD}\n${types.join("\n")}`;
}

const HEAD =
  `// The types of the API's objects; written by tests/kube/write_models.ts from the published schemas.
`;

function nameOf(id: string): string {
  return id.slice(id.lastIndexOf(".") + 1);
}

function references(schema: Schema): string[] {
  const out: string[] = [];
  JSON.stringify(schema, (key, value) => {
    if (key === "$ref") out.push(value);
    return value;
  });
  return out;
}

function declaration(name: string, schema: Schema): string {
  if (!schema.properties) return `export type ${name} = ${typeText(schema)};\n`;
  const fields = Object.entries(schema.properties).map(([field, value]) =>
    fieldText(field, schema.required?.includes(field) ? ":" : "?:", value)
  );
  return `export interface ${name} {\n${fields.join("")}}\n`;
}

function fieldText(field: string, colon: string, schema: Schema): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field);
  const line = `  ${key}${colon} ${typeText(schema)};\n`;
  if (line.length <= LINE_WIDTH + 1 || !schema.enum) return line;
  return `  ${key}${colon}\n${schema.enum.map((choice) => `    | "${choice}"`).join("\n")};\n`;
}

function typeText(schema: Schema): string {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.allOf?.length === 1) return typeText(schema.allOf[0]);
  if (schema.oneOf) return [...new Set(schema.oneOf.map(typeText))].join(" | ");
  if (schema.enum) return schema.enum.map((choice) => JSON.stringify(choice)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `${elementText(schema.items ?? {})}[]`;
    case "object": {
      const { additionalProperties: values } = schema;
      if (typeof values !== "object") return "Record<string, any>";
      return `Record<string, ${values.enum ? "string" : typeText(values)}>`;
    }
  }
  return "any";
}

function elementText(schema: Schema): string {
  const text = typeText(schema);
  return text.includes(" | ") ? `(${text})` : text;
}

if (import.meta.main) Deno.writeTextFileSync(MODELS, modelsText());
