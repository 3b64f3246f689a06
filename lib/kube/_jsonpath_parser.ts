import { CONTROL_LETTERS } from "../go/mod.ts";

/** A template that will not parse; `start` is the offset where it goes wrong. */
export class JsonPathSyntaxError extends SyntaxError {
  override name = "JsonPathSyntaxError";
  constructor(message: string, readonly start: number) {
    super(message);
  }
}

/** A part of a template. Source: kubernetes/client-go util/jsonpath/node.go. */
export type PathNode =
  | { type: "list"; nodes: PathNode[] }
  | { type: "text"; text: string }
  | { type: "literal"; value: number | boolean }
  | { type: "field"; name: string }
  | { type: "array"; start?: number; end?: number; endDerived?: boolean; step?: number }
  | { type: "filter"; left: PathNode; right: PathNode; operator: string }
  | { type: "wildcard" }
  | { type: "recursive" }
  | { type: "union"; nodes: PathNode[] }
  | { type: "identifier"; name: string };

/**
 * The parts of a kubectl JSONPath template: text, and actions in braces.
 * Errors: JsonPathSyntaxError with upstream's wording.
 * Source: kubernetes/client-go util/jsonpath/parser.go.
 */
export function parseJsonPath(text: string): PathNode[] {
  return new Parser(text).template();
}

const END = "";

class Parser {
  #at = 0;
  constructor(readonly text: string) {}

  template(): PathNode[] {
    const nodes: PathNode[] = [];
    while (this.#at < this.text.length) {
      const brace = this.text.indexOf("{", this.#at);
      const end = brace < 0 ? this.text.length : brace;
      if (end > this.#at) nodes.push({ type: "text", text: this.text.slice(this.#at, end) });
      this.#at = end;
      if (brace < 0) break;
      this.#at++;
      nodes.push({ type: "list", nodes: this.#action() });
    }
    return nodes;
  }

  #fail(message: string): never {
    throw new JsonPathSyntaxError(message, this.#at);
  }

  #next(): string {
    const char = this.text[this.#at] ?? END;
    if (char !== END) this.#at++;
    return char;
  }

  #startsWith(prefix: string): boolean {
    return this.text.startsWith(prefix, this.#at);
  }

  #action(): PathNode[] {
    const nodes: PathNode[] = [];
    for (;;) {
      if (this.#startsWith("}")) {
        this.#at++;
        return nodes;
      }
      if (this.#startsWith("[?(")) nodes.push(this.#filter());
      else if (this.#startsWith("..")) nodes.push(...this.#recursive(nodes));
      else nodes.push(...this.#part());
    }
  }

  #part(): PathNode[] {
    const start = this.#at;
    const char = this.#next();
    if (char === END || char === "\n" || char === "\r") this.#fail("unclosed action");
    if (char === " " || char === "@" || char === "$") return [];
    if (char === "[") return this.#array();
    if (char === '"' || char === "'") return [this.#quoted(char)];
    if (char === ".") return [this.#field()];
    this.#at = start;
    if (char === "+" || char === "-" || /\p{Nd}/u.test(char)) return [this.#number()];
    if (/[\p{L}\p{Nd}_]/u.test(char)) return [this.#identifier()];
    const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    this.#fail(`unrecognized character in action: U+${code} '${char}'`);
  }

  #identifier(): PathNode {
    const start = this.#at;
    while (!isTerminator(this.text[this.#at])) this.#at++;
    const name = this.text.slice(start, this.#at);
    if (name === "true" || name === "false") return { type: "literal", value: name === "true" };
    return { type: "identifier", name };
  }

  #recursive(before: PathNode[]): PathNode[] {
    if (before.at(-1)?.type === "recursive") this.#fail("invalid multiple recursive descent");
    this.#at += 2;
    const next = this.text[this.#at] ?? END;
    return /^[\p{L}\p{Nd}_]/u.test(next)
      ? [{ type: "recursive" }, this.#field()]
      : [{ type: "recursive" }];
  }

  #number(): PathNode {
    const start = this.#at;
    if (/[+-]/.test(this.text[this.#at])) this.#at++;
    while (/[.0-9]/.test(this.text[this.#at] ?? END)) this.#at++;
    const text = this.text.slice(start, this.#at);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) this.#fail(`cannot parse number ${text}`);
    return { type: "literal", value: Number(text) };
  }

  #field(): PathNode {
    let name = "";
    while (!isTerminator(this.text[this.#at])) {
      if (this.text[this.#at] === "\\") this.#at++;
      name += this.text[this.#at++] ?? "";
    }
    return name === "*" ? { type: "wildcard" } : { type: "field", name };
  }

  #quoted(end: string): PathNode {
    const start = this.#at - 1;
    for (;;) {
      const char = this.#next();
      if (char === END || char === "\n") this.#fail("unterminated quoted string");
      if (char === end && this.text[this.#at - 2] !== "\\") break;
    }
    return { type: "text", text: this.#unquote(this.text.slice(start, this.#at)) };
  }

  #unquote(literal: string): string {
    const inner = literal.slice(1, -1);
    const bad = () => this.#fail(`unquote string ${literal} error invalid syntax`);
    return inner.replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3})|(.)?)/g,
      (_, hex, unicode, octal, char) => {
        if (hex ?? unicode) return String.fromCharCode(parseInt(hex ?? unicode, 16));
        if (octal) return String.fromCharCode(parseInt(octal, 8));
        const simple: Record<string, string> = {
          ...CONTROL_LETTERS,
          "\\": "\\",
          [literal[0]]: literal[0],
        };
        return simple[char] ?? bad();
      },
    );
  }

  #array(): PathNode[] {
    const start = this.#at;
    for (;;) {
      const char = this.#next();
      if (char === END || char === "\n") this.#fail("unterminated array");
      if (char === "]") break;
    }
    let text = this.text.slice(start, this.#at - 1);
    if (text === "*") text = ":";
    const parts = text.split(",");
    if (parts.length > 1) {
      const nodes = parts.map((part) => this.#nested(`[${part.replace(/^ +| +$/g, "")}]`));
      return [{ type: "union", nodes }];
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key) {
      const list = this.#nested(`.${key[1]}`);
      return list.type === "list" ? list.nodes : [list];
    }
    return [this.#slice(text)];
  }

  #slice(text: string): PathNode {
    const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
    if (!match) this.#fail(`invalid array index ${text}`);
    const [first, second, third] = [match[1], match[2], match[3]];
    const number = (part: string) => {
      if (part === "-") this.#fail(`array index ${part} is not a number`);
      return Number(part);
    };
    const start = first === "" ? undefined : number(first);
    const step = third && third !== ":" ? number(third.slice(1)) : undefined;
    if (!second) return { type: "array", start, end: (start ?? 0) + 1, endDerived: true, step };
    return {
      type: "array",
      start,
      end: second === ":" ? undefined : number(second.slice(1)),
      step,
    };
  }

  #filter(): PathNode {
    this.#at += 3;
    const start = this.#at;
    let begun = false, ended = false, pair = "";
    for (;;) {
      const char = this.#next();
      if (char === END || char === "\n") this.#fail("unterminated filter");
      if (char === '"' || char === "'") {
        if (!begun) {
          begun = true;
          pair = char;
        } else if (this.text[this.#at - 2] !== "\\" && char === pair) ended = true;
      } else if (char === ")" && begun === ended) break;
    }
    if (this.#next() !== "]") this.#fail("unclosed array expect ]");
    const text = this.text.slice(start, this.#at - 2);
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (!match) {
      const right: PathNode = { type: "list", nodes: [] };
      return { type: "filter", left: this.#nested(text), right, operator: "exists" };
    }
    const [, left, operator, right] = match;
    return { type: "filter", left: this.#nested(left), right: this.#nested(right), operator };
  }

  #nested(text: string): PathNode {
    return new Parser(`{${text}}`).template()[0];
  }
}

function isTerminator(char: string | undefined): boolean {
  return char === undefined || " \t\r\n.,[]$@{}".includes(char);
}
