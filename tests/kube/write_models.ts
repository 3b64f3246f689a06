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

/** The kinds that lib/kube/built_in_kinds.ts names; what these refer to comes along. */
const ROOTS = [
  "api.admissionregistration.v1.MutatingWebhookConfiguration",
  "api.admissionregistration.v1.ValidatingAdmissionPolicy",
  "api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  "api.admissionregistration.v1.ValidatingWebhookConfiguration",
  "api.apps.v1.ControllerRevision",
  "api.apps.v1.DaemonSet",
  "api.apps.v1.Deployment",
  "api.apps.v1.ReplicaSet",
  "api.apps.v1.StatefulSet",
  "api.autoscaling.v2.HorizontalPodAutoscaler",
  "api.batch.v1.CronJob",
  "api.batch.v1.Job",
  "api.certificates.v1.CertificateSigningRequest",
  "api.coordination.v1.Lease",
  "api.core.v1.ConfigMap",
  "api.core.v1.Endpoints",
  "api.core.v1.Event",
  "api.core.v1.LimitRange",
  "api.core.v1.Namespace",
  "api.core.v1.Node",
  "api.core.v1.PersistentVolume",
  "api.core.v1.PersistentVolumeClaim",
  "api.core.v1.Pod",
  "api.core.v1.PodTemplate",
  "api.core.v1.ReplicationController",
  "api.core.v1.ResourceQuota",
  "api.core.v1.Secret",
  "api.core.v1.Service",
  "api.core.v1.ServiceAccount",
  "api.discovery.v1.EndpointSlice",
  "api.networking.v1.Ingress",
  "api.networking.v1.IngressClass",
  "api.networking.v1.NetworkPolicy",
  "api.policy.v1.PodDisruptionBudget",
  "api.rbac.v1.ClusterRole",
  "api.rbac.v1.ClusterRoleBinding",
  "api.rbac.v1.Role",
  "api.rbac.v1.RoleBinding",
  "api.scheduling.v1.PriorityClass",
  "api.storage.v1.CSIDriver",
  "api.storage.v1.CSINode",
  "api.storage.v1.StorageClass",
  "api.storage.v1.VolumeAttachment",
  "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  "kube-aggregator.pkg.apis.apiregistration.v1.APIService",
];

/** Types of one name in two groups: how the second is called. */
const RENAMED: Record<string, string> = {
  "io.k8s.api.discovery.v1.EndpointPort": "EndpointSlicePort",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference":
    "ConversionServiceReference",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig":
    "ConversionWebhookClientConfig",
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference": "APIServiceReference",
};

const LINE_WIDTH = 100;
/** How long a list's choices may be to be told. */
const MAX_CHOICES = 70;

/** The text of the module; Errors: when two schemas would have the same name. */
export function modelsText(): string {
  const { schemas } = JSON.parse(Deno.readTextFileSync(SCHEMAS));
  const named = new Map<string, string>();
  const waiting = ROOTS.map((root) => `io.k8s.${root}`);
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
  return RENAMED[id] ?? id.slice(id.lastIndexOf(".") + 1);
}

function references(schema: Schema): string[] {
  const out: string[] = [];
  JSON.stringify(schema, (key, value) => {
    if (key === "$ref" && typeof value === "string") out.push(value);
    return value;
  });
  return out;
}

/** What the schemas say nothing of. Source: kubernetes/apiextensions-apiserver pkg/apis/apiextensions/v1/types_jsonschema.go. */
const UNSAID: Record<string, string> = {
  JSONSchemaPropsOrArray: "JSONSchemaProps | JSONSchemaProps[]",
  JSONSchemaPropsOrBool: "JSONSchemaProps | boolean",
  JSONSchemaPropsOrStringArray: "JSONSchemaProps | string[]",
};

function declaration(name: string, schema: Schema): string {
  if (UNSAID[name]) return `export type ${name} = ${UNSAID[name]};\n`;
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
      if (typeof values !== "object") return "Record<string, unknown>";
      return `Record<string, ${values.enum ? "string" : typeText(values)}>`;
    }
  }
  return "unknown";
}

function elementText(schema: Schema): string {
  const text = typeText(schema);
  if (text.length > MAX_CHOICES) return "string";
  return text.includes(" | ") ? `(${text})` : text;
}

if (import.meta.main) Deno.writeTextFileSync(MODELS, modelsText());
