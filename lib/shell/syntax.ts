import type { ScriptNode } from "just-bash";

/** How a text reads as a shell line. */
export type Syntax =
  | { kind: "empty" }
  | { kind: "complete"; script: ScriptNode }
  /** Another line may make it whole; `message` is what Bash says when none comes. */
  | { kind: "incomplete"; message: string }
  | { kind: "error"; message: string };

type Parse = (text: string) => ScriptNode;

/** Reads `text` with just-bash's parser, which accepts a few unfinished texts that Bash waits on. */
export function readSyntax(text: string, parse: Parse): Syntax {
  if (text.replace(/(^|\s)#.*$/gm, "").trim() === "") return { kind: "empty" };
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return { kind: "incomplete", message: UNEXPECTED_END };
  let script: ScriptNode;
  try {
    script = parse(text);
  } catch (error) {
    return classify(text, error);
  }
  const heredoc = openHeredoc(script);
  if (heredoc !== undefined) {
    const message = `bash: warning: here-document delimited by end-of-file (wanted \`${heredoc}')`;
    return { kind: "incomplete", message };
  }
  // The parser takes a trailing operator for the end of the list.
  const end = withoutComment(text).trimEnd();
  if (/(\||&&)$/.test(end) && !/[^\\]'[^']*(\||&&)$/.test(end)) {
    return { kind: "incomplete", message: UNEXPECTED_END };
  }
  return { kind: "complete", script };
}

const UNEXPECTED_END = "bash: syntax error: unexpected end of file";

function classify(text: string, error: unknown): Syntax {
  const raw = error instanceof Error ? error.message : String(error);
  const message = raw.replace(/^(?:Parse error at \d+:\d+|line \d+): /, "");
  if (/unexpected EOF/.test(message)) {
    return { kind: "incomplete", message: `bash: ${message}` };
  }
  const at = error as { line?: number; column?: number };
  const lines = text.split("\n");
  const atEnd = at.line !== undefined && at.line >= lines.length &&
    (at.column ?? 0) > (lines.at(-1)?.trimEnd().length ?? 0);
  if (atEnd || /got EOF/.test(message)) return { kind: "incomplete", message: UNEXPECTED_END };
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

/** A command of a script, as far as it can be told before anything is expanded. */
export interface PlainCommand {
  /** The literal words; undefined where a word depends on expansion. */
  words: (string | undefined)[];
}

/**
 * The commands of a script when all it does is run simple commands one after another, with no pipe,
 * redirection, substitution or background job; undefined otherwise. Such commands may write
 * straight to the terminal.
 */
export function plainCommands(script: ScriptNode): PlainCommand[] | undefined {
  const out: PlainCommand[] = [];
  for (const statement of script.statements) {
    if (statement.background) return undefined;
    for (const pipeline of statement.pipelines) {
      const command = pipeline.commands[0];
      if (pipeline.commands.length !== 1 || command.type !== "SimpleCommand") return undefined;
      if (command.redirections.length > 0 || hasSubstitution(command)) return undefined;
      if (!command.name) return undefined;
      out.push({ words: [command.name, ...command.args].map(literalOf) });
    }
  }
  return out;
}

/** The name of the last command of a script, when its output goes nowhere else. */
export function lastCommand(script: ScriptNode): string | undefined {
  const command = script.statements.at(-1)?.pipelines.at(-1)?.commands.at(-1);
  if (command?.type !== "SimpleCommand" || !command.name) return undefined;
  return command.redirections.length > 0 ? undefined : literalOf(command.name);
}

function hasSubstitution(node: unknown): boolean {
  if (node === null || typeof node !== "object") return false;
  const record = node as Record<string, unknown>;
  if (record.type === "CommandSubstitution" || record.type === "ProcessSubstitution") return true;
  return Object.values(record).some(hasSubstitution);
}

/** The text of a word without expansions. */
function literalOf(word: { parts: readonly unknown[] }): string | undefined {
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
