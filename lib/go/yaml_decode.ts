import { quote } from "./quote.ts";
import {
  yamlEntries,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
  type YamlVersion,
} from "./yaml.ts";

/**
 * What a Go type holds. `go` is its name in messages; a map's or list's names the whole, as in `[]config.Rule`.
 * `read` is a type that reads itself from a text: what it throws ends the reading.
 */
export type YamlType =
  | "string"
  | "bool"
  | "int"
  | "int32"
  | "uint"
  | "uint64"
  | "any"
  | { go: string; read: (text: string) => void }
  | { go: string; list: YamlType }
  | { go: string; map: YamlType }
  | YamlStruct;

/** A mapping whose fields are known. */
export interface YamlStruct {
  go: string;
  fields: Readonly<Record<string, YamlType>>;
  /** Whether fields that it does not know are left out, and not refused. */
  isOpen?: boolean;
}

/** The plain data that a Go type takes; what does not fit is left out, so any part may be missing. */
export type Decoded<Type extends YamlType> = Type extends "string" ? string
  : Type extends "bool" ? boolean
  : Type extends "int" | "int32" | "uint" | "uint64" ? number
  : Type extends { read: (text: string) => void } ? string
  : Type extends { list: infer Item extends YamlType } ? (Decoded<Item> | undefined)[]
  : Type extends { map: infer Value extends YamlType } ? Record<string, Decoded<Value> | undefined>
  : Type extends { fields: infer Fields extends Readonly<Record<string, YamlType>> }
    ? { [Name in keyof Fields]?: Decoded<Fields[Name]> | undefined }
  : unknown;

/**
 * A node as a Go type takes it, in plain data: fields that are not there or do not fit are left out, texts are as they
 * were written.
 * Source: go.yaml.in/yaml/v2 decode.go (mappingStruct, mapping, scalar, terror); v3's for keys that come twice.
 * @param problems is given what does not fit, unknown fields, and fields given twice, as Go's strict reader tells it.
 */
export function decodeYaml<const Type extends YamlType>(
  node: YamlNode | undefined,
  type: Type,
  problems: string[],
  version: YamlVersion = "v2",
): Decoded<Type> | undefined {
  return node && new Decoder(problems, version).decode(node, type) as Decoded<Type> | undefined;
}

/** What Go's decoder says of problems, all in one. */
export function unmarshalErrors(problems: readonly string[]): string {
  return `yaml: unmarshal errors:\n  ${problems.join("\n  ")}`;
}

class Decoder {
  constructor(readonly problems: string[], readonly version: YamlVersion) {}

  /** The value; undefined for null and for what does not fit. */
  decode(node: YamlNode, type: YamlType): unknown {
    if (node.kind === "scalar" && node.tag === "!!null") return undefined;
    if (type === "any") return this.#any(node);
    if (node.kind === "scalar") return this.#scalar(node, type);
    if (node.kind === "list") {
      if (typeof type === "string" || !("list" in type)) return this.#refuse(node, type);
      return node.items.map((item) => this.decode(item, type.list));
    }
    if (this.version === "v3" && this.#hasTwins(node)) return undefined;
    if (typeof type === "object" && "fields" in type) return this.#struct(node, type);
    if (typeof type === "object" && "map" in type) return this.#map(node, type.map);
    return this.#refuse(node, type);
  }

  #refuse(node: YamlNode, type: YamlType): undefined {
    const into = typeof type === "string" ? type : type.go;
    this.problems.push(`line ${node.line}: cannot unmarshal ${tagged(node)} into ${into}`);
  }

  #scalar(node: YamlScalar, type: YamlType): unknown {
    const { text, tag, value } = node;
    const own = tag === "!!binary" ? String(value) : text;
    switch (type) {
      case "string":
        return own;
      case "bool":
        return typeof value === "boolean" ? value : this.#refuse(node, type);
      case "int32":
        if (Math.abs(Number(value)) >= 2 ** 31) return this.#refuse(node, type);
        // falls through
      case "int":
        return typeof value === "number" ? Math.trunc(value) : this.#refuse(node, type);
      case "uint":
      case "uint64":
        return typeof value === "number" && value >= 0
          ? Math.trunc(value)
          : this.#refuse(node, type);
    }
    if (typeof type === "string" || !("read" in type)) return this.#refuse(node, type);
    type.read(own);
    return own;
  }

  #struct(node: YamlMap, type: YamlStruct): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const { key, value, isMerged } of yamlEntries(node)) {
      const name = this.decode(key, "string");
      if (typeof name !== "string") continue;
      if (!Object.hasOwn(type.fields, name)) {
        if (type.isOpen) continue;
        this.problems.push(`line ${key.line}: field ${name} not found in type ${type.go}`);
      } else if (!isMerged && seen.has(name)) {
        this.problems.push(`line ${key.line}: field ${name} already set in type ${type.go}`);
      } else {
        found[name] = this.decode(value, type.fields[name]);
        if (!isMerged) seen.add(name);
      }
    }
    return found;
  }

  #map(node: YamlMap, type: YamlType): Record<string, unknown> {
    const found = Object.create(null);
    for (const { key, value, isMerged } of yamlEntries(node)) {
      const name = this.decode(key, "string") as string | undefined;
      if (name === undefined) continue;
      const item = this.decode(value, type);
      if (!isMerged && name in found) {
        this.problems.push(`line ${value.line}: key ${quote(name)} already set in map`);
      } else found[name] = item;
    }
    return { ...found };
  }

  #any(node: YamlNode): unknown {
    if (node.kind === "scalar") return node.value;
    if (node.kind === "list") return node.items.map((item) => this.decode(item, "any") ?? null);
    return this.version === "v3" && this.#hasTwins(node) ? undefined : this.#map(node, "any");
  }

  /** Source: go.yaml.in/yaml/v3 decode.go (mapping, uniqueKeys). */
  #hasTwins(node: YamlMap): boolean {
    const lines = new Map<string, number>();
    const before = this.problems.length;
    for (const { key } of node.entries) {
      if (key.kind !== "scalar") continue;
      const first = lines.get(key.text);
      if (first === undefined) lines.set(key.text, key.line);
      else {
        const twin = `mapping key ${quote(key.text)} already defined at line ${first}`;
        this.problems.push(`line ${key.line}: ${twin}`);
      }
    }
    return this.problems.length > before;
  }
}

/** A value with its YAML tag, as an error shows it. */
function tagged(node: YamlNode): string {
  if (node.kind === "list") return "!!seq";
  if (node.kind === "map") return "!!map";
  const { tag, text } = node;
  return `${tag} \`${text.length > 10 ? `${text.slice(0, 7)}...` : text}\``;
}
