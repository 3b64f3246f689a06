/** One line of an APIResourceList. */
export interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  storageVersionHash?: string;
}

export interface ApiGroup {
  name: string;
  versions: { groupVersion: string; version: string }[];
  preferredVersion: { groupVersion: string; version: string };
}

/** What a kube-apiserver's discovery says; recorded from the version named inside. */
export interface DiscoveryData {
  groups: ApiGroup[];
  lists: Record<string, ResourceList>;
}

/** An APIResourceList. */
export interface ResourceList {
  kind?: string;
  apiVersion?: string;
  groupVersion: string;
  resources: ApiResource[];
}

/** A schema as OpenAPI v3 publishes it; `$ref` is a name in the same collection. */
export interface Schema {
  type?: string;
  format?: string;
  $ref?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  not?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  default?: unknown;
  nullable?: boolean;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-validations"?: ValidationRule[];
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

/** One of a schema's rules in CEL. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** What published schemas say in words, by schema and property; a schema's own is under "". */
export type Descriptions = Record<string, Record<string, string>>;

/** What is said of the columns of tables, by resource; those of kinds without a printer are under "". */
interface ColumnData {
  /** Of each column name, type, format, priority, and which of the texts. */
  columns: Record<string, [string, string, string, number, number][]>;
  texts: string[];
}

let discovery: DiscoveryData | undefined;
let descriptions: Descriptions | undefined;
let schemas: Record<string, Schema> | undefined;
let columns: ColumnData | undefined;

/** The published discovery documents. */
export function discoveryData(): DiscoveryData {
  return discovery ??= JSON.parse(read("discovery.json")) as DiscoveryData;
}

/** The published schemas by name; read when first asked for. */
export function schemaData(): Record<string, Schema> {
  return schemas ??= JSON.parse(read("schemas.json")).schemas as Record<string, Schema>;
}

/** The published descriptions; read when somebody first wants to read them. */
export function descriptionData(): Descriptions {
  return descriptions ??= JSON.parse(read("descriptions.json")).descriptions as Descriptions;
}

/** The columns of upstream's tables and what it says of them; read with the first table. */
export function columnData(): ColumnData {
  return columns ??= JSON.parse(read("columns.json")) as ColumnData;
}

function read(name: string): string {
  return Deno.readTextFileSync(new URL(`./data/${name}`, import.meta.url));
}
