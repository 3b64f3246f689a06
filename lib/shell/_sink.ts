import type { RunOptions, RunResult } from "./shell.ts";

/** Output kept for the result; what streams past this is only shown. */
const KEPT_OUTPUT_CHARS = 8_000_000;

/** Collects output and passes it on as it comes. */
export class Sink {
  #stdout = "";
  #stderr = "";
  #printed = "";
  #options: RunOptions;
  #first!: () => void;
  readonly firstOutput: Promise<void> = new Promise((resolve) => this.#first = resolve);

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** `shown` is what a terminal gets where that is laid out in another way, as `ls` does. */
  readonly out = (text: string, shown = text): void => {
    if (text === "") return;
    this.#first();
    this.#keep(text);
    this.#options.out?.(shown);
  };

  #keep(text: string): void {
    if (this.#stdout.length >= KEPT_OUTPUT_CHARS) return;
    this.#stdout += text;
    this.#printed += text;
  }

  /** Counts all of it as output, of which the person may look at a part. */
  readonly page = async (text: string): Promise<void> => {
    if (text === "") return;
    this.#first();
    this.#keep(text);
    await this.#options.page?.(text);
  };

  readonly err = (text: string): void => {
    if (text === "") return;
    this.#first();
    if (this.#stderr.length < KEPT_OUTPUT_CHARS) {
      this.#stderr += text;
      this.#printed += text;
    }
    this.#options.err?.(text);
  };

  /** How much there is so far, in characters. */
  get printed(): number {
    return this.#printed.length;
  }

  result(exitCode: number): RunResult {
    return {
      stdout: this.#stdout,
      stderr: this.#stderr,
      printed: this.#printed,
      exitCode,
    };
  }
}
