import { type Channel, FedInput } from "./channels.ts";

const ERASE = "\b \b";
/** The longest line that can be typed; Source: linux include/linux/tty.h (N_TTY_BUF_SIZE). */
const MAX_LINE = 4_095;
/** What is typed and not yet read is kept up to this. */
const MAX_INPUT_BYTES = 64 << 10;
/** Source: busybox include/libbb.h (MAX_HISTORY). */
const MAX_HISTORY = 255;
const MAX_ESCAPE = 16;

/**
 * A terminal in its usual mode: it echoes what is typed, hands lines over when they are whole, and turns
 * Ctrl-C into an interrupt and Ctrl-D into the end of the input.
 * Differs: of line editing it knows erasing and the history of arrow up and down.
 */
export class Terminal {
  readonly #input = new FedInput(MAX_INPUT_BYTES);
  readonly #history: string[] = [];
  #line = "";
  #place = 0;
  #escape = "";

  readonly input: Channel;
  readonly output: Channel;

  constructor(
    private readonly show: (text: string) => void,
    private readonly interrupt: () => void,
  ) {
    const input = this.#input;
    this.input = {
      isTty: true,
      read: () => input.read(),
      unread: (text) => input.unread(text),
      readable: input.readable,
    };
    this.output = { isTty: true, write: (text) => this.show(text.replaceAll("\n", "\r\n")) };
  }

  /** What was typed. */
  feed(text: string): void {
    for (const char of text) this.#key(char);
  }

  /** The other side hung up. */
  end(): void {
    this.#input.end();
  }

  #key(char: string): void {
    if (this.#escape !== "" || char === "\x1b") {
      this.#escape += char;
      const isOpen = this.#escape.length < MAX_ESCAPE &&
        /^\[?[\d;]*$/.test(this.#escape.slice(1));
      if (isOpen) return;
      const sequence = this.#escape;
      this.#escape = "";
      if (sequence === "\x1b[A") this.#recall(-1);
      if (sequence === "\x1b[B") this.#recall(1);
      return;
    }
    switch (char) {
      case "\r":
      case "\n":
        this.show("\r\n");
        if (this.#line.trim() !== "") this.#history.push(this.#line);
        if (this.#history.length > MAX_HISTORY) this.#history.shift();
        this.#place = this.#history.length;
        this.#input.feed(`${this.#line}\n`);
        this.#line = "";
        return;
      case "\x03":
        this.show("^C\r\n");
        this.#line = "";
        // What was typed ahead goes too; Source: linux drivers/tty/n_tty.c (isig).
        this.#input.clear();
        this.interrupt();
        return;
      case "\x04":
        if (this.#line === "") this.#input.endOnce();
        else {
          this.#input.feed(this.#line);
          this.#line = "";
        }
        return;
      case "\x7f":
      case "\b":
        if (this.#line === "") return;
        this.#line = this.#line.slice(0, -1);
        this.show(ERASE);
        return;
      case "\x15":
        this.show(ERASE.repeat(this.#line.length));
        this.#line = "";
        return;
    }
    if (char < " " && char !== "\t") return;
    if (this.#line.length >= MAX_LINE) return this.show("\x07");
    this.#line += char;
    this.show(char);
  }

  #recall(step: number): void {
    const place = this.#place + step;
    if (place < 0 || place > this.#history.length) return;
    this.#place = place;
    this.show(ERASE.repeat(this.#line.length));
    this.#line = this.#history[place] ?? "";
    this.show(this.#line);
  }
}
