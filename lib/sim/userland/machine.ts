import { InvariantError } from "../../base/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import type { ContainerContext } from "../seams.ts";
import {
  type Channel,
  CHECKPOINT,
  NULL_CHANNEL,
  type PipeHost,
  type Task,
  type Wait,
} from "./channels.ts";
import { MachineFiles } from "./files.ts";
import type { Image } from "./image.ts";
import { Memory } from "./memory.ts";
import { Proc } from "./proc.ts";
import { fatalSignal, SIGINT, SIGKILL, Signalled, SIGSEGV, SIGTERM } from "./signalled.ts";
import { Work } from "./work.ts";

/** What a container's processes see of the world. */
export type MachineHost =
  & Pick<
    ContainerContext,
    "env" | "pod" | "containerName" | "files" | "net" | "random" | "startedAtMs"
  >
  & Pick<ContainerContext, "now" | "after" | "use" | "burn" | "exit" | "room">;

/** The three standard file descriptors. */
export interface Standard {
  stdin: Channel;
  stdout: Channel;
  stderr: Channel;
}

/** CPU time, in microseconds, that a builtin and a program of its own cost. */
export const BUILTIN_US = 20;
export const TOOL_US = 700;
const REPORT_BYTES = 64 << 10;
/** What a container has that does nothing. */
const BASE_BYTES = 1 << 20;
/** What the kernel and this machine keep of a process. */
const PROCESS_BYTES = 16 << 10;
/** How deep commands may be in one another before the process's stack of 8 MiB is used up. */
const MAX_DEPTH = 8_000;
/** What one of them takes of it. */
const FRAME_BYTES = 1_024;
/** Processes that a container may have. */
const MAX_PROCESSES = 512;
/** As good as never: a round year. */
const FOREVER_MS = 365 * 86_400_000;

/**
 * The processes of one container: a table, signals, and a clock on which they sleep. Everything is
 * deterministic; a process that computes without end moves time on like one that sleeps.
 *
 * What a process throws ends it alone, as a segmentation fault does, and what it asks for beyond the
 * container's memory ends the container.
 * Source: busybox shell/ash.c (which has no limit but its stack); kernel/signal.c (force_sig_fault spares
 * not even the first process).
 * Differs: {@linkcode MAX_PROCESSES} processes, and {@linkcode MAX_DEPTH} commands in one another.
 */
export class Machine implements PipeHost {
  readonly files: MachineFiles;
  readonly work: Work;
  readonly memory: Memory;
  readonly #procs = new Map<number, Proc>();
  readonly #ready: Proc[] = [];
  #running = false;
  #nextPid = 1;
  #alive = true;
  #reportedBytes = 0;
  /** Programs that run as a part of the process that called them. */
  #children = 0;
  /** The pipe that what runs has filled. */
  #congested: Channel | undefined;
  /** What runs just now. */
  #current: Proc | undefined;

  constructor(
    readonly host: MachineHost,
    readonly image: Image,
    private readonly output?: Omit<Standard, "stdin">,
  ) {
    this.work = new Work(host.now());
    const { memoryBytes, reserve } = host.room;
    this.memory = new Memory(memoryBytes - BASE_BYTES, reserve);
    this.files = new MachineFiles(host, image, this.work);
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

  /** Whether the container has as many processes as it may have. */
  get isCrowded(): boolean {
    return this.#procs.size + this.#children >= MAX_PROCESSES;
  }

  /** Notes that a program began, or ended, that is a part of the process that called it. */
  countChild(change: number): void {
    this.#children += change;
  }

  /** Starts a process; it runs when the present one pauses. Errors: OutOfMemory. */
  spawn(
    argv: readonly string[],
    parent: number,
    make: (proc: () => Proc) => Task<number>,
    hold: readonly Channel[] = [],
  ): Proc {
    this.work.spend(TOOL_US, 2);
    this.memory.grow(PROCESS_BYTES);
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
    while (proc.exitCode === undefined) yield proc.end;
    return proc.exitCode;
  }

  /** Pauses for `ms`, and for the CPU time used since the last pause. */
  sleep(ms: number): Wait {
    return (resume) => {
      const cpuMs = this.work.settle(this.now(), (owedMs) => this.host.burn(owedMs));
      this.#report();
      const pauseMs = ms >= 0 ? Math.min(ms, FOREVER_MS) : 0;
      return this.host.after(pauseMs + cpuMs, resume);
    };
  }

  /** The first mistake of ours, or of the engine below, that ended something here. */
  fault: unknown;

  /** The signal that ends who let `error` out; undefined for what means something else. */
  fatalSignal(error: unknown): number | undefined {
    const signal = fatalSignal(error);
    if (signal !== undefined && !(error instanceof Signalled)) this.fault ??= error;
    return signal;
  }

  congested(channel: Channel): void {
    this.#congested = channel;
  }

  #report(): void {
    const { bytes } = this.memory;
    if (this.main || Math.abs(bytes - this.#reportedBytes) < REPORT_BYTES) return;
    this.#reportedBytes = bytes;
    this.host.use({ cpuMillicores: 0, memoryBytes: BASE_BYTES + bytes });
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

  /**
   * Ctrl-C on the terminal of `proc`: for it and for the tool in its foreground. A shell comes first, so
   * that it starts nothing more when what it waits for ends.
   */
  interrupt(proc: Proc): void {
    const others = [...this.#procs.values()].filter((other) =>
      other.parent === proc.pid && !other.background
    );
    const { child, handler } = proc;
    const isTool = child !== undefined && child !== handler?.child;
    const isIgnored = handler?.ignores(SIGINT) === true;
    this.signalProc(proc, SIGINT);
    if (isTool && !isIgnored && proc.child === child) this.#signalChild(proc, SIGINT);
    for (const other of others) this.interrupt(other);
  }

  /** Throws a signal into a process where it is now. No CPU time is waited for. */
  throwInto(proc: Proc, signal: number): void {
    if (proc.exitCode !== undefined) return;
    proc.thrown = new Signalled(signal);
    if (proc !== this.#current) this.wakeNow(proc);
  }

  #signalChild(proc: Proc, signal: number): void {
    if (signal !== SIGINT && signal !== SIGKILL && signal !== SIGTERM && signal !== 1) return;
    proc.child!.signal = signal;
    this.throwInto(proc, signal);
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
    this.memory.close();
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
    this.#current = proc;
    const wait = this.#advance(proc);
    this.#current = undefined;
    if (this.memory.isOut) this.endOutOfMemory();
    if (wait === undefined || proc.exitCode !== undefined) return;
    proc.cancelWait = wait(() => {
      if (proc.turn === turn) this.#wake(proc);
    });
  }

  /** Runs a process up to where it has to wait; undefined when it is over. */
  #advance(proc: Proc): Wait | undefined {
    const { stack } = proc;
    this.#congested = undefined;
    while (proc.exitCode === undefined && !this.memory.isOut) {
      if (proc.thrown) proc.outcome = { error: proc.thrown, failed: true };
      proc.thrown = undefined;
      const { outcome } = proc;
      // Who goes the way of a signal needs no CPU for it.
      const pause = outcome.error instanceof Signalled ? undefined : this.#due();
      if (pause) return pause;
      proc.outcome = { failed: false };
      const top = stack[stack.length - 1];
      let step: IteratorResult<Wait | Task<unknown>, unknown>;
      try {
        step = outcome.failed ? top.throw(outcome.error) : top.next(outcome.value);
      } catch (error) {
        if (proc.exitCode !== undefined || this.memory.isOut) return undefined;
        if (!this.#left(proc)) this.#finish(proc, this.#exitCodeOf(error));
        else proc.outcome = { error, failed: true };
        continue;
      }
      if (proc.exitCode !== undefined) {
        // It was ended while it ran.
        proc.stack.push(top);
        this.#unwind(proc, proc.exitCode);
      } else if (step.done) {
        if (!this.#left(proc)) this.#finish(proc, exitCodeIn(step.value));
        else proc.outcome = { value: step.value, failed: false };
      } else if (typeof step.value === "function") {
        if (step.value !== CHECKPOINT && !proc.thrown) return step.value;
      } else proc.outcome = this.#enter(proc, step.value);
    }
    return undefined;
  }

  /** What a process has to wait for before its next step. */
  #due(): Wait | undefined {
    this.work.spend(0, 0);
    const pipe = this.#congested;
    this.#congested = undefined;
    if (pipe?.full) return pipe.drained;
    return this.work.isDue ? this.sleep(0) : undefined;
  }

  #enter(proc: Proc, task: Task<unknown>): Proc["outcome"] {
    if (proc.stack.length >= MAX_DEPTH) return { error: new Signalled(SIGSEGV), failed: true };
    try {
      this.memory.grow(FRAME_BYTES);
    } catch (error) {
      return { error, failed: true };
    }
    proc.stack.push(task);
    return { failed: false };
  }

  /** What a process ends with that let `error` out. What is no fault of its own goes on. */
  #exitCodeOf(error: unknown): number {
    if (error instanceof InvariantError || error instanceof ApiError) throw error;
    return 128 + (this.fatalSignal(error) ?? SIGSEGV);
  }

  /** The task that ran is over; gives whether another waits for it. */
  #left(proc: Proc): boolean {
    proc.stack.pop();
    if (proc.stack.length === 0) return false;
    this.memory.shrink(FRAME_BYTES);
    return true;
  }

  /** The kernel kills all of a container together. Source: Documentation/admin-guide/cgroup-v2.rst (memory.oom.group). */
  endOutOfMemory(): void {
    if (!this.#alive) return;
    this.host.exit(128 + SIGKILL, { reason: "OOMKilled" });
    this.killAll();
  }

  #end(proc: Proc, code: number): void {
    if (proc.exitCode !== undefined) return;
    proc.cancelWait?.();
    proc.cancelWait = undefined;
    this.#finish(proc, code);
    this.#unwind(proc, code);
  }

  /** Lets what a process was in the middle of give back what it holds. */
  #unwind(proc: Proc, code: number): void {
    while (proc.stack.length > 0) {
      try {
        proc.stack.pop()!.return(code);
      } catch (error) {
        // What is running just now follows at its next pause.
        if (fatalSignal(error) === undefined) throw error;
      }
    }
  }

  #finish(proc: Proc, code: number): void {
    proc.exitCode = code;
    this.#procs.delete(proc.pid);
    this.memory.shrink(PROCESS_BYTES + Math.max(0, proc.stack.length - 1) * FRAME_BYTES);
    for (const channel of proc.held) channel.release?.();
    for (const end of proc.ends.splice(0)) end(code);
    // The first process takes the container's others with it.
    if (proc.pid === 1 && this.#alive) this.killAll();
  }
}

/** What the first task of a process, which is a program's, ended with. */
function exitCodeIn(value: unknown): number {
  if (typeof value !== "number") throw new InvariantError("a program ended without an exit code");
  return value;
}
