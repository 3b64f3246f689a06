import assert from "node:assert/strict";

/** How long something took, of many times: the longest, and the middle one. */
export class Longest {
  readonly #what: string;
  readonly #boundMs: number;
  readonly #took: number[] = [];
  readonly #late: string[] = [];
  #which = "";

  /** `boundMs` is what it may take. */
  constructor(what: string, boundMs: number) {
    this.#what = what;
    this.#boundMs = boundMs;
  }

  async of<T>(told: string, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    const done = await work();
    this.#note(told, performance.now() - startMs);
    return done;
  }

  /** Counts from the instant that `first` gives. */
  async after(
    told: string,
    first: () => Promise<number>,
    then: () => Promise<void>,
  ): Promise<void> {
    const startMs = await first();
    await then();
    this.#note(told, performance.now() - startMs);
  }

  #note(told: string, tookMs: number): void {
    if (tookMs >= Math.max(...this.#took, 0)) this.#which = told;
    this.#took.push(tookMs);
    if (tookMs > this.#boundMs) this.#late.push(`${Math.round(tookMs)} ms: ${told}`);
  }

  /** Errors: AssertionError that names each time that took too long. */
  check(): void {
    const { length } = this.#late;
    assert.ok(
      length === 0,
      `${this.#what} took too long, ${length} times:\n${this.#late.join("\n")}`,
    );
  }

  toString(): string {
    const sorted = [...this.#took].sort((a, b) => a - b);
    const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)]);
    return `${this.#what}: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms ` +
      `(${this.#which.slice(0, 300)})`;
  }
}
