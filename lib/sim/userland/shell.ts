import { BUILTINS, SPECIAL_BUILTINS } from "./builtins.ts";
import {
  type Channel,
  NULL_CHANNEL,
  Output,
  Pipe,
  SIGINT,
  Signalled,
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
} from "./expand.ts";
import { FileFault } from "./files.ts";
import { Glob } from "./glob.ts";
import { findTool, type Tool, type ToolCall } from "./image.ts";
import { BUILTIN_US, type Machine, type Proc, type Standard, TOOL_US } from "./machine.ts";
import { openFile } from "./open.ts";
import { parseScript } from "./parse.ts";
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
  /** Above 0 where a failure is no reason to leave with `set -e`. */
  #tested = 0;
  #locals: Map<string, string | undefined>[] = [];
  #found = new Map<string, string>();
  #foundPath: string | undefined;
  #inTrap = false;
  /** Whether SIGINT came, for which a script ends as soon as its command has. */
  #interrupted = false;
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
    this.variables = new Map(parent?.variables);
    this.exported = new Set(parent?.exported);
    this.readonlyNames = new Set(parent?.readonlyNames);
    this.functions = new Map(parent?.functions);
    this.options = new Set(parent?.options);
    this.traps = new Map();
    this.parameters = parent?.parameters ?? settings.parameters ?? [];
    this.cwd = parent?.cwd ?? settings.cwd ?? "/";
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
    this.variables.set(name, value);
    if (this.options.has("allexport")) this.exported.add(name);
  }

  get strict(): boolean {
    return this.options.has("nounset");
  }

  get noGlob(): boolean {
    return this.options.has("noglob");
  }

  *capture(script: Sequence): Task<string> {
    let text = "";
    const output = new Output((more) => void (text += more));
    const inner = this.fork(this.proc, new Map([...this.channels, [1, output]]));
    this.#substituted = yield* inner.runToEnd(script);
    return text;
  }

  glob(pattern: string): string[] {
    const { files } = this.machine;
    const absolute = pattern.startsWith("/");
    let found = [{ shown: absolute ? "/" : "", path: absolute ? "/" : this.cwd }];
    const parts = pattern.split("/").filter((part) => part !== "");
    parts.forEach((part, i) => {
      const isLast = i === parts.length - 1;
      const literal = part.replace(/\\(.)/g, "$1");
      const matcher = new Glob(part);
      const isPattern = /(^|[^\\])[*?[]/.test(part);
      found = found.flatMap(({ shown, path }) => {
        const names = isPattern
          ? files.names(path).filter((name) =>
            matcher.test(name) && (!name.startsWith(".") || part.startsWith("."))
          )
          : [literal];
        return names.map((name) => ({
          shown: shown + name + (isLast ? "" : "/"),
          path: files.resolve(name, path),
        })).filter((one) =>
          isLast ? files.kind(one.path) !== undefined : files.kind(one.path) === "directory"
        );
      });
    });
    return found.map(({ shown }) => shown);
  }

  // ------------------------------------------------------------ signals

  handles(signal: number): boolean {
    const action = this.traps.get(signalName(signal));
    if (action === undefined) {
      // A shell catches it by itself: at its prompt it is no more than a line given up.
      if (signal !== SIGINT) return false;
      if (!this.settings.interactive) {
        this.#interrupted = true;
        if (!this.proc.child) this.machine.wakeNow(this.proc);
      }
      return true;
    }
    if (action !== "") {
      this.pending.push(signal);
      // `wait` is left at once; other commands run to their end first.
      if (this.waiting) this.machine.wakeNow(this.proc);
    }
    return true;
  }

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
    try {
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
    } catch (error) {
      if (error instanceof Signalled && this.proc.pid !== 1) throw error;
      if (error instanceof Signalled) return 128 + error.signal;
      throw error;
    }
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
    let script: Sequence;
    try {
      script = parseScript(text, { bash: this.settings.bash });
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      this.complain(error.message);
      this.status = 2;
      return;
    }
    yield* this.runSequence(script);
  }

  *runSequence(sequence: Sequence): Task<void> {
    for (const item of sequence) {
      if (item.background) this.#runBehind(item);
      else yield* this.#runAndOr(item);
      if (this.#interrupted) throw new Jump("exit", 128 + SIGINT);
      if (this.pending.length > 0) yield* this.runTraps();
    }
  }

  #runBehind(item: AndOr): void {
    const channels = new Map(this.channels);
    if (!this.settings.interactive) channels.set(0, NULL_CHANNEL);
    const foreground = { ...item, background: false };
    const proc = this.#spawn(item.source, channels, (shell) => shell.runToEnd([foreground]));
    proc.background = true;
    this.jobs.set(proc.pid, proc);
    this.lastBackground = proc.pid;
    this.status = 0;
  }

  /** A process of its own that goes on as a copy of this shell. */
  #spawn(
    title: string,
    channels: Map<number, Channel>,
    work: (shell: Shell) => Task<number>,
  ): Proc {
    return this.machine.spawn(
      [...this.proc.argv.slice(0, 1), title],
      this.proc.pid,
      (proc) => {
        // deno-lint-ignore no-this-alias
        const parent = this;
        return (function* () {
          const shell = parent.fork(proc(), channels);
          proc().handler = shell;
          return yield* work(shell);
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
      if (commands.length === 1) this.status = yield* this.runCommand(commands[0]);
      else yield* this.#runPiped(commands);
    } finally {
      if (negated) this.#tested--;
    }
    if (negated) this.status = this.status === 0 ? 1 : 0;
  }

  *#runPiped(commands: readonly Command[]): Task<void> {
    const pipes = commands.slice(1).map(() => new Pipe());
    const procs = commands.map((command, i) => {
      const channels = new Map(this.channels);
      if (i > 0) channels.set(0, pipes[i - 1].reader);
      if (i < pipes.length) channels.set(1, pipes[i].writer);
      return this.#spawn(titleOf(command), channels, (shell) =>
        shell.runToEnd(function* () {
          shell.status = yield* shell.runCommand(command);
        }));
    });
    const statuses: number[] = [];
    for (const proc of procs) statuses.push(yield* this.machine.join(proc));
    const failed = statuses.findLast((status) => status !== 0) ?? 0;
    this.status = this.options.has("pipefail") ? failed : statuses.at(-1)!;
  }

  /** Runs one command; gives its exit code. */
  *runCommand(command: Command): Task<number> {
    if (command.kind === "simple") return yield* this.#runSimple(command);
    if (command.kind === "function") {
      this.functions.set(command.name, command.body);
      return 0;
    }
    if (command.redirects.length === 0) return yield* this.#runCompound(command);
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
        return yield* this.fork(this.proc, this.channels).runToEnd(command.body);
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
          return arithmetic(this, text) === 0 ? 1 : 0;
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
      if (this.machine.charge(BUILTIN_US)) yield this.machine.sleep(0);
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
      if (this.machine.charge(BUILTIN_US)) yield this.machine.sleep(0);
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
      if (this.machine.charge(BUILTIN_US)) yield this.machine.sleep(0);
      const condition = yield* expandText(this, test);
      if (condition.trim() !== "" && arithmetic(this, condition) === 0) return 0;
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
        if (!new Glob(yield* expandPattern(this, pattern)).test(value)) continue;
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
    return append ? (this.get(name) ?? "") + text : text;
  }

  #trace(assigned: [string, string][], words: readonly string[]): void {
    const shown = [
      ...assigned.map(([name, value]) => `${name}=${quoted(value)}`),
      ...words.map(quoted),
    ];
    this.channel(2).write?.(`+ ${shown.join(" ")}\n`);
  }

  *#call(words: readonly string[], assigned: [string, string][]): Task<number> {
    const [name] = words;
    const special = SPECIAL_BUILTINS.get(name);
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
    if (this.machine.charge(BUILTIN_US)) yield this.machine.sleep(0);
    const result = builtin(this, words.slice(1));
    const status = typeof result === "number" ? result : yield* result;
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
        if (value === undefined) this.variables.delete(name);
        else this.variables.set(name, value);
        if (!wasExported) this.exported.delete(name);
      }
    }
  }

  *#callFunction(body: Command, words: readonly string[]): Task<number> {
    if (this.#locals.length > 500) throw new ExpansionError("function nesting too deep");
    const saved = this.parameters;
    this.parameters = words.slice(1);
    this.#locals.push(new Map());
    try {
      return yield* this.runCommand(body);
    } catch (error) {
      if (!(error instanceof Jump) || error.to !== "return") throw error;
      return error.value;
    } finally {
      for (const [name, value] of this.#locals.pop()!) {
        if (value === undefined) this.variables.delete(name);
        else this.variables.set(name, value);
      }
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
    if (machine.charge(TOOL_US)) yield machine.sleep(0);
    let result: number | Task<number>;
    try {
      result = tool(this.callOf(words, assigned));
    } catch (error) {
      if (error instanceof Signalled && error.signal !== 0) {
        return this.#toolSignalled(error.signal);
      }
      throw error;
    }
    if (typeof result === "number") return result;
    const child = { pid: machine.takePid(), argv: words, signal: 0 };
    const outer = proc.child;
    proc.child = child;
    try {
      for (let step = result.next();; step = result.next()) {
        if (step.done) return step.value;
        yield step.value;
        if (child.signal !== 0) {
          result.return(0);
          return this.#toolSignalled(child.signal);
        }
      }
    } catch (error) {
      if (error instanceof Signalled) return this.#toolSignalled(error.signal);
      throw error;
    } finally {
      proc.child = outer;
    }
  }

  #toolSignalled(signal: number): number {
    if (signal === SIGINT && this.settings.interactive) {
      this.channel(1).write?.("\n");
      this.status = 128 + SIGINT;
      // Back to the prompt, out of whatever loop this is.
      throw new Jump("break", Infinity);
    }
    if (signal === SIGINT && this.#interrupted) throw new Jump("exit", 128 + SIGINT);
    if (signal === 15) this.channel(2).write?.("Terminated\n");
    if (signal === 9) this.channel(2).write?.("Killed\n");
    return 128 + signal;
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
          fork.variables.set(name, value);
          fork.exported.add(name);
        }
        return yield* fork.runProgram(argv);
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
