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

/** A session that its user has left. */
export class Detached extends CliError {
  override name = "Detached";
  constructor() {
    super("Detached: Ctrl-C was pressed three times within two seconds.", 130);
  }
}
