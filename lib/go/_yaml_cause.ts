import { type Mark, type Scanner, TOO_DEEP, type YamlProblem } from "./_yaml_scan.ts";

/** The place in a text that caused a mistake, which is often not the one that is named; counted from 1. */
export interface YamlCause {
  line: number;
  column: number;
  what: YamlFault;
}

export type YamlFault =
  /** A quote that is opened and not closed where it should be. */
  | "open quote"
  /** A `{` or `[` without its end. */
  | "open bracket"
  /** Something in brackets that no comma parts from what came before. */
  | "missing comma"
  /** The first line that is indented other than what it should belong to. */
  | "indentation"
  /** A tab where spaces belong. */
  | "tab"
  /** A line without the `:` that would make it a key. */
  | "missing colon"
  /** A second `:` in a line, in a value without quotes. */
  | "second colon"
  /** A word behind a value that had ended. */
  | "trailing text"
  /** What may not stand where it stands: a character, an escape, an alias, a key. */
  | "misplaced";

/** The cause of a problem; undefined for what has no one place. */
export function causeOf(
  problem: YamlProblem,
  text: string,
  scanner: Scanner | undefined,
): YamlCause | undefined {
  const { at } = problem;
  const isBound = problem.message === TOO_DEEP || problem.message.endsWith("excessive aliasing");
  if (at === undefined || isBound) return undefined;
  const place = (mark: Mark, what: YamlFault): YamlCause => ({
    line: mark.line + 1,
    column: mark.column + 1,
    what,
  });
  const { message, from = at } = problem;
  if (/^found unexpected (end of stream|document)/.test(message)) return place(from, "open quote");
  // A quote that was left open ends at the next one, which was to open something: what follows there is strange.
  const longQuote = scanner?.longQuotes.find(({ end }) => isSoonAfter(text, end, at));
  if (longQuote) return place(longQuote.start, "open quote");
  if (/^did not find expected ','/.test(message)) {
    return isClosed(text, from.index) ? place(at, "missing comma") : place(from, "open bracket");
  }
  const bracket = scanner?.brackets.at(-1);
  if (bracket && bracket.line < at.line && !isClosed(text, bracket.index)) {
    return place(bracket, "open bracket");
  }
  if (text[at.index] === "\t" || /^found a tab/.test(message)) {
    return place(tabBefore(text, at), "tab");
  }
  if (message === "could not find expected ':'") return place(from, "missing colon");
  if (message.startsWith("mapping values are not allowed")) {
    if (!isFirstColon(text, at)) return place(at, "second colon");
    const line = firstOf(text, at.line);
    const before = firstOf(text, at.line - 1);
    return before && before.column >= line!.column
      ? place(before, "missing colon")
      : place(line!, "indentation");
  }
  if (/^did not find expected (key|'-' indicator)$/.test(message)) {
    if (!isFirstOfLine(text, at)) return place(at, "trailing text");
    return place(at, at.column === from.column ? "misplaced" : "indentation");
  }
  return place(at, "misplaced");
}

function lineStart(text: string, { index }: Mark): number {
  return text.lastIndexOf("\n", index - 1) + 1;
}

function isFirstOfLine(text: string, at: Mark): boolean {
  return text.slice(lineStart(text, at), at.index).trim() === "";
}

/** Whether a `:` is the first in its line: then the line is a key, too far in. */
function isFirstColon(text: string, at: Mark): boolean {
  return !/:(\s|$)/.test(text.slice(lineStart(text, at), at.index));
}

/** Where what is written in a line begins; of a line that is empty or a comment, in the one before it. */
function firstOf(text: string, line: number): Mark | undefined {
  const lines = text.split("\n");
  for (; line >= 0; line--) {
    const column = lines[line].search(/[^ ]/);
    if (column >= 0 && lines[line][column] !== "#") return { index: 0, line, column };
  }
}

function tabBefore(text: string, at: Mark): Mark {
  if (text[at.index] === "\t") return at;
  const start = lineStart(text, at);
  const tab = text.indexOf("\t", start);
  return { index: tab, line: at.line, column: tab - start };
}

/** Whether a problem lies in the rest of the line in which a quote ended. */
function isSoonAfter(text: string, end: Mark, at: Mark): boolean {
  return at.index >= end.index && !text.slice(end.index, at.index).includes("\n");
}

/** Whether the bracket at `index` has its counterpart. */
function isClosed(text: string, index: number): boolean {
  const open: string[] = [];
  const token = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[[\]{}]/gs;
  token.lastIndex = index;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [sign] = found;
    if (sign === "[" || sign === "{") open.push(sign === "[" ? "]" : "}");
    else if (sign === "]" || sign === "}") {
      if (open.pop() !== sign) return false;
      if (open.length === 0) return true;
    }
  }
  return false;
}
