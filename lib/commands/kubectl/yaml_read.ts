import { resolveScalar } from "./yaml_resolve.ts";
import { Scanner, type Token, type TokenType, YamlProblem } from "./yaml_scan.ts";

/** YAML that will not parse, in Go-yaml's words: `yaml: line 5: did not find expected key`. */
export class YamlError extends SyntaxError {
  override name = "YamlError";
  /** `line` counts from 1, as the message does; undefined when Go names none. */
  constructor(message: string, readonly line: number | undefined) {
    super(`yaml: ${line === undefined ? "" : `line ${line}: `}${message}`);
  }
}

/**
 * The value of the first document of a YAML text, as JSON data; null for an empty one.
 * Errors: YamlError. Source: sigs.k8s.io/yaml yaml.go, go.yaml.in/yaml/v2 parserc.go, decode.go.
 */
export function fromYaml(text: string): unknown {
  try {
    return new Composer(new Scanner(text)).document();
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new YamlError(error.message, error.line === 0 ? undefined : error.line);
  }
}

/** How deep values may be nested, and how many an alias may multiply into. */
const MAX_DEPTH = 10_000;
const MAX_ALIASED_NODES = 1_000_000;

interface Node {
  value: unknown;
  /** Whether a mapping's key was a plain `<<`. */
  isMerge?: boolean;
}

class Composer {
  readonly #anchors = new Map<string, unknown>();
  #depth = 0;
  #aliased = 0;

  constructor(readonly scanner: Scanner) {}

  document(): unknown {
    while (this.#is("directive")) this.scanner.next();
    if (this.#is("document start")) this.scanner.next();
    if (this.#is("stream end", "document end", "document start")) return null;
    const { value } = this.#node(true, false);
    if (!this.#is("stream end", "document end", "document start", "directive")) {
      this.#fail("did not find expected <document start>", this.scanner.peek());
    }
    return value;
  }

  #is(...types: TokenType[]): boolean {
    return types.includes(this.scanner.peek().type);
  }

  #fail(message: string, token: Token): never {
    throw new YamlProblem(message, token.start.line);
  }

  #node(block: boolean, indentless: boolean): Node {
    if (this.#is("alias")) return { value: this.#alias(this.scanner.next()) };
    let anchor: string | undefined, tag: string | undefined;
    for (let i = 0; i < 2 && this.#is("anchor", "tag"); i++) {
      const token = this.scanner.next();
      if (token.type === "anchor") anchor = token.value;
      else tag = token.value;
    }
    if (++this.#depth > MAX_DEPTH) {
      throw new YamlProblem(`exceeded max depth of ${MAX_DEPTH}`, 0);
    }
    const node = this.#content(block, indentless, tag, anchor);
    this.#depth--;
    if (anchor !== undefined) this.#anchors.set(anchor, node.value);
    return node;
  }

  #alias({ value: name = "" }: Token): unknown {
    if (!this.#anchors.has(name)) throw new YamlProblem(`unknown anchor '${name}' referenced`, 0);
    const value = this.#anchors.get(name);
    this.#aliased += countNodes(value);
    if (this.#aliased > MAX_ALIASED_NODES) {
      throw new YamlProblem("document contains excessive aliasing", 0);
    }
    return structuredClone(value);
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
    return { value: resolveScalar(value, plain ?? false, tag) };
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
      if (this.#is("value")) {
        this.scanner.next();
        if (!empty()) value = this.#node(true, true).value;
      }
      put(map, key, value);
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
      put(single, key, this.#flowValue("]"));
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
        put(map, key, this.#flowValue("}"));
      } else put(map, this.#node(false, false), null);
    }
    this.scanner.next();
    return map;
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
      key.value === null ? "unsupported map key of type: <nil>" : "invalid map key",
      0,
    );
  }
  const name = String(key.value);
  Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
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

function countNodes(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + countNodes(each), 1);
}
