import type { Cancel } from "../../base/mod.ts";
import type { Channel, Task, Wait } from "./channels.ts";
import type { Signalled } from "./signalled.ts";

/** What a process is told by a signal it may handle. */
export interface SignalHandler {
  /** Whether the process handles `signal` itself; otherwise the signal does what it does by default. */
  handles(signal: number): boolean;
  /** Whether the process, and so the tools it runs, take no notice of `signal`. */
  ignores(signal: number): boolean;
  /** What of the process handles signals, where that is a tool inside another shell. */
  readonly child: Proc["child"];
}

/** A process: a task in virtual time, and whoever waits for its end. */
export class Proc {
  readonly ends: ((code: number) => void)[] = [];
  exitCode: number | undefined;
  /** Waits for its end. */
  readonly end: Wait = (resume) => {
    this.ends.push(resume);
    return () => {
      const at = this.ends.indexOf(resume);
      if (at >= 0) this.ends.splice(at, 1);
    };
  };
  /** The tool that runs in the foreground of a shell, as a process of its own. */
  child: { pid: number; argv: readonly string[]; signal: number } | undefined;
  handler: SignalHandler | undefined;
  /** Started with `&`: Ctrl-C is not for it. */
  background = false;
  /** Interrupts what the process waits for. */
  cancelWait: Cancel | undefined;
  /** What is thrown into the process before anything else that it does. */
  thrown: Signalled | undefined;
  /** Ctrl-C came while a tool ran in the foreground of a shell that does not trap it. */
  interrupted = false;
  /** Marks the present wait, so that a late wake-up is known for one. */
  turn = 0;
  readonly held: Channel[] = [];
  /** What it does, and within that what it does first: the last is what runs. */
  readonly stack: Task<unknown>[];
  /** What the last is to be given when it goes on. */
  outcome: { value?: unknown; error?: unknown; failed: boolean } = { failed: false };

  constructor(
    readonly pid: number,
    readonly parent: number,
    public argv: readonly string[],
    readonly startedAtMs: number,
    task: Task<number>,
  ) {
    this.stack = [task];
  }
}
