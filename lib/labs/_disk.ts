import { setImmediate } from "node:timers";
import { asIs, type Localized, messageOf, said } from "../base/mod.ts";
import type { Batch } from "./mirror_state.ts";

type DiskState = import("../sim/state/mod.ts").DiskState;
type StateError = import("../sim/state/mod.ts").StateError;

/** What is written to see whether there is room again. */
const PROBE = "sandbox/probe";
/** How often a full disk is tried again. */
const RETRY_MS = 2_000;
const NO_ROOM = said("There is no room on the disk", "디스크에 자리가 없습니다");

/** Who goes by whether the disk takes anything. */
interface DiskUser {
  /** Nothing more is taken from here on. */
  full(reason: Localized): void;
  /** Does what had to wait for room. Errors: StateError, where there is none yet. */
  takeUp(): void;
  /** There is room again, and what had to wait for it is done. */
  room(): void;
}

/** The state file on a disk that may be full: then it is tried again until it takes something. */
export class Disk {
  #full: Localized | undefined;
  #retry: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(readonly state: DiskState, readonly user: DiskUser) {
    if (state.readOnly !== undefined || state.isFull) this.#wait(state.readOnly ?? NO_ROOM);
  }

  /** Why nothing more is taken; undefined as long as something is. */
  get full(): Localized | undefined {
    return this.#full;
  }

  /** What is told to who would change something; undefined as long as that can be kept. */
  refusal(): Error | undefined {
    if (this.#full === undefined) return undefined;
    const told = said(
      "There is no room on the disk: the lab can be read, not changed",
      "디스크에 자리가 없습니다. 실습 환경은 볼 수만 있고 바꿀 수 없습니다",
    );
    return Object.assign(new Error(told.en), { name: "StateError", told });
  }

  /** Errors: StateError. */
  commit(what: { batch?: Batch; alone?: boolean }): void {
    this.durably(() => this.state.commit(what));
  }

  /** Errors: StateError. */
  durably<T>(work: () => T): T {
    try {
      const given = work();
      // It was made durable with the room that was kept for that; the next one may not be.
      if (this.state.isFull) this.#onFull(NO_ROOM);
      return given;
    } catch (error) {
      const { kind, told } = error as Partial<StateError>;
      if (kind !== "damaged") this.#onFull(told ?? asIs(messageOf(error)));
      throw error;
    }
  }

  tryAgain(): void {
    try {
      this.state.commit({ batch: [[PROBE, "x"]], alone: true });
      this.state.commit({ batch: [[PROBE, undefined]], alone: true });
      if (this.state.isFull) return;
      this.user.takeUp();
    } catch {
      return;
    }
    clearInterval(this.#retry);
    this.#full = undefined;
    this.user.room();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#retry);
  }

  #onFull(reason: Localized): void {
    if (this.#full !== undefined || this.#closed) return;
    this.#wait(reason);
    this.user.full(reason);
  }

  #wait(reason: Localized): void {
    this.#full = reason;
    this.#retry = setInterval(() => this.tryAgain(), RETRY_MS);
  }
}

/** Makes what many ask for durable at once: all who ask in one turn of the event loop wait for one commit. */
export class GroupCommit {
  readonly #commit: () => void | Promise<void>;
  #next: Promise<void> | undefined;
  /** How many commits there have been. */
  count = 0;

  constructor(commit: () => void | Promise<void>) {
    this.#commit = commit;
  }

  /** Resolves once everything that was there when it was called is durable. Errors: those of the commit. */
  settled(): Promise<void> {
    this.#next ??= new Promise((resolve, reject) => {
      setImmediate(async () => {
        this.#next = undefined;
        try {
          this.count++;
          await this.#commit();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#next;
  }
}
