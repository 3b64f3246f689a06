import { quote, sortedKeys } from "./text.ts";
import { resolveScalar } from "./_yaml_resolve.ts";
import { MAX_DEPTH } from "./json.ts";
import { Scanner, type Token, type TokenType, TOO_DEEP, YamlProblem } from "./_yaml_scan.ts";

/** YAML that will not parse, in Go-yaml's words: `yaml: line 5: did not find expected key`. */
export class YamlError extends SyntaxError {
  override name = "YamlError";
  /** `line` counts from 1, as the message does; undefined when Go names none. */
  constructor(message: string, readonly line: number | undefined) {
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
  try {
    return new Composer(new Scanner(text), duplicates).document();
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new YamlError(error.message, error.line === 0 ? undefined : error.line);
  }
}

/** Up to how many nodes 99 in a hundred may come from aliases, and from how many on one in ten. */
const FEW_NODES = 400_000;
const MANY_NODES = 4_000_000;

interface Node {
  value: unknown;
  /** Whether a mapping's key was a plain `<<`. */
  isMerge?: boolean;
}

class Composer {
  readonly #anchors = new Map<string, unknown>();
  #depth = 0;
  /** How many nodes there are, and how many of them come from aliases. */
  #decoded = 0;
  #aliased = 0;
  /** A mistake in what the text means: reported only when the whole of it could be parsed. */
  #late: YamlProblem | undefined;

  constructor(readonly scanner: Scanner, readonly duplicates: string[]) {}

  document(): unknown {
    while (this.#is("directive")) this.scanner.next();
    if (this.#is("document start")) {
      this.scanner.next();
      if (this.#is("directive", "document start", "document end")) return null;
    }
    if (this.#is("stream end")) return null;
    const { value } = this.#node(true, false);
    // What follows the first document is never read, except for its first token.
    this.scanner.peek();
    if (this.#late) throw this.#late;
    return value;
  }

  #is(...types: TokenType[]): boolean {
    return types.includes(this.scanner.peek().type);
  }

  #fail(message: string, token: Token): never {
    throw new YamlProblem(message, token.start.line);
  }

  #node(block: boolean, indentless: boolean): Node {
    this.#decoded++;
    if (this.#is("alias")) return { value: this.#alias(this.scanner.next()) };
    let anchor: string | undefined, tag: string | undefined;
    while ((anchor === undefined && this.#is("anchor")) || (tag === undefined && this.#is("tag"))) {
      const token = this.scanner.next();
      if (token.type === "anchor") anchor = token.value;
      else tag = token.value;
    }
    // A scalar in the innermost collection is one level more.
    if (++this.#depth > MAX_DEPTH + 1) throw new YamlProblem(TOO_DEEP, 0);
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const node = this.#content(block, indentless, tag, anchor);
    this.#depth--;
    if (anchor !== undefined) this.#anchors.set(anchor, node.value ?? null);
    return node;
  }

  #alias({ value: name = "" }: Token): unknown {
    if (!this.#anchors.has(name)) throw new YamlProblem(`unknown anchor '${name}' referenced`, 0);
    return this.#later(() => this.#copy(name));
  }

  /** A copy of what an anchor stands for: undefined inside of itself. */
  #copy(name: string): unknown {
    const value = this.#anchors.get(name);
    if (value === undefined) throw new YamlProblem(`anchor '${name}' value contains itself`, 0);
    const { nodes, depth } = sizeOf(value);
    if (this.#depth + depth > MAX_DEPTH) throw new YamlProblem(TOO_DEEP, 0);
    this.#decoded += nodes;
    this.#aliased += nodes;
    if (this.#isExcessive()) throw new YamlProblem("document contains excessive aliasing", 0);
    return structuredClone(value);
  }

  /** Source: go.yaml.in/yaml/v2 decode.go (allowedAliasRatio). */
  #isExcessive(): boolean {
    const share = (this.#decoded - FEW_NODES) / (MANY_NODES - FEW_NODES);
    const allowed = 0.99 - 0.89 * Math.min(Math.max(share, 0), 1);
    return this.#aliased > 100 && this.#decoded > 1000 && this.#aliased / this.#decoded > allowed;
  }

  #content(
    block: boolean,
    indentless: boolean,
    tag: string | undefined,
    anchor: string | undefined,
  ): Node {
    const token = this.scanner.peek();
    if (indentless && token.type === "entry") return { value: this.#sequence(true) };
    switch (token.type) {
      case "scalar":
        this.scanner.next();
        return this.#scalar(token, tag);
      case "[":
        return { value: this.#flowSequence() };
      case "{":
        return { value: this.#flowMapping() };
      case "block sequence":
        if (block) {
          this.scanner.next();
          return { value: this.#sequence(false) };
        }
        break;
      case "block mapping":
        if (block) return { value: this.#mapping() };
    }
    if (anchor !== undefined || tag !== undefined) {
      return this.#scalar({ type: "scalar", start: token.start, value: "", plain: true }, tag);
    }
    this.#fail("did not find expected node content", token);
  }

  #scalar({ value = "", plain }: Token, tag: string | undefined): Node {
    if (plain && value === "<<" && (tag === undefined || tag === "!!merge")) {
      return { value, isMerge: true };
    }
    return { value: this.#later(() => resolveScalar(value, plain ?? false, tag)) };
  }

  #later<T>(read: () => T): T | undefined {
    if (this.#late) return undefined;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof YamlProblem)) throw error;
      this.#late ??= error;
      return undefined;
    }
  }

  #sequence(indentless: boolean): unknown[] {
    const items: unknown[] = [];
    const ends: TokenType[] = indentless
      ? ["entry", "key", "value", "block end"]
      : ["entry", "block end"];
    while (this.#is("entry")) {
      this.scanner.next();
      items.push(this.#is(...ends) ? null : this.#node(true, false).value);
    }
    if (indentless) return items;
    if (!this.#is("block end")) {
      this.#fail("did not find expected '-' indicator", this.scanner.peek());
    }
    this.scanner.next();
    return items;
  }

  #mapping(): unknown {
    this.scanner.next();
    const map: Record<string, unknown> = {};
    const empty = () => this.#is("key", "value", "block end");
    for (;;) {
      if (this.#is("block end")) {
        this.scanner.next();
        return map;
      }
      if (!this.#is("key")) {
        this.#fail("did not find expected key", this.scanner.peek());
      }
      this.scanner.next();
      const key: Node = empty() ? { value: null } : this.#node(true, true);
      let value: unknown = null;
      let { line } = this.scanner.peek().start;
      if (this.#is("value")) {
        this.scanner.next();
        line = this.scanner.peek().start.line;
        if (!empty()) value = this.#node(true, true).value;
      }
      this.#put(map, key, value, line);
    }
  }

  #flowSequence(): unknown[] {
    this.scanner.next();
    const items: unknown[] = [];
    for (let first = true; !this.#is("]"); first = false) {
      if (!first) {
        if (!this.#is(",")) this.#fail("did not find expected ',' or ']'", this.scanner.peek());
        this.scanner.next();
        if (this.#is("]")) break;
      }
      if (!this.#is("key")) {
        items.push(this.#node(false, false).value);
        continue;
      }
      // `[a: b]` is a sequence of one mapping of one key.
      this.scanner.next();
      const single: Record<string, unknown> = {};
      const key: Node = this.#is("value", ",", "]") ? { value: null } : this.#node(false, false);
      this.#put(single, key, this.#flowValue("]"), 0);
      items.push(single);
    }
    this.scanner.next();
    return items;
  }

  #flowMapping(): unknown {
    this.scanner.next();
    const map: Record<string, unknown> = {};
    for (let first = true; !this.#is("}"); first = false) {
      if (!first) {
        if (!this.#is(",")) this.#fail("did not find expected ',' or '}'", this.scanner.peek());
        this.scanner.next();
        if (this.#is("}")) break;
      }
      if (this.#is("key")) {
        this.scanner.next();
        const key: Node = this.#is("value", ",", "}") ? { value: null } : this.#node(false, false);
        const { line } = this.scanner.peek().start;
        this.#put(map, key, this.#flowValue("}"), line);
      } else this.#put(map, this.#node(false, false), null, this.scanner.peek().start.line);
    }
    this.scanner.next();
    return map;
  }

  /** `line`, from 0, is the value's. */
  #put(map: Record<string, unknown>, key: Node, value: unknown, line: number): void {
    if (!key.isMerge && Object.hasOwn(map, String(key.value))) {
      this.duplicates.push(`line ${line + 1}: key ${goValue(key.value)} already set in map`);
    }
    this.#later(() => put(map, key, value));
  }

  #flowValue(end: "]" | "}"): unknown {
    if (!this.#is("value")) return null;
    this.scanner.next();
    return this.#is(",", end) ? null : this.#node(false, false).value;
  }
}

function put(map: Record<string, unknown>, key: Node, value: unknown): void {
  if (key.isMerge) return merge(map, value);
  if (typeof key.value === "object") {
    throw new YamlProblem(
      key.value === null
        ? `unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goValue(value)}`
        : `invalid map key: ${goValue(key.value)}`,
      0,
    );
  }
  const name = String(key.value);
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
  const fields = sortedKeys(value).map((key) => `${quote(key)}:${inner((value as any)[key])}`);
  return `map[interface {}]interface {}{${fields.join(", ")}}`;
}

function merge(map: Record<string, unknown>, value: unknown): void {
  const sources = Array.isArray(value) ? value.toReversed() : [value];
  for (const source of sources) {
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      throw new YamlProblem("map merge requires map or sequence of maps as the value", 0);
    }
    Object.assign(map, source);
  }
}

/** How many nodes a value is made of, keys among them, and how deep it is nested. */
function sizeOf(value: unknown): { nodes: number; depth: number } {
  if (typeof value !== "object" || value === null) return { nodes: 1, depth: 1 };
  let nodes = 1, depth = 0;
  const keys = Array.isArray(value) ? 0 : 1;
  for (const each of Object.values(value)) {
    const inner = sizeOf(each);
    nodes += inner.nodes + keys;
    depth = Math.max(depth, inner.depth);
  }
  return { nodes, depth: depth + 1 };
}
