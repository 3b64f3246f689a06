import type { Cancel } from "../../base/mod.ts";
import type { ContainerContext } from "../seams.ts";
import {
  type Channel,
  NULL_CHANNEL,
  SIGINT,
  SIGKILL,
  Signalled,
  SIGTERM,
  type Task,
  type Wait,
} from "./channels.ts";
import { MachineFiles } from "./files.ts";
import type { Image } from "./image.ts";

/** What a container's processes see of the world. */
export type MachineHost =
  & Pick<
    ContainerContext,
    "env" | "pod" | "containerName" | "files" | "net" | "random" | "startedAtMs"
  >
  & Pick<ContainerContext, "now" | "after" | "use">;

/** The three standard file descriptors. */
export interface Standard {
  stdin: Channel;
  stdout: Channel;
  stderr: Channel;
}

/** What a process is told by a signal it may handle. */
export interface SignalHandler {
  /** Whether the process handles `signal` itself; otherwise the signal does what it does by default. */
  handles(signal: number): boolean;
}

/** A process: a task in virtual time, and whoever waits for its end. */
export class Proc {
  readonly ends: ((code: number) => void)[] = [];
  exitCode: number | undefined;
  /** The tool that runs in the foreground of a shell, as a process of its own. */
  child: { pid: number; argv: readonly string[]; signal: number } | undefined;
  handler: SignalHandler | undefined;
  /** Started with `&`: Ctrl-C is not for it. */
  background = false;
  /** Interrupts what the process waits for. */
  cancelWait: Cancel | undefined;
  /** Marks the present wait, so that a late wake-up is known for one. */
  turn = 0;
  readonly held: Channel[] = [];

  constructor(
    readonly pid: number,
    readonly parent: number,
    public argv: readonly string[],
    readonly startedAtMs: number,
    readonly task: Task<number>,
  ) {}
}

/** CPU time, in microseconds, that a builtin and a program of its own cost. */
export const BUILTIN_US = 20;
export const TOOL_US = 700;
/** A process that has used this much CPU without a pause lets time pass. */
const SLICE_US = 20_000;
const REPORT_MS = 5_000;
const MEMORY_BYTES = 1 << 20;

/**
 * The processes of one container: a table, signals, and a clock on which they sleep. Everything is
 * deterministic; a process that computes without end moves time on like one that sleeps.
 */
export class Machine {
  readonly files: MachineFiles;
  readonly #procs = new Map<number, Proc>();
  readonly #ready: Proc[] = [];
  #running = false;
  #nextPid = 1;
  #alive = true;
  #debtUs = 0;
  #usedUs = 0;
  #reportedMs: number;

  constructor(
    readonly host: MachineHost,
    readonly image: Image,
    private readonly output?: { stdout: Channel; stderr: Channel },
  ) {
    this.files = new MachineFiles(host, image);
    this.#reportedMs = host.now();
  }

  get alive(): boolean {
    return this.#alive;
  }

  now(): number {
    return this.host.now();
  }

  get processes(): readonly Proc[] {
    return [...this.#procs.values()];
  }

  /** Takes the number for something that is no process of this machine, such as nginx itself. */
  takePid(): number {
    return this.#nextPid++;
  }

  /** Starts a process; it runs when the present one pauses. */
  spawn(
    argv: readonly string[],
    parent: number,
    make: (proc: () => Proc) => Task<number>,
    hold: readonly Channel[] = [],
  ): Proc {
    const proc: Proc = new Proc(
      this.#nextPid++,
      parent,
      argv,
      this.now(),
      make(() => proc),
    );
    this.#procs.set(proc.pid, proc);
    for (const channel of hold) {
      channel.retain?.();
      proc.held.push(channel);
    }
    this.#wake(proc);
    return proc;
  }

  /** The first process, where that is a program of its own and no task of this machine. */
  main: { title: string; signal(signal: number): void } | undefined;

  /** Where the container's own output goes, for `/proc/1/fd/1`. */
  firstOutput(fd: 1 | 2): Channel {
    return this.output ? (fd === 1 ? this.output.stdout : this.output.stderr) : NULL_CHANNEL;
  }

  /** Waits for a process to end. */
  *join(proc: Proc): Task<number> {
    while (proc.exitCode === undefined) {
      yield (resume) => {
        proc.ends.push(resume);
        return () => {
          const at = proc.ends.indexOf(resume);
          if (at >= 0) proc.ends.splice(at, 1);
        };
      };
    }
    return proc.exitCode;
  }

  /** Pauses for `ms`, and for the CPU time used since the last pause. */
  sleep(ms: number): Wait {
    return (resume) => {
      const totalMs = ms + this.#debtUs / 1000;
      this.#debtUs = 0;
      this.#report(totalMs);
      return this.host.after(totalMs, resume);
    };
  }

  /** CPU time that was used; a process that gets true back should pause. */
  charge(us: number): boolean {
    this.#debtUs += us;
    this.#usedUs += us;
    return this.#debtUs > SLICE_US;
  }

  #report(pauseMs: number): void {
    const now = this.now();
    const elapsedMs = now - this.#reportedMs;
    const idles = pauseMs >= REPORT_MS;
    if (elapsedMs < REPORT_MS && !idles) return;
    const cpuMillicores = idles ? 0 : Math.min(1000, this.#usedUs / Math.max(1, elapsedMs));
    this.host.use({ cpuMillicores, memoryBytes: MEMORY_BYTES });
    this.#usedUs = 0;
    this.#reportedMs = now;
  }

  // ------------------------------------------------------------ signals

  /** Sends a signal; false when there is no such process. */
  signal(pid: number, signal: number): boolean {
    if (pid === 1 && this.main) {
      this.main.signal(signal);
      return true;
    }
    for (const proc of this.#procs.values()) {
      if (proc.pid === pid) {
        this.signalProc(proc, signal);
        return true;
      }
      if (proc.child?.pid === pid) {
        if (signal !== 0) this.#signalChild(proc, signal);
        return true;
      }
    }
    return false;
  }

  signalProc(proc: Proc, signal: number, options: { fromOutside?: boolean } = {}): void {
    if (proc.exitCode !== undefined || signal === 0) return;
    if (signal !== SIGKILL && proc.handler?.handles(signal)) return;
    // The kernel shields the first process from signals it has no handler for.
    if (proc.pid === 1 && !(signal === SIGKILL && options.fromOutside)) return;
    this.#end(proc, 128 + signal);
  }

  /** Ctrl-C on the terminal of `proc`: for it and for the tool in its foreground. */
  interrupt(proc: Proc): void {
    for (const other of [...this.#procs.values()]) {
      if (other.parent === proc.pid && !other.background) this.interrupt(other);
    }
    this.signalProc(proc, SIGINT);
    if (proc.child) this.#signalChild(proc, SIGINT);
  }

  #signalChild(proc: Proc, signal: number): void {
    if (signal !== SIGINT && signal !== SIGKILL && signal !== SIGTERM && signal !== 1) return;
    proc.child!.signal = signal;
    this.wakeNow(proc);
  }

  /** Ends a pause before its time. */
  wakeNow(proc: Proc): void {
    proc.cancelWait?.();
    proc.cancelWait = undefined;
    proc.turn++;
    this.#wake(proc);
  }

  /** Everything ends at once, as when the container is killed. */
  killAll(code = 128 + SIGKILL): void {
    this.#alive = false;
    for (const proc of [...this.#procs.values()]) this.#end(proc, code);
  }

  // ------------------------------------------------------------ running

  #wake(proc: Proc): void {
    this.#ready.push(proc);
    this.run();
  }

  /** Runs what is ready, unless it is running already. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let proc = this.#ready.shift(); proc; proc = this.#ready.shift()) this.#step(proc);
    } finally {
      this.#running = false;
    }
  }

  #step(proc: Proc): void {
    if (proc.exitCode !== undefined) return;
    proc.cancelWait = undefined;
    const turn = ++proc.turn;
    let step: IteratorResult<Wait, number>;
    try {
      step = proc.task.next();
    } catch (error) {
      if (!(error instanceof Signalled)) throw error;
      this.#finish(proc, 128 + error.signal);
      return;
    }
    if (proc.exitCode !== undefined) return;
    if (step.done) {
      this.#finish(proc, step.value);
      return;
    }
    proc.cancelWait = step.value(() => {
      if (proc.turn === turn) this.#wake(proc);
    });
  }

  #end(proc: Proc, code: number): void {
    if (proc.exitCode !== undefined) return;
    proc.cancelWait?.();
    proc.cancelWait = undefined;
    this.#finish(proc, code);
    // What is in the middle of running ends by itself at its next pause.
    try {
      proc.task.return(code);
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof Signalled)) throw error;
    }
  }

  #finish(proc: Proc, code: number): void {
    proc.exitCode = code;
    this.#procs.delete(proc.pid);
    for (const channel of proc.held) channel.release?.();
    for (const end of proc.ends.splice(0)) end(code);
    // The first process takes the container's others with it.
    if (proc.pid === 1 && this.#alive) this.killAll();
  }
}

export function standard(partial: Partial<Standard>): Standard {
  return { stdin: NULL_CHANNEL, stdout: NULL_CHANNEL, stderr: NULL_CHANNEL, ...partial };
}
