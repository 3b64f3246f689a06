import { pause } from "../../base/mod.ts";
import type { Board } from "../board.ts";
import type { SteppedClock } from "../hurry.ts";
import type { LabClock } from "../lab.ts";

/** The server's seconds in one of the wall's, about, and what asks the server for its time. */
export interface Pace {
  speed: number;
  ask(): Promise<unknown>;
}

/** How often the time is told to the shell's side, in wall milliseconds. */
const TELL_EVERY_MS = 50;

/**
 * The time of a real cluster: nobody can move it, so that what would move it waits. It goes by the server's clock
 * where that is not this machine's, since ages and `since` are of the server's times.
 */
export class ServerClock implements LabClock, SteppedClock {
  readonly movable = false;
  readonly #aheadMs: () => number;
  readonly #board: Board;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #pace: Pace | undefined;

  /** `pace` is of a lab that another process serves and hurries; any other server's time goes as the wall's. */
  constructor(board: Board, aheadMs: () => number, pace?: Pace) {
    this.#aheadMs = aheadMs;
    this.#pace = pace;
    this.#board = board;
    this.#tell();
    board.speed = 1;
    this.#timer = setInterval(() => this.#tell(), TELL_EVERY_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #tell(): void {
    this.#board.nowMs = this.now();
  }

  now(): number {
    return Date.now() + this.#aheadMs();
  }

  readonly speed = 1;

  setSpeed(): void {}

  /** Waits; ends early, without an error, when `signal` aborts. */
  async advance(
    durationMs: number,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (doneMs: number) => void } = {},
  ): Promise<void> {
    const pace = this.#pace;
    const endMs = this.now() + durationMs;
    await pause(durationMs / (pace?.speed ?? 1), signal ?? NEVER);
    while (pace && this.now() < endMs && !signal?.aborted) {
      await pause(Math.max(10, (endMs - this.now()) / pace.speed), signal ?? NEVER);
      await pace.ask();
    }
    onProgress?.(durationMs);
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    return await work();
  }

  async hurry<T>(promise: Promise<T>): Promise<T> {
    return await promise;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

const NEVER = new AbortController().signal;
