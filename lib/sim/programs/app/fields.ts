import { nearestWord } from "../../../base/mod.ts";
import { parseYaml, quote, YamlError, type YamlMap, type YamlNode } from "../../../go/mod.ts";
import { amountOf, type Measure, MeasureError, type MeasureKind, measureOf } from "./measures.ts";
import { namesIn } from "./texts.ts";

/** Reads the parts of a configuration, and gathers what is wrong with it, each with its line and place. */
export class Fields {
  readonly #found: { line: number; text: string }[] = [];

  constructor(private readonly file: string) {}

  /** What is wrong, in the order of the text. */
  get problems(): string[] {
    return this.#found.sort((a, b) => a.line - b.line).map(({ text }) => text);
  }

  /** The text as YAML; undefined when it is none, or empty. */
  parse(text: string): YamlNode | undefined {
    try {
      return parseYaml(text);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      this.#found.push({ line: error.line ?? 0, text: `${this.file}: ${error.message}` });
      return undefined;
    }
  }

  problem(node: YamlNode, place: string, what: string): undefined {
    const { line } = node;
    this.#found.push({ line, text: `${this.file}:${line}: ${place && `${place}: `}${what}` });
  }

  /** A map's entries, each key once. */
  entries(node: YamlNode, place: string, of: string): [string, YamlNode][] {
    if (node.kind === "scalar" && node.value === null) return [];
    if (node.kind !== "map") {
      this.problem(node, place, `must be a map of ${of}, not ${shapeOf(node)}`);
      return [];
    }
    const seen = new Map<string, YamlNode>();
    for (const { key, value } of (node as YamlMap).entries) {
      const name = key.kind === "scalar" ? key.text : undefined;
      if (name === undefined) this.problem(key, place, "a key must be a word");
      else if (seen.has(name)) this.problem(key, joined(place, name), "stands here twice");
      else seen.set(name, value);
    }
    return [...seen];
  }

  /** A map with known keys: what is there by key. */
  known(node: YamlNode, place: string, keys: readonly string[]): Map<string, YamlNode> {
    const out = new Map<string, YamlNode>();
    for (const [name, value] of this.entries(node, place, `keys (${keys.join(", ")})`)) {
      if (keys.includes(name)) out.set(name, value);
      else this.problem(value, joined(place, name), `is not known here${meant(name, keys)}`);
    }
    return out;
  }

  list(node: YamlNode, place: string, of: string): readonly YamlNode[] {
    if (node.kind === "list") return node.items;
    this.problem(node, place, `must be a list of ${of}, not ${shapeOf(node)}`);
    return [];
  }

  text(node: YamlNode | undefined, place: string): string | undefined {
    if (!node) return undefined;
    if (node.kind === "scalar") return node.text;
    return this.problem(node, place, `must be a text, not ${shapeOf(node)}`);
  }

  /** A text with names of `names` alone in it. */
  named(
    node: YamlNode | undefined,
    place: string,
    names: readonly string[],
  ): string | undefined {
    const text = this.text(node, place);
    if (text === undefined) return undefined;
    const strange = namesIn(text).find((name) => !names.includes(name));
    if (strange === undefined) return text;
    return this.problem(
      node!,
      place,
      `$${strange} is not known here${meant(strange, names, "$")}; a dollar is written $$`,
    );
  }

  /** One of a few words. */
  word<T extends string>(node: YamlNode | undefined, place: string, words: readonly T[]) {
    const text = this.text(node, place);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    if (found === undefined) {
      this.problem(node!, place, `${quote(text)} is none of ${words.join(", ")}`);
    }
    return found;
  }

  bool(node: YamlNode | undefined, place: string): boolean | undefined {
    if (!node) return undefined;
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    return this.problem(node, place, "must be true or false");
  }

  /** An amount, which may name parts of a request. */
  measure(
    node: YamlNode | undefined,
    place: string,
    kind: MeasureKind,
    names: readonly string[],
  ): Measure | undefined {
    const text = this.named(node, place, names);
    return text === undefined ? undefined : this.#told(node!, place, () => measureOf(text, kind));
  }

  /** An amount that is the same for ever. */
  amount(node: YamlNode | undefined, place: string, kind: MeasureKind): number | undefined {
    const text = this.named(node, place, []);
    return text === undefined ? undefined : this.#told(node!, place, () => amountOf(text, kind));
  }

  #told<T>(node: YamlNode, place: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof MeasureError)) throw error;
      return this.problem(node, place, error.message);
    }
  }
}

export function joined(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}

/** `; do you mean …?`, where something is near. */
export function meant(name: string, names: readonly string[], sign = ""): string {
  const near = nearestWord(name, names);
  if (near !== undefined) return `; do you mean ${sign}${near}?`;
  return names.length === 0 ? "" : `; known are ${names.map((one) => sign + one).join(", ")}`;
}

function shapeOf(node: YamlNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  return node.text === "" ? "nothing" : quote(node.text);
}
