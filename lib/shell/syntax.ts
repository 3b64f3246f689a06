import type { ScriptNode } from "just-bash";
import { messageOf } from "../base/mod.ts";

/** How a text reads as a shell line. */
export type Syntax =
  | { kind: "empty" }
  | { kind: "complete"; script: ScriptNode }
  /** Another line may make it whole; `message` is what Bash says when none comes. */
  | { kind: "incomplete"; message: string; open: OpenPart }
  | { kind: "error"; message: string };

/**
 * What of an unfinished text is open, with the token that it hangs at: the quote or bracket that is missing, the
 * here-document's last line, the operator that a command has to follow.
 */
export interface OpenPart {
  part: "quote" | "here-document" | "operator" | "backslash" | "block";
  token: string;
}

type Parse = (text: string) => ScriptNode;

/** Reads `text` with just-bash's parser, which accepts a few unfinished texts that Bash waits on. */
export function readSyntax(text: string, parse: Parse): Syntax {
  if (text.replace(/(^|\s)#.*$/gm, "").trim() === "") return { kind: "empty" };
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return unfinished("backslash", "\\");
  let script: ScriptNode;
  try {
    script = parse(text);
  } catch (error) {
    return classify(text, error);
  }
  const heredoc = openHeredoc(script);
  if (heredoc !== undefined) {
    const message = `bash: warning: here-document delimited by end-of-file (wanted \`${heredoc}')`;
    return unfinished("here-document", heredoc, message);
  }
  // The parser takes a trailing operator for the end of the list.
  const end = withoutComment(text).trimEnd();
  const operator = operatorAtEnd(end);
  if (operator && !/[^\\]'[^']*(\||&&)$/.test(end)) return unfinished("operator", operator);
  return { kind: "complete", script };
}

const UNEXPECTED_END = "bash: syntax error: unexpected end of file";

function unfinished(
  part: OpenPart["part"],
  token = "",
  message = UNEXPECTED_END,
): Syntax & { kind: "incomplete" } {
  return { kind: "incomplete", message, open: { part, token } };
}

/** The operator that a text ends with, and that another command has to follow. */
function operatorAtEnd(text: string): string | undefined {
  return /(\|\|?|&&)$/.exec(text)?.[1];
}

function classify(text: string, error: unknown): Syntax {
  const raw = messageOf(error);
  const message = raw.replace(/^(?:Parse error at \d+:\d+|line \d+): /, "");
  if (/unexpected EOF/.test(message)) {
    const token = /matching [`'](.+)'$/.exec(message)?.[1] ?? "";
    return unfinished("quote", token, `bash: ${message}`);
  }
  const at = error as { line?: number; column?: number };
  const lines = text.split("\n");
  const atEnd = at.line !== undefined && at.line >= lines.length &&
    (at.column ?? 0) > (lines.at(-1)?.trimEnd().length ?? 0);
  if (atEnd || /got EOF/.test(message)) {
    const operator = operatorAtEnd(withoutComment(text).trimEnd());
    return operator ? unfinished("operator", operator) : unfinished("block");
  }
  const token = /`(.+)'$/.exec(message);
  if (/^syntax error/.test(message) || !token) {
    return { kind: "error", message: `bash: ${message.replace(/^(?!syntax)/, "syntax error: ")}` };
  }
  return { kind: "error", message: `bash: syntax error near unexpected token \`${token[1]}'` };
}

/** The delimiter of a here-document that has not ended. */
function openHeredoc(node: unknown): string | undefined {
  if (node === null || typeof node !== "object") return undefined;
  const record = node as Record<string, unknown>;
  if (record.type === "HereDoc" && record.terminated === false) return String(record.delimiter);
  for (const value of Object.values(record)) {
    const found = openHeredoc(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function withoutComment(text: string): string {
  return text.split("\n").at(-1)!.replace(/(^|\s)#.*$/, "");
}

/** What the names of the variables begin with that just-bash keeps aliases in. */
export const ALIAS = "BASH_ALIAS_";
/** The shell's own `help`; just-bash has a builtin of that name, which lists its builtins. */
export const HELP = "help-lab";

/** The text of a word without expansions. */
export function literalOf(word: { parts: readonly unknown[] }): string | undefined {
  let text = "";
  for (const part of word.parts as { type: string; value?: string; parts?: readonly unknown[] }[]) {
    if (part.type === "DoubleQuoted") {
      const inner = literalOf({ parts: part.parts ?? [] });
      if (inner === undefined) return undefined;
      text += inner;
    } else if (part.value !== undefined && /^(Literal|SingleQuoted|Escaped)$/.test(part.type)) {
      text += part.value;
    } else return undefined;
  }
  return text;
}
