import type { StateFile } from "../labs/lab.ts";

const KEY = "shell/history";
const LIMIT = 1000;

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
