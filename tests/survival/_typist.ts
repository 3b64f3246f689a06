import assert from "node:assert/strict";
import { Seat, taskArguments } from "../cli/_user.ts";

// deno-lint-ignore no-control-regex
const READS = /\x1b\[\?2004h[^]*?x\d+ \$ /;
// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[\d;?]*[A-Za-z]|\r/g;

/** Of a row that is erased from its beginning nothing is to be seen: it told how time goes by. */
// deno-lint-ignore no-control-regex
const ERASED = /[^\n]*\r\x1b\[K/g;

/** What is read of what was drawn. */
export function plain(drawn: string): string {
  return drawn.replace(ERASED, "").replace(ESCAPES, "");
}

/** Someone who types lines at a tutor's prompt. */
export class Typist {
  readonly #seat: Seat;
  #typed = 0;
  /** All that was drawn. */
  seen = "";

  constructor(options: readonly string[]) {
    this.#seat = new Seat([...taskArguments("tutor"), ...options, "--lang", "en"]);
  }

  /** What is drawn up to the next prompt, as it came. */
  async prompt(): Promise<string> {
    const text = await this.#seat.sees(READS);
    this.seen += text;
    return text;
  }

  /** Types a line; gives what it prints, and what is said of it, up to the next prompt. */
  async line(line: string): Promise<string> {
    await this.begins(line);
    return (await this.prompt()).replace(READS, "");
  }

  /** Types a line; it runs from then on. */
  async begins(line: string): Promise<void> {
    await this.#seat.types(`${line}\r`);
    // deno-lint-ignore no-control-regex
    this.seen += await this.#seat.sees(/\x1b\[\?2004l/);
  }

  async keys(keys: string): Promise<void> {
    await this.#seat.types(keys);
  }

  async sees(pattern: RegExp): Promise<void> {
    this.seen += await this.#seat.sees(pattern);
  }

  /** The next lines are answered: of the shell, and of the cluster. */
  async goesOn(): Promise<void> {
    const product = 7 * ++this.#typed;
    const said = await this.line(`echo still-here-$((7 * ${this.#typed}))`);
    assert.match(plain(said), new RegExp(`^still-here-${product}$`, "m"));
    assert.match(await this.line("kubectl get nodes"), /^hpa-practice-worker +Ready /m);
  }

  async quits(): Promise<void> {
    await this.#seat.types("quit\r");
    assert.equal(await this.#seat.leaves(), 0);
    this.seen += this.#seat.rest;
  }
}
