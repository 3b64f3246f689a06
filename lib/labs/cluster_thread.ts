import type { Disk } from "./_disk.ts";
import {
  ActivityBoard,
  type Handlers,
  type Peer,
  Thread,
  type ThreadPermissions,
} from "../base/mod.ts";
import { type Board, Pulse } from "./board.ts";
import type { OpenRequest } from "./cluster_host.ts";
import { doingText } from "./doing.ts";
import { LAB_ERRORS } from "./remote_lab.ts";

/** What the thread does not answer for this long is told, in wall milliseconds. */
export const SILENCE_MS = 2_000;
const LOOK_EVERY_MS = 200;
/** One that gave a sign of life so lately takes messages, in wall milliseconds. */
const WELL_MS = 500;

/** What both sides see without a message. */
export type SharedParts = "board" | "pulse" | "activity";

/** The cluster's thread, in which one cluster may take the place of another. */
export class ClusterThread {
  readonly #board: Board;
  readonly #pulse = new Pulse();
  readonly #activity = new ActivityBoard();
  readonly #thread: Thread;
  readonly #labels = new Map<number, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #beats = -1;
  #beatMs = performance.now();
  #silent = false;
  /** Whether it has answered what it was opened with. */
  #isUp = false;

  constructor(
    module: URL,
    options: {
      board: Board;
      handlers: Handlers;
      permissions: ThreadPermissions;
      /** It has not answered for a while (true), or does again. */
      onSilence(silent: boolean): void;
      /** It ended by itself: out of memory, or a mistake in it. */
      onDeath(reason: string): void;
    },
  ) {
    this.#board = options.board;
    this.#thread = new Thread(module, {
      name: "cluster",
      permissions: options.permissions,
      handlers: {
        ...options.handlers,
        label: (_call, number: number, label: string | undefined) => {
          if (label === undefined) this.#labels.delete(number);
          else this.#labels.set(number, label);
        },
      },
      errors: LAB_ERRORS,
      onDeath: options.onDeath,
    });
    this.#timer = setInterval(() => {
      const silent = this.silentMs >= SILENCE_MS;
      if (silent === this.#silent) return;
      this.#silent = silent;
      options.onSilence(silent);
    }, LOOK_EVERY_MS);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  get peer(): Peer {
    return this.#thread.peer;
  }

  async open(request: Omit<OpenRequest, SharedParts>): Promise<void> {
    const shared = {
      board: this.#board.buffer,
      pulse: this.#pulse.buffer,
      activity: this.#activity.buffer,
    };
    await this.peer.call("open", [{ ...request, ...shared }]);
    this.#isUp = true;
  }

  /** How long it has given no sign of life, in wall milliseconds. */
  get silentMs(): number {
    const { beats } = this.#pulse;
    if (beats !== this.#beats) {
      this.#beats = beats;
      this.#beatMs = performance.now();
    }
    return performance.now() - this.#beatMs;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether it would begin with another cluster at once. */
  get isWell(): boolean {
    return this.#isUp && this.silentMs < WELL_MS;
  }

  /** Gives up the cluster and every call under way; it is to be opened with another one. */
  forget(reason: string): void {
    this.#isUp = false;
    this.#labels.clear();
    this.peer.forget(reason);
  }

  /** What it is at, as {@linkcode doingText} tells it; undefined where nothing runs. */
  get doing(): string | undefined {
    return doingText(
      this.#activity.read().map(({ id, about }) => ({
        label: this.#labels.get(id) ?? "",
        about,
      })),
    );
  }

  /** Ends it where it stands. */
  end(reason: string): void {
    this.#isUp = false;
    clearInterval(this.#timer);
    this.#thread.end(reason);
  }
}

/** The thread that was told to come up and did not: how often, and what it was at. */
const TROUBLE = "sandbox/trouble";

/** How many times a cluster may fail to come up before its time is stopped. */
export const MAX_TROUBLES = 2;

interface Trouble {
  count: number;
  doing?: string;
  /** What was thrown as it came up. */
  why?: string;
}

/** What became of the clusters that did not come up, kept beside the lab until one lives. */
export class Troubles {
  constructor(private readonly disk: Disk) {}

  get last(): Trouble {
    try {
      return JSON.parse(this.disk.state.get(TROUBLE) ?? '{"count":0}');
    } catch {
      return { count: 0 };
    }
  }

  /** Whether there were so many that the next cluster's time stands still. */
  get isFrozen(): boolean {
    return this.last.count >= MAX_TROUBLES;
  }

  /** Notes one more. */
  add(doing: string | undefined): void {
    this.note({ count: this.last.count + 1, doing });
  }

  note(trouble: Trouble): void {
    this.disk.state.put(TROUBLE, JSON.stringify(trouble));
    try {
      this.disk.commit({});
    } catch {
      // A disk that takes nothing keeps nobody from a cluster that works; it stays staged.
    }
  }

  /** Forgets them, with what is saved next. */
  forget(): void {
    if (this.disk.state.get(TROUBLE) !== undefined) this.disk.state.delete(TROUBLE);
  }
}
