import { BUILTINS, SPECIAL_BUILTINS } from "./builtins.ts";
import {
  type Channel,
  CHECKPOINT,
  nested,
  NULL_CHANNEL,
  Output,
  Pipe,
  type Task,
  TextInput,
} from "./channels.ts";
import {
  arithmetic,
  expandPattern,
  expandText,
  expandWords,
  ExpansionError,
  type ExpansionScope,
  matched,
  patternOf,
} from "./expand.ts";
import { FileFault } from "./files.ts";
import { Glob } from "./glob.ts";
import { findTool, type Tool, type ToolCall } from "./image.ts";
import { BUILTIN_US, type Machine, type Proc, type Standard, TOOL_US } from "./machine.ts";
import { detached, type MemoryPart } from "./memory.ts";
import { openFile } from "./open.ts";
import { parseScript } from "./parse.ts";
import { SIGINT, Signalled, SIGSEGV } from "./signalled.ts";
import { Jump, signalName } from "./signals.ts";
import {
  type AndOr,
  type Assignment,
  type Command,
  type Pipeline,
  type Redirect,
  type Sequence,
  ShellSyntaxError,
} from "./syntax.ts";

/** Values of a shell's options that begin as they do in a script. */
export interface ShellSettings {
  name: string;
  parameters?: readonly string[];
  bash?: boolean;
  interactive?: boolean;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
}

const IFS = " \t\n";
/** What a name costs in memory beside its text, and a shell's copy of one that it shares. */
const NAME_BYTES = 64;
const COPY_BYTES = 48;
/** What a byte of a script takes once it is read, beside its commands; and of a function with them. */
const SCRIPT_BYTES = 24;
const FUNCTION_BYTES = 96;
/** Source: dash src/eval.c (MAX_RECURSION). */
const DASH_DEPTH = 1_000;
/** Programs may be given so much; Source: linux fs/exec.c (MAX_ARG_STRLEN, a quarter of the stack). */
const MAX_ARGUMENT_BYTES = 131_072;
const MAX_ARGUMENTS_BYTES = 2 << 20;
/** Jobs that have ended are remembered up to this many. */
const MAX_JOBS = 256;

/** A path that a pattern led to, and how it is written. */
interface Place {
  shown: string;
  path: string;
}

/**
 * A POSIX shell in virtual time: what it runs may sleep, read and wait, and everything else of the
 * cluster goes on meanwhile.
 * Source: POSIX.1-2024 Shell Command Language; messages of busybox shell/ash.c and of dash.
 * Differs: no job control but `&`, `wait` and `kill`; no aliases and arrays; no `awk`.
 */
export class Shell implements ExpansionScope {
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly readonlyNames: Set<string>;
  readonly functions: Map<string, Command>;
  readonly options: Set<string>;
  readonly traps: Map<string, string>;
  parameters: readonly string[];
  channels: Map<number, Channel>;
  cwd: string;
  status = 0;
  lastBackground = 0;
  /** Background processes not yet waited for. */
  readonly jobs = new Map<number, Proc>();
  readonly pending: number[] = [];
  /** The memory of what it keeps, and of the command it is at. */
  readonly #kept: MemoryPart;
  readonly #scratch: MemoryPart;
  /** What each name that it set takes. */
  readonly #sizes = new Map<string, number>();
  /** Above 0 where a failure is no reason to leave with `set -e`. */
  #tested = 0;
  #locals: Map<string, string | undefined>[] = [];
  #found = new Map<string, string>();
  #foundPath: string | undefined;
  #inTrap = false;
  /** What this shell is itself, as a tool of another. */
  readonly child: Proc["child"];
  /** The exit code of the last command substitution. */
  #substituted = 0;

  constructor(
    readonly machine: Machine,
    readonly proc: Proc,
    streams: Standard | Map<number, Channel>,
    readonly settings: ShellSettings,
    parent?: Shell,
  ) {
    this.channels = streams instanceof Map ? new Map(streams) : new Map<number, Channel>([
      [0, streams.stdin],
      [1, streams.stdout],
      [2, streams.stderr],
    ]);
    this.#kept = machine.memory.part();
    this.#scratch = machine.memory.part();
    if (parent) {
      const names = parent.variables.size + parent.functions.size + parent.exported.size;
      machine.work.spend(0, 2 + names / 16);
      this.#kept.grow(NAME_BYTES + names * COPY_BYTES);
    }
    this.variables = new Map(parent?.variables);
    this.exported = new Set(parent?.exported);
    this.readonlyNames = new Set(parent?.readonlyNames);
    this.functions = new Map(parent?.functions);
    this.options = new Set(parent?.options);
    this.traps = new Map();
    this.parameters = parent?.parameters ?? settings.parameters ?? [];
    this.cwd = parent?.cwd ?? settings.cwd ?? "/";
    this.child = proc.child;
    if (parent) {
      this.status = parent.status;
      this.lastBackground = parent.lastBackground;
      return;
    }
    for (const [name, value] of Object.entries(settings.env ?? {})) {
      this.variables.set(name, value);
      this.exported.add(name);
    }
    this.variables.set("PWD", this.cwd);
    this.exported.add("PWD");
    this.variables.set("IFS", IFS);
    this.variables.set("OPTIND", "1");
    proc.handler = this;
  }

  // ------------------------------------------------------------ for expansion

  get(name: string): string | undefined {
    if (/^\d/.test(name)) {
      const index = Number(name);
      return index === 0 ? this.settings.name : this.parameters[index - 1];
    }
    switch (name) {
      case "?":
        return String(this.status);
      case "#":
        return String(this.parameters.length);
      case "$":
        return String(this.proc.pid);
      case "!":
        return this.lastBackground === 0 ? "" : String(this.lastBackground);
      case "-":
        return [...this.options].map((option) => OPTION_LETTERS[option] ?? "").join("");
      case "RANDOM":
        return String(this.machine.host.random.int(32768));
      case "PPID":
        return this.variables.get(name) ?? String(this.proc.parent);
    }
    return this.variables.get(name);
  }

  set(name: string, value: string): void {
    if (this.readonlyNames.has(name)) throw new ExpansionError(`${name}: is read only`);
    this.put(name, value);
    if (this.options.has("allexport")) this.exported.add(name);
  }

  /** Gives a variable its value, or takes it away, whether it may be changed or not. */
  put(name: string, value: string | undefined): void {
    this.#account(name, value === undefined ? 0 : NAME_BYTES + name.length + value.length);
    this.machine.work.spend(0, (value?.length ?? 0) / 4_096);
    if (value === undefined) this.variables.delete(name);
    else this.variables.set(detached(name), detached(value));
  }

  define(name: string, body: Command, sourceBytes: number): void {
    this.#account(`${name}()`, NAME_BYTES + sourceBytes * FUNCTION_BYTES);
    this.functions.set(detached(name), body);
  }

  undefine(name: string): void {
    this.#account(`${name}()`, 0);
    this.functions.delete(name);
  }

  /** Sets `$1` and on, for as long as this shell is there. */
  setParameters(words: readonly string[]): void {
    this.#account("@", words.reduce((sum, word) => sum + COPY_BYTES + word.length, 0));
    this.parameters = words.map(detached);
  }

  #account(key: string, bytes: number): void {
    const before = this.#sizes.get(key) ?? 0;
    if (bytes > before) this.#kept.grow(bytes - before);
    else this.#kept.shrinkTo(this.#kept.bytes - (before - bytes));
    if (bytes === 0) this.#sizes.delete(key);
    else this.#sizes.set(key, bytes);
  }

  /** Memory of the command that runs. Errors: OutOfMemory. */
  grow(bytes: number): void {
    this.#scratch.grow(bytes);
    this.machine.work.move(bytes);
  }

  scan(chars: number): void {
    this.machine.work.spend(0, chars / 16);
  }

  /** The shell is over: gives back all that it holds. */
  dispose(): void {
    this.#scratch.release();
    this.#kept.release();
  }

  get strict(): boolean {
    return this.options.has("nounset");
  }

  get noGlob(): boolean {
    return this.options.has("noglob");
  }

  *capture(script: Sequence): Task<string> {
    let text = "";
    const output = new Output((more) => {
      this.grow(more.length);
      text += more;
    });
    this.#substituted = yield* this.#inside(script, new Map([...this.channels, [1, output]]));
    return text;
  }

  /** Runs a script in a copy of this shell; gives its exit code. */
  *#inside(script: Sequence, channels: Map<number, Channel>): Task<number> {
    if (this.machine.isCrowded) return this.#cannotFork();
    const inner = this.fork(this.proc, channels);
    try {
      return yield* inner.runToEnd(script);
    } catch (error) {
      const signal = this.machine.fatalSignal(error);
      // Ctrl-C is for the shell around it too.
      if (signal === undefined || signal === SIGINT) throw error;
      return this.#signalled(signal);
    } finally {
      inner.dispose();
    }
  }

  /** Source: busybox shell/ash.c (forkshell). */
  #cannotFork(): never {
    const isBash = this.settings.bash === true;
    this.complain(
      isBash
        ? "fork: retry: Resource temporarily unavailable"
        : this.machine.image.flavor === "gnu"
        ? "Cannot fork"
        : "can't fork: Resource temporarily unavailable",
    );
    this.status = isBash ? 254 : 2;
    if (this.settings.interactive) throw new Jump("break", Infinity);
    throw new Jump("exit", this.status);
  }

  /** Says how something ended that this shell waited for; gives its exit code. */
  #signalled(signal: number): number {
    const said = ENDINGS[signal];
    if (said !== undefined) this.channel(2).write?.(`${said}\n`);
    return 128 + signal;
  }

  *glob(pattern: string): Task<string[]> {
    const absolute = pattern.startsWith("/");
    let found: Place[] = [{ shown: absolute ? "/" : "", path: absolute ? "/" : this.cwd }];
    const parts = pattern.split("/").filter((part) => part !== "");
    this.grow(pattern.length * 2 + parts.length * NAME_BYTES);
    for (const [i, part] of parts.entries()) {
      const next: Place[] = [];
      for (const place of found) {
        for (const one of this.#inFolder(place, part, i === parts.length - 1)) {
          this.grow(NAME_BYTES + one.shown.length + one.path.length);
          next.push(one);
        }
        yield CHECKPOINT;
      }
      found = next;
    }
    return found.map(({ shown }) => shown);
  }

  /** What one part of a pattern matches in a folder. */
  #inFolder({ shown, path }: Place, part: string, isLast: boolean): Place[] {
    const { files } = this.machine;
    const isPattern = /(^|[^\\])[*?[]/.test(part);
    const matcher = new Glob(part);
    const names = isPattern
      ? files.names(path).filter((name) =>
        matcher.test(name) && (!name.startsWith(".") || part.startsWith("."))
      )
      : [part.replace(/\\(.)/g, "$1")];
    return names.map((name) => ({
      shown: shown + name + (isLast ? "" : "/"),
      path: files.resolve(name, path),
    })).filter((one) => {
      const kind = files.kind(one.path);
      return isLast ? kind !== undefined : kind === "directory";
    });
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

  /** Set while the next line is read, which Ctrl-C gives up whatever the traps are. */
  isAtPrompt = false;

  /** Set while the `wait` builtin waits. */
  waiting = false;

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

  // ------------------------------------------------------------ running

  /** A shell that shares nothing further with this one. */
  fork(proc: Proc, channels: Map<number, Channel>): Shell {
    const settings = proc === this.proc ? this.settings : { ...this.settings, interactive: false };
    const shell = new Shell(this.machine, proc, channels, settings, this);
    shell.#tested = this.#tested;
    return shell;
  }

  /** Runs a script as all that this shell does, the exit trap included; gives the exit code. */
  *runToEnd(script: Sequence | (() => Task<void>)): Task<number> {
    yield* this.#untilExit(
      typeof script === "function" ? script() : this.runSequence(script),
    );
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

  /** Runs a text in this shell, as `eval`, `.` and traps do. */
  *source(text: string): Task<void> {
    const before = this.#scratch.bytes;
    try {
      const script = this.read(text);
      if (script) yield* this.runSequence(script);
      else this.status = 2;
    } finally {
      this.#scratch.shrinkTo(before);
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
    this.#scratch.grow(text.length * SCRIPT_BYTES);
    return parseScript(text, { bash: this.settings.bash, grow: (bytes) => this.grow(bytes) });
  }

  /** Finds out whether a script can be read. Errors: those of {@linkcode Shell.parse}. */
  tryToParse(text: string): void {
    const before = this.#scratch.bytes;
    try {
      this.parse(text);
    } finally {
      this.#scratch.shrinkTo(before);
    }
  }

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

  /** A process of its own that goes on as a copy of this shell. */
  #spawn(
    title: string,
    channels: Map<number, Channel>,
    work: (shell: Shell) => Task<number>,
  ): Proc {
    if (this.machine.isCrowded) return this.#cannotFork();
    return this.machine.spawn(
      [...this.proc.argv.slice(0, 1), detached(title.slice(0, MAX_TITLE))],
      this.proc.pid,
      (proc) => {
        // deno-lint-ignore no-this-alias
        const parent = this;
        return (function* () {
          const shell = parent.fork(proc(), channels);
          try {
            proc().handler = shell;
            return yield* work(shell);
          } finally {
            shell.dispose();
          }
        })();
      },
      [...new Set(channels.values())],
    );
  }

  *#runAndOr({ first, rest }: AndOr): Task<void> {
    const testedHere = rest.length > 0;
    if (testedHere) this.#tested++;
    try {
      yield* this.#runPipeline(first);
      for (const [i, { operator, pipeline }] of rest.entries()) {
        if ((this.status === 0) !== (operator === "&&")) continue;
        const last = i === rest.length - 1;
        if (last) this.#tested--;
        try {
          yield* this.#runPipeline(pipeline);
        } finally {
          if (last) this.#tested++;
        }
        if (last) this.#leaveOnFailure(pipeline.negated);
      }
    } finally {
      if (testedHere) this.#tested--;
    }
    if (!testedHere) this.#leaveOnFailure(first.negated);
  }

  #leaveOnFailure(negated: boolean): void {
    if (this.status === 0 || negated || this.#tested > 0 || !this.options.has("errexit")) return;
    throw new Jump("exit", this.status);
  }

  *#runPipeline({ negated, commands }: Pipeline): Task<void> {
    if (negated) this.#tested++;
    try {
      if (commands.length === 1) this.status = yield* nested(this.runCommand(commands[0]));
      else yield* this.#runPiped(commands);
    } finally {
      if (negated) this.#tested--;
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
    if (statuses.at(-1) === 128 + SIGSEGV) this.#signalled(SIGSEGV);
    const failed = statuses.findLast((status) => status !== 0) ?? 0;
    this.status = this.options.has("pipefail") ? failed : statuses.at(-1)!;
  }

  /** Runs one command; gives its exit code. */
  *runCommand(command: Command): Task<number> {
    const before = this.#scratch.bytes;
    try {
      if (command.kind === "simple") return yield* this.#runSimple(command);
      if (command.kind === "function") {
        this.define(command.name, command.body, command.sourceBytes);
        return 0;
      }
      if (command.redirects.length === 0) return yield* this.#runCompound(command);
      return yield* this.#runRedirected(command);
    } finally {
      this.#scratch.shrinkTo(before);
    }
  }

  *#runRedirected(command: Exclude<Command, { kind: "simple" | "function" }>): Task<number> {
    const saved = this.channels;
    try {
      const problem = yield* this.#redirect(command.redirects);
      if (problem !== undefined) return problem;
      return yield* this.#runCompound(command);
    } finally {
      this.channels = saved;
    }
  }

  *#runCompound(command: Exclude<Command, { kind: "simple" | "function" }>): Task<number> {
    switch (command.kind) {
      case "group":
        yield* this.runSequence(command.body);
        return this.status;
      case "subshell":
        return yield* this.#inside(command.body, this.channels);
      case "if":
        return yield* this.#runIf(command);
      case "loop":
        return yield* this.#runLoop(command);
      case "for":
        return yield* this.#runFor(command);
      case "count":
        return yield* this.#runCount(command);
      case "case":
        return yield* this.#runCase(command);
      case "evaluate": {
        const text = yield* expandText(this, command.expression);
        try {
          return arithmetic(this, text) === 0n ? 1 : 0;
        } catch (error) {
          return this.#failedExpansion(error);
        }
      }
    }
  }

  *#test(sequence: Sequence): Task<boolean> {
    this.#tested++;
    try {
      yield* this.runSequence(sequence);
    } finally {
      this.#tested--;
    }
    return this.status === 0;
  }

  *#runIf({ branches, otherwise }: Command & { kind: "if" }): Task<number> {
    for (const { test, body } of branches) {
      if (!(yield* this.#test(test))) continue;
      yield* this.runSequence(body);
      return this.status;
    }
    this.status = 0;
    if (otherwise) yield* this.runSequence(otherwise);
    return this.status;
  }

  *#runLoop({ until, test, body }: Command & { kind: "loop" }): Task<number> {
    let status = 0;
    for (;;) {
      this.machine.work.spend(BUILTIN_US);
      try {
        if ((yield* this.#test(test)) === until) return status;
        yield* this.runSequence(body);
        status = this.status;
      } catch (error) {
        const more = this.#loopJump(error);
        status = this.status;
        if (!more) return status;
      }
    }
  }

  *#runFor({ name, words, body }: Command & { kind: "for" }): Task<number> {
    const values = words ? yield* expandWords(this, words) : this.parameters;
    let status = 0;
    for (const value of values) {
      this.machine.work.spend(BUILTIN_US);
      this.set(name, value);
      try {
        yield* this.runSequence(body);
      } catch (error) {
        if (!this.#loopJump(error)) return this.status;
      }
      status = this.status;
    }
    return status;
  }

  *#runCount({ start, test, step, body }: Command & { kind: "count" }): Task<number> {
    arithmetic(this, yield* expandText(this, start));
    for (;;) {
      this.machine.work.spend(BUILTIN_US);
      const condition = yield* expandText(this, test);
      if (condition.trim() !== "" && arithmetic(this, condition) === 0n) return 0;
      try {
        yield* this.runSequence(body);
      } catch (error) {
        if (!this.#loopJump(error)) return this.status;
      }
      arithmetic(this, yield* expandText(this, step));
    }
  }

  /** Whether the loop that `error` came out of goes on; throws what is not meant for it. */
  #loopJump(error: unknown): boolean {
    if (!(error instanceof Jump) || (error.to !== "break" && error.to !== "continue")) throw error;
    if (error.value > 1) throw new Jump(error.to, error.value - 1);
    this.status = 0;
    return error.to === "continue";
  }

  *#runCase({ word, arms }: Command & { kind: "case" }): Task<number> {
    const value = yield* expandText(this, word);
    for (const { patterns, body } of arms) {
      for (const pattern of patterns) {
        const glob = patternOf(this, yield* expandPattern(this, pattern));
        this.scan(value.length / 16);
        if (!(yield* matched(this, glob.matches(value)))) continue;
        this.status = 0;
        yield* this.runSequence(body);
        return this.status;
      }
    }
    return 0;
  }

  // ------------------------------------------------------------ simple commands

  *#runSimple(command: Command & { kind: "simple" }): Task<number> {
    if (command.fixed) {
      if (this.options.has("xtrace")) this.#trace([], command.fixed);
      return yield* this.#call(command.fixed, []);
    }
    const saved = this.channels;
    let keeps = false;
    try {
      this.#substituted = 0;
      const words = yield* expandWords(this, command.words);
      const assigned: [string, string][] = [];
      for (const assignment of command.assignments) {
        assigned.push([assignment.name, yield* this.#valueOf(assignment)]);
        if (words.length === 0) this.set(...assigned.at(-1)!);
      }
      if (this.options.has("xtrace")) this.#trace(assigned, words);
      if (command.redirects.length > 0) {
        const problem = yield* this.#redirect(command.redirects);
        if (problem !== undefined) return problem;
        keeps = words[0] === "exec" && words.length === 1;
      }
      if (words.length === 0) return this.#substituted;
      return yield* this.#call(words, assigned);
    } catch (error) {
      return this.#failedExpansion(error);
    } finally {
      if (!keeps) this.channels = saved;
    }
  }

  #failedExpansion(error: unknown): number {
    if (!(error instanceof ExpansionError)) throw error;
    this.complain(error.message);
    if (this.settings.interactive) return 2;
    throw new Jump("exit", 2);
  }

  *#valueOf({ name, value, append }: Assignment): Task<string> {
    const text = yield* expandText(this, value);
    if (!append) return text;
    const before = this.get(name) ?? "";
    this.grow(before.length);
    return before + text;
  }

  #trace(assigned: [string, string][], words: readonly string[]): void {
    const shown = [
      ...assigned.map(([name, value]) => `${name}=${quoted(value)}`),
      ...words.map(quoted),
    ];
    this.grow(shown.reduce((sum, { length }) => sum + length + 1, 0));
    this.channel(2).write?.(`+ ${shown.join(" ")}\n`);
  }

  *#call(words: readonly string[], assigned: [string, string][]): Task<number> {
    const [name] = words;
    // In bash a function hides even these.
    const isHidden = this.settings.bash && this.functions.has(name);
    const special = isHidden ? undefined : SPECIAL_BUILTINS.get(name);
    if (special) {
      for (const [key, value] of assigned) this.set(key, value);
      return yield* this.#builtin(special, words);
    }
    const body = this.functions.get(name);
    if (body) return yield* this.#withVariables(assigned, () => this.#callFunction(body, words));
    const builtin = BUILTINS.get(name);
    if (builtin) {
      return yield* this.#withVariables(assigned, () => this.#builtin(builtin, words));
    }
    return yield* this.runProgram(words, Object.fromEntries(assigned));
  }

  *#builtin(
    builtin: (shell: Shell, args: readonly string[]) => number | Task<number>,
    words: readonly string[],
  ): Task<number> {
    this.machine.work.spend(BUILTIN_US);
    let status: number;
    try {
      const result = builtin(this, words.slice(1));
      status = typeof result === "number" ? result : yield* result;
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      this.complain(`write error: ${error.message}`);
      status = 1;
    }
    const output = this.channel(1);
    while (output.full) yield output.drained!;
    return status;
  }

  *#withVariables(assigned: [string, string][], work: () => Task<number>): Task<number> {
    if (assigned.length === 0) return yield* work();
    const before = assigned.map(([name]) =>
      [name, this.variables.get(name), this.exported.has(name)] as const
    );
    for (const [name, value] of assigned) {
      this.set(name, value);
      this.exported.add(name);
    }
    try {
      return yield* work();
    } finally {
      for (const [name, value, wasExported] of before) {
        this.put(name, value);
        if (!wasExported) this.exported.delete(name);
      }
    }
  }

  *#callFunction(body: Command, words: readonly string[]): Task<number> {
    if (this.#locals.length >= DASH_DEPTH && this.#isDash) {
      this.complain(`Maximum function recursion depth (${DASH_DEPTH}) reached`);
      throw new Jump("exit", 2);
    }
    const saved = this.parameters;
    this.parameters = words.slice(1);
    this.#locals.push(new Map());
    try {
      return yield* this.runCommand(body);
    } catch (error) {
      if (!(error instanceof Jump) || error.to !== "return") throw error;
      return error.value;
    } finally {
      for (const [name, value] of this.#locals.pop()!) this.put(name, value);
      this.parameters = saved;
    }
  }

  /** Makes a variable the present function's own; false outside functions. */
  local(name: string): boolean {
    const scope = this.#locals.at(-1);
    if (!scope) return false;
    if (!scope.has(name)) scope.set(name, this.variables.get(name));
    return true;
  }

  get #isDash(): boolean {
    return this.machine.image.flavor === "gnu" && !this.settings.bash;
  }

  get inFunction(): boolean {
    return this.#locals.length > 0;
  }

  // ------------------------------------------------------------ programs

  /** The file that a command's name stands for. */
  find(name: string): string | undefined {
    const path = this.variables.get("PATH") ?? "";
    if (name.includes("/")) return findTool(this.machine, name, { path, cwd: this.cwd });
    if (path !== this.#foundPath) {
      this.#found.clear();
      this.#foundPath = path;
    }
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const found = findTool(this.machine, name, { path, cwd: this.cwd });
    if (found !== undefined && this.machine.image.tools.has(found)) this.#found.set(name, found);
    return found;
  }

  *runProgram(words: readonly string[], assigned: Record<string, string> = {}): Task<number> {
    const [name, ...args] = words;
    const path = this.find(name);
    if (path === undefined) {
      if (name.includes("/") && this.machine.files.kind(this.path(name)) === "directory") {
        this.complain(`${name}: Permission denied`);
        return 126;
      }
      this.complain(`${name}: not found`, "command");
      return 127;
    }
    const tool = this.machine.image.tools.get(path);
    if (tool) return yield* this.#runTool(tool, words, assigned);
    return yield* this.#runScript(path, args, name, assigned);
  }

  *#runScript(
    path: string,
    args: readonly string[],
    name: string,
    assigned: Record<string, string>,
  ): Task<number> {
    const { files } = this.machine;
    if (!files.isExecutable(path)) {
      this.complain(`${name}: Permission denied`);
      return 126;
    }
    const text = files.read(path);
    const [interpreter = "/bin/sh", ...options] = /^#! *(.*)/.exec(text)?.[1].trim().split(/\s+/) ??
      ["/bin/sh"];
    const tool = this.machine.image.tools.get(interpreter);
    if (!tool) {
      this.complain(`${name}: not found`, "command");
      return 127;
    }
    return yield* this.#runTool(tool, [interpreter, ...options, path, ...args], assigned);
  }

  *#runTool(
    tool: Tool,
    words: readonly string[],
    assigned: Record<string, string>,
  ): Task<number> {
    const { machine, proc } = this;
    if (isTooLong(words)) {
      this.complain(`${words[0].slice(0, MAX_TITLE)}: Argument list too long`);
      return 126;
    }
    const outer = proc.child;
    if (outer && machine.isCrowded) return this.#cannotFork();
    machine.work.spend(TOOL_US, 2);
    const call = this.callOf(words, assigned);
    machine.countChild(outer ? 1 : 0);
    try {
      const result = tool(call);
      if (typeof result === "number") return result;
      const child = { pid: machine.takePid(), argv: words, signal: 0 };
      proc.child = child;
      let sent: IteratorResult<any, number> = result.next();
      while (!sent.done) {
        let outcome: { value: any } | { error: unknown };
        try {
          outcome = { value: yield sent.value };
        } catch (error) {
          outcome = { error };
        }
        if (child.signal !== 0) {
          result.return(0);
          return this.#toolSignalled(child.signal);
        }
        sent = "error" in outcome ? result.throw(outcome.error) : result.next(outcome.value);
      }
      return sent.value;
    } catch (error) {
      if (error instanceof FileFault) {
        call.err(`${call.name}: write error: ${error.message}\n`);
        return 1;
      }
      const signal = machine.fatalSignal(error);
      if (signal === undefined) throw error;
      return this.#toolSignalled(signal);
    } finally {
      machine.countChild(outer ? -1 : 0);
      proc.child = outer;
      call.held.release();
    }
  }

  #toolSignalled(signal: number): number {
    if (signal === SIGINT) {
      const isTrapped = this.traps.has(signalName(SIGINT));
      // Back to the prompt, or to the end, out of whatever loop this is.
      if (this.proc.interrupted || (this.settings.interactive && !isTrapped)) {
        throw new Signalled(SIGINT);
      }
    }
    return this.#signalled(signal);
  }

  /** What a tool is started with. */
  callOf(
    words: readonly string[],
    assigned: Record<string, string> = {},
    streams: { stdin?: Channel; stdout?: Channel } = {},
  ): ToolCall {
    // deno-lint-ignore no-this-alias
    const shell = this;
    const stdin = streams.stdin ?? this.channel(0);
    const stdout = streams.stdout ?? this.channel(1);
    const stderr = this.channel(2);
    return {
      machine: this.machine,
      proc: this.proc,
      held: this.machine.memory.part(),
      name: words[0].slice(words[0].lastIndexOf("/") + 1),
      args: words.slice(1),
      get env() {
        return { ...shell.environment(), ...assigned };
      },
      cwd: this.cwd,
      stdin,
      stdout,
      stderr,
      out: (text) => stdout.write?.(text),
      err: (text) => stderr.write?.(text),
      path: (path) => this.path(path),
      run: function* (argv, inner = {}) {
        const channels = new Map(shell.channels);
        channels.set(0, inner.stdin ?? stdin);
        channels.set(1, inner.stdout ?? stdout);
        const fork = shell.fork(shell.proc, channels);
        for (const [name, value] of Object.entries(assigned)) {
          fork.put(name, value);
          fork.exported.add(name);
        }
        try {
          return yield* nested(fork.runProgram(argv));
        } finally {
          fork.dispose();
        }
      },
    };
  }

  environment(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const name of this.exported) {
      const value = this.variables.get(name);
      if (value !== undefined) out[name] = value;
    }
    return out;
  }

  path(path: string): string {
    return this.machine.files.resolve(path, this.cwd);
  }

  channel(fd: number): Channel {
    return this.channels.get(fd) ?? NULL_CHANNEL;
  }

  /** A complaint in the shell's own words, on standard error. */
  complain(text: string, kind: "command" | "shell" = "shell"): void {
    const name = this.settings.name;
    const isGnu = this.machine.image.flavor === "gnu";
    const line = !isGnu || this.settings.interactive ? "" : this.settings.bash ? "line 1: " : "1: ";
    const said = kind === "command" && isGnu && this.settings.bash
      ? text.replace(/: not found$/, ": command not found")
      : text;
    this.channel(2).write?.(`${name}: ${line}${said}\n`);
  }

  // ------------------------------------------------------------ redirections

  /** Puts `redirects` in force in a copy of the channels; gives an exit code when one fails. */
  *#redirect(redirects: readonly Redirect[]): Task<number | undefined> {
    this.channels = new Map(this.channels);
    for (const { operator, fd, target } of redirects) {
      const text = yield* expandText(this, target);
      try {
        this.#apply(operator, fd, text);
      } catch (error) {
        if (!(error instanceof FileFault)) throw error;
        const isOutput = operator.includes(">");
        this.complain(
          this.machine.image.flavor === "gnu"
            ? this.settings.bash
              ? `${text}: ${error.message}`
              : `cannot ${isOutput ? "create" : "open"} ${text}: ${
                dashWords(error.message, isOutput)
              }`
            : `can't ${isOutput ? "create" : "open"} ${text}: ${
              dashWords(error.message, isOutput, true)
            }`,
        );
        return this.machine.image.flavor === "gnu" && !this.settings.bash ? 2 : 1;
      }
    }
    return undefined;
  }

  #apply(operator: string, fd: number, text: string): void {
    const open = (how: "read" | "write" | "append") =>
      openFile(this.machine, this.path(text), how, this.channels);
    switch (operator) {
      case "<<":
        this.channels.set(fd, new TextInput(text));
        return;
      case "<<<":
        this.channels.set(fd, new TextInput(`${text}\n`));
        return;
      case "<":
      case "<>":
        this.channels.set(fd, open("read"));
        return;
      case ">":
      case ">|":
        this.channels.set(fd, open("write"));
        return;
      case ">>":
        this.channels.set(fd, open("append"));
        return;
      case "&>":
      case "&>>":
        this.channels.set(1, open(operator === "&>" ? "write" : "append"));
        this.channels.set(2, this.channel(1));
        return;
      default: {
        if (text === "-") this.channels.delete(fd);
        else if (/^\d+$/.test(text)) {
          const from = this.channels.get(Number(text));
          if (!from) throw new FileFault("Bad file descriptor");
          this.channels.set(fd, from);
        } else {
          this.channels.set(1, open("write"));
          this.channels.set(2, this.channel(1));
        }
      }
    }
  }
}

/** Whether a program cannot be started with so much to be told. */
export function isTooLong(words: readonly string[]): boolean {
  let total = 0;
  for (const { length } of words) {
    if (length >= MAX_ARGUMENT_BYTES) return true;
    total += length + 9;
  }
  return total > MAX_ARGUMENTS_BYTES;
}

/** What a shell says of what was ended by a signal. Source: busybox shell/ash.c (sprint_status48). */
const ENDINGS: Record<number, string> = {
  9: "Killed",
  11: "Segmentation fault",
  15: "Terminated",
};
/** How much of a command the table of processes shows. */
const MAX_TITLE = 4_096;

function dashWords(message: string, isOutput: boolean, busybox = false): string {
  if (message === "No such file or directory") {
    return isOutput
      ? (busybox ? "nonexistent directory" : "Directory nonexistent")
      : busybox
      ? "no such file"
      : "No such file";
  }
  return message;
}

function titleOf(command: Command): string {
  return command.kind === "simple" && command.fixed ? command.fixed.join(" ") : `{${command.kind}}`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const OPTION_LETTERS: Record<string, string> = {
  errexit: "e",
  nounset: "u",
  xtrace: "x",
  noglob: "f",
  allexport: "a",
};
