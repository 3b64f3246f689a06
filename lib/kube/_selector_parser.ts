import { quote } from "../go/mod.ts";
import { labelKeyFaults, labelValueFaults } from "./validation.ts";

/** What a selector is made of; Source: kubernetes/apimachinery pkg/labels/selector.go (Lexer, Parser). */
export interface ParsedRequirement {
  key: string;
  operator: "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";
  values: string[];
}

/** Where a text goes wrong, and how upstream says so. */
export class SelectorFault {
  constructor(readonly message: string, readonly start: number, readonly end: number) {}
}

interface Token {
  kind:
    | "end"
    | "identifier"
    | "error"
    | ")"
    | ","
    | "!"
    | "=="
    | "="
    | ">"
    | "<"
    | "!="
    | "("
    | "in"
    | "notin";
  text: string;
  start: number;
  end: number;
}

const SYMBOLS = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const BINARY = ["in", "notin", "=", "==", "!=", "gt", "lt"];

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:([=!(),<>]+)|([^\s=!(),<>]+))/y;
  let at = 0;
  for (;;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) break;
    const start = pattern.lastIndex - (match[1] ?? match[2]).length;
    const word = match[2];
    if (word !== undefined) {
      const kind = word === "in" || word === "notin" ? word : "identifier";
      tokens.push({ kind, text: word, start, end: at = pattern.lastIndex });
      continue;
    }
    const symbol = longestSymbol(match[1]);
    const end = start + (symbol ?? match[1]).length;
    tokens.push(
      symbol
        ? { kind: symbol as Token["kind"], text: symbol, start, end }
        : { kind: "error", text: `error expected: keyword found '${match[1]}'`, start, end },
    );
    at = end;
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length });
  return tokens;
}

/** The longest beginning that is a symbol; as upstream's lexer, it stops at the first that is none. */
function longestSymbol(run: string): string | undefined {
  let found: string | undefined;
  for (let length = 1; length <= run.length; length++) {
    const part = run.slice(0, length);
    if (SYMBOLS.has(part)) found = part;
    else if (found) break;
  }
  return found;
}

/** Reads a selector as upstream does, word for word. Throws SelectorFault. */
export class SelectorParser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): ParsedRequirement[] {
    const requirements: ParsedRequirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end") return requirements;
      if (token.kind !== "identifier" && token.kind !== "!") {
        throw fault(`found '${token.text}', expected: !, identifier, or 'end of string'`, token);
      }
      requirements.push(this.#wrapped(() => this.#requirement()));
      const after = this.#next();
      if (after.kind === "end") return requirements;
      if (after.kind !== ",") {
        throw fault(`found '${after.text}', expected: ',' or 'end of string'`, after);
      }
      const following = this.#peek();
      if (following.kind !== "identifier" && following.kind !== "!") {
        throw fault(`found '${following.text}', expected: identifier after ','`, following);
      }
    }
  }

  /** The next token, where `in` and `notin` are words like others. */
  #peek(): Token {
    const token = this.#tokens[Math.min(this.#position, this.#tokens.length - 1)];
    return token.kind === "in" || token.kind === "notin" ? { ...token, kind: "identifier" } : token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #wrapped<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SelectorFault)) throw error;
      const { message, start, end } = error;
      throw new SelectorFault(`unable to parse requirement: ${message}`, start, end);
    }
  }

  #requirement(): ParsedRequirement {
    let token = this.#next();
    const negated = token.kind === "!";
    if (negated) token = this.#next();
    if (token.kind !== "identifier") {
      throw fault(`found '${token.text}', expected: identifier`, token);
    }
    const key = token.text;
    const faults = labelKeyFaults(key);
    if (faults.length > 0) {
      throw fault(`<nil>: Invalid value: ${quote(key)}: ${faults.join("; ")}`, token);
    }
    const { kind } = this.#peek();
    if (negated) return { key, operator: "!", values: [] };
    if (kind === "end" || kind === ",") return { key, operator: "exists", values: [] };
    const operator = this.#operator();
    const from = this.#peek();
    const values = operator === "in" || operator === "notin" ? this.#values() : this.#value();
    this.#check(key, operator, values, from);
    return { key, operator, values };
  }

  #operator(): ParsedRequirement["operator"] {
    const token = this.#tokens[Math.min(this.#position++, this.#tokens.length - 1)];
    switch (token.kind) {
      case "in":
      case "notin":
      case "=":
      case "==":
      case "!=":
      case ">":
      case "<":
        return token.kind;
    }
    throw fault(`found '${token.text}', expected: ${BINARY.join(", ")}`, token);
  }

  #value(): string[] {
    const { kind } = this.#peek();
    if (kind === "end" || kind === ",") return [""];
    const token = this.#next();
    if (token.kind === "identifier") return [token.text];
    throw fault(`found '${token.text}', expected: identifier`, token);
  }

  #values(): string[] {
    const open = this.#next();
    if (open.kind !== "(") throw fault(`found '${open.text}' expected: '('`, open);
    const first = this.#peek();
    if (first.kind === ")") {
      this.#next();
      return [""];
    }
    if (first.kind !== "identifier" && first.kind !== ",") {
      throw fault(`found '${first.text}', expected: ',', ')' or identifier`, first);
    }
    const values = this.#list();
    const close = this.#next();
    if (close.kind !== ")") throw fault(`found '${first.text}', expected: ')'`, close);
    return [...values].sort();
  }

  #list(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.#next();
      const following = this.#peek();
      if (token.kind === "identifier") {
        values.add(token.text);
        if (following.kind === ",") continue;
        if (following.kind === ")") return values;
        throw fault(`found '${following.text}', expected: ',' or ')'`, following);
      }
      if (token.kind !== ",") {
        throw fault(`found '${token.text}', expected: ',', or identifier`, token);
      }
      if (values.size === 0 || following.kind === ")" || following.kind === ",") values.add("");
      if (following.kind === ")") return values;
    }
  }

  #check(key: string, operator: string, values: string[], at: Token): void {
    const faults = values.flatMap((value, i) => [
      ...(operator === ">" || operator === "<") && !/^[+-]?\d+$/.test(value)
        ? [
          `values[${i}]: Invalid value: ${JSON.stringify(value)}: ` +
          "for 'Gt', 'Lt' operators, the value must be an integer",
        ]
        : [],
      ...joined(labelValueFaults(value)).map((text) =>
        `values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${text}`
      ),
    ]);
    if (faults.length === 0) return;
    throw fault(faults.length === 1 ? faults[0] : `[${faults.join(", ")}]`, at);
  }
}

function joined(texts: string[]): string[] {
  return texts.length > 0 ? [texts.join("; ")] : [];
}

function fault(message: string, { start, end }: Token): SelectorFault {
  return new SelectorFault(message, start, end);
}
