import { refusalOf } from "./refusals.ts";
import type { Command, Files } from "../commands/command.ts";
import type { Lab } from "../labs/lab.ts";
import { type Asked, watched } from "../labs/mod.ts";
import { explain, isOverLimit } from "./_advice.ts";
import { shellCommands } from "./_builtins.ts";
import { type Engine, type FileSystem, INTERRUPTED, type LineOptions, Run } from "./_run.ts";
import { Sink } from "./_sink.ts";
import { type Candidates, completeLine } from "./complete.ts";
import { type Pasted, type ReadCommand, readPaste } from "./paste.ts";
import { markStreams } from "./streaming.ts";
import { ALIAS, HELP, type OpenPart, readSyntax } from "./syntax.ts";
import { HOME, placeOf, WorkspaceFiles } from "./workspace.ts";

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
  /** Whether files have to wait for the shell's thread, which is only just coming up. */
  readonly isComingUp?: boolean;
  warm(): Promise<void>;
  needsMore(text: string): Promise<OpenPart | undefined>;
  complete(line: string, cursor: number): Promise<Candidates>;
  run(text: string, options?: RunOptions): Promise<RunResult>;
  /** Variables, aliases and working directory, as they are after the last line. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the lab keeps for commands is another: the next line looks anew, in this environment where one is given. */
  forget?(environment?: Readonly<Record<string, string>>): void;
}

/** Where a line's output goes and what may stop it. */
export interface RunOptions {
  /** Told of each command of the text as it begins, as the shell has read it. */
  began?(command: string): void;
  /** Receives standard output as it comes; it is also part of the result. */
  out?(text: string): void;
  err?(text: string): void;
  /** Shows standard output a screenful at a time, for `more`. */
  page?(text: string): Promise<void>;
  /** Ctrl-C. */
  signal?: AbortSignal;
  /** Lines typed before, for `history`. */
  history?: readonly string[];
  /** See {@linkcode CommandIo.language}. */
  language?: string;
  /** What a misspelt command may stand for besides the shell's own. */
  words?: readonly string[];
  /** See {@linkcode CommandIo.plain}. */
  plain?: boolean;
  /** See {@linkcode CommandIo.holdsSums}. */
  holdsSums?: boolean;
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
  /** What its commands asked of the lab, the latest last; unknown of a line that was given up. */
  asked?: Asked[];
}

export { INTERRUPTED };

/** How long, of wall time, a following line gets to start before lab time runs. */
const FOLLOW_GRACE_MS = 300;
/** How long an interrupted command gets to end by itself. */
const ABORT_GRACE_MS = 120;

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

/** The variables that a shell begins with. */
export const FRESH_ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME,
  PWD: HOME,
  PATH: "/usr/local/bin:/usr/bin:/bin",
  USER: "learner",
  LANG: "en_US.UTF-8",
  TERM: "xterm-256color",
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
  #env: Record<string, string> = { ...FRESH_ENVIRONMENT };
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
    return placeOf(this.#env.PWD);
  }

  forget(environment?: Readonly<Record<string, string>>): void {
    if (environment) this.#env = { ...environment };
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

  /** What `text` has open, if it needs another line before it can run: a quote, a here-document, `|`. */
  async needsMore(text: string): Promise<OpenPart | undefined> {
    const { commands } = await this.#read(text);
    const syntax = commands.at(-1)?.syntax;
    return syntax?.kind === "incomplete" ? syntax.open : undefined;
  }

  /** Takes a text apart into the commands to run one after another. */
  async #read(text: string): Promise<Pasted> {
    const { engine } = await this.#load();
    return readPaste(text, (part) => readSyntax(part, engine.parse));
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
    const { lab, asked } = watched(this.lab, () => sink.printed);
    await this.lab.ready();
    const { commands, ignored } = await this.#read(text);
    if (ignored.length > 0) {
      sink.err(
        `# ${ignored.length} pasted line(s) of output left out: only lines after $ are run\n`,
      );
    }
    let exitCode = 0;
    for (const command of commands) {
      options.began?.(command.text);
      exitCode = await this.#runInterruptibly(command, sink, { ...options, lab });
      if (isInterrupted(options)) exitCode = INTERRUPTED;
      this.#lastExitCode = exitCode;
      if (isInterrupted(options)) break;
    }
    return { ...sink.result(exitCode), asked: asked() };
  }

  async #runInterruptibly(
    command: ReadCommand,
    sink: Sink,
    options: RunOptions & { lab: Lab },
  ): Promise<number> {
    const controller = new AbortController();
    const stop = () => controller.abort();
    if (isInterrupted(options)) return INTERRUPTED;
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      const work = this.#execute(command, sink, { ...options, signal: controller.signal }, true);
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
    { text, syntax }: ReadCommand,
    sink: Sink,
    options: LineOptions,
    topLevel: boolean,
    cwd = this.#env.PWD,
  ): Promise<number> {
    if (syntax.kind === "empty") return 0;
    if (syntax.kind !== "complete") {
      sink.err(`${syntax.message}\n`);
      return 2;
    }
    const refusal = refusalOf(syntax.script);
    if (refusal !== undefined) {
      sink.err(`${refusal}\n`);
      return 1;
    }
    const { engine, fs } = await this.#load();
    const { lab } = options;
    const parts = { engine, fs, lab, commands: this.#commands, used: this.#used, turn: this.#turn };
    const run = new Run(parts, sink, options, (line, nestedSink, nestedOptions, nestedCwd) => {
      const nested = { text: line, syntax: readSyntax(line, engine.parse) };
      return this.#execute(nested, nestedSink, nestedOptions, false, nestedCwd);
    });
    const bash = new engine.Bash({
      fs,
      cwd,
      env: this.#env,
      defenseInDepth: false,
      executionLimits: LIMITS,
      sleep: (ms) => lab.clock.advance(ms, { signal: options.signal }),
      customCommands: run.customCommands(),
    });
    const names = [...this.#commands.keys(), ...engine.bundledNames()];
    const known = new Set([...names, HELP]);
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
      const script = this.#preamble(text) + text;
      const result = await bash.exec(script, {
        rawScript: true,
        signal: killer.signal,
        env: { ...this.#env, ...recalled(options.history), PWD: cwd },
        replaceEnv: true,
        cwd,
      });
      if (run.bug) throw run.bug;
      if (topLevel && result.env) this.#remember(result.env);
      if (!isOverLimit(result.stderr)) sink.out(result.stdout);
      const makefile = () => this.files.read(`${HOME}/Makefile`).catch(() => undefined);
      const { language, words } = options;
      const known = { names: [...names, "cd"], words, makefile, language };
      sink.err(await explain(result.stderr, known));
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
    delete this.#env[HISTORY];
    // The exit code is kept beside them: `export` does not list it.
    delete this.#env["?"];
  }

  #aliased(name: string): string {
    return this.#env[ALIAS + name]?.trim().split(/\s+/)[0] ?? name;
  }
}

/** Where just-bash's `history` finds the lines. */
const HISTORY = "BASH_HISTORY";

function recalled(history: readonly string[] | undefined): Record<string, string> {
  return history === undefined ? {} : { [HISTORY]: JSON.stringify(history) };
}

/** Whether Ctrl-C was pressed, also where the signal has not come through yet. */
function isInterrupted(options: Pick<RunOptions, "signal" | "isInterrupted">): boolean {
  return options.signal?.aborted === true || options.isInterrupted?.() === true;
}

/** Makes a signal tell of Ctrl-C to whoever looks, before it can be told. */
function watch(signal: AbortSignal, isInterrupted: () => boolean): void {
  const told = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!.get!;
  Object.defineProperty(signal, "aborted", { get: () => told.call(signal) || isInterrupted() });
}
