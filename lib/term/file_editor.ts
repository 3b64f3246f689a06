import type { Key } from "./keys.ts";
import type { Screen } from "./terminal.ts";
import { displayWidth, graphemes, padEnd, truncate, wrapWithin } from "./width.ts";

/** Rows of what is said of the text. */
const MOST_STATUS_ROWS = 3;

/** The words a file editor shows. */
export interface FileEditorWords {
  /** `^S save  ^Q close …` */
  keys: string;
  /** Asked when closing with changes: answered with y, n or Escape. */
  saveChanges: string;
  find: string;
  notFound: string;
  saved: string;
  /** In place of `keys` where the text can be tried: with `^R …`. */
  keysWithTry: string;
  trying: string;
  /** `Esc back  …`, below what trying gave. */
  tried: string;
}

export interface FileEditorOptions {
  title: string;
  text: string;
  /** The line that the cursor begins at, from 1. */
  line?: number;
  words: FileEditorWords;
  /** Makes a text durable. */
  save(text: string): Promise<void>;
  /** Tells what is wrong with a text, in one line, for the status row. */
  check?(text: string): string | undefined;
  /** Tries the text as it stands, saved or not; gives what is to be shown, in lines of at most `columns`. */
  attempt?(text: string, columns: number): Promise<string>;
}

interface Snapshot {
  lines: string[];
  row: number;
  column: number;
}

/**
 * A small editor for a file of a few hundred lines: text, cursor, clipboard of lines, undo, find,
 * comment toggling. It draws nothing, so that it can be driven by a test.
 */
export class TextBuffer {
  lines: string[];
  row = 0;
  /** In grapheme clusters. */
  column = 0;
  #cut: string[] = [];
  #undo: Snapshot[] = [];
  #lastWasTyping = false;

  constructor(text: string) {
    this.lines = text.split("\n");
  }

  get text(): string {
    return this.lines.join("\n");
  }

  get #units(): string[] {
    return graphemes(this.lines[this.row]);
  }

  /** Handles a key; false when the key means nothing here. */
  handle(key: Key): boolean {
    if (key.kind === "key" && this.#move(key.name)) {
      this.#lastWasTyping = false;
      return true;
    }
    if (key.kind === "key" && key.name === "ctrl-z") return this.#restore();
    const typing = key.kind === "text";
    if (!typing || !this.#lastWasTyping) this.#remember();
    this.#lastWasTyping = typing;
    if (key.kind !== "key") {
      this.#insert(key.text);
      return true;
    }
    if (this.#change(key.name)) return true;
    this.#undo.pop();
    return false;
  }

  #change(name: string): boolean {
    if (name === "enter") this.#insert(`\n${/^\s*/.exec(this.lines[this.row])![0]}`);
    else if (name === "tab") this.#insert("  ");
    else if (name === "backspace") this.#backspace();
    else if (name === "delete" || name === "ctrl-d") {
      if (this.#stepRight()) this.#backspace();
    } else if (name === "ctrl-k") this.#cutLine();
    else if (name === "ctrl-u") this.#pasteLines();
    else if (name === "ctrl-\x7f" || name === "ctrl-_" || name === "ctrl-t") this.#toggleComment();
    else return false;
    return true;
  }

  #move(name: string): boolean {
    const page = 15;
    if (name === "up") this.#go(this.row - 1);
    else if (name === "down") this.#go(this.row + 1);
    else if (name === "page-up") this.#go(this.row - page);
    else if (name === "page-down") this.#go(this.row + page);
    else if (name === "left") this.#stepLeft();
    else if (name === "right") this.#stepRight();
    else if (name === "home" || name === "ctrl-a") this.column = 0;
    else if (name === "end" || name === "ctrl-e") this.column = this.#units.length;
    else return false;
    return true;
  }

  #go(row: number): void {
    this.row = Math.max(0, Math.min(this.lines.length - 1, row));
    this.column = Math.min(this.column, this.#units.length);
  }

  #stepLeft(): void {
    if (this.column > 0) this.column--;
    else if (this.row > 0) {
      this.row--;
      this.column = this.#units.length;
    }
  }

  #stepRight(): boolean {
    if (this.column < this.#units.length) this.column++;
    else if (this.row < this.lines.length - 1) {
      this.row++;
      this.column = 0;
    } else return false;
    return true;
  }

  #insert(text: string): void {
    const units = this.#units;
    const before = units.slice(0, this.column).join("");
    const after = units.slice(this.column).join("");
    const added = (before + text.normalize("NFC")).split("\n");
    const last = added.length - 1;
    this.column = graphemes(added[last]).length;
    added[last] += after;
    this.lines.splice(this.row, 1, ...added);
    this.row += last;
  }

  #backspace(): void {
    const units = this.#units;
    if (this.column > 0) {
      units.splice(--this.column, 1);
      this.lines[this.row] = units.join("");
    } else if (this.row > 0) {
      const rest = this.lines.splice(this.row, 1)[0];
      this.row--;
      this.column = this.#units.length;
      this.lines[this.row] += rest;
    }
  }

  #cutLine(): void {
    this.#cut = this.lines.splice(this.row, 1);
    if (this.lines.length === 0) this.lines = [""];
    this.#go(this.row);
  }

  #pasteLines(): void {
    this.lines.splice(this.row, 0, ...this.#cut);
    this.#go(this.row + this.#cut.length);
  }

  /** Makes a line a comment, or takes the mark away; then goes to the next, to do many. */
  #toggleComment(): void {
    const line = this.lines[this.row];
    const commented = /^(\s*)# ?(.*)$/.exec(line);
    if (commented) this.lines[this.row] = commented[1] + commented[2];
    else if (line.trim() !== "") this.lines[this.row] = line.replace(/^(\s*)/, "$1# ");
    this.#go(this.row + 1);
  }

  /** Goes to the next place after the cursor where `wanted` stands. */
  find(wanted: string): boolean {
    const needle = wanted.toLowerCase();
    for (let step = 0; step <= this.lines.length; step++) {
      const row = (this.row + step) % this.lines.length;
      const line = this.lines[row].toLowerCase();
      const from = step === 0 ? this.lines[row].length - this.#after().length : 0;
      const at = line.indexOf(needle, from);
      if (at < 0) continue;
      this.row = row;
      this.column = graphemes(this.lines[row].slice(0, at)).length;
      return true;
    }
    return false;
  }

  #after(): string {
    return this.#units.slice(this.column + 1).join("");
  }

  #remember(): void {
    this.#undo.push({ lines: [...this.lines], row: this.row, column: this.column });
    if (this.#undo.length > 200) this.#undo.shift();
  }

  #restore(): boolean {
    const snapshot = this.#undo.pop();
    if (snapshot) Object.assign(this, snapshot);
    this.#lastWasTyping = false;
    return true;
  }
}

/** Edits a text on the whole screen; resolves when it is closed, with whether it was saved. */
export async function editFile(screen: Screen, options: FileEditorOptions): Promise<boolean> {
  return await screen.fullScreen(async (nextKey) => {
    const view = new EditorView(screen, options);
    for (;;) {
      view.draw();
      const key = await nextKey();
      if (key === undefined || !(await view.handle(key, nextKey))) return view.wasSaved;
    }
  });
}

class EditorView {
  readonly #screen: Screen;
  readonly #options: FileEditorOptions;
  readonly #buffer: TextBuffer;
  #savedText: string;
  #top = 0;
  #status = "";
  #sought = "";
  wasSaved = false;

  constructor(screen: Screen, options: FileEditorOptions) {
    this.#screen = screen;
    this.#options = options;
    this.#buffer = new TextBuffer(options.text);
    this.#savedText = options.text;
    this.#buffer.row = Math.max(0, Math.min(this.#buffer.lines.length, options.line ?? 1) - 1);
    // What comes below is what one is there for.
    this.#top = this.#buffer.row;
  }

  get #changed(): boolean {
    return this.#buffer.text !== this.#savedText;
  }

  /** False when the editor is to close. */
  async handle(key: Key, nextKey: () => Promise<Key | undefined>): Promise<boolean> {
    this.#status = "";
    const name = key.kind === "key" ? key.name : "";
    if (name === "ctrl-s" || name === "ctrl-o") await this.#save();
    else if (name === "ctrl-q" || name === "ctrl-x" || name === "ctrl-c") {
      return await this.#stay(nextKey);
    } else if (name === "ctrl-f" || name === "ctrl-w") await this.#find(nextKey);
    else if (name === "ctrl-r") return await this.#attempt(nextKey);
    else this.#buffer.handle(key);
    return true;
  }

  async #save(): Promise<void> {
    const text = this.#buffer.text;
    await this.#options.save(text);
    this.#savedText = text;
    this.wasSaved = true;
    this.#status = this.#options.check?.(text) ?? this.#options.words.saved;
  }

  /** Asks about changes; true when the editor stays open after all. */
  async #stay(nextKey: () => Promise<Key | undefined>): Promise<boolean> {
    if (!this.#changed) return false;
    for (;;) {
      this.#status = this.#options.words.saveChanges;
      this.draw();
      const key = await nextKey();
      if (key === undefined) return false;
      const answer = key.kind === "text"
        ? key.text.toLowerCase()
        : key.kind === "key"
        ? key.name
        : "";
      if (answer === "n" || answer === "ㅜ") return false;
      if (answer === "y" || answer === "ㅛ") {
        await this.#save();
        return false;
      }
      if (answer === "escape" || answer === "ctrl-c") {
        this.#status = "";
        return true;
      }
    }
  }

  /** Shows what trying the text gives, until a key leads back; false where there are no keys any more. */
  async #attempt(nextKey: () => Promise<Key | undefined>): Promise<boolean> {
    const { attempt, words } = this.#options;
    if (!attempt) return true;
    this.#status = words.trying;
    this.draw();
    // A key that is pressed meanwhile leads back, and what comes of the trying is left.
    let key = nextKey();
    // Whatever goes wrong is shown: the editor holds a text that is not saved.
    const tried = attempt(this.#buffer.text, this.#screen.capabilities.columns)
      .catch((error) => error instanceof Error ? error.message : String(error));
    const first = await Promise.race([tried, key.then((pressed) => ({ pressed }))]);
    this.#status = "";
    if (typeof first !== "string") return first.pressed !== undefined;
    const lines = first.trimEnd().split("\n");
    let top = 0;
    for (;;) {
      const height = this.#drawTried(lines, top);
      const pressed = await key;
      if (pressed === undefined) return false;
      const step = pressed.kind === "key" ? stepOf(pressed.name, height) : undefined;
      if (step === undefined) return true;
      top = Math.max(0, Math.min(lines.length - height, top + step));
      key = nextKey();
    }
  }

  /** Gives how many lines fit. */
  #drawTried(lines: readonly string[], top: number): number {
    const { columns, rows } = this.#screen.capabilities;
    const { style } = this.#screen;
    const height = rows - 2;
    const end = Math.min(lines.length, top + height);
    const out = [
      style.bold(truncate(`${this.#options.title}  ${top + 1}-${end}/${lines.length}`, columns)),
      ...Array.from({ length: height }, (_, at) => truncate(lines[top + at] ?? "", columns)),
      style.dim(truncate(this.#options.words.tried, columns)),
    ];
    this.#screen.write(
      `\x1b[?25l\x1b[H${out.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J\x1b[?25h`,
    );
    return height;
  }

  async #find(nextKey: () => Promise<Key | undefined>): Promise<void> {
    let text = "";
    for (;;) {
      this.#status = `${this.#options.words.find} ${text || `[${this.#sought}]`}`;
      this.draw();
      const key = await nextKey();
      this.#status = "";
      if (key === undefined) return;
      if (key.kind !== "key") text += key.text;
      else if (key.name === "backspace") text = graphemes(text).slice(0, -1).join("");
      else if (key.name === "enter") break;
      else return;
    }
    this.#sought = text || this.#sought;
    if (this.#sought !== "" && !this.#buffer.find(this.#sought)) {
      this.#status = `${this.#options.words.notFound} ${this.#sought}`;
    }
  }

  /** What is said of the text, or of the last key, in as many rows as it takes, but not more than a few. */
  #statusRows(columns: number): string[] {
    const rows = wrapWithin(
      this.#status || this.#options.check?.(this.#buffer.text) || "",
      columns,
    );
    if (rows.length <= MOST_STATUS_ROWS) return rows;
    const last = MOST_STATUS_ROWS - 1;
    return [...rows.slice(0, last), truncate(rows.slice(last).join(" "), columns)];
  }

  draw(): void {
    const { columns, rows } = this.#screen.capabilities;
    const { style } = this.#screen;
    const buffer = this.#buffer;
    const said = this.#statusRows(columns);
    const height = rows - 2 - said.length;
    if (buffer.row < this.#top) this.#top = buffer.row;
    if (buffer.row >= this.#top + height) this.#top = buffer.row - height + 1;
    const gutter = String(buffer.lines.length).length + 1;
    // The last column is for a mark where a line goes on.
    const room = columns - gutter - 2;
    const left = graphemes(buffer.lines[buffer.row]).slice(0, buffer.column).join("");
    const cursorAt = displayWidth(left);
    const shift = cursorAt >= room ? cursorAt - room + 8 : 0;
    const body = Array.from({ length: height }, (_, index) => {
      const line = buffer.lines[this.#top + index];
      if (line === undefined) return style.dim("~");
      const number = style.dim(String(this.#top + index + 1).padStart(gutter - 1));
      const from = this.#top + index === buffer.row ? shift : 0;
      const goesOn = displayWidth(line.replaceAll("\t", "  ")) > from + room;
      const part = visiblePart(line, from, room);
      return `${number} ${goesOn ? padEnd(part, room) + style.dim("›") : part}`;
    });
    const mark = this.#changed ? "*" : "";
    const { attempt, words } = this.#options;
    const out = [
      style.bold(truncate(`${this.#options.title}${mark}`, columns)),
      ...body,
      ...said,
      style.dim(truncate(attempt ? words.keysWithTry : words.keys, columns)),
    ];
    const row = buffer.row - this.#top + 2;
    const column = gutter + 1 + cursorAt - shift;
    this.#screen.write(
      `\x1b[?25l\x1b[H${out.map((line) => `${line}\x1b[K`).join("\r\n")}` +
        `\x1b[J\x1b[${row};${column}H\x1b[?25h`,
    );
  }
}

/** How many lines a key moves; undefined for one that leads back. */
function stepOf(name: string, height: number): number | undefined {
  const steps: Record<string, number> = {
    up: -1,
    down: 1,
    "page-up": 1 - height,
    "page-down": height - 1,
    home: -Infinity,
    end: Infinity,
  };
  return Object.hasOwn(steps, name) ? steps[name] : undefined;
}

/** What of a line stands in a window `room` columns wide that begins at column `shift`. */
function visiblePart(line: string, shift: number, room: number): string {
  let out = "";
  let at = 0;
  for (const unit of graphemes(line.replaceAll("\t", "  "))) {
    const width = displayWidth(unit);
    if (at >= shift && at + width <= shift + room) out += unit;
    else if (at < shift && at + width > shift) out += padEnd("", at + width - shift);
    at += width;
  }
  return out;
}
