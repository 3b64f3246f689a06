import { own } from "../../go/mod.ts";
import { apiVersionOf, rootPath } from "../../kube/mod.ts";

interface Kind {
  group: string;
  version: string;
  kind: string;
}

/** A schema of an OpenAPI v3 document, as far as it is explained. */
interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: Schema[];
  enum?: unknown[];
  externalDocs?: ExternalDocs;
  "x-kubernetes-group-version-kind"?: Kind[];
}

interface ExternalDocs {
  description?: string;
  url?: string;
}

/** An OpenAPI v3 document, likewise. */
export interface SchemaDocument {
  paths?: Record<string, Record<string, { "x-kubernetes-group-version-kind"?: Kind }>>;
  components?: { schemas?: Record<string, Schema> };
}

/** What is to be explained of an OpenAPI v3 document. */
export interface SchemaQuestion {
  document: SchemaDocument;
  resource: { group: string; version: string; resource: string };
  fieldPath: readonly string[];
  recursive: boolean;
}

/** The text of an explanation, as far as it came, and what it ended in. */
export interface SchemaText {
  text: string;
  error?: string;
}

const METHODS = ["get", "post", "put", "patch", "delete"];
/** How many choices of an enum a line in a list of fields shows. */
const ENUM_LIMIT = 4;

/**
 * What `kubectl explain` prints.
 * Source: kubernetes/kubectl pkg/explain/v2/templates/plaintext.tmpl.
 */
export function explainSchema(question: SchemaQuestion): SchemaText {
  const { document, resource, fieldPath, recursive } = question;
  const kind = kindOf(document, resource);
  if (!kind) {
    const { group, version, resource: plural } = resource;
    const shown = `${group}/${version}, Resource=${plural}`;
    return { text: "", error: `error: GVR (${shown}) not found in OpenAPI schema` };
  }
  const head = (kind.group ? `GROUP:      ${kind.group}\n` : "") +
    `KIND:       ${kind.kind}\nVERSION:    ${kind.version}\n\n`;
  const schemas = Object.entries(document.components?.schemas ?? {});
  const own = schemas.sort(([a], [b]) => (a < b ? -1 : 1)).find(([, schema]) =>
    schema["x-kubernetes-group-version-kind"]?.some((each) =>
      each.group === kind.group && each.version === kind.version && each.kind === kind.kind
    )
  )?.[1];
  if (!own) {
    const shown = `map[group:${kind.group} kind:${kind.kind} version:${kind.version}]`;
    return { text: head, error: `error: GVK ${shown} not found in OpenAPI schema` };
  }
  const printer = new SchemaPrinter(document, recursive);
  const body = printer.output(own, fieldPath, new Set());
  if (body === "") {
    return { text: head, error: `error: field "${fieldPath.at(-1)}" does not exist` };
  }
  return { text: `${head}${body}\n` };
}

function kindOf(
  document: SchemaDocument,
  { group, version, resource }: SchemaQuestion["resource"],
): Kind | undefined {
  const root = rootPath(apiVersionOf({ group, version }));
  const spaces = `${root}/namespaces/{namespace}/${resource}`;
  const own = `${root}/${resource}`;
  let found: Kind | undefined;
  for (const path of [own, `${own}/{name}`, spaces, `${spaces}/{name}`]) {
    const operations = document.paths?.[path] ?? {};
    for (const method of METHODS) {
      const kind = operations[method]?.["x-kubernetes-group-version-kind"];
      if (!kind) continue;
      found = kind;
      break;
    }
  }
  return found;
}

class SchemaPrinter {
  constructor(private readonly document: SchemaDocument, private readonly recursive: boolean) {}

  /** Empty when there is no such field. */
  output(schema: Schema, path: readonly string[], seen: ReadonlySet<string>): string {
    const reference: string = schema.$ref ?? "";
    const resolved = this.#resolve(reference) ?? schema;
    if (path.length === 0) return this.#whole(resolved);
    if (reference && seen.has(reference)) return "";
    const next = new Set([...seen, reference]);
    const property = own(resolved.properties, path[0]);
    if (property) {
      const head = path.length === 1
        ? `FIELD: ${path[0]} <${this.#typeOf(property)}>\n${longEnum(property)}\n\n`
        : "";
      return head + this.output(property, path.slice(1), new Set());
    }
    if (resolved.items) return this.output(resolved.items, path, next);
    if (isSchema(resolved.additionalProperties)) {
      return this.output(resolved.additionalProperties, path, next);
    }
    for (const part of resolved.allOf ?? []) {
      const text = this.output(part, path, next);
      if (text) return text;
    }
    return "";
  }

  #whole(schema: Schema): string {
    const description = this.#description(schema) || "<empty>";
    const fields = this.#fields(schema, 1, new Set());
    const documents = schema.externalDocs ? `\n${externalDocs(schema.externalDocs)}` : "";
    return `DESCRIPTION:\n${indent(wrap(description, 76), 4)}\n${documents}` +
      (fields ? `FIELDS:\n${fields}` : "");
  }

  #resolve(reference: string): Schema | undefined {
    const parts = /^#(\/.*)/.exec(reference)?.[1].split("/").filter(Boolean);
    const found = parts?.reduce(own, this.document as unknown);
    return isSchema(found) ? found : undefined;
  }

  #description(given: Schema): string {
    const schema = this.#resolve(given.$ref ?? "") ?? given;
    const parts = [
      ...schema.allOf ?? [],
      ...(schema.items ? [schema.items] : []),
      ...(isSchema(schema.additionalProperties) ? [schema.additionalProperties] : []),
    ];
    return (schema.description ? `${schema.description}\n` : "") +
      parts.map((part) => this.#description(part)).join("");
  }

  #fields(given: Schema, level: number, seen: ReadonlySet<string>): string {
    const reference: string = given.$ref ?? "";
    if (reference && seen.has(reference)) return "";
    const next = new Set([...seen, reference]);
    const schema = this.#resolve(reference) ?? given;
    let out = "";
    for (const [name, property] of inOrder(schema.properties)) {
      const required = schema.required?.includes(name) ? " -required-" : "";
      out += this.#field(name, property, level, required);
      if (this.recursive) out += this.#fields(property, level + 1, next);
    }
    for (const part of schema.allOf ?? []) out += this.#fields(part, level, next);
    if (schema.items) out += this.#fields(schema.items, level, next);
    if (isSchema(schema.additionalProperties)) {
      out += this.#fields(schema.additionalProperties, level, next);
    }
    return out;
  }

  #field(name: string, schema: Schema, level: number, required: string): string {
    const margin = level * 2;
    const line = `${indent(name, margin)}\t<${this.#typeOf(schema)}>${required}` +
      `${shortEnum(schema, margin)}\n`;
    if (this.recursive) return line;
    const text = schema.description || "<no description>";
    const documents = schema.externalDocs
      ? `\n${externalDocs(schema.externalDocs, margin + 2)}`
      : "";
    return `${line}${indent(wrap(text, 78 - margin), margin + 2)}\n${documents}\n`;
  }

  #typeOf(schema: Schema): string {
    if (schema.items) return `[]${this.#typeOf(schema.items)}`;
    if (isSchema(schema.additionalProperties)) {
      return `map[string]${this.#typeOf(schema.additionalProperties)}`;
    }
    if (schema.allOf?.length === 1 && !schema.properties) return this.#typeOf(schema.allOf[0]);
    if (!schema.$ref) return schema.type === "object" ? "Object" : schema.type || "Object";
    const resolved = this.#resolve(schema.$ref);
    if (resolved?.type && resolved.type !== "object") return resolved.type;
    return schema.$ref.split("/").at(-1)?.split(".").at(-1) || "Object";
  }
}

function inOrder(properties: Record<string, Schema> = {}): [string, Schema][] {
  return Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isSchema(value: unknown): value is Schema {
  return value !== null && typeof value === "object";
}

function choice(value: unknown): string {
  return value === "" ? '""' : String(value);
}

function shortEnum({ enum: choices }: Schema, margin: number): string {
  if (!choices?.length) return "";
  const shown = choices.slice(0, ENUM_LIMIT).map(choice).join(", ");
  const more = choices.length > ENUM_LIMIT ? ", ...." : "";
  return `\n${" ".repeat(margin)}enum: ${shown}${more}`;
}

function longEnum({ enum: choices }: Schema): string {
  if (!choices?.length) return "";
  return `ENUM:${choices.map((value: unknown) => `\n    ${choice(value)}`).join("")}`;
}

function externalDocs({ description, url }: ExternalDocs, margin = 0): string {
  const lines = [indent("EXTERNAL DOCS:", margin)];
  if (description) lines.push(indent(wrap(description, 76 - margin), margin + 4));
  if (url) lines.push(indent(`URL: ${url}`, margin + 4));
  return lines.join("\n") + "\n";
}

function indent(text: string, margin: number): string {
  const pad = " ".repeat(margin);
  return pad + text.replaceAll("\n", `\n${pad}`);
}

/**
 * Text in lines of at most `limit` characters, broken at white space only.
 * Source: mitchellh/go-wordwrap wordwrap.go.
 */
export function wrap(text: string, limit: number): string {
  let [out, word, space] = ["", "", ""];
  let current = 0;
  const flush = () => {
    current += length(space) + length(word);
    out += space + word;
    [space, word] = ["", ""];
  };
  for (const character of text) {
    if (character === "\n") {
      if (word !== "" || current + length(space) <= limit) flush();
      space = "";
      out += "\n";
      current = 0;
    } else if (/\s/.test(character) && character !== "\u00a0") {
      if (space === "" || word !== "") flush();
      space += character;
    } else {
      word += character;
      const wordLength = length(word);
      if (current + wordLength + length(space) > limit && wordLength < limit) {
        out += "\n";
        current = 0;
        space = "";
      }
    }
  }
  if (word !== "" || current + length(space) <= limit) out += space + word;
  return out;
}

function length(text: string): number {
  return [...text].length;
}
