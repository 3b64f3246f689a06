import { layoutLine, LineEditor, MAX_LINE, type SearchWords } from "./editor.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import { pageText } from "./pager.ts";
import { type Capabilities, detectCapabilities, type Style, styleFor } from "./style.ts";
import { renderColumns } from "./table.ts";
import { displayWidth } from "./width.ts";

/** Words that could stand where the cursor is. */
export interface Completion {
  /** Offset in the text where the word being completed starts. */
  from: number;
  candidates: string[];
}

export interface ReadLineOptions {
  prompt: string;
  /** Stands in front of further lines of a block. */
  morePrompt?: string;
  history?: readonly string[];
  /** What a search in it is called; as readline has it without. */
  searchWords?: SearchWords;
  complete?(text: string, cursor: number): Promise<Completion>;
  /**
   * Whether Enter has to wait for more: an open quote, a here-document. A text says why, above the first further
   * line.
   */
  needsMore?(text: string): Promise<boolean | string> | boolean | string;
  /** What is said of a line that is longer than one may be, and is dropped; `most` is how many characters that are. */
  tooLong?(most: number): string;
  /** Called at every key, so that it is known that someone works. */
  onKey?(): void;
}

export type ReadLineResult =
  | { kind: "line"; text: string }
  | { kind: "interrupt" }
  | { kind: "eof" };

/** Where the tutor writes and what it reads from; a test brings its own. */
export interface Screen {
  readonly capabilities: Capabilities;
  readonly style: Style;
  write(text: string): void;
  readLine(options: ReadLineOptions): Promise<ReadLineResult>;
  /** Calls `handler` at Ctrl-C until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
  /** Hands over what is typed as it comes, Ctrl-C included, until the returned function is called. */
  onInput?(handler: (text: string) => void): () => void;
  /** Shows text a screenful at a time where a person can turn the pages, and at once elsewhere. */
  page(text: string): Promise<void>;
  /** Gives keys one after another to a full-screen program, until it returns. */
  fullScreen<T>(program: (keys: () => Promise<Key | undefined>) => Promise<T>): Promise<T>;
  close(): void;
}

/** The bytes a terminal is made of, so that it can be driven without one. */
export interface TerminalDevice {
  read(): Promise<Uint8Array | undefined>;
  write(text: string): void;
  setRaw(raw: boolean): void;
  size(): { columns: number; rows: number } | undefined;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Standard input and output of this process. */
function processDevice(): TerminalDevice {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(64 * 1024);
  let gone = false;
  return {
    // A terminal that was closed, and a reader that has gone, are an end of input and no mistake.
    async read() {
      const count = await Deno.stdin.read(buffer).catch(() => null);
      return count === null || gone ? undefined : buffer.slice(0, count);
    },
    write(text) {
      if (gone) return;
      const bytes = encoder.encode(text);
      try {
        for (let done = 0; done < bytes.length;) {
          done += Deno.stdout.writeSync(bytes.subarray(done));
        }
      } catch {
        gone = true;
      }
    },
    setRaw(raw) {
      try {
        Deno.stdin.setRaw(raw);
      } catch {
        gone = true;
      }
    },
    size() {
      try {
        return Deno.consoleSize();
      } catch {
        return undefined; // Not a terminal.
      }
    },
    stdinIsTerminal: Deno.stdin.isTerminal(),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    env: Object.fromEntries(
      ["NO_COLOR", "TERM", "COLUMNS"].map((name) => [name, Deno.env.get(name)]),
    ),
  };
}

/**
 * A terminal, or a pipe: lines are edited where a person sits at a terminal, and read as they come
 * where not. Input is read only while something asks for it, so that another program can have it.
 *
 * The terminal stays in raw mode from the first line on: Ctrl-C is a byte, never a signal, because
 * a signal would also end the processes that started this one.
 */
export class Terminal implements Screen {
  readonly #device: TerminalDevice;
  readonly #plain: boolean | undefined;
  readonly style: Style;
  #decoder = new KeyDecoder();
  #queue: Key[] = [];
  #reading: Promise<boolean> | undefined;
  #ended = false;
  #raw = false;
  #pipedText = "";
  #pipedDecoder = new TextDecoder();
  #interruptHandlers: (() => void)[] = [];
  #inputTaker: ((bytes: Uint8Array) => void) | undefined;

  constructor(options: { device?: TerminalDevice; plain?: boolean } = {}) {
    this.#device = options.device ?? processDevice();
    this.#plain = options.plain;
    this.style = styleFor(this.capabilities);
  }

  get capabilities(): Capabilities {
    return detectCapabilities({
      env: this.#device.env,
      stdinIsTerminal: this.#device.stdinIsTerminal,
      stdoutIsTerminal: this.#device.stdoutIsTerminal,
      size: this.#device.size(),
      plain: this.#plain,
    });
  }

  write(text: string): void {
    this.#device.write(text);
  }

  async readLine(options: ReadLineOptions): Promise<ReadLineResult> {
    if (!this.#device.stdinIsTerminal) return await this.#readPiped(options);
    this.#setRaw(true);
    return this.capabilities.plain
      ? await this.#editPlainly(options)
      : await this.#editLine(options);
  }

  onInterrupt(handler: () => void): () => void {
    if (!this.#device.stdinIsTerminal) return () => {};
    this.#interruptHandlers.push(handler);
    // A Ctrl-C that came before anyone waited for it: typed after what begins now.
    if (this.#queue.some(isInterrupt)) queueMicrotask(() => this.#interruptLate());
    void this.#watchKeys();
    return () => {
      this.#interruptHandlers = this.#interruptHandlers.filter((other) => other !== handler);
    };
  }

  onInput(handler: (text: string) => void): () => void {
    const decoder = new TextDecoder();
    const take = (bytes: Uint8Array) => handler(decoder.decode(bytes, { stream: true }));
    this.#inputTaker = take;
    void this.#watchKeys();
    return () => {
      if (this.#inputTaker === take) this.#inputTaker = undefined;
    };
  }

  async page(text: string): Promise<void> {
    const { interactive, plain, columns, rows } = this.capabilities;
    if (!interactive || plain) return this.write(text);
    let stopped = false;
    const release = this.onInterrupt(() => void (stopped = true));
    try {
      await pageText(text, {
        columns,
        rows,
        style: this.style,
        write: (part) => this.write(part),
        nextKey: () => this.#nextKey(() => stopped),
      });
    } finally {
      release();
    }
  }

  async fullScreen<T>(program: (keys: () => Promise<Key | undefined>) => Promise<T>): Promise<T> {
    this.#setRaw(true);
    this.write("\x1b[?1049h\x1b[?2004h");
    try {
      return await program(() => this.#nextKey());
    } finally {
      this.write("\x1b[?2004l\x1b[?1049l");
    }
  }

  close(): void {
    this.#setRaw(false);
  }

  #setRaw(raw: boolean): void {
    if (!this.#device.stdinIsTerminal || this.#raw === raw) return;
    this.#device.setRaw(raw);
    this.#raw = raw;
  }

  /** Reads once into the queue; false at the end of input. Shared by whoever waits. */
  #fill(): Promise<boolean> {
    this.#reading ??= (async () => {
      try {
        const bytes = await this.#device.read();
        if (bytes === undefined) {
          this.#ended = true;
          return false;
        }
        if (this.#inputTaker) {
          this.#inputTaker(bytes);
          return true;
        }
        for (const key of this.#decoder.decode(bytes)) {
          if (isInterrupt(key) && this.#interruptHandlers.length > 0) {
            this.#queue.length = 0; // What was typed ahead goes too, as a shell does.
            for (const handler of [...this.#interruptHandlers]) handler();
          } else this.#queue.push(key);
        }
        return true;
      } finally {
        this.#reading = undefined;
      }
    })();
    return this.#reading;
  }

  /** Hands on a Ctrl-C that lies in the queue, and drops what was typed before it. */
  #interruptLate(): void {
    const last = this.#queue.findLastIndex(isInterrupt);
    if (last < 0 || this.#interruptHandlers.length === 0) return;
    this.#queue.splice(0, last + 1);
    for (const handler of [...this.#interruptHandlers]) handler();
  }

  /** Reads on while someone waits for Ctrl-C. */
  async #watchKeys(): Promise<void> {
    const wanted = () => this.#interruptHandlers.length > 0 || this.#inputTaker !== undefined;
    while (wanted() && !this.#ended) await this.#fill();
  }

  /** The next key; undefined at the end of input, and when `stopped` says so after a read. */
  async #nextKey(stopped: () => boolean = () => false): Promise<Key | undefined> {
    while (this.#queue.length === 0) {
      if (stopped()) return undefined;
      if (this.#ended || !(await this.#fill())) return this.#queue.shift();
    }
    return this.#queue.shift();
  }

  async #readPiped(options: ReadLineOptions): Promise<ReadLineResult> {
    this.write(options.prompt);
    let text = "";
    let isDropped = false;
    for (;;) {
      const line = await this.#pipedLine();
      if (line === undefined) {
        this.write("\n");
        return text === "" ? { kind: "eof" } : ended();
      }
      if (line === TOO_LONG) {
        this.write(`${options.tooLong?.(MAX_LINE) ?? ""}\n`);
        if (text === "") return { kind: "interrupt" };
        // What follows within a here-document is no command: it goes to its end.
        isDropped = true;
        continue;
      }
      text += (text === "" ? "" : "\n") + line;
      this.write(`${line}\n`);
      if (!(await options.needsMore?.(text))) return ended();
      this.write(options.morePrompt ?? "> ");
    }

    function ended(): ReadLineResult {
      return isDropped ? { kind: "interrupt" } : { kind: "line", text };
    }
  }

  async #pipedLine(): Promise<string | typeof TOO_LONG | undefined> {
    for (let isTooLong = false;;) {
      const end = this.#pipedText.indexOf("\n");
      if (end >= 0) {
        const line = this.#pipedText.slice(0, end).replace(/\r$/, "");
        this.#pipedText = this.#pipedText.slice(end + 1);
        return isTooLong || line.length > MAX_LINE ? TOO_LONG : line;
      }
      // What has no end is not kept until there is one.
      isTooLong ||= this.#pipedText.length > MAX_LINE;
      if (isTooLong) this.#pipedText = "";
      const bytes = this.#ended ? undefined : await this.#device.read();
      if (bytes === undefined) {
        this.#ended = true;
        const rest = this.#pipedText;
        this.#pipedText = "";
        if (isTooLong) return TOO_LONG;
        return rest === "" ? undefined : rest;
      }
      this.#pipedText += this.#pipedDecoder.decode(bytes, { stream: true });
    }
  }

  async #editLine(options: ReadLineOptions): Promise<ReadLineResult> {
    const editor = new LineEditor(options.history, "", options.searchWords);
    const more = options.morePrompt ?? "> ";
    let cursorRow = 0;
    const draw = (isWhole = false) => {
      const { columns, rows } = this.capabilities;
      const layout = layoutLine(
        editor.searchPrompt ?? options.prompt,
        more,
        editor.text,
        editor.cursorText,
        isWhole ? { columns } : { columns, rows },
      );
      const up = cursorRow > 0 ? `\x1b[${cursorRow}A` : "";
      const back = layout.endRow > layout.cursorRow
        ? `\x1b[${layout.endRow - layout.cursorRow}A`
        : "";
      const right = layout.cursorColumn > 0 ? `\x1b[${layout.cursorColumn}C` : "";
      this.write(`${up}\r\x1b[J${layout.drawn}${back}\r${right}`);
      cursorRow = layout.cursorRow;
      return layout;
    };
    const finish = () => {
      const layout = draw(true);
      const down = layout.endRow - layout.cursorRow;
      this.write(`${down > 0 ? `\x1b[${down}B` : ""}\r\n\x1b[?2004l`);
    };
    const sayAbove = (text: string) => {
      this.write(`${cursorRow > 0 ? `\x1b[${cursorRow}A` : ""}\r\x1b[J`);
      this.write(`${this.style.dim(text)}\r\n`);
      cursorRow = 0;
    };
    this.write("\x1b[?2004h");
    draw();
    let tabs = 0;
    let isTold = false;
    for (;;) {
      const key = await this.#nextKey();
      if (key === undefined) {
        finish();
        return { kind: editor.isCutOff ? "interrupt" : "eof" };
      }
      options.onKey?.();
      const action = editor.handle(key);
      tabs = action === "complete" ? tabs + 1 : 0;
      if (editor.isCutOff && !isTold) {
        sayAbove(options.tooLong?.(MAX_LINE) ?? "");
        draw();
      }
      isTold = editor.isCutOff;
      if (action === "submit" && editor.isCutOff) {
        if (await isWithinDropped(editor, options)) continue;
        finish();
        return { kind: "interrupt" };
      } else if (action === "submit") {
        const more = await options.needsMore?.(editor.text);
        if (more) {
          if (typeof more === "string" && !editor.text.includes("\n")) sayAbove(more);
          editor.insert("\n");
        } else {
          finish();
          return { kind: "line", text: editor.text };
        }
      } else if (action === "interrupt") {
        finish();
        return { kind: "interrupt" };
      } else if (action === "eof") {
        finish();
        return { kind: "eof" };
      } else if (action === "clear") {
        this.write("\x1b[H\x1b[2J");
        cursorRow = 0;
      } else if (action === "complete") {
        const list = await completeIn(editor, options, tabs > 1);
        if (list) {
          finish();
          this.write(`${renderColumns(list, this.capabilities.columns)}\n\x1b[?2004h`);
          cursorRow = 0;
        }
      }
      // A burst of keys is drawn once, and what nobody will have is not.
      if (this.#queue.length === 0 && !(isTold && action === "none")) draw();
    }
  }

  /** Edits without moving the cursor up or over text: what is heard is what was typed. */
  async #editPlainly(options: ReadLineOptions): Promise<ReadLineResult> {
    const editor = new LineEditor(options.history, "", options.searchWords);
    let shown = "";
    let shownPrompt = options.prompt;
    this.write(options.prompt);
    const draw = () => {
      const text = editor.text;
      const prompt = editor.searchPrompt ?? options.prompt;
      if (prompt !== shownPrompt) this.write(`\n${prompt}${text}`);
      else if (text.startsWith(shown)) {
        this.write(text.slice(shown.length).replaceAll("\n", `\n${options.morePrompt ?? "> "}`));
      } else if (shown.startsWith(text) && !shown.slice(text.length).includes("\n")) {
        const width = displayWidth(shown.slice(text.length));
        this.write("\b \b".repeat(width));
      } else {
        this.write(`\n${prompt}${text}`);
      }
      shown = text;
      shownPrompt = prompt;
    };
    for (;;) {
      const key = await this.#nextKey();
      if (key === undefined) return { kind: "eof" };
      options.onKey?.();
      const action = editor.handle(key);
      if (action === "submit" && editor.isCutOff) {
        if (await isWithinDropped(editor, options)) continue;
        this.write(`\n${options.tooLong?.(MAX_LINE) ?? ""}\n`);
        return { kind: "interrupt" };
      } else if (action === "submit") {
        const more = await options.needsMore?.(editor.text);
        if (more) {
          if (typeof more === "string" && !editor.text.includes("\n")) this.write(`\n${more}`);
          editor.insert("\n");
        } else {
          this.write("\n");
          return { kind: "line", text: editor.text };
        }
      } else if (action === "interrupt" || action === "eof") {
        this.write("\n");
        return { kind: action };
      } else if (action === "complete") {
        const list = await completeIn(editor, options, true);
        if (list) {
          this.write(`\n${list.join(" ")}\n${options.prompt}${editor.text}`);
          shown = editor.text;
        }
      }
      draw();
    }
  }
}

/** A line of a pipe that is longer than one may be. */
const TOO_LONG = Symbol("too long");

function isInterrupt(key: Key): boolean {
  return key.kind === "key" && key.name === "ctrl-c";
}

/** Completes the word before the cursor; gives the candidates when they should be listed. */
async function completeIn(
  editor: LineEditor,
  options: ReadLineOptions,
  listAll: boolean,
): Promise<string[] | undefined> {
  if (!options.complete) return undefined;
  const cursor = editor.cursorText.length;
  const { from, candidates } = await options.complete(editor.text, cursor);
  if (candidates.length === 0) return undefined;
  const typed = editor.cursorText.slice(from);
  const common = commonPrefix(candidates);
  if (candidates.length === 1) {
    editor.replaceBeforeCursor(from, common + (/[/=]$/.test(common) ? "" : " "));
    return undefined;
  }
  if (common.length > typed.length) {
    editor.replaceBeforeCursor(from, common);
    return undefined;
  }
  return listAll ? candidates : undefined;
}

function commonPrefix(words: readonly string[]): string {
  let prefix = words[0];
  for (const word of words) {
    while (!word.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}

/** Whether what comes after a line that ended within a text which was cut off is a part of that: of a here-document. */
async function isWithinDropped(editor: LineEditor, options: ReadLineOptions): Promise<boolean> {
  const dropped = editor.takeDropped();
  if (!editor.text.includes("\n")) return false;
  return Boolean(await options.needsMore?.(`${editor.text}\n${dropped}`));
}
