import { goJson, goSprint, goTypeName, isMap, sortedKeys } from "../go/mod.ts";
import { JsonPathSyntaxError, parseJsonPath, type PathNode } from "./_jsonpath_parser.ts";

export { JsonPathSyntaxError, parseJsonPath, type PathNode };

/** A template that could not be applied to its data, with upstream's text. */
export class JsonPathError extends Error {
  override name = "JsonPathError";
}

/** How many values one template may find; upstream's end is that of the machine. */
const MAX_FOUND = 2_000_000;

export interface JsonPathOptions {
  /** A missing field is an empty result instead of an error. */
  allowMissingKeys?: boolean;
}

/**
 * A compiled JSONPath template.
 * Source: kubernetes/client-go util/jsonpath/jsonpath.go. Differs: a map's values come in key order,
 * where Go's order is random; a path finds two million values at most.
 */
export class JsonPath {
  readonly #root: PathNode[];
  #begin = 0;
  #inside = 0;
  #end = 0;
  #lastEnd: PathNode | undefined;
  #found = 0;

  /** Errors: JsonPathSyntaxError. */
  constructor(text: string, readonly options: JsonPathOptions = {}) {
    this.#root = parseJsonPath(text);
  }

  /** The template filled in, as `-o jsonpath=` prints it. Errors: JsonPathError. */
  execute(data: unknown): string {
    return this.find(data).map(printJsonPathResults).join("");
  }

  /** One list of values for each part of the template. */
  find(data: unknown): unknown[][] {
    this.#begin = this.#inside = this.#end = 0;
    this.#lastEnd = undefined;
    this.#found = 0;
    return this.#find(data, this.#root);
  }

  #find(data: unknown, nodes: PathNode[]): unknown[][] {
    const full: unknown[][] = [];
    for (let i = 0; i < nodes.length; i++) {
      const results = this.#walk([data], nodes[i]);
      if (this.#end > 0 && this.#end <= this.#inside) {
        this.#end--;
        this.#lastEnd = nodes[i];
        break;
      }
      if (this.#begin === 0) {
        full.push(results);
        continue;
      }
      this.#begin--;
      this.#inside++;
      const rest = nodes.slice(i + 1);
      // A range over nothing still walks its body once, to find where it ends.
      if (results.length === 0) this.#find(undefined, rest);
      for (const value of results) full.push(...this.#find(value, rest));
      this.#inside--;
      const end = nodes.indexOf(this.#lastEnd!, i + 1);
      if (end > 0) i = end;
    }
    return full;
  }

  #walk(input: unknown[], node: PathNode): unknown[] {
    const found = this.#select(input, node);
    this.#found += found.length;
    if (this.#found > MAX_FOUND) throw tooMany();
    return found;
  }

  #select(input: unknown[], node: PathNode): unknown[] {
    switch (node.type) {
      case "list":
        return node.nodes.reduce((values, next) => this.#walk(values, next), input);
      case "text":
        return [node.text];
      case "literal":
        return input.map(() => node.value);
      case "field":
        return this.#field(input, node.name);
      case "array":
        return input.flatMap((value) => slice(value, node));
      case "filter":
        return input.flatMap((value) => this.#filter(value, node));
      case "wildcard":
        return this.#each(input, children);
      case "recursive":
        return this.#each(input, descendants);
      case "union":
        return node.nodes.flatMap((each) => this.#walk(input, each));
      case "identifier":
        return this.#identifier(input, node.name);
    }
  }

  /** Stops before all of it is there, when it becomes too much. */
  #each(input: unknown[], valuesOf: (value: unknown) => unknown[]): unknown[] {
    const all: unknown[] = [];
    for (const value of input) {
      for (const each of valuesOf(value)) all.push(each);
      if (all.length > MAX_FOUND) throw tooMany();
    }
    return all;
  }

  #identifier(input: unknown[], name: string): unknown[] {
    if (name === "range") {
      this.#begin++;
      return input;
    }
    if (name !== "end") throw new JsonPathError(`unrecognized identifier ${name}`);
    if (this.#inside === 0) throw new JsonPathError("not in range, nothing to end");
    this.#end++;
    return [];
  }

  #field(input: unknown[], name: string): unknown[] {
    if (input.length === 0) return [];
    const found = input.filter((value) => isMap(value) && Object.hasOwn(value, name))
      .map((value) => (value as Record<string, unknown>)[name])
      .filter((value) => value !== undefined);
    if (found.length === 0 && !this.options.allowMissingKeys) {
      throw new JsonPathError(`${name} is not found`);
    }
    return found;
  }

  #filter(value: unknown, node: PathNode & { type: "filter" }): unknown[] {
    if (!Array.isArray(value)) {
      throw new JsonPathError(`${goSprint(value)} is not array or slice and cannot be filtered`);
    }
    return value.filter((item) => {
      if (node.operator === "exists") return this.#attempt([item], node.left).length > 0;
      const lefts = this.#walk([item], node.left);
      if (lefts.length === 0) return false;
      if (lefts.length > 1) throw new JsonPathError("can only compare one element at a time");
      const rights = this.#walk([item], node.right);
      if (rights.length === 0) return false;
      if (rights.length > 1) throw new JsonPathError("can only compare one element at a time");
      return compare(lefts[0], rights[0], node.operator);
    });
  }

  #attempt(input: unknown[], node: PathNode): unknown[] {
    try {
      return this.#walk(input, node);
    } catch (error) {
      if (error instanceof JsonPathError) return [];
      throw error;
    }
  }
}

function tooMany(): JsonPathError {
  return new JsonPathError(`the path finds more than ${MAX_FOUND} values`);
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (isMap(value)) return sortedKeys(value).map((key) => value[key]);
  if (typeof value === "string") return [...new TextEncoder().encode(value)];
  return [];
}

function descendants(value: unknown): unknown[] {
  const inner = children(value);
  if (inner.length === 0) return [];
  return [value, ...inner.flatMap(descendants)];
}

function slice(value: unknown, node: PathNode & { type: "array" }): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new JsonPathError(`${goTypeName(value, "int64")} is not array or slice`);
  }
  const { length } = value;
  let start = node.start ?? 0;
  let end = node.end ?? length;
  if (start < 0) start += length;
  if (end < 0 || (end === 0 && node.endDerived)) end += length;
  if (start === end) return [];
  const bounds = (index: number) =>
    new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
  if (start >= length || start < 0) throw bounds(start);
  if (end > length || end < 0) throw bounds(end - 1);
  if (start > end) {
    throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
  }
  if (node.step !== undefined && node.step <= 0) throw new JsonPathError("step must be > 0");
  const step = node.step ?? 1;
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

/** Source: kubernetes/client-go third_party/forked/golang/template/funcs.go (eq, lt). */
function compare(left: unknown, right: unknown, operator: string): boolean {
  const kind = (value: unknown) => {
    if (typeof value === "boolean" || typeof value === "string") return typeof value;
    if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
    throw new JsonPathError("invalid type for comparison");
  };
  const leftKind = kind(left);
  if (leftKind !== kind(right)) throw new JsonPathError("incompatible types for comparison");
  if (leftKind === "boolean" && !["==", "!="].includes(operator)) {
    throw new JsonPathError("invalid type for comparison");
  }
  const a = left as string, b = right as string;
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
  throw new JsonPathError(`unrecognized filter operator ${operator}`);
}

/** What one part of a template found, as text. */
export function printJsonPathResults(results: unknown[]): string {
  return results.map((value) => {
    if (typeof value === "object" && value !== null) return goJson(value);
    return value === null ? "null" : goSprint(value);
  }).join(" ");
}
