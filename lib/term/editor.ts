import type { Key } from "./keys.ts";
import { displayWidth, graphemes } from "./width.ts";

/** How many characters a line may have, as JavaScript counts them; as many as an argument of a program may have on Linux. */
export const MAX_LINE = 128 * 1024;
/** Characters of a dropped line that are looked at: as many as an end mark has. */
const MOST_DROPPED = 1024;

/** What a search in the history is called, and what stands before that where nothing is found. */
export interface SearchWords {
  search: string;
  failed: string;
}

/** What a key asks of whoever drives the editor. */
export type EditorAction = "none" | "submit" | "interrupt" | "eof" | "complete" | "clear";

/**
 * A line being edited: text, cursor, history and a kill buffer, with Emacs keys as readline has
 * them. It draws nothing and reads nothing, so that it can be driven by a test.
 *
 * Written here beside node:readline, which ends its line at each newline, also within a paste, and moves
 * within an emoji, by code points; which redraws by moving the cursor, as no screen reader likes; and which keeps the
 * keys while a command runs. @inquirer/prompts asks one question at a time, without history or completion.
 */
export class LineEditor {
  /** The text as grapheme clusters: a Korean syllable or an emoji is one. */
  #units: string[] = [];
  #cursor = 0;
  /** Whether more was put into the line than it may have: none of it is to be run. */
  isCutOff = false;
  /** What was typed since, up to where a line of it ended. */
  #dropped = "";
  #killed = "";
  #history: readonly string[];
  /** Where in the history we are; its length means the line being written. */
  #at: number;
  #draft = "";
  #prefix: string | undefined;
  /** What is looked for in the history (Ctrl-R), where it was found, and what to go back to. */
  #search: { wanted: string; at: number; failed: boolean; before: string } | undefined;

  /** `words` are readline's own where a reader has no others. */
  constructor(
    history: readonly string[] = [],
    initial = "",
    private readonly words: SearchWords = { search: "reverse-i-search", failed: "failed " },
  ) {
    this.#history = history;
    this.#at = history.length;
    this.#set(initial);
  }

  get text(): string {
    return this.#units.join("");
  }

  get cursorText(): string {
    return this.#units.slice(0, this.#cursor).join("");
  }

  /** What stands in place of the prompt while the history is searched. Source: readline isearch.c. */
  get searchPrompt(): string | undefined {
    if (!this.#search) return undefined;
    const { failed, wanted } = this.#search;
    const { words } = this;
    return `(${failed ? words.failed : ""}${words.search})\`${wanted}': `;
  }

  handle(key: Key): EditorAction {
    if (this.#search) {
      const isTaken = this.#searchOn(key);
      if (isTaken) return "none";
    }
    if (key.kind === "text") return this.insert(key.text);
    if (key.kind === "paste") return this.insert(key.text.replace(/\n+$/, ""));
    if (key.name !== "up" && key.name !== "down") this.#prefix = undefined;
    switch (key.name) {
      case "enter":
        return "submit";
      case "alt-enter":
        return this.insert("\n");
      case "tab":
        return "complete";
      case "ctrl-c":
        return "interrupt";
      case "ctrl-d":
        // At an empty further line there is nothing to remove: it drops all, as Ctrl-C does.
        if (this.#cursor === this.#units.length && this.#units.at(-1) === "\n") return "interrupt";
        return this.#units.length === 0 ? "eof" : this.#remove(this.#cursor, this.#cursor + 1);
      case "ctrl-r":
        this.#search = { wanted: "", at: this.#history.length, failed: false, before: this.text };
        return "none";
      case "ctrl-l":
        return "clear";
      case "backspace":
        return this.#remove(this.#cursor - 1, this.#cursor);
      case "delete":
        return this.#remove(this.#cursor, this.#cursor + 1);
      case "ctrl-w":
      case "alt-backspace":
        return this.#kill(this.#wordStart(), this.#cursor);
      case "ctrl-u":
        return this.#kill(0, this.#cursor);
      case "ctrl-k":
        return this.#kill(this.#cursor, this.#units.length);
      case "ctrl-y":
        return this.insert(this.#killed);
      default:
        return this.#move(key.name);
    }
  }

  /** Takes what belongs to a search; any other key ends it with what was found, and does what it does. */
  #searchOn(key: Key): boolean {
    const search = this.#search!;
    if (key.kind !== "key") {
      search.wanted += key.text;
      this.#seek(search.at);
    } else if (key.name === "ctrl-r") this.#seek(search.at - 1);
    else if (key.name === "backspace") {
      search.wanted = graphemes(search.wanted).slice(0, -1).join("");
      this.#seek(this.#history.length);
    } else if (key.name === "ctrl-g" || key.name === "ctrl-c") {
      this.#search = undefined;
      this.#set(search.before);
    } else {
      this.#search = undefined;
      return key.name === "escape";
    }
    return true;
  }

  /** Shows the latest line up to `from` that holds what is looked for. */
  #seek(from: number): void {
    const search = this.#search!;
    if (search.wanted === "") return;
    const lines = this.#history.slice(0, Math.max(0, from + 1));
    const at = lines.findLastIndex((line) => line.includes(search.wanted));
    search.failed = at < 0;
    if (at < 0) return;
    search.at = at;
    this.#at = at;
    this.#set(this.#history[at]);
  }

  #move(name: string): EditorAction {
    if (name === "left" || name === "ctrl-b") this.#cursor = Math.max(0, this.#cursor - 1);
    else if (name === "right" || name === "ctrl-f") {
      this.#cursor = Math.min(this.#units.length, this.#cursor + 1);
    } else if (name === "home" || name === "ctrl-a") this.#cursor = 0;
    else if (name === "end" || name === "ctrl-e") this.#cursor = this.#units.length;
    else if (name === "word-left") this.#cursor = this.#wordStart();
    else if (name === "word-right") this.#cursor = this.#wordEnd();
    else if (name === "up" || name === "ctrl-p") this.#recall(-1);
    else if (name === "down" || name === "ctrl-n") this.#recall(1);
    return "none";
  }

  insert(text: string): EditorAction {
    const { length } = this.#units;
    this.isCutOff ||= length + text.length > MAX_LINE && this.text.length + text.length > MAX_LINE;
    if (this.isCutOff) {
      if (this.#dropped.length < MOST_DROPPED) this.#dropped += text;
      return "none";
    }
    // Joined first: a combining mark typed alone belongs to the cluster before it.
    const before = graphemes((this.cursorText + text).normalize("NFC"));
    this.#units = [...before, ...this.#units.slice(this.#cursor)];
    this.#cursor = before.length;
    return "none";
  }

  /** What was dropped last, as far as an end mark may go. */
  takeDropped(): string {
    const dropped = this.#dropped;
    this.#dropped = "";
    return dropped;
  }

  /** Replaces the text between `from` (an offset into `text`) and the cursor. */
  replaceBeforeCursor(from: number, text: string): void {
    const before = graphemes(this.cursorText.slice(0, from) + text);
    this.#units = [...before, ...this.#units.slice(this.#cursor)];
    this.#cursor = before.length;
  }

  #set(text: string): void {
    this.#units = graphemes(text);
    this.#cursor = this.#units.length;
  }

  #remove(from: number, to: number): EditorAction {
    if (from < 0) return "none";
    this.#units.splice(from, to - from);
    this.#cursor = from;
    if (this.#units.length === 0) {
      this.isCutOff = false;
      this.#dropped = "";
    }
    return "none";
  }

  #kill(from: number, to: number): EditorAction {
    if (to > from) this.#killed = this.#units.slice(from, to).join("");
    return this.#remove(from, to);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && /^\s$/.test(this.#units[at - 1])) at--;
    while (at > 0 && !/^\s$/.test(this.#units[at - 1])) at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#units.length && /^\s$/.test(this.#units[at])) at++;
    while (at < this.#units.length && !/^\s$/.test(this.#units[at])) at++;
    return at;
  }

  /** Moves through history entries that start with what stood before the first Up. */
  #recall(step: -1 | 1): void {
    if (this.#prefix === undefined) {
      this.#prefix = this.#at === this.#history.length ? this.text : "";
      if (this.#at === this.#history.length) this.#draft = this.text;
    }
    for (let at = this.#at + step; at >= 0 && at <= this.#history.length; at += step) {
      if (at === this.#history.length) {
        this.#at = at;
        this.#set(this.#draft);
        return;
      }
      const entry = this.#history[at];
      if (entry.startsWith(this.#prefix) && entry !== this.text) {
        this.#at = at;
        this.#set(entry);
        return;
      }
    }
  }
}

/** Where everything stands when a prompt and a text are written to a terminal of some width. */
export interface Layout {
  /** What to write, from the first column on; rows are separated by `\r\n`. */
  drawn: string;
  /** Rows from the first to the last one drawn. */
  endRow: number;
  /** The cursor's place, in rows below the first, and columns. */
  cursorRow: number;
  cursorColumn: number;
}

/**
 * Lays `text` out after `prompt`; further lines of the text start with `more`. Of what has more rows than `rows` those
 * around the cursor are drawn: on a screen there is no way up to others.
 */
export function layoutLine(
  prompt: string,
  more: string,
  text: string,
  cursorText: string,
  { columns, rows = Infinity }: { columns: number; rows?: number },
): Layout {
  const drawn = place(prompt, more, text, columns);
  const isAtEnd = cursorText.length === text.length;
  const before = isAtEnd ? drawn : place(prompt, more, cursorText, columns);
  const cursorRow = before.rows.length - 1;
  const from = Math.max(0, Math.min(cursorRow - rows + 1, drawn.rows.length - rows));
  const shown = drawn.rows.slice(from, from + rows);
  return {
    drawn: shown.join("\r\n"),
    endRow: shown.length - 1,
    cursorRow: cursorRow - from,
    cursorColumn: before.column,
  };
}

function place(
  prompt: string,
  more: string,
  text: string,
  columns: number,
): { rows: string[]; column: number } {
  const rows: string[] = [];
  let row = prompt;
  let column = displayWidth(prompt);
  const wrap = (next: string, width: number) => {
    rows.push(row);
    row = next;
    column = width;
  };
  const moreWidth = displayWidth(more);
  for (const unit of graphemes(text)) {
    if (unit === "\n" || unit === "\r\n") {
      wrap(more, moreWidth);
      continue;
    }
    const shown = shownUnit(unit);
    const width = displayWidth(shown);
    // Wrapped by us: terminals differ in what they do with a wide character at the edge.
    if (column + width > columns) wrap("", 0);
    row += shown;
    column += width;
  }
  if (column >= columns) wrap("", 0);
  return { rows: [...rows, row], column };
}

/** What is drawn of a character: one that would move the cursor as readline shows it. */
function shownUnit(unit: string): string {
  if (unit === "\t") return " ";
  const code = unit.charCodeAt(0);
  return code < 0x20 || code === 0x7f ? `^${String.fromCharCode(code ^ 0x40)}` : unit;
}
