/** What a `<<…>>` is made of. An `error` token ends them: it is raised when the parser reaches it. */
export interface Token {
  type:
    | "space"
    | "text"
    | "string"
    | "number"
    | "field"
    | "variable"
    | "identifier"
    | "dot"
    | "pipe"
    | "("
    | ")"
    | "declare"
    | "assign"
    | "char"
    | "close"
    | "error";
  value: string;
  at: number;
}

const CLOSE = ">>";

/**
 * The tokens of the action that begins at `from`, after `<<`; the last one is `close` or `error`.
 * Source: golang/go src/text/template/parse/lex.go (lexInsideAction).
 */
export function lexAction(text: string, from: number): Token[] {
  const tokens: Token[] = [];
  let at = from;
  let depth = 0;
  const push = (type: Token["type"], end: number) => {
    tokens.push({ type, value: text.slice(at, end), at });
    at = end;
  };
  const fail = (value: string): Token[] => [...tokens, { type: "error", value, at }];
  /** The end of a word, or what stands there that may not. */
  const endOf = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return at + pattern.exec(text)![0].length;
  };
  for (;;) {
    const isTrimmed = /^\s+->>/.exec(text.slice(at));
    if (isTrimmed || text.startsWith(CLOSE, at)) {
      if (depth > 0) return fail("unclosed left paren");
      push("close", at + (isTrimmed ? isTrimmed[0].length : CLOSE.length));
      return tokens;
    }
    const char = text[at];
    if (char === undefined) return fail("unclosed action");
    if (/\s/.test(char)) push("space", endOf(/(?:(?!\s+->>)\s)+/y));
    else if (char === '"') {
      const end = /"(?:[^"\\\n]|\\.)*"/y;
      end.lastIndex = at;
      const match = end.exec(text);
      if (!match) return fail("unterminated quoted string");
      push("string", at + match[0].length);
    } else if (char === "`") {
      const end = text.indexOf("`", at + 1);
      if (end < 0) return fail("unterminated raw quoted string");
      push("string", end + 1);
    } else if (char === "|") push("pipe", at + 1);
    else if (text.startsWith(":=", at)) push("declare", at + 2);
    else if (char === ":") return fail("expected :=");
    else if (char === "=") push("assign", at + 1);
    else if (char === "(") {
      depth++;
      push("(", at + 1);
    } else if (char === ")") {
      if (--depth < 0) return fail("unexpected right paren");
      push(")", at + 1);
    } else if (/^[+-]?(?:\d|\.\d)/.test(text.slice(at))) {
      push("number", endOf(/[+-]?(?:0[xX][\da-fA-F_]+|[\d_]*\.?\d*(?:[eE][+-]?\d+)?)/y));
      if (/[\p{L}\p{N}_]/u.test(text[at] ?? "")) {
        const start = tokens.pop()!.at;
        return fail(`bad number syntax: ${JSON.stringify(text.slice(start, at + 1))}`);
      }
    } else if (char === "$" || char === "." || /[\p{L}_]/u.test(char)) {
      const end = endOf(/[$.]?[\p{L}\p{N}_]*/uy);
      if (char === "." && end === at + 1) push("dot", end);
      else {
        const next = text[end];
        if (next !== undefined && !/[\s.,|:()]/.test(next) && !text.startsWith(CLOSE, end)) {
          return fail(`bad character ${unicode(next)}`);
        }
        push(char === "." ? "field" : char === "$" ? "variable" : "identifier", end);
      }
    } else if (/[\x20-\x7e]/.test(char)) push("char", at + 1);
    else return fail(`unrecognized character in action: ${unicode(char)}`);
  }
}

function unicode(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} '${char}'`;
}
