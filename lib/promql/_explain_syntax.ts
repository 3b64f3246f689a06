import { PromqlSyntaxError } from "./ast.ts";
import { goQuote } from "./labels.ts";
import { describeToken, type Token } from "./_tokens.ts";

const DURATION_WANTED = "number, duration, step(), or range()";
const GROUPING_WORDS = new Set(["by", "without", "on", "ignoring"]);

/** A construct that was open when the parser got stuck. */
interface Open {
  kind: "aggregation" | "call" | "paren" | "braces" | "brackets" | "grouping";
  /** Tokens read inside it since it opened. */
  inside: Token[];
}

/**
 * The error for text that the grammar refuses at offset `stuckAt`, in upstream's words: which
 * token, in which construct, and what was expected there.
 * Source: prometheus/prometheus promql/parser/generated_parser.y (the `error` rules).
 */
export function explainSyntaxError(
  text: string,
  tokens: readonly Token[],
  stuckAt: number,
): PromqlSyntaxError {
  const last = tokens.at(-1)!;
  let index = tokens.findIndex((token) => token.end > stuckAt || token.type === "eof");
  if (index < 0) index = tokens.length - 1;
  const token = tokens[index];
  // An error of the lexer counts where the parser would have met it.
  if (token.type === "error" || (last.type === "error" && index === tokens.length - 1)) {
    return new PromqlSyntaxError(text, last, last.text);
  }
  if (token.type === "eof" && index === 0) {
    return new PromqlSyntaxError(text, { start: 0, end: 0 }, "no expression found in input");
  }
  const before = tokens.slice(0, index);
  const previous = before.at(-1);
  const open = openConstructs(before);
  if (token.text === "(" && previous?.type === "identifier" && open.at(-1)?.kind !== "braces") {
    return new PromqlSyntaxError(
      text,
      previous,
      `unknown function with name ${goQuote(previous.text)}`,
    );
  }
  const inCall = open.at(-1)?.kind === "call" || open.at(-1)?.kind === "aggregation";
  if (previous?.text === "," && inCall && open.at(-1)!.inside.length > 1) {
    return new PromqlSyntaxError(
      text,
      previous,
      "trailing commas not allowed in function call args",
    );
  }
  const [context, expected] = contextOf(open, previous);
  const where = context === "" ? "" : ` in ${context}`;
  const wanted = expected === "" ? "" : `, expected ${expected}`;
  return new PromqlSyntaxError(text, token, `unexpected ${describeToken(token)}${where}${wanted}`);
}

/** The constructs that `tokens` leave open, outermost first. */
function openConstructs(tokens: readonly Token[]): Open[] {
  const open: Open[] = [];
  /** The last aggregator whose arguments have not begun. */
  let aggregator = false;
  tokens.forEach((token, i) => {
    const previous = tokens[i - 1];
    const innermost = open.at(-1);
    switch (token.text) {
      case "(":
        if (
          previous?.type === "keyword" && /^(?:by|without|on|ignoring|group_)/.test(previous.id)
        ) {
          open.push({ kind: "grouping", inside: [] });
        } else if (aggregator) {
          open.push({ kind: "aggregation", inside: [] });
          aggregator = false;
        } else if (previous?.type === "identifier" || previous?.type === "keyword") {
          open.push({ kind: "call", inside: [] });
        } else open.push({ kind: "paren", inside: [] });
        return;
      case "{":
        aggregator = false;
        open.push({ kind: "braces", inside: [] });
        return;
      case "[":
        open.push({ kind: "brackets", inside: [] });
        return;
      case ")":
      case "}":
      case "]":
        open.pop();
        return;
    }
    if (token.type === "aggregator" && innermost?.kind !== "grouping") aggregator = true;
    innermost?.inside.push(token);
  });
  if (aggregator) open.push({ kind: "aggregation", inside: [] });
  return open;
}

/** Upstream's name for the construct that refuses the token, and what it wants instead. */
function contextOf(open: readonly Open[], previous: Token | undefined): [string, string] {
  const innermost = open.at(-1);
  if (innermost?.kind === "braces") {
    const { type, text } = innermost.inside.at(-1) ?? { type: "punctuation", text: "{" };
    if (text === "{" || text === ",") return ["label matching", 'identifier or "}"'];
    if (type === "identifier") return ["label matching", "label matching operator"];
    if (type === "operator") return ["label matching", "string"];
    return ["label matching", '"," or "}"'];
  }
  if (innermost?.kind === "grouping") {
    const inside = innermost.inside.at(-1);
    const wantsLabel = inside === undefined || inside.text === ",";
    return ["grouping opts", wantsLabel ? "label" : '"," or ")"'];
  }
  if (innermost?.kind === "brackets") {
    const colon = innermost.inside.findIndex((token) => token.text === ":");
    if (innermost.inside.length === 0) return ["subquery or range selector", DURATION_WANTED];
    if (colon < 0) return ["subquery or range", '":" or "]"'];
    return colon === innermost.inside.length - 1
      ? ["subquery selector", `number, duration, step(), range(), or "]"`]
      : ["subquery selector", '"]"'];
  }
  if (previous?.type === "keyword" && GROUPING_WORDS.has(previous.id)) {
    return ["grouping opts", '"("'];
  }
  if (previous?.id === "offset") return ["offset", DURATION_WANTED];
  if (previous?.text === "@") return ["@", "timestamp"];
  return open.some(({ kind }) => kind === "aggregation") ? ["aggregation", ""] : ["", ""];
}
