import { nearestNames } from "../base/mod.ts";
import { wrapWords } from "../term/mod.ts";
import { type Command, type CommandIo, inLanguage } from "./command.ts";
import { expand, type Makefile, MakefileError, parseMakefile, type Rule } from "./_makefile.ts";

/** A run of make that ends here; the message goes to standard error as it is. */
class MakeError extends Error {
  override name = "MakeError";
  constructor(message: string, readonly exitCode = 2) {
    super(message);
  }
}

interface Options {
  goals: string[];
  file: string | undefined;
  variables: Record<string, string>;
  dryRun: boolean;
  silent: boolean;
  keepGoing: boolean;
  ignoreErrors: boolean;
}

/** How deep in itself make may be, and how many lines of recipes may run below one line. */
const MAX_LEVEL = 50;
const MAX_LINES = 200;
/** What runs below a line of a recipe now. */
const nested = new WeakMap<object, { level: number; lines: number }>();

const FILES = ["GNUmakefile", "makefile", "Makefile"];

/**
 * make on the Makefile of the learner's folder: it prints each command of a target's recipe and runs
 * it as if it had been typed.
 * Source: GNU make 4.4 job.c, remake.c, main.c. Differs: a target that is no file is always made, and
 * one that is a file never is unless it is phony; see also `_makefile.ts`.
 */
export const make: Command = {
  name: "make",
  summary: "run a target of the Makefile, printing the commands it stands for",
  summaryKo: "Makefile의 타깃을 실행하고 그 명령을 보여 주기",
  async execute(args, io) {
    try {
      return await run(args, io);
    } catch (error) {
      if (error instanceof MakeError) {
        io.err(`${error.message}\n`);
        return error.exitCode;
      }
      if (error instanceof MakefileError) {
        io.err(`${/^\*\*\*/.test(error.message) ? "make: " : ""}${error.message}\n`);
        return 2;
      }
      throw error;
    }
  },
  async complete(words, io) {
    const last = words.at(-1) ?? "";
    try {
      const { rules } = await readMakefile(undefined, {}, io.files);
      return [...rules.keys()].filter((target) => target.startsWith(last)).sort();
    } catch {
      return []; // No Makefile, or one that will not parse: nothing to offer.
    }
  },
};

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const options = parseArguments(args);
  if (options === "help" || options === "version") {
    io.out(options === "help" ? USAGE : "GNU Make 4.4.1 (as far as this lab needs it)\n");
    return 0;
  }
  const makefile = await readMakefile(options.file, options.variables, io.files)
    .catch((error) => {
      if (!(error instanceof NoMakefile)) throw error;
      if (options.file !== undefined) {
        throw new MakeError(
          `make: ${options.file}: No such file or directory\nmake: *** No rule to make target '${options.file}'.  Stop.`,
        );
      }
      const [goal] = options.goals;
      throw new MakeError(
        goal === undefined
          ? "make: *** No targets specified and no makefile found.  Stop."
          : `make: *** No rule to make target '${goal}'.  Stop.`,
      );
    });
  const goals = options.goals.length > 0 ? options.goals : [makefile.defaultGoal];
  const done = new Set<string>();
  let failed = false;
  for (const goal of goals) {
    if (goal === undefined) throw new MakeError("make: *** No targets.  Stop.");
    const build = new Build(makefile, options, io, done);
    try {
      const ran = await build.make(goal, undefined);
      if (!ran) io.out(`make: ${await build.nothingToDo(goal)}\n`);
    } catch (error) {
      if (!(error instanceof MakeError) || !options.keepGoing || io.signal.aborted) throw error;
      io.err(`${error.message}\n`);
      failed = true;
    }
  }
  return failed ? 2 : 0;
}

class NoMakefile extends Error {}

async function readMakefile(
  file: string | undefined,
  variables: Record<string, string>,
  files: CommandIo["files"],
): Promise<Makefile> {
  for (const name of file === undefined ? FILES : [file]) {
    const found = await files.stat(name);
    if (found && !found.isDirectory) return parseMakefile(await files.read(name), name, variables);
  }
  throw new NoMakefile();
}

class Build {
  constructor(
    readonly makefile: Makefile,
    readonly options: Options,
    readonly io: CommandIo,
    readonly done: Set<string>,
  ) {}

  /** Makes a target after its prerequisites; whether any command ran. */
  async make(target: string, neededBy: string | undefined): Promise<boolean> {
    if (this.done.has(target)) return false;
    const rule = this.makefile.rules.get(target);
    if (!rule) {
      if (await this.io.files.stat(target)) return false;
      const needed = neededBy === undefined ? "" : `, needed by '${neededBy}'`;
      const suggestion = neededBy === undefined ? this.#suggest(target) : "";
      throw new MakeError(
        `make: *** No rule to make target '${target}'${needed}.  Stop.${suggestion}`,
      );
    }
    this.done.add(target);
    let ran = false;
    for (const prerequisite of new Set(rule.prerequisites)) {
      ran = await this.make(prerequisite, target) || ran;
    }
    if (!ran && await this.#isUpToDate(target)) return false;
    return await this.#runRecipe(rule) || ran;
  }

  async nothingToDo(goal: string): Promise<string> {
    const upToDate = this.makefile.rules.get(goal)?.recipe.length && await this.#isUpToDate(goal);
    return upToDate ? `'${goal}' is up to date.` : `Nothing to be done for '${goal}'.`;
  }

  async #isUpToDate(target: string): Promise<boolean> {
    return !this.makefile.phony.has(target) && await this.io.files.stat(target) !== undefined;
  }

  async #runRecipe(rule: Rule): Promise<boolean> {
    const { target, prerequisites } = rule;
    const variables = new Map(this.makefile.variables);
    variables.set("@", target);
    variables.set("<", prerequisites[0] ?? "");
    variables.set("^", [...new Set(prerequisites)].join(" "));
    let ran = false;
    for (const { text, line } of rule.recipe) {
      const expanded = expand(text, variables);
      const [, marks, command] = /^([\s@+-]*)([^]*)$/.exec(expanded)!;
      if (command.trim() === "") continue;
      ran = true;
      const { dryRun, silent, ignoreErrors } = this.options;
      if (dryRun || !(silent || marks.includes("@"))) this.io.out(`${command}\n`);
      if (dryRun && !marks.includes("+")) continue;
      const at = `[${this.makefile.name}:${line}: ${target}]`;
      const code = await this.#runCommand(command.replace(/\\\n/g, ""), at);
      if (this.io.signal.aborted) throw new MakeError(`make: *** ${at} Interrupt`, 130);
      if (code === 0) continue;
      if (ignoreErrors || marks.includes("-")) {
        this.io.err(`make: ${at} Error ${code} (ignored)\n`);
      } else throw new MakeError(`make: *** ${at} Error ${code}`);
    }
    return ran;
  }

  /** Runs a line of a recipe, which may call make again. Errors: MakeError when it has done so without end. */
  async #runCommand(command: string, at: string): Promise<number> {
    const { lab } = this.io;
    const run = nested.get(lab) ?? { level: 0, lines: 0 };
    if (run.level >= MAX_LEVEL || ++run.lines > MAX_LINES) {
      throw new MakeError(`make: *** ${at} make calls itself without end`);
    }
    nested.set(lab, run);
    run.level++;
    try {
      return await this.io.run(command);
    } finally {
      if (--run.level === 0) nested.delete(lab);
    }
  }

  /** Beyond GNU make: the targets there are, since a learner can hardly know them. */
  #suggest(target: string): string {
    const known = [...this.makefile.rules.keys()].filter((name) => !name.startsWith("."));
    const close = nearestNames(target, known);
    const shown = close.length > 0 ? close : known;
    if (shown.length === 0) return "";
    const { name } = this.makefile;
    const told = inLanguage(this.io, `targets of ${name}`, `${name}의 타깃`);
    // In short lines, so that no terminal has to break one.
    return `\n${wrapWords(`(${told}: ${shown.join(", ")})`, 80).join("\n")}`;
  }
}

const USAGE = `Usage: make [options] [target] ...
Options:
  -f FILE                     Read FILE as a makefile.
  -n, --dry-run               Don't actually run any recipe; just print them.
  -s, --silent                Don't echo recipes.
  -k, --keep-going            Keep going when some targets can't be made.
  -i, --ignore-errors         Ignore errors from recipes.
  -h, --help                  Print this message and exit.
  -v, --version               Print the version number of make and exit.
`;

function parseArguments(args: readonly string[]): Options | "help" | "version" {
  const options: Options = {
    goals: [],
    file: undefined,
    variables: {},
    dryRun: false,
    silent: false,
    keepGoing: false,
    ignoreErrors: false,
  };
  const queue = [...args];
  while (queue.length > 0) {
    const word = queue.shift()!;
    const variable = /^([A-Za-z_][\w.-]*)\s*(?:::?|)=(.*)$/s.exec(word);
    if (variable) options.variables[variable[1]] = variable[2];
    else if (!word.startsWith("-") || word === "-") options.goals.push(word);
    else if (word === "-f" || word === "--file" || word === "--makefile") {
      options.file = queue.shift();
      if (options.file === undefined) {
        throw new MakeError(`make: option requires an argument -- 'f'\n${USAGE.trimEnd()}`);
      }
    } else if (/^(--file|--makefile)=/.test(word)) options.file = word.slice(word.indexOf("=") + 1);
    else if (word === "-h" || word === "--help") return "help";
    else if (word === "-v" || word === "--version") return "version";
    else if (["-n", "--just-print", "--dry-run", "--recon"].includes(word)) options.dryRun = true;
    else if (["-s", "--silent", "--quiet"].includes(word)) options.silent = true;
    else if (["-k", "--keep-going"].includes(word)) options.keepGoing = true;
    else if (["-i", "--ignore-errors"].includes(word)) options.ignoreErrors = true;
    else if (!/^(-B|--always-make|-j\d*|--jobs(=\d+)?|--no-print-directory)$/.test(word)) {
      const what = word.startsWith("--")
        ? `unrecognized option '${word}'`
        : `invalid option -- '${word[1]}'`;
      throw new MakeError(`make: ${what}\n${USAGE.trimEnd()}`);
    }
  }
  return options;
}
