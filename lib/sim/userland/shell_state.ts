import { type Channel, NULL_CHANNEL, type Task } from "./channels.ts";
import { ExpansionError, type ExpansionScope } from "./expand.ts";
import type { Machine, Standard } from "./machine.ts";
import { detached, type MemoryPart } from "./memory.ts";
import { type Proc, type SignalHandler } from "./proc.ts";
import { Jump } from "./signals.ts";
import type { Command, Sequence } from "./syntax.ts";
import { findTool, type Tool } from "./tool.ts";

/** Values of a shell's options that begin as they do in a script. */
export interface ShellSettings {
  name: string;
  /** Programs of the image, by their path. */
  tools: ReadonlyMap<string, Tool>;
  parameters?: readonly string[];
  bash?: boolean;
  interactive?: boolean;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
}

/** Options that have a letter. */
export const OPTIONS: Readonly<Record<string, string>> = {
  e: "errexit",
  u: "nounset",
  x: "xtrace",
  f: "noglob",
  a: "allexport",
};

/** What a shell says of what was ended by a signal. Source: busybox shell/ash.c (sprint_status48). */
const ENDINGS: Record<number, string> = {
  9: "Killed",
  11: "Segmentation fault",
  15: "Terminated",
};
const IFS = " \t\n";
/** What a name costs in memory beside its text, and a shell's copy of one that it shares. */
const NAME_BYTES = 64;
const COPY_BYTES = 48;
/** What a byte of a function takes, with its commands. */
const FUNCTION_BYTES = 96;

/** What a shell knows and holds, and what its parts, which are handed one, ask of the whole. */
export abstract class ShellState implements ExpansionScope, SignalHandler {
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
  protected readonly scratch: MemoryPart;
  /** What each name that it set takes. */
  readonly #sizes = new Map<string, number>();
  /** Above 0 where a failure is no reason to leave with `set -e`. */
  tested = 0;
  /** What variables were before the functions that are running made them their own. */
  readonly locals: Map<string, string | undefined>[] = [];
  /** Where programs were found, with the PATH of now. */
  #found = new Map<string, string>();
  #foundPath: string | undefined;
  /** What this shell is itself, as a tool of another. */
  readonly child: Proc["child"];
  /** The exit code of the last command substitution. */
  substituted = 0;
  /** Set while the `wait` builtin waits. */
  waiting = false;

  constructor(
    readonly machine: Machine,
    readonly proc: Proc,
    streams: Standard | Map<number, Channel>,
    readonly settings: ShellSettings,
    parent?: ShellState,
  ) {
    this.channels = streams instanceof Map ? new Map(streams) : new Map<number, Channel>([
      [0, streams.stdin],
      [1, streams.stdout],
      [2, streams.stderr],
    ]);
    this.#kept = machine.memory.part();
    this.scratch = machine.memory.part();
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
      this.tested = parent.tested;
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

  // ------------------------------------------------------------ what its parts ask of it

  /** A shell that shares nothing further with this one. */
  abstract fork(proc: Proc, channels: Map<number, Channel>): ShellState;
  abstract runSequence(sequence: Sequence): Task<void>;
  /** Runs one command; gives its exit code. */
  abstract runCommand(command: Command): Task<number>;
  /** Runs a text in this shell, as `eval`, `.` and traps do. */
  abstract source(text: string): Task<void>;
  abstract handles(signal: number): boolean;
  abstract ignores(signal: number): boolean;
  abstract runTraps(): Task<void>;
  /** Runs a script in a copy of this shell; gives its exit code. */
  abstract runInside(script: Sequence, channels: Map<number, Channel>): Task<number>;
  abstract capture(script: Sequence): Task<string>;
  abstract glob(pattern: string): Task<string[]>;

  // ------------------------------------------------------------ variables and options

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
        return [...this.options].map(letterOf).join("");
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

  get strict(): boolean {
    return this.options.has("nounset");
  }

  get noGlob(): boolean {
    return this.options.has("noglob");
  }

  get inFunction(): boolean {
    return this.locals.length > 0;
  }

  /** Makes a variable the present function's own. */
  local(name: string): void {
    const scope = this.locals.at(-1)!;
    if (!scope.has(name)) scope.set(name, this.variables.get(name));
  }

  get isDash(): boolean {
    return this.machine.image.flavor === "gnu" && !this.settings.bash;
  }

  environment(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const name of this.exported) {
      const value = this.variables.get(name);
      if (value !== undefined) out[name] = value;
    }
    return out;
  }

  // ------------------------------------------------------------ memory and time

  /** Memory of the command that runs. Errors: OutOfMemory. */
  grow(bytes: number): void {
    this.scratch.grow(bytes);
    this.machine.work.move(bytes);
  }

  scan(chars: number): void {
    this.machine.work.spend(0, chars / 16);
  }

  /** The shell is over: gives back all that it holds. */
  dispose(): void {
    this.scratch.release();
    this.#kept.release();
  }

  // ------------------------------------------------------------ files and programs

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
    if (found !== undefined && this.settings.tools.has(found)) this.#found.set(name, found);
    return found;
  }

  path(path: string): string {
    return this.machine.files.resolve(path, this.cwd);
  }

  channel(fd: number): Channel {
    return this.channels.get(fd) ?? NULL_CHANNEL;
  }

  // ------------------------------------------------------------ what it says

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

  /** A complaint of a builtin; busybox's that are tools too complain in the shell's name alone. */
  complainAs(name: string, words: string): void {
    this.complain(this.machine.image.flavor === "busybox" ? words : `${name}: ${words}`);
  }

  out(text: string): void {
    this.channel(1).write?.(text);
  }

  /** Source: busybox shell/ash.c (forkshell). */
  cannotFork(): never {
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
  ended(signal: number): number {
    const said = ENDINGS[signal];
    if (said !== undefined) this.channel(2).write?.(`${said}\n`);
    return 128 + signal;
  }

  /** Says why words could not be expanded, which ends a script; gives the exit code. */
  failedExpansion(error: unknown): number {
    if (!(error instanceof ExpansionError)) throw error;
    this.complain(error.message);
    if (this.settings.interactive) return 2;
    throw new Jump("exit", 2);
  }
}

function letterOf(option: string): string {
  return Object.keys(OPTIONS).find((letter) => OPTIONS[letter] === option) ?? "";
}
