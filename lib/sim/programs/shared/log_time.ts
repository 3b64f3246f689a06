import { fnv32a } from "../../../base/mod.ts";
import type { ContainerContext } from "../../seams.ts";

const MILLISECOND = 1_000_000;
/** Two lines of one instant are so many nanoseconds apart at least, and at most as many again and a half. */
const STEP = 18_000;
const SPREAD = 40_000;

/**
 * The instants of a program's log lines, finer than the clock's milliseconds: what is written at one virtual
 * instant was written one after the other. The same cluster gives the same instants, and takes no chance for them.
 */
export class LogTime {
  #ms = -1;
  #ns = 0;

  constructor(private readonly context: Pick<ContainerContext, "now" | "pod">) {}

  /** `2026-12-01T03:48:11.123456789Z`. */
  next(): string {
    const nowMs = this.context.now();
    if (nowMs > this.#ms) {
      this.#ms = nowMs;
      // A part of it, so that what follows at once lies in the same millisecond.
      this.#ns = this.#chance(MILLISECOND * 0.8);
    } else {
      this.#ns += STEP + this.#chance(SPREAD);
      if (this.#ns >= MILLISECOND) {
        this.#ns -= MILLISECOND;
        this.#ms++;
      }
    }
    const head = new Date(this.#ms).toISOString().slice(0, -1);
    return `${head}${String(this.#ns).padStart(6, "0")}Z`;
  }

  #chance(below: number): number {
    return fnv32a(`${this.context.pod.uid}/${this.#ms}/${this.#ns}`) % below;
  }
}
