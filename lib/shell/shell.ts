import { boundedBy, InvariantError } from "../base/mod.ts";
import type { Command, Files } from "../commands/command.ts";
import type { Lab } from "../labs/lab.ts";
import { lossOf } from "../labs/mod.ts";
import { shellCommands } from "./_builtins.ts";
import { type Candidates, completeLine } from "./complete.ts";
import { type Pasted, readPaste } from "./paste.ts";
import { nearest } from "./suggest.ts";
import { refusalOf } from "./refusals.ts";
import { markStreams, readMarks } from "./streaming.ts";
import { ALIAS, readSyntax, type Syntax } from "./syntax.ts";
import { HOME, WorkspaceFiles } from "./workspace.ts";

type Engine = typeof import("./_engine.ts");
type FileSystem = ReturnType<Engine["openFileSystem"]>;

export interface ShellOptions {
  lab: Lab;
  /** The learner's folder on the real disk. */
  workspaceDir: string;
  /** A function is called when the first line is run, or before, in the background. */
  commands: readonly Command[] | (() => Promise<readonly Command[]>);
  /** Variables, aliases and working directory to begin with; see {@linkcode Shell.environment}. */
  environment?: Readonly<Record<string, string>>;
  /**
   * Lets messages have their turn. Where steps are bounded, each begins with one: what goes on after a file
   * was read or a module loaded is only then within the bound.
   */
  turn?(): Promise<void>;
}

/** A shell as those see it who type lines: here, or on another thread. */
export interface ShellLike {
  readonly files: Files;
  readonly place: string;
  readonly commandNames: string[];
  warm(): Promise<void>;
  needsMore(text: string): Promise<boolean>;
  complete(line: string, cursor: number): Promise<Candidates>;
  run(text: string, options?: RunOptions): Promise<RunResult>;
  /** What the lab keeps for commands is another: the next line looks anew. */
  forget?(): void;
}

/** Where a line's output goes and what may stop it. */
export interface RunOptions {
  /** Receives standard output as it comes; it is also part of the result. */
  out?(text: string): void;
  err?(text: string): void;
  /** Shows standard output a screenful at a time, for `more`. */
  page?(text: string): Promise<void>;
  /** Ctrl-C. */
  signal?: AbortSignal;
  /** Width of the terminal, when output goes to one. */
  columns?: number;
  /** What is typed while the line runs; see {@linkcode CommandIo.keyboard}. */
  keyboard?(onText: (text: string) => void): () => void;
  /** Presses Ctrl-C after this much lab time, which passes at once. For played lines. */
  followMs?: number;
  /** Whether Ctrl-C was pressed, for a line that never lets the signal through. */
  isInterrupted?(): boolean;
  /** Resolves when more output may come; without it there is always room. */
  room?(): Promise<void>;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  /** Both, in the order in which they came. */
  printed: string;
  exitCode: number;
}

/** The exit code of what Ctrl-C ended. */
export const INTERRUPTED = 130;

/** How long, of wall time, a following line gets to start before lab time runs. */
const FOLLOW_GRACE_MS = 300;
/** How long an interrupted command gets to end by itself. */
const ABORT_GRACE_MS = 120;
/** Output kept for the result; what streams past this is only shown. */
const KEPT_OUTPUT_CHARS = 8_000_000;

/** How long the parser may look at one text, in wall milliseconds. */
const PARSE_MS = 200;

/** A line may do and hold this much, and no more: it is a learner's line on a learner's machine. */
const LIMITS = {
  maxStringLength: 8 * 1024 * 1024,
  maxLiveBytes: 64 * 1024 * 1024,
  maxInputBytes: 64 * 1024 * 1024,
  maxOutputSize: 32 * 1024 * 1024,
  maxFileSystemBytes: 64 * 1024 * 1024,
  // Time is Ctrl-C's.
  maxExecutionTimeMs: Infinity,
  maxCommandCount: Number.MAX_SAFE_INTEGER,
  maxLoopIterations: Number.MAX_SAFE_INTEGER,
  maxWorkUnits: Number.MAX_SAFE_INTEGER,
};

/**
 * The learner's shell. Working directory, variables and aliases last from line to line; functions
 * do not. What stands alone streams; in a pipe, each command's output goes on when it has ended.
 */
export class Shell implements ShellLike {
  readonly lab: Lab;
  readonly #workspaceDir: string;
  readonly #commands = new Map<string, Command>();
  readonly #given: () => Promise<readonly Command[]>;
  readonly #turn: () => Promise<void>;
  /** Bundled commands whose module is loaded. */
  readonly #used = new Set<string>();
  #engine: Promise<{ engine: Engine; fs: FileSystem }> | undefined;
  #env: Record<string, string> = {
    HOME,
    PWD: HOME,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    USER: "learner",
    LANG: "en_US.UTF-8",
    TERM: "xterm-256color",
  };
  #lastExitCode = 0;

  constructor(options: ShellOptions) {
    this.lab = options.lab;
    this.#workspaceDir = options.workspaceDir;
    const { commands } = options;
    this.#given = typeof commands === "function" ? commands : () => Promise.resolve(commands);
    this.#turn = options.turn ?? (() => Promise.resolve());
    if (options.environment) this.#env = { ...options.environment };
    this.#register(shellCommands(() => [...this.#commands.values()]));
  }

  /** Variables, aliases and working directory, for a shell that takes over from this one. */
  get environment(): Record<string, string> {
    return { ...this.#env };
  }

  /** The learner's files, as a command in this shell sees them. */
  readonly files: Files = new WorkspaceFiles(
    async () => (await this.#load()).fs,
    () => this.#env.PWD,
  );

  /** The working directory as a prompt shows it: `~` is the learner's folder. */
  get place(): string {
    const cwd = this.#env.PWD;
    return cwd === HOME || cwd.startsWith(`${HOME}/`) ? `~${cwd.slice(HOME.length)}` : cwd;
  }

  get commandNames(): string[] {
    return [...this.#commands.keys()].sort();
  }

  /** Loads what the first line needs; call it in the background. */
  async warm(): Promise<void> {
    await this.#load();
  }

  #load(): Promise<{ engine: Engine; fs: FileSystem }> {
    this.#engine ??= (async () => {
      const engine = await import("./_engine.ts");
      this.#register(await this.#given());
      return { engine, fs: engine.openFileSystem(this.#workspaceDir, this.#turn) };
    })();
    return this.#engine;
  }

  #register(commands: readonly Command[]): void {
    for (const command of commands) this.#commands.set(command.name, command);
  }

  async #syntax(text: string): Promise<Syntax> {
    const { engine } = await this.#load();
    return readSyntax(text, parserOf(engine));
  }

  /** Whether `text` needs another line before it can run: an open quote, a here-document, `|`. */
  async needsMore(text: string): Promise<boolean> {
    const { engine } = await this.#load();
    const { commands } = this.#split(text, engine);
    const last = commands.at(-1);
    return last !== undefined && readSyntax(last, parserOf(engine)).kind === "incomplete";
  }

  /** Takes a pasted text apart into the commands to run one after another. */
  async read(text: string): Promise<Pasted> {
    return this.#split(text, (await this.#load()).engine);
  }

  #split(text: string, engine: Engine): Pasted {
    return readPaste(text, (part) => readSyntax(part, parserOf(engine)).kind === "incomplete");
  }

  /** Candidates for the word before the cursor. */
  async complete(line: string, cursor: number): Promise<Candidates> {
    const { engine } = await this.#load();
    const aliases = Object.keys(this.#env).filter((name) => name.startsWith(ALIAS));
    const names = [
      ...this.#commands.keys(),
      ...engine.bundledNames(),
      ...aliases.map((name) => name.slice(ALIAS.length)),
      "cd",
      "export",
    ];
    return await completeLine(line, cursor, {
      commands: this.#commands,
      names,
      io: { lab: this.lab, files: this.files },
    });
  }

  /**
   * Runs a line, or a pasted block of them. The exit code is the last command's, 130 after Ctrl-C.
   * Errors: InvariantError only.
   */
  async run(text: string, options: RunOptions = {}): Promise<RunResult> {
    const sink = new Sink(options);
    await this.lab.ready?.();
    const { commands, ignored } = await this.read(text);
    if (ignored.length > 0) {
      sink.err(
        `# ${ignored.length} pasted line(s) of output left out: only lines after $ are run\n`,
      );
    }
    let exitCode = 0;
    for (const command of commands) {
      exitCode = await this.#runInterruptibly(command, sink, options);
      if (isInterrupted(options)) exitCode = INTERRUPTED;
      this.#lastExitCode = exitCode;
      if (isInterrupted(options)) break;
    }
    return sink.result(exitCode);
  }

  async #runInterruptibly(line: string, sink: Sink, options: RunOptions): Promise<number> {
    const controller = new AbortController();
    const stop = () => controller.abort();
    if (isInterrupted(options)) return INTERRUPTED;
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      const work = this.#execute(line, sink, { ...options, signal: controller.signal }, true);
      if (options.followMs !== undefined) {
        await this.#follow(work, sink, options.followMs, controller);
      }
      return await work;
    } finally {
      options.signal?.removeEventListener("abort", stop);
    }
  }

  /** Lets `followMs` of lab time pass while `work` runs, then presses Ctrl-C. */
  async #follow(
    work: Promise<number>,
    sink: Sink,
    followMs: number,
    controller: AbortController,
  ): Promise<void> {
    const ended = new AbortController();
    const end = () => ended.abort();
    work.then(end, end);
    await Promise.race([
      sink.firstOutput,
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, FOLLOW_GRACE_MS);
        ended.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    ]);
    if (ended.signal.aborted) return;
    await this.lab.clock.advance(followMs, { signal: ended.signal });
    controller.abort();
  }

  /** Runs one complete command line. A nested one (`make`) leaves the shell's state alone. */
  async #execute(
    line: string,
    sink: Sink,
    options: RunOptions & { signal: AbortSignal },
    topLevel: boolean,
    cwd = this.#env.PWD,
  ): Promise<number> {
    const syntax = await this.#syntax(line);
    if (syntax.kind === "empty") return 0;
    if (syntax.kind === "error" || syntax.kind === "incomplete") {
      sink.err(`${syntax.message}\n`);
      return 2;
    }
    const refusal = refusalOf(syntax.script);
    if (refusal !== undefined) {
      sink.err(`${refusal}\n`);
      return 1;
    }
    const { engine, fs } = await this.#load();
    const run = new Run(this, sink, options);
    const bash = new engine.Bash({
      fs,
      cwd,
      env: this.#env,
      defenseInDepth: false,
      executionLimits: LIMITS,
      sleep: (ms) => this.lab.clock.advance(ms, { signal: options.signal }),
      customCommands: this.#customCommands({ engine, fs }, run, options),
    });
    const known = new Set([...this.#commands.keys(), ...engine.bundledNames(), HELP]);
    bash.registerTransformPlugin({
      name: "streaming",
      transform: ({ ast }) => {
        markStreams(ast, (name) => known.has(this.#aliased(name)));
        return { ast };
      },
    });
    const killer = new AbortController();
    if (options.isInterrupted) watch(killer.signal, options.isInterrupted);
    let killTimer: ReturnType<typeof setTimeout> | undefined;
    const abort = () => killTimer = setTimeout(() => killer.abort(), ABORT_GRACE_MS);
    options.signal.addEventListener("abort", abort, { once: true });
    try {
      await this.#turn();
      const script = this.#preamble(line) + line.replace(/^\s*help(?=\s*(?:\||$))/, HELP);
      const result = await bash.exec(script, {
        rawScript: true,
        signal: killer.signal,
        env: { ...this.#env, PWD: cwd },
        replaceEnv: true,
        cwd,
      });
      if (run.bug) throw run.bug;
      if (topLevel && result.env) this.#remember(result.env);
      const limit = /increase executionLimits\.(\w+)/.exec(result.stderr);
      if (limit) sink.err(tooMuch(limit[1]));
      else {
        sink.out(result.stdout);
        sink.err(await this.#explain(result.stderr, engine));
      }
      return isInterrupted(options) ? INTERRUPTED : result.exitCode;
    } finally {
      clearTimeout(killTimer);
      options.signal.removeEventListener("abort", abort);
    }
  }

  /** What just-bash does not carry over by itself: `$?`, and that aliases are expanded. */
  #preamble(line: string): string {
    const aliased = Object.keys(this.#env).some((name) => name.startsWith(ALIAS));
    const status = line.includes("$?") ? `(exit ${this.#lastExitCode})\n` : "";
    return (aliased ? "shopt -s expand_aliases\n" : "") + status;
  }

  #remember(env: Record<string, string>): void {
    this.#env = { ...env };
    // Options such as `set -e` would end the next line, not a shell that someone sits at.
    delete this.#env.SHELLOPTS;
  }

  #aliased(name: string): string {
    return this.#env[ALIAS + name]?.trim().split(/\s+/)[0] ?? name;
  }

  #customCommands(
    { engine, fs }: { engine: Engine; fs: FileSystem },
    run: Run,
    options: RunOptions & { signal: AbortSignal },
  ) {
    const own = [...this.#commands.values()].map((command) =>
      engine.defineCommand(
        command.name === "help" ? HELP : command.name,
        async (words, context) => {
          const marks = readMarks(words);
          const { args } = marks;
          let stdout = "";
          let stderr = "";
          const out = marks.out ? run.sink.out : (text: string) => void (stdout += text);
          const err = marks.err ? run.sink.err : (text: string) => void (stderr += text);
          const columns = marks.out ? options.columns : undefined;
          const exitCode = await run.guard(command.name, err, () =>
            command.execute(args, {
              lab: this.lab,
              files: new WorkspaceFiles(() => Promise.resolve(context.fs), () => context.cwd),
              env: context.exportedEnv ?? {},
              stdin: engine.decodeBytesToUtf8(context.stdin),
              out,
              err,
              signal: options.signal,
              columns,
              follows: options.followMs !== undefined,
              ...(marks.out && options.keyboard ? { keyboard: options.keyboard } : {}),
              page: options.page && marks.out ? run.sink.page : undefined,
              run: (line) =>
                this.#execute(
                  line,
                  new Sink({ out, err }),
                  { ...options, columns },
                  false,
                  context.cwd,
                ),
            }));
          await options.room?.();
          return { stdout, stderr, exitCode };
        },
      )
    );
    const bundled = engine.bundledNames().filter((name) => !this.#commands.has(name)).map((name) =>
      engine.defineCommand(name, async (words, context) => {
        const marks = readMarks(words);
        const wide = name === "ls" && marks.out && options.columns !== undefined &&
          !marks.args.some((arg) => /^-\w*[l1]/.test(arg));
        if (RUNNERS.test(name) && !this.#used.has(name)) {
          await context.origCommand!(["--help"]);
          await this.#turn();
        }
        const result = await context.origCommand!(
          name === "date" ? this.#dated(marks.args) : marks.args,
        );
        if (!this.#used.has(name)) await this.#turn();
        this.#used.add(name);
        await options.room?.();
        if (!marks.err) return result;
        run.sink.err(engine.tellRefusals(result.stderr, fs));
        if (!marks.out) return { ...result, stderr: "" };
        const stdout = engine.decodeBytesToUtf8(engine.stdoutAsBytes(result));
        run.sink.out(stdout, wide ? inColumns(stdout, options.columns!) : stdout);
        return { stdout: "", stderr: "", exitCode: result.exitCode };
      })
    );
    return [...bundled, ...own];
  }

  /** The arguments of `date`, which tells the lab's time. */
  #dated(args: readonly string[]): string[] {
    const told = args.some((arg) => /^-[dr]|^--date|^--reference/.test(arg));
    return told ? [...args] : ["-d", `@${Math.floor(this.lab.clock.now() / 1000)}`, ...args];
  }

  /** Adds what to do next to the shell's own complaints. */
  async #explain(stderr: string, engine: Engine): Promise<string> {
    const out: string[] = [];
    for (const line of stderr.split(/(?<=\n)/)) {
      if (line === "bash: execution aborted\n") continue;
      out.push(line.replace(/^bash: syntax error: Parse error at \d+:\d+: /, "bash: "));
      const missing = /^bash: (?:line \d+: )?(\S+): command not found$/.exec(line.trimEnd());
      if (missing) out.push(`${await this.#suggest(missing[1], engine)}\n`);
    }
    return out.join("");
  }

  async #suggest(name: string, engine: Engine): Promise<string> {
    if ((await this.#makeTargets()).includes(name)) return `Did you mean \`make ${name}\`?`;
    const near = nearest(name, [...this.#commands.keys(), ...engine.bundledNames(), "cd"]);
    if (near.length > 0) return `Did you mean ${near.map((word) => `\`${word}\``).join(" or ")}?`;
    return "Type `help` for what this shell has.";
  }

  /** Targets of the learner's Makefile, for those who forget to type `make`. */
  async #makeTargets(): Promise<string[]> {
    try {
      const text = await this.files.read(`${HOME}/Makefile`);
      return [...text.matchAll(/^([A-Za-z][\w-]*):/gm)].map((match) => match[1]);
    } catch {
      return []; // No Makefile, no targets.
    }
  }
}

/**
 * Commands of just-bash's that run others. What comes after a module has been loaded is no step of this shell's, and
 * not bounded; so these are loaded, and given a turn, before they run anything.
 */
const RUNNERS = /^(bash|sh|xargs|find|timeout|time|env)$/;
/** just-bash has a `help` of its own, which lists its builtins. */
const HELP = "help-lab";

/** One line being run: where its commands write, and what went wrong inside them. */
class Run {
  bug: InvariantError | undefined;

  constructor(
    readonly shell: Shell,
    readonly sink: Sink,
    readonly options: RunOptions & { signal: AbortSignal },
  ) {}

  /** A command must not throw, but where its lab has ended; when it does, that is told and the shell goes on. */
  async guard(
    name: string,
    err: (text: string) => void,
    work: () => Promise<number>,
  ): Promise<number> {
    try {
      return await work();
    } catch (error) {
      if (this.options.signal.aborted) return INTERRUPTED;
      if (error instanceof InvariantError) this.bug = error;
      const text = error instanceof Error ? error.message : String(error);
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

/** What is said of a line that was ended because it did or held too much. */
function tooMuch(limit: string): string {
  return `bash: this line was ended, because it took more than this shell gives a line (${limit}). ` +
    "In a pipe, and in $( ), a command runs to its end before what reads it begins.\n";
}

/** The parser, which is given up where it finds no end. */
function parserOf(engine: Engine): Engine["parse"] {
  return (text) => PARSING(() => engine.parse(text));
}

const PARSING = boundedBy(PARSE_MS);

/** Whether Ctrl-C was pressed, also where the signal has not come through yet. */
function isInterrupted(options: Pick<RunOptions, "signal" | "isInterrupted">): boolean {
  return options.signal?.aborted === true || options.isInterrupted?.() === true;
}

/** Makes a signal tell of Ctrl-C to whoever looks, before it can be told. */
function watch(signal: AbortSignal, isInterrupted: () => boolean): void {
  const told = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!.get!;
  Object.defineProperty(signal, "aborted", { get: () => told.call(signal) || isInterrupted() });
}

/** Collects output and passes it on as it comes. */
class Sink {
  #stdout = "";
  #stderr = "";
  #printed = "";
  #options: RunOptions;
  #first!: () => void;
  readonly firstOutput: Promise<void> = new Promise((resolve) => this.#first = resolve);

  constructor(options: RunOptions) {
    this.#options = options;
  }

  /** `shown` is what a terminal gets where that is laid out in another way, as `ls` does. */
  readonly out = (text: string, shown = text): void => {
    if (text === "") return;
    this.#first();
    this.#keep(text);
    this.#options.out?.(shown);
  };

  #keep(text: string): void {
    if (this.#stdout.length >= KEPT_OUTPUT_CHARS) return;
    this.#stdout += text;
    this.#printed += text;
  }

  /** Counts all of it as output, of which the person may look at a part. */
  readonly page = async (text: string): Promise<void> => {
    if (text === "") return;
    this.#first();
    this.#keep(text);
    await this.#options.page?.(text);
  };

  readonly err = (text: string): void => {
    if (text === "") return;
    this.#first();
    if (this.#stderr.length < KEPT_OUTPUT_CHARS) {
      this.#stderr += text;
      this.#printed += text;
    }
    this.#options.err?.(text);
  };

  result(exitCode: number): RunResult {
    return {
      stdout: this.#stdout,
      stderr: this.#stderr,
      printed: this.#printed,
      exitCode,
    };
  }
}

/** A list of names in columns, as `ls` prints it on a terminal. */
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
