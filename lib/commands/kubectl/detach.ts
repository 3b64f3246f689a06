import { CliError } from "./errors.ts";

const CTRL_C = "\x03";
const PRESSES = 3;
const WITHIN_MS = 2_000;

/**
 * Tells when someone wants to leave whatever a container does: Ctrl-C three times in a row within two
 * seconds of the wall's clock.
 * Differs: upstream's way out is to close the terminal, or `kubectl delete pod` in another one.
 */
export class DetachKeys {
  #pressedAtMs: number[] = [];

  /** `nowMs` is any clock that does not go back. */
  constructor(private readonly nowMs: () => number) {}

  /** Takes what was typed; gives whether that is the third in time. */
  typed(text: string): boolean {
    for (const char of text) {
      if (char === CTRL_C) this.#pressedAtMs.push(this.nowMs());
      else this.#pressedAtMs = [];
      const first = this.#pressedAtMs.at(-PRESSES);
      if (first !== undefined && this.nowMs() - first <= WITHIN_MS) return true;
    }
    return false;
  }
}

/** How long somebody who pressed Ctrl-C in vain is left to do it again, in wall milliseconds. */
const HINT_AFTER_MS = 1_000;
const HINT =
  "What runs there does not end by Ctrl-C. To leave it: Ctrl-C three times within two seconds";

/** Says once how to leave, to who has pressed Ctrl-C twice in a row and is still there. */
export class LeaveHint {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #inARow = 0;
  #isSaid = false;

  constructor(private readonly say: (text: string) => void) {}

  /** Takes what was typed. */
  typed(text: string): void {
    this.close();
    for (const char of text) this.#inARow = char === CTRL_C ? this.#inARow + 1 : 0;
    if (this.#inARow < PRESSES - 1 || this.#isSaid) return;
    this.#timer = setTimeout(() => {
      this.#isSaid = true;
      this.say(`\r\n${HINT}\r\n`);
    }, HINT_AFTER_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** A session that its user has left. */
export class Detached extends CliError {
  override name = "Detached";
  constructor() {
    super("Detached: Ctrl-C was pressed three times within two seconds.", 130);
  }
}
