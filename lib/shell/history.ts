import type { StateFile } from "../labs/lab.ts";

const KEY = "shell/history";
const LIMIT = 1000;
/** A recalled line at the beginning of another. */
export const EVENT = /^\s*!(?:-?\d+|[A-Za-z][\w-]*)/;

/** Lines typed before, kept with the lab: what `lab.save()` makes durable. */
export class History {
  #state: StateFile;
  #lines: string[];

  constructor(state: StateFile) {
    this.#state = state;
    this.#lines = readLines(state.get(KEY));
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * A line with what it recalls put in: `!!` is the line before, also within a line; `!7`, `!-2` and `!kubectl`, as
   * the first word, are the seventh, the one before the last, and the last that begins so. Nothing is recalled within
   * single quotes. Undefined where there is no such line; `event` of {@linkcode EVENT} names it.
   * Source: bash lib/readline/histexpand.c; of its forms, those that people type.
   */
  expand(line: string): string | undefined {
    const last = this.#lines.at(-1);
    let isMissing = false;
    const recall = (part: string, found: string | undefined) => {
      isMissing ||= found === undefined;
      return found ?? part;
    };
    const expanded = line
      .replace(/'[^']*'|\\.|!!/g, (part) => part === "!!" ? recall(part, last) : part)
      .replace(EVENT, (event) => recall(event, this.#find(event.trim().slice(1))));
    return isMissing ? undefined : expanded;
  }

  #find(event: string): string | undefined {
    if (/^-?\d+$/.test(event)) {
      const number = Number(event);
      return this.#lines.at(number > 0 ? number - 1 : number);
    }
    return this.#lines.findLast((line) => line.startsWith(event));
  }

  /** Adds a line, unless it is empty, starts with a space, or is the one before again. */
  add(line: string): void {
    if (line.trim() === "" || line.startsWith(" ") || line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    if (this.#lines.length > LIMIT) this.#lines.splice(0, this.#lines.length - LIMIT);
    this.#state.put(KEY, JSON.stringify(this.#lines));
  }
}

function readLines(text: string | undefined): string[] {
  try {
    const value = JSON.parse(text ?? "[]");
    return Array.isArray(value) ? value.filter((line) => typeof line === "string") : [];
  } catch {
    return []; // History is a convenience: a damaged one is not worth a word.
  }
}
