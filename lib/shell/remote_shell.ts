import {
  type Handlers,
  type OutgoingCall,
  ownCommand,
  PeerGoneError,
  Thread,
} from "../base/mod.ts";
import { checkerFor, FileError, type Files, type OpenEditor } from "../commands/mod.ts";
import {
  type Board,
  LAB_ERRORS,
  NAMESPACE,
  type ProgramRun,
  type ServedLab,
  serveLab,
  SPEED,
} from "../labs/mod.ts";
import type { Candidates } from "./complete.ts";
import type { OpenPart } from "./syntax.ts";
import type { LineRequest, OpenedFile, OpenShellRequest, RanLine } from "./shell_host.ts";
import { onDisk, placeOf } from "./workspace.ts";
import {
  FRESH_ENVIRONMENT,
  INTERRUPTED,
  type RunOptions,
  type RunResult,
  type ShellLike,
} from "./shell.ts";

/** A lab whose time a shell on another thread can read. */
export interface ShellLab extends ServedLab {
  readonly board: Board;
}

export interface RemoteShellOptions {
  lab: ShellLab;
  /** The learner's folder on the real disk. */
  workspaceDir: string;
  /** Opens an editor where someone sits at a terminal. */
  openEditor?: OpenEditor;
}

/** What commands keep with the lab. */
const RECORDS = ["helm/", NAMESPACE, SPEED];
/** How long a line gets to end after Ctrl-C before its shell is given up, in wall milliseconds. */
const ABANDON_MS = 180;
/** How long the shell may think about an unfinished line or a completion. */
const THINK_MS = 1_000;

/**
 * A shell on a thread of its own, so that no line can hold up the prompt. One that does not end at Ctrl-C is
 * given up: the next line finds a new shell, with the directory, variables and aliases of before.
 */
export class RemoteShell implements ShellLike {
  readonly #options: RemoteShellOptions;
  readonly #interrupts = new Int32Array(new SharedArrayBuffer(4));
  #life: Life | undefined;
  #number = 0;
  #closed = false;
  #environment: Record<string, string> | undefined;
  #place = "~";
  #commandNames: string[] = [];
  /** How to show pages, by the line that wants it. */
  readonly #pagers = new Map<number, NonNullable<RunOptions["page"]>>();

  constructor(options: RemoteShellOptions) {
    this.#options = options;
  }

  get lab(): ShellLab {
    return this.#options.lab;
  }

  get place(): string {
    return this.#place;
  }

  get commandNames(): string[] {
    return this.#commandNames;
  }

  get isComingUp(): boolean {
    return this.#life === undefined || this.#life.ended || !this.#life.isUp;
  }

  readonly files: Files = {
    read: (path) => this.#call("read", path),
    write: (path, text) => this.#call("write", path, text),
    list: (path) => this.#call("list", path),
    stat: (path) => this.#call("stat", path),
  };

  async warm(): Promise<void> {
    try {
      this.#commandNames = await this.#call("warm");
    } catch (error) {
      // The thread was given up meanwhile; another is warmed in its place.
      if (!(error instanceof PeerGoneError)) throw error;
    }
  }

  async needsMore(text: string): Promise<OpenPart | undefined> {
    return await this.#think<OpenPart | undefined>("needsMore", [text]);
  }

  async complete(line: string, cursor: number): Promise<Candidates> {
    const found = await this.#think<Candidates>("complete", [line, cursor]);
    return found ?? { from: cursor, candidates: [] };
  }

  async run(text: string, options: RunOptions = {}): Promise<RunResult> {
    const { signal, page } = options;
    const [life] = await unlessAborted(signal, Promise.all([this.#live(), this.lab.ready()])) ?? [];
    if (!life) return { stdout: "", stderr: "", printed: "", exitCode: INTERRUPTED };
    const number = ++this.#number;
    const printed = { stdout: "", stderr: "", printed: "" };
    const line: LineRequest = {
      number,
      text,
      columns: options.columns,
      language: options.language,
      words: options.words,
      plain: options.plain,
      holdsSums: options.holdsSums,
      history: options.history,
      followMs: options.followMs,
      hasPager: page !== undefined,
      hasKeyboard: options.keyboard !== undefined,
    };
    if (page) this.#pagers.set(number, page);
    let releaseKeys = () => {};
    let shown = true;
    life.lines++;
    const call: OutgoingCall = life.peer.open("run", [line], {
      on: {
        began: (command: string) => options.began?.(command),
        output: (parts: ["out" | "err", string][]) => {
          for (const [stream, part] of parts) {
            if (shown) options[stream]?.(part);
            keep(printed, stream, part);
          }
          call.tell("shown", parts.reduce((sum, [, part]) => sum + part.length, 0));
        },
        keyboard: (on: boolean) => {
          releaseKeys();
          releaseKeys = () => {};
          if (on) releaseKeys = options.keyboard!((typed) => call.tell("typed", typed));
        },
      },
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const interrupt = () => {
      shown = false;
      Atomics.store(this.#interrupts, 0, number);
      call.abort();
      timer = setTimeout(() => this.#giveUp(life), ABANDON_MS);
    };
    if (signal?.aborted) interrupt();
    else signal?.addEventListener("abort", interrupt, { once: true });
    try {
      const ran = await call.result as RanLine;
      this.#environment = ran.environment;
      this.#place = ran.place;
      return ran.result;
    } catch (error) {
      if (!(error instanceof PeerGoneError)) throw error;
      if (signal?.aborted || this.#closed) return { ...printed, exitCode: INTERRUPTED };
      const told = `bash: ${error.message}\n`;
      options.err?.(told);
      keep(printed, "err", told);
      return { ...printed, exitCode: 1 };
    } finally {
      life.lines--;
      clearTimeout(timer);
      releaseKeys();
      this.#pagers.delete(number);
      signal?.removeEventListener("abort", interrupt);
    }
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#environment ?? FRESH_ENVIRONMENT;
  }

  forget(environment?: Readonly<Record<string, string>>): void {
    if (environment) {
      this.#environment = { ...environment };
      this.#place = placeOf(environment.PWD);
    }
    const life = this.#life;
    if (!life || life.ended) return;
    if (life.lines > 0) return this.#giveUp(life);
    life.peer.forget("The shell begins anew");
    life.open(this.#openRequest());
    void this.warm().catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#life?.end("The shell is closed");
    this.#life = undefined;
  }

  /** Asks something that has no time to lose; undefined when no answer comes. */
  async #think<T>(name: string, args: unknown[]): Promise<T | undefined> {
    const life = await this.#live();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), THINK_MS);
    });
    try {
      return await Promise.race([life.peer.call<T>(name, args), late]);
    } catch (error) {
      if (error instanceof PeerGoneError) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #call<T>(name: string, ...args: unknown[]): Promise<T> {
    return await (await this.#live()).peer.call<T>(name, args);
  }

  async #live(): Promise<Life> {
    if (this.#life === undefined || this.#life.ended) this.#life = this.#begin();
    const life = this.#life;
    await life.opened;
    return life;
  }

  #begin(): Life {
    const { lab, workspaceDir, openEditor } = this.#options;
    const handlers: Handlers = {
      ...serveLab(lab),
      turn: () => {},
      stopped: (_call, reason: string) => life.end(reason),
      record: (_call, key: string, value: string | undefined) => {
        if (!RECORDS.some((prefix) => key.startsWith(prefix))) return;
        if (value === undefined) lab.state.delete(key);
        else lab.state.put(key, value);
      },
      program: (call, { args, cwd, ...run }: ProgramRun) =>
        lab.runProgram!({
          ...run,
          args: args.map((arg) => onDisk(arg, workspaceDir)),
          cwd: onDisk(cwd, workspaceDir),
        }, {
          out: (text) => call.emit("out", text),
          err: (text) => call.emit("err", text),
          asked: (target, writes) => call.emit("asked", target, writes),
          signal: call.signal,
        }),
      page: (_call, number: number, text: string) => this.#pagers.get(number)?.(text),
      edit: (_call, opened: OpenedFile) => {
        const { canTry, ...file } = opened;
        return whileTimeStands(lab, () =>
          openEditor!({
            ...file,
            files: this.files,
            save: (changed) => life.peer.call("saveEdited", [changed]),
            check: checkerFor(file.path),
            ...(canTry
              ? { attempt: (changed, columns) => life.peer.call("tryEdited", [changed, columns]) }
              : {}),
          }));
      },
    };
    const life = new Life(handlers, workspaceDir);
    life.open(this.#openRequest());
    return life;
  }

  #openRequest(): OpenShellRequest {
    const { lab, workspaceDir, openEditor } = this.#options;
    return {
      workspaceDir,
      on: { kind: lab.kind, context: lab.context, server: lab.server, programs: lab.programs },
      board: lab.board.buffer,
      interrupts: this.#interrupts.buffer as SharedArrayBuffer,
      records: RECORDS.flatMap((prefix) => [...lab.state.entries(prefix)]),
      canEdit: openEditor !== undefined,
      ownCommand: ownCommand(),
      environment: this.#environment,
    };
  }

  #giveUp(life: Life): void {
    life.end("Interrupted");
    if (this.#life === life) {
      this.#life = undefined;
      // The next line should not have to wait for it.
      void this.warm().catch(() => {});
    }
  }
}

/** One life of the shell's thread. */
class Life extends Thread {
  opened: Promise<unknown> = Promise.resolve();
  /** Whether it has answered what it was opened with. */
  isUp = false;
  /** How many lines run there. */
  lines = 0;

  constructor(handlers: Handlers, workspaceDir: string) {
    super(new URL("./shell_worker.ts", import.meta.url), {
      name: "shell",
      permissions: {
        read: [workspaceDir, new URL("../", import.meta.url)],
        write: [workspaceDir],
        net: ["127.0.0.1"],
        env: ENVIRONMENT,
      },
      handlers,
      errors: { ...LAB_ERRORS, FileError: (message) => new FileError(message) },
      onDeath: () => {},
    });
  }

  /** Begins a shell, in place of the one that is there. */
  open(request: OpenShellRequest): void {
    this.isUp = false;
    this.opened = this.peer.call("open", [request]).then(() => {
      this.isUp = true;
    });
    this.opened.catch(() => {}); // Told to whoever needs the shell.
  }
}

/** What the packages of the shell look up. */
const ENVIRONMENT = ["LOG_TOKENS", "LOG_STREAM", "__MINIMATCH_TESTING_PLATFORM__"];

function keep(
  kept: { stdout: string; stderr: string; printed: string },
  stream: "out" | "err",
  text: string,
): void {
  if (kept.printed.length > KEPT_CHARS) return;
  if (stream === "out") kept.stdout += text;
  else kept.stderr += text;
  kept.printed += text;
}

/** Of a line that is given up, what is kept of its output. */
const KEPT_CHARS = 1_000_000;

/** Who reads and writes a file loses no lab time by it. */
async function whileTimeStands<T>(lab: ShellLab, work: () => Promise<T>): Promise<T> {
  const { timeRuns } = lab;
  lab.stopTime?.();
  try {
    return await work();
  } finally {
    if (timeRuns) lab.startTime?.();
  }
}

/** What `work` gives; undefined when Ctrl-C comes first. */
async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
): Promise<T | undefined> {
  if (!signal) return await work;
  work.catch(() => {}); // Where nobody waits for it any more.
  return await Promise.race([
    work,
    new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener("abort", () => resolve(undefined), { once: true });
    }),
  ]);
}
