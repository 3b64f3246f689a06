import { chop, displayWidth } from "./width.ts";

/** What a fold draws on. */
export interface FoldDevice {
  columns: number;
  rows: number;
  write(text: string): void;
  /** Says on a line of its own how much is left out: lines, or characters where it is all one line. */
  note(left: { lines: number; characters: number }): void;
}

/** Without output for so long, in wall milliseconds, what was held is shown: who follows a log must not wait. */
const PAUSE_MS = 300;
/** What comes without a pause is looked at this often. */
const LOOK_MS = 1_000;
/** Screens that are shown as they come. */
const SCREENS = 2;

/**
 * Lets output through that a person can read, and folds what is longer: the first screens as they come, then how
 * much is left out, then the last lines. What comes after a pause is new output, so that what trickles in is
 * never folded. Three screens at once are shown whole.
 */
export class Fold {
  /** Whether something was left out. */
  isFolded = false;
  #held = "";
  #heldSinceMs = 0;
  /** Rows since the last pause. */
  #shown = 0;
  #endsLine = true;
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly device: FoldDevice) {}

  write(text: string): void {
    if (text === "") return;
    if (this.#isOpen) return this.device.write(text);
    clearTimeout(this.#timer);
    if (this.#held === "") {
      const room = SCREENS * this.device.rows - this.#shown;
      const { part, rows } = firstRows(text, room, this.device.columns);
      this.#shown += rows;
      this.#show(part);
      text = text.slice(part.length);
      this.#heldSinceMs = performance.now();
    }
    this.#held += text;
    if (performance.now() - this.#heldSinceMs > LOOK_MS) this.#release();
    else {
      this.#timer = setTimeout(() => {
        this.#release();
        this.#shown = 0;
      }, PAUSE_MS);
    }
  }

  /** From now on everything is let through: the terminal is a program's own. */
  open(): void {
    this.end();
    this.#isOpen = true;
  }

  /** Shows what is held: all of it where it is not much, or its last lines. */
  end(): void {
    clearTimeout(this.#timer);
    this.#release();
  }

  #release(): void {
    const held = this.#held;
    this.#held = "";
    if (held === "") return;
    const { columns, rows, note } = this.device;
    if (firstRows(held, rows, columns).part.length === held.length) return this.#show(held);
    const tail = lastRows(held, Math.floor(rows / 2), columns);
    const left = held.slice(0, held.length - tail.length);
    if (!this.#endsLine) this.#show("\n");
    note({ lines: left.split("\n").length - 1, characters: left.length });
    this.#show(tail);
    this.isFolded = true;
  }

  #show(text: string): void {
    if (text === "") return;
    this.device.write(text);
    this.#endsLine = text.endsWith("\n");
  }
}

const LINES = /[^\n]*\n|[^\n]+$/g;

/** As much of the beginning of `text` as `room` rows of a terminal hold, and the rows that it takes. */
function firstRows(text: string, room: number, columns: number): { part: string; rows: number } {
  let end = 0;
  let rows = 0;
  for (const [line] of text.matchAll(LINES)) {
    const height = heightOf(line, columns);
    if (rows + height > room) {
      // One line of many screens is cut where the room ends.
      const part = height > room ? chop(line, columns).slice(0, room - rows).join("") : "";
      return { part: text.slice(0, end) + part, rows: part === "" ? rows : room };
    }
    end += line.length;
    rows += height;
  }
  return { part: text, rows };
}

/** As much of the end of `text` as `room` rows hold. */
function lastRows(text: string, room: number, columns: number): string {
  let start = text.length;
  let rows = 0;
  while (start > 0) {
    const before = text.lastIndexOf("\n", start - 2) + 1;
    const line = text.slice(before, start);
    const height = heightOf(line, columns);
    if (rows + height > room) {
      return rows > 0 ? text.slice(start) : chop(line, columns).slice(-room).join("");
    }
    rows += height;
    start = before;
  }
  return text;
}

function heightOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(displayWidth(line.replace(/\n$/, "")) / columns));
}
