import { displayWidth } from "./width.ts";

/** A word of a command with the spaces before it: quotes and substitutions are one word with what is in them. */
const WORD = /( *)((?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|\$\([^()]*\)|[^\s'"\\]|['"\\])+)/g;
const OPTION = /^--?[A-Za-z][\w-]*$/;
const OPERATOR = /^(\||\|\||&&|;|>|>>|<|2>)$/;

/**
 * A command as rows of at most `columns`, which can be pasted as they are: it is broken between words, never behind an
 * option whose value follows, and every row but the last ends in a backslash. A word that is wider stays whole.
 */
export function commandRows(command: string, columns: number): string[] {
  if (displayWidth(command) <= columns || command.includes("\n") || beginsText(command)) {
    return [command];
  }
  const rows: string[] = [];
  const indent = /^ */.exec(command)![0];
  let row = "";
  const parts = partsOf(command);
  // Whole commands of a pipe stay together where they fit in a row.
  const wholes = wholesOf(parts);
  const isEach = wholes.every((whole) => displayWidth(whole.trim()) <= columns - 4);
  const pieces = isEach ? wholes : parts;
  for (const [at, piece] of pieces.entries()) {
    const room = columns - (at === pieces.length - 1 ? 0 : 2);
    if (at > 0 && displayWidth(row + piece) > room) {
      rows.push(`${row} \\`);
      row = `${indent}  ${piece.trimStart()}`;
    } else row += piece;
  }
  return [...rows, row];
}

/** Parts joined to what stands between operators, each with the operator before it. */
function wholesOf(parts: readonly string[]): string[] {
  const wholes: string[] = [];
  for (const part of parts) {
    if (wholes.length === 0 || /^ *(\||\|\||&&) /.test(part)) wholes.push(part);
    else wholes[wholes.length - 1] += part;
  }
  return wholes;
}

/** Whether a line begins a here-document, whose text has to stay as it is. */
export function beginsText(line: string): boolean {
  return /<<-?\s*['"]?[A-Za-z_]/.test(line);
}

/** What may stand at the beginning of a row, with the spaces before it: a word, an option with its value, a comment. */
function partsOf(command: string): string[] {
  const parts: string[] = [];
  let previous = "";
  for (const { index, 0: whole, 1: room, 2: word } of command.matchAll(WORD)) {
    const isComment = word.startsWith("#") && room !== "";
    const text = isComment ? command.slice(index) : whole;
    const isValue = OPTION.test(previous) && !word.startsWith("-") && !OPERATOR.test(word);
    // An operator and what it leads to stand together.
    if (parts.length > 0 && (isValue || OPERATOR.test(previous))) parts[parts.length - 1] += text;
    else parts.push(text);
    if (isComment) break;
    previous = word;
  }
  return parts;
}

/** Whether a text in a sentence is a command, and no query, value or message: those are never broken by a backslash. */
export function isCommand(text: string): boolean {
  const bare = text.replace(/'[^']*'|"[^"]*"|\$\(/g, "");
  return /^[a-z][a-z0-9.-]* /.test(text) && !/[(){}[\]]/.test(bare);
}
