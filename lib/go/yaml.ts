import {
  Composer,
  isMerge,
  meaningless,
  mergedBy,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from "./_yaml_nodes.ts";
import { causeOf, type YamlCause } from "./_yaml_cause.ts";
import { Scanner, YamlProblem } from "./_yaml_scan.ts";
import { own } from "./maps.ts";
import { quote } from "./quote.ts";
import { sortedKeys } from "./text.ts";

/*
 * The one YAML module of `lib/`: it fills the role of @std/yaml or npm's yaml, by hand because a learner is to meet
 * go-yaml's own words and lines. Nothing in `lib/` rewrites a document with its comments, which a package would do.
 */

export type { YamlCause, YamlFault } from "./_yaml_cause.ts";
export type { YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from "./_yaml_nodes.ts";

/** Which go-yaml reads: v2 (also under sigs.k8s.io/yaml) or v3. They name other lines for the same mistake. */
export type YamlVersion = "v2" | "v3";

/** YAML that will not parse, in Go-yaml's words: `yaml: line 5: did not find expected key`. */
export class YamlError extends SyntaxError {
  override name = "YamlError";
  /** `line` counts from 1, as the message does; undefined when Go names none. */
  constructor(
    message: string,
    readonly line: number | undefined,
    override readonly cause: YamlCause | undefined,
  ) {
    const prefix = message.startsWith("unsupported map key") ? "" : "yaml: ";
    super(`${prefix}${line === undefined ? "" : `line ${line}: `}${message}`);
  }
}

/**
 * The value of the first document of a YAML text, as JSON data; null for an empty one.
 * Errors: YamlError. Source: sigs.k8s.io/yaml yaml.go, go.yaml.in/yaml/v2 parserc.go, decode.go.
 * @param duplicates is given what Go's strict reader says of keys that come twice: `line 5: key "a" already set in map`.
 */
export function fromYaml(text: string, duplicates: string[] = []): unknown {
  return worded(text, "v2", (root) => root ? valueOf(root, duplicates) : null);
}

/** The first document of a YAML text, with the places of its parts; undefined for an empty one. Errors: YamlError. */
export function parseYaml(text: string, version: YamlVersion = "v2"): YamlNode | undefined {
  return worded(text, version, (root) => root);
}

function worded<T>(
  text: string,
  version: YamlVersion,
  read: (root: YamlNode | undefined) => T,
): T {
  let scanner: Scanner | undefined;
  try {
    scanner = new Scanner(text, version === "v3" ? 2 : 0);
    return read(new Composer(scanner).document());
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const cause = causeOf(error, text.replace(/^\ufeff/, ""), scanner);
    throw new YamlError(error.message, lineOf(error, version), cause);
  }
}

/** Source: go.yaml.in/yaml/v2 and v3, decode.go (parser.fail). */
function lineOf({ told, at, from }: YamlProblem, version: YamlVersion): number | undefined {
  if (told === "nowhere") return undefined;
  const marks = version === "v2" ? [at, from] : [from, at];
  const line = marks.find((mark) => mark !== undefined && mark.line > 0)?.line;
  return line === undefined ? undefined : told === "scanner" ? line + 1 : line;
}

/** What a map holds, the maps that it merges (`<<`) in their places. */
export function* yamlEntries(map: YamlMap): Generator<YamlEntry & { isMerged: boolean }> {
  for (const { key, value } of map.entries) {
    if (!isMerge(key)) yield { key, value, isMerged: false };
    else {
      for (const source of mergedBy(value) as YamlMap[]) {
        for (const entry of yamlEntries(source)) yield { ...entry, isMerged: true };
      }
    }
  }
}

/** A node as JSON data. Errors: YamlProblem for what JSON does not know. */
function valueOf(node: YamlNode, duplicates: string[]): unknown {
  if (node.kind === "list") return node.items.map((item) => valueOf(item, duplicates));
  if (node.kind === "map") return mapOf(node, duplicates);
  const { value } = node;
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw meaningless(`json: unsupported value: ${Number.isNaN(value) ? "NaN" : "+Inf"}`, node);
}

function mapOf(node: YamlMap, duplicates: string[]): unknown {
  const map: Record<string, unknown> = {};
  for (const { key, value } of node.entries) {
    if (isMerge(key)) {
      for (const source of mergedBy(value) as YamlMap[]) Object.assign(map, mapOf(source, []));
      continue;
    }
    const name = valueOf(key, duplicates);
    if (typeof name === "object" && name !== null) {
      throw meaningless(`invalid map key: ${goValue(name)}`, key);
    }
    if (Object.hasOwn(map, String(name))) {
      duplicates.push(`line ${value.line}: key ${goValue(name)} already set in map`);
    }
    const item = valueOf(value, duplicates);
    if (name === null) {
      throw meaningless(
        `unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goValue(item)}`,
        key,
      );
    }
    put(map, String(name), item);
  }
  return map;
}

function put(map: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") map[name] = value;
  else {
    const own = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(map, name, own);
  }
}

/** A value as Go's `%#v` prints what its YAML reader made of it. */
function goValue(value: unknown): string {
  if (value === null) return "<nil>";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value);
  const inner = (each: unknown) => each === null ? "interface {}(nil)" : goValue(each);
  if (Array.isArray(value)) return `[]interface {}{${value.map(inner).join(", ")}}`;
  const fields = sortedKeys(value).map((key) => `${quote(key)}:${inner(own(value, key))}`);
  return `map[interface {}]interface {}{${fields.join(", ")}}`;
}
