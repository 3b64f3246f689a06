import { resolveScalar } from "./_yaml_resolve.ts";
import { MAX_DEPTH } from "./json.ts";
import {
  type Mark,
  type Scanner,
  type Token,
  type TokenType,
  TOO_DEEP,
  YamlProblem,
} from "./_yaml_scan.ts";

/** A part of a YAML document, and where it begins; lines and columns count from 1. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

interface Place {
  line: number;
  column: number;
}

export interface YamlScalar extends Place {
  kind: "scalar";
  /** As written, without quotes and escapes. */
  text: string;
  /** By YAML 1.1, short: `!!int`. */
  tag: string;
  value: string | number | boolean | null;
}

export interface YamlList extends Place {
  kind: "list";
  items: readonly YamlNode[];
}

export interface YamlMap extends Place {
  kind: "map";
  /** In the order of the text, those that stand there twice and merge keys (`<<`) included. */
  entries: readonly YamlEntry[];
}

export interface YamlEntry {
  key: YamlNode;
  value: YamlNode;
}

/** Up to how many nodes 99 in a hundred may come from aliases, and from how many on one in ten. */
const FEW_NODES = 400_000;
const MANY_NODES = 4_000_000;

/** A problem with what a node means: Go's decoder names no line for it. */
export function meaningless(message: string, { line, column }: Place): YamlProblem {
  return new YamlProblem(message, "nowhere", { index: 0, line: line - 1, column: column - 1 });
}

/**
 * Makes nodes of tokens; an alias is the very node that it names.
 * Source: go.yaml.in/yaml/v2 parserc.go, decode.go (parser).
 */
export class Composer {
  /** What is named; undefined as long as it is being read. */
  readonly #anchors = new Map<string, YamlNode | undefined>();
  readonly #sizes = new WeakMap<YamlNode, Size>();
  #depth = 0;
  /** How many nodes there are, and how many of them come from aliases. */
  #decoded = 0;
  #aliased = 0;
  /** A mistake in what the text means: reported only when the whole of it could be parsed. */
  #late: YamlProblem | undefined;

  constructor(readonly scanner: Scanner) {}

  /** The first document; undefined for none. Errors: YamlProblem. */
  document(): YamlNode | undefined {
    while (this.#is("directive")) this.scanner.next();
    if (this.#is("document start")) {
      this.scanner.next();
      if (this.#is("directive", "document start", "document end")) return undefined;
    }
    if (this.#is("stream end")) return undefined;
    const node = this.#node(true, false);
    // What follows the first document is never read, except for its first token.
    this.scanner.peek();
    if (this.#late) throw this.#late;
    return node;
  }

  #is(...types: TokenType[]): boolean {
    return types.includes(this.scanner.peek().type);
  }

  #fail(message: string, from: Mark): never {
    throw new YamlProblem(message, "parser", this.scanner.peek().start, from);
  }

  #node(block: boolean, indentless: boolean): YamlNode {
    this.#decoded++;
    if (this.#is("alias")) return this.#alias(this.scanner.next());
    const { start } = this.scanner.peek();
    let anchor: string | undefined, tag: string | undefined;
    while ((anchor === undefined && this.#is("anchor")) || (tag === undefined && this.#is("tag"))) {
      const token = this.scanner.next();
      if (token.type === "anchor") anchor = token.value;
      else tag = token.value;
    }
    // A scalar in the innermost collection is one level more.
    if (++this.#depth > MAX_DEPTH + 1) throw new YamlProblem(TOO_DEEP, "nowhere", start);
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const isEmpty = anchor !== undefined || tag !== undefined;
    const node = this.#content(block, indentless, start, { tag, isEmpty });
    this.#depth--;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  /** Where an alias may not stand, nothing stands. */
  #alias({ value: name = "", start }: Token): YamlNode {
    if (!this.#anchors.has(name)) {
      throw new YamlProblem(`unknown anchor '${name}' referenced`, "nowhere", start);
    }
    const node = this.#anchors.get(name);
    const wrong = node === undefined
      ? `anchor '${name}' value contains itself`
      : this.#whyNotAgain(node);
    if (wrong === undefined) return node!;
    this.#late ??= new YamlProblem(wrong, "nowhere", start);
    return nothing(start);
  }

  #whyNotAgain(node: YamlNode): string | undefined {
    const { nodes, depth } = this.#sizeOf(node);
    if (this.#depth + depth > MAX_DEPTH) return TOO_DEEP;
    this.#decoded += nodes;
    this.#aliased += nodes;
    return this.#isExcessive() ? "document contains excessive aliasing" : undefined;
  }

  /** Source: go.yaml.in/yaml/v2 decode.go (allowedAliasRatio). */
  #isExcessive(): boolean {
    const share = (this.#decoded - FEW_NODES) / (MANY_NODES - FEW_NODES);
    const allowed = 0.99 - 0.89 * Math.min(Math.max(share, 0), 1);
    return this.#aliased > 100 && this.#decoded > 1000 && this.#aliased / this.#decoded > allowed;
  }

  #sizeOf(node: YamlNode): Size {
    if (node.kind === "scalar") return { nodes: 1, depth: 1 };
    const known = this.#sizes.get(node);
    if (known) return known;
    const parts = node.kind === "list"
      ? node.items
      : node.entries.flatMap(({ key, value }) => [key, value]);
    let nodes = 1, depth = 0;
    for (const part of parts) {
      const inner = this.#sizeOf(part);
      nodes += inner.nodes;
      depth = Math.max(depth, inner.depth);
    }
    const size = { nodes, depth: depth + 1 };
    this.#sizes.set(node, size);
    return size;
  }

  #content(
    block: boolean,
    indentless: boolean,
    start: Mark,
    { tag, isEmpty }: { tag: string | undefined; isEmpty: boolean },
  ): YamlNode {
    const token = this.scanner.peek();
    if (indentless && token.type === "entry") return this.#sequence(start, true);
    switch (token.type) {
      case "scalar":
        this.scanner.next();
        return this.#scalar(token, start, tag);
      case "[":
        return this.#flowSequence(start);
      case "{":
        return this.#flowMapping(start);
      case "block sequence":
        if (block) {
          this.scanner.next();
          return this.#sequence(start, false);
        }
        break;
      case "block mapping":
        if (block) return this.#mapping(start);
    }
    if (isEmpty) {
      return this.#scalar({ type: "scalar", start, value: "", plain: true }, start, tag);
    }
    this.#fail("did not find expected node content", start);
  }

  #scalar({ value: text = "", plain }: Token, start: Mark, tag: string | undefined): YamlScalar {
    const { line, column } = start;
    try {
      const { tag: found, value } = resolveScalar(text, plain ?? false, tag);
      return { kind: "scalar", line: line + 1, column: column + 1, text, tag: found, value };
    } catch (error) {
      if (!(error instanceof YamlProblem)) throw error;
      this.#late ??= new YamlProblem(error.message, "nowhere", start);
      return nothing(start);
    }
  }

  #sequence(start: Mark, indentless: boolean): YamlList {
    const { start: from } = this.scanner.peek();
    const items: YamlNode[] = [];
    const ends: TokenType[] = indentless
      ? ["entry", "key", "value", "block end"]
      : ["entry", "block end"];
    while (this.#is("entry")) {
      const sign = this.scanner.next();
      items.push(this.#is(...ends) ? nothing(afterSign(sign)) : this.#node(true, false));
    }
    if (!indentless) {
      if (!this.#is("block end")) this.#fail("did not find expected '-' indicator", from);
      this.scanner.next();
    }
    return listAt(start, items);
  }

  #mapping(start: Mark): YamlMap {
    const { start: from } = this.scanner.next();
    const entries: YamlEntry[] = [];
    const nodeAfter = (sign: Token) =>
      this.#is("key", "value", "block end") ? nothing(afterSign(sign)) : this.#node(true, true);
    while (!this.#is("block end")) {
      if (!this.#is("key")) this.#fail("did not find expected key", from);
      const key = nodeAfter(this.scanner.next());
      const value = this.#is("value")
        ? nodeAfter(this.scanner.next())
        : nothing(this.scanner.peek().start);
      entries.push(this.#entry(key, value));
    }
    this.scanner.next();
    return mapAt(start, entries);
  }

  /** Takes the comma between what stands in brackets; false at their end. */
  #another(end: "]" | "}", isFirst: boolean, from: Mark): boolean {
    if (this.#is(end)) return false;
    if (isFirst) return true;
    if (!this.#is(",")) this.#fail(`did not find expected ',' or '${end}'`, from);
    this.scanner.next();
    return !this.#is(end);
  }

  #flowSequence(start: Mark): YamlList {
    const { start: from } = this.scanner.next();
    const items: YamlNode[] = [];
    while (this.#another("]", items.length === 0, from)) {
      if (!this.#is("key")) items.push(this.#node(false, false));
      else {
        // `[a: b]` is a sequence of one mapping of one key.
        const sign = this.scanner.next();
        items.push(mapAt(sign.start, [this.#flowEntry("]")]));
      }
    }
    this.scanner.next();
    return listAt(start, items);
  }

  #flowMapping(start: Mark): YamlMap {
    const { start: from } = this.scanner.next();
    const entries: YamlEntry[] = [];
    while (this.#another("}", entries.length === 0, from)) {
      if (this.#is("key")) {
        this.scanner.next();
        entries.push(this.#flowEntry("}"));
      } else {
        const key = this.#node(false, false);
        entries.push(this.#entry(key, nothing(this.scanner.peek().start)));
      }
    }
    this.scanner.next();
    return mapAt(start, entries);
  }

  #flowEntry(end: "]" | "}"): YamlEntry {
    const node = (...ends: TokenType[]) =>
      this.#is(...ends) ? nothing(this.scanner.peek().start) : this.#node(false, false);
    const key = node("value", ",", end);
    if (!this.#is("value")) return this.#entry(key, nothing(this.scanner.peek().start));
    this.scanner.next();
    return this.#entry(key, node(",", end));
  }

  /** What is merged are maps. Source: go.yaml.in/yaml/v2 decode.go (merge). */
  #entry(key: YamlNode, value: YamlNode): YamlEntry {
    if (isMerge(key) && mergedBy(value).some(({ kind }) => kind !== "map")) {
      this.#late ??= meaningless("map merge requires map or sequence of maps as the value", value);
    }
    return { key, value };
  }
}

export function isMerge(key: YamlNode): boolean {
  return key.kind === "scalar" && key.tag === "!!merge";
}

/** What a merge key stands for; of several the first counts most, so that it comes last. */
export function mergedBy(value: YamlNode): readonly YamlNode[] {
  return value.kind === "list" ? value.items.toReversed() : [value];
}

/** How many nodes there are in one, keys among them, and how deep it is nested. */
interface Size {
  nodes: number;
  depth: number;
}

function listAt({ line, column }: Mark, items: YamlNode[]): YamlList {
  return { kind: "list", line: line + 1, column: column + 1, items };
}

function mapAt({ line, column }: Mark, entries: YamlEntry[]): YamlMap {
  return { kind: "map", line: line + 1, column: column + 1, entries };
}

function nothing({ line, column }: Mark): YamlScalar {
  return {
    kind: "scalar",
    line: line + 1,
    column: column + 1,
    text: "",
    tag: "!!null",
    value: null,
  };
}

/** Where what follows a `-`, `?` or `:` begins when nothing follows. */
function afterSign({ start }: Token): Mark {
  return { ...start, column: start.column + 1 };
}
