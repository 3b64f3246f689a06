import { type Channel, nested, NULL_CHANNEL, Output, Pipe, type Task } from "./channels.ts";
import { type Compound, runCompound } from "./compound_command.ts";
import { matchingPaths } from "./matching_paths.ts";
import { detached } from "./memory.ts";
import { parseScript } from "./parse.ts";
import { type Proc } from "./proc.ts";
import { redirect } from "./redirect.ts";
import { ShellState } from "./shell_state.ts";
import { SIGINT, Signalled, SIGSEGV } from "./signalled.ts";
import { Jump, signalName } from "./signals.ts";
import { runSimple } from "./simple_command.ts";
import {
  type AndOr,
  type Command,
  type Pipeline,
  type Sequence,
  ShellSyntaxError,
} from "./syntax.ts";

/** What a byte of a script takes once it is read, beside its commands. */
const SCRIPT_BYTES = 24;
/** Jobs that have ended are remembered up to this many. */
const MAX_JOBS = 256;
/** How much of a command the table of processes shows. */
const MAX_TITLE = 4_096;

/**
 * A POSIX shell in virtual time: what it runs may sleep, read and wait, and everything else of the
 * cluster goes on meanwhile.
 * Source: POSIX.1-2024 Shell Command Language; messages of busybox shell/ash.c and of dash.
 * Differs: no job control but `&`, `wait` and `kill`; no aliases and arrays; no `awk`.
 */
export class Shell extends ShellState {
  /** Set while the next line is read, which Ctrl-C gives up whatever the traps are. */
  isAtPrompt = false;
  #inTrap = false;

  // ------------------------------------------------------------ scripts

  /** Runs a script as all that this shell does, the exit trap included; gives the exit code. */
  *runToEnd(script: Sequence | (() => Task<void>)): Task<number> {
    yield* this.#untilExit(typeof script === "function" ? script() : this.runSequence(script));
    const action = this.traps.get("EXIT");
    if (action) {
      this.traps.delete("EXIT");
      const { status } = this;
      yield* this.#untilExit(this.source(action));
      this.status = status;
    }
    return this.status & 255;
  }

  *#untilExit(work: Task<void>): Task<void> {
    try {
      yield* work;
    } catch (error) {
      if (!(error instanceof Jump)) throw error;
      if (error.to === "exit" || error.to === "return") this.status = error.value;
    }
  }

  *source(text: string): Task<void> {
    const before = this.scratch.bytes;
    try {
      const script = this.read(text);
      if (script) yield* this.runSequence(script);
      else this.status = 2;
    } finally {
      this.scratch.shrinkTo(before);
    }
  }

  /** Reads a script; undefined, and a complaint, when it cannot be read. */
  read(text: string): Sequence | undefined {
    try {
      return this.parse(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      this.complain(error.message);
      return undefined;
    }
  }

  /** Errors: ShellSyntaxError, OutOfMemory; Signalled when it is nested too deeply. */
  parse(text: string): Sequence {
    this.machine.work.spend(0, 2 + text.length / 16);
    this.scratch.grow(text.length * SCRIPT_BYTES);
    return parseScript(text, { bash: this.settings.bash, grow: (bytes) => this.grow(bytes) });
  }

  /** Finds out whether a script can be read. Errors: those of {@linkcode Shell.parse}. */
  tryToParse(text: string): void {
    const before = this.scratch.bytes;
    try {
      this.parse(text);
    } finally {
      this.scratch.shrinkTo(before);
    }
  }

  *capture(script: Sequence): Task<string> {
    let text = "";
    const output = new Output((more) => {
      this.grow(more.length);
      text += more;
    });
    this.substituted = yield* this.runInside(script, new Map([...this.channels, [1, output]]));
    return text;
  }

  *runInside(script: Sequence, channels: Map<number, Channel>): Task<number> {
    if (this.machine.isCrowded) return this.cannotFork();
    const inner = this.fork(this.proc, channels);
    try {
      return yield* inner.runToEnd(script);
    } catch (error) {
      const signal = this.machine.fatalSignal(error);
      // Ctrl-C is for the shell around it too.
      if (signal === undefined || signal === SIGINT) throw error;
      return this.ended(signal);
    } finally {
      inner.dispose();
    }
  }

  glob(pattern: string): Task<string[]> {
    return matchingPaths(this, pattern);
  }

  // ------------------------------------------------------------ lists and pipelines

  *runSequence(sequence: Sequence): Task<void> {
    for (const item of sequence) {
      if (item.background) this.#runBehind(item);
      else yield* this.#runAndOr(item);
      if (this.proc.interrupted) throw new Signalled(SIGINT);
      if (this.pending.length > 0) yield* this.runTraps();
    }
  }

  #runBehind(item: AndOr): void {
    this.#forgetJobs();
    const channels = new Map(this.channels);
    if (!this.settings.interactive) channels.set(0, NULL_CHANNEL);
    const foreground = { ...item, background: false };
    const proc = this.#spawn(item.source, channels, (shell) => shell.runToEnd([foreground]));
    proc.background = true;
    this.jobs.set(proc.pid, proc);
    this.lastBackground = proc.pid;
    this.status = 0;
  }

  /** Forgets jobs that have ended and that nobody waited for. */
  #forgetJobs(): void {
    if (this.jobs.size < MAX_JOBS) return;
    for (const [pid, proc] of this.jobs) if (proc.exitCode !== undefined) this.jobs.delete(pid);
  }

  *#runAndOr({ first, rest }: AndOr): Task<void> {
    const testedHere = rest.length > 0;
    if (testedHere) this.tested++;
    try {
      yield* this.#runPipeline(first);
      for (const [i, { operator, pipeline }] of rest.entries()) {
        if ((this.status === 0) !== (operator === "&&")) continue;
        const last = i === rest.length - 1;
        if (last) this.tested--;
        try {
          yield* this.#runPipeline(pipeline);
        } finally {
          if (last) this.tested++;
        }
        if (last) this.#leaveOnFailure(pipeline.negated);
      }
    } finally {
      if (testedHere) this.tested--;
    }
    if (!testedHere) this.#leaveOnFailure(first.negated);
  }

  #leaveOnFailure(negated: boolean): void {
    if (this.status === 0 || negated || this.tested > 0 || !this.options.has("errexit")) return;
    throw new Jump("exit", this.status);
  }

  *#runPipeline({ negated, commands }: Pipeline): Task<void> {
    if (negated) this.tested++;
    try {
      if (commands.length === 1) this.status = yield* nested(this.runCommand(commands[0]));
      else yield* this.#runPiped(commands);
    } finally {
      if (negated) this.tested--;
    }
    if (negated) this.status = this.status === 0 ? 1 : 0;
  }

  *#runPiped(commands: readonly Command[]): Task<void> {
    const pipes = commands.slice(1).map(() => new Pipe(this.machine));
    const procs = commands.map((command, i) => {
      const channels = new Map(this.channels);
      if (i > 0) channels.set(0, pipes[i - 1].reader);
      if (i < pipes.length) channels.set(1, pipes[i].writer);
      return this.#spawn(titleOf(command), channels, (shell) =>
        shell.runToEnd(function* () {
          shell.status = yield* nested(shell.runCommand(command));
        }));
    });
    const statuses: number[] = [];
    for (const proc of procs) statuses.push(yield* this.machine.join(proc));
    if (statuses.at(-1) === 128 + SIGSEGV) this.ended(SIGSEGV);
    const failed = statuses.findLast((status) => status !== 0) ?? 0;
    this.status = this.options.has("pipefail") ? failed : statuses.at(-1)!;
  }

  // ------------------------------------------------------------ commands

  *runCommand(command: Command): Task<number> {
    const before = this.scratch.bytes;
    try {
      if (command.kind === "simple") return yield* runSimple(this, command);
      if (command.kind === "function") {
        this.define(command.name, command.body, command.sourceBytes);
        return 0;
      }
      if (command.redirects.length === 0) return yield* runCompound(this, command);
      return yield* this.#runRedirected(command);
    } finally {
      this.scratch.shrinkTo(before);
    }
  }

  *#runRedirected(command: Compound): Task<number> {
    const saved = this.channels;
    try {
      const problem = yield* redirect(this, command.redirects);
      if (problem !== undefined) return problem;
      return yield* runCompound(this, command);
    } finally {
      this.channels = saved;
    }
  }

  // ------------------------------------------------------------ processes

  fork(proc: Proc, channels: Map<number, Channel>): Shell {
    const settings = proc === this.proc ? this.settings : { ...this.settings, interactive: false };
    return new Shell(this.machine, proc, channels, settings, this);
  }

  /** A process of its own that goes on as a copy of this shell. */
  #spawn(
    title: string,
    channels: Map<number, Channel>,
    work: (shell: Shell) => Task<number>,
  ): Proc {
    if (this.machine.isCrowded) return this.cannotFork();
    return this.machine.spawn(
      [...this.proc.argv.slice(0, 1), detached(title.slice(0, MAX_TITLE))],
      this.proc.pid,
      (proc) => this.#asProcess(proc, channels, work),
      [...new Set(channels.values())],
    );
  }

  *#asProcess(
    self: () => Proc,
    channels: Map<number, Channel>,
    work: (shell: Shell) => Task<number>,
  ): Task<number> {
    const shell = this.fork(self(), channels);
    try {
      self().handler = shell;
      return yield* work(shell);
    } finally {
      shell.dispose();
    }
  }

  // ------------------------------------------------------------ signals

  ignores(signal: number): boolean {
    return this.traps.get(signalName(signal)) === "" && !this.isAtPrompt;
  }

  handles(signal: number): boolean {
    const action = this.traps.get(signalName(signal));
    if (action === undefined && signal !== SIGINT) return false;
    if (action && !this.pending.includes(signal)) this.pending.push(signal);
    const isInterrupt = signal === SIGINT && (action === undefined || this.isAtPrompt);
    if (isInterrupt) this.#interrupt();
    // `wait` is left at once; other commands run to their end first.
    else if (action && this.waiting) this.machine.wakeNow(this.proc);
    return true;
  }

  /**
   * A shell is left where it is, for its prompt if it has one; a tool in its foreground ends first.
   * Source: busybox shell/ash.c (raise_interrupt, waitforjob).
   */
  #interrupt(): void {
    const { proc } = this;
    if (proc.child === this.child) this.machine.throwInto(proc, SIGINT);
    else proc.interrupted = true;
  }

  *runTraps(): Task<void> {
    if (this.#inTrap) return;
    for (let signal = this.pending.shift(); signal !== undefined; signal = this.pending.shift()) {
      yield* this.#runTrap(this.traps.get(signalName(signal)) ?? "");
    }
  }

  *#runTrap(action: string): Task<void> {
    const { status } = this;
    this.#inTrap = true;
    try {
      yield* this.source(action);
    } finally {
      this.#inTrap = false;
    }
    this.status = status;
  }
}

function titleOf(command: Command): string {
  return command.kind === "simple" && command.fixed ? command.fixed.join(" ") : `{${command.kind}}`;
}
