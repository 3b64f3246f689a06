import { InvariantError, messageOf } from "../base/mod.ts";
import type { Command } from "../commands/command.ts";
import type { Lab } from "../labs/lab.ts";
import { lossOf } from "../labs/mod.ts";
import type { CustomCommand } from "./_engine.ts";
import { Sink } from "./_sink.ts";
import type { RunOptions } from "./shell.ts";
import { readMarks } from "./streaming.ts";
import { HELP } from "./syntax.ts";
import { WorkspaceFiles } from "./workspace.ts";

export type Engine = typeof import("./_engine.ts");
export type FileSystem = ReturnType<Engine["openFileSystem"]>;

/** What a shell's lines have in common. */
export interface Parts {
  engine: Engine;
  fs: FileSystem;
  lab: Lab;
  /** The shell's own commands, by name. */
  commands: ReadonlyMap<string, Command>;
  /** Bundled commands whose module is loaded. */
  used: Set<string>;
  turn(): Promise<void>;
}

/** `lab` is the one that the line is watched at. */
export type LineOptions = RunOptions & { signal: AbortSignal; lab: Lab };
/** Runs a line that a command of another line asks for, in that command's directory. */
type RunNested = (line: string, sink: Sink, options: LineOptions, cwd: string) => Promise<number>;

/** The exit code of what Ctrl-C ended. */
export const INTERRUPTED = 130;
/**
 * Commands of just-bash's that run others. What comes after a module has been loaded is no step of this shell's, and
 * not bounded; so these are loaded, and given a turn, before they run anything.
 */
const RUNNERS = /^(bash|sh|xargs|find|timeout|time|env)$/;

/** One line being run: what its commands are and where they write, and what went wrong inside them. */
export class Run {
  bug: InvariantError | undefined;

  constructor(
    readonly parts: Parts,
    readonly sink: Sink,
    readonly options: LineOptions,
    readonly nested: RunNested,
  ) {}

  /** All commands that just-bash is given, in place of its own. */
  customCommands(): CustomCommand[] {
    const { engine, commands } = this.parts;
    const bundled = engine.bundledNames().filter((name) => !commands.has(name));
    return [
      ...bundled.map((name) => this.#bundled(name)),
      ...[...commands.values()].map((command) => this.#own(command)),
    ];
  }

  #own(command: Command): CustomCommand {
    const { engine, lab } = this.parts;
    const { sink, options } = this;
    const name = command.name === "help" ? HELP : command.name;
    return engine.defineCommand(name, async (words, context) => {
      const marks = readMarks(words);
      let stdout = "";
      let stderr = "";
      const out = marks.out ? sink.out : (text: string) => void (stdout += text);
      const err = marks.err ? sink.err : (text: string) => void (stderr += text);
      const columns = marks.out ? options.columns : undefined;
      const exitCode = await this.#guard(command.name, err, () =>
        command.execute(marks.args, {
          lab,
          files: new WorkspaceFiles(() => Promise.resolve(context.fs), () => context.cwd),
          env: context.exportedEnv ?? {},
          stdin: engine.decodeBytesToUtf8(context.stdin),
          out,
          err,
          signal: options.signal,
          language: options.language,
          columns,
          plain: options.plain || columns === undefined,
          holdsSums: options.holdsSums,
          follows: options.followMs !== undefined,
          ...(marks.out && options.keyboard ? { keyboard: options.keyboard } : {}),
          page: options.page && marks.out ? sink.page : undefined,
          run: (line) =>
            this.nested(line, new Sink({ out, err }), { ...options, columns }, context.cwd),
        }));
      await options.room?.();
      return { stdout, stderr, exitCode };
    });
  }

  #bundled(name: string): CustomCommand {
    const { engine, fs, used, turn } = this.parts;
    const { sink, options } = this;
    return engine.defineCommand(name, async (words, context) => {
      const marks = readMarks(words);
      const wide = name === "ls" && marks.out && options.columns !== undefined &&
        !marks.args.some((arg) => /^-\w*[l1]/.test(arg));
      if (RUNNERS.test(name) && !used.has(name)) {
        await context.origCommand!(["--help"]);
        await turn();
      }
      const args = name === "date" ? this.#dated(marks.args) : marks.args;
      const result = await context.origCommand!(args);
      if (!used.has(name)) await turn();
      used.add(name);
      await options.room?.();
      if (!marks.err) return result;
      sink.err(engine.tellRefusals(result.stderr, fs));
      if (!marks.out) return withoutStderr(result);
      const stdout = engine.decodeBytesToUtf8(engine.stdoutAsBytes(result));
      sink.out(stdout, wide ? inColumns(stdout, options.columns!) : stdout);
      return { stdout: "", stderr: "", exitCode: result.exitCode };
    });
  }

  /** The arguments of `date`, which tells the lab's time. */
  #dated(args: readonly string[]): string[] {
    const told = args.some((arg) => /^-[dr]|^--date|^--reference/.test(arg));
    if (told) return [...args];
    return ["-d", `@${Math.floor(this.parts.lab.clock.now() / 1000)}`, ...args];
  }

  /** A command must not throw, but where its lab has ended; when it does, that is told and the shell goes on. */
  async #guard(
    name: string,
    err: (text: string) => void,
    work: () => Promise<number>,
  ): Promise<number> {
    try {
      return await work();
    } catch (error) {
      if (this.options.signal.aborted) return INTERRUPTED;
      if (error instanceof InvariantError) this.bug = error;
      const text = messageOf(error);
      const loss = lossOf(error);
      if (loss !== undefined) {
        err(`${name}: ${loss}\n`);
        return 1;
      }
      err(`${name}: this is a mistake in the tutor, not yours: ${text}\n`);
      return 70;
    }
  }
}

/**
 * What is left of a result whose stderr was written already. just-bash counts how much of a result it charged, and stops a
 * pipeline whose result holds less than that.
 */
function withoutStderr<R extends Charged>(result: R): R {
  const charged = result.internalOutputAccounting;
  return {
    ...result,
    stderr: "",
    ...(charged && { internalOutputAccounting: { ...charged, stderr: 0 } }),
  };
}

interface Charged {
  stderr: string;
  internalOutputAccounting?: { stdout: number; stderr: number };
}

/** A list of names in columns, as `ls` prints it on a terminal; term/ draws for people alone, and is not reached here. */
function inColumns(text: string, columns: number): string {
  const names = text.split("\n").filter((name) => name !== "");
  if (names.length === 0 || names.some((name) => name.endsWith(":"))) return text;
  for (let rows = 1; rows < names.length; rows++) {
    const count = Math.ceil(names.length / rows);
    const widths = Array.from(
      { length: count },
      (_, column) =>
        Math.max(...names.slice(column * rows, (column + 1) * rows).map((name) => name.length)),
    );
    if (widths.reduce((sum, width) => sum + width + 2, -2) > columns) continue;
    return Array.from(
      { length: rows },
      (_, row) =>
        widths.map((width, column) => (names[column * rows + row] ?? "").padEnd(width + 2)).join("")
          .trimEnd() + "\n",
    ).join("");
  }
  return text;
}
