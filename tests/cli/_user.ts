import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/*
 * The program as a user runs it: by the command of its task, with that task's permissions, in an environment that
 * holds nothing of the developer's.
 */

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

const decoder = new TextDecoder();

/** Where Deno keeps packages: shared, so that a test downloads nothing. */
const DENO_DIR = await (async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    cwd: PROJECT,
    stderr: "null",
  }).output();
  return JSON.parse(decoder.decode(stdout)).denoDir as string;
})();

/** What a shell of a new user's has, and certificates where this machine needs them to download. */
export function bareEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = { DENO_DIR };
  const kept = ["PATH", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "DENO_CERT", "SYSTEMROOT"];
  for (const name of kept) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return { ...env, HOME: `${PROJECT}.tutor/tmp/nobody`, ...extra };
}

/**
 * The arguments with which `deno` runs a task of deno.json that is typed in a folder; what the task sets in its
 * environment stands before.
 */
export function taskArguments(task: string, folder = PROJECT): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`));
  const words: string[] = tasks[task].command.split(" ");
  const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  assert.equal(words[at], "deno");
  return words.slice(at + 1).map((arg) => arg.replaceAll('"', "").replace("$INIT_CWD", folder));
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  env?: Record<string, string>;
}

/** Runs a task's command with further arguments, and nobody at the keyboard. */
export async function runTask(
  task: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  return await collect(
    spawn([...taskArguments(task, options.env?.INIT_CWD), ...args], options.env),
    options.stdin,
  );
}

/** Runs `deno` with arguments of one's own, as `deno task …`. */
export async function runDeno(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return await collect(spawn(args, options.env), options.stdin);
}

/** Starts `deno`, to be written to, read from and signalled. */
export function spawn(args: readonly string[], env?: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: PROJECT,
    clearEnv: true,
    env: bareEnvironment(env),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function collect(child: Deno.ChildProcess, stdin = ""): Promise<Ran> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {}); // It may have left already.
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Gives `work` a home that is not there yet, below the one folder that the tutor may write to. */
export async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const dir = `${PROJECT}.tutor/tmp`;
  await Deno.mkdir(dir, { recursive: true });
  const folder = await Deno.makeTempDir({ dir, prefix: "집 #" });
  try {
    await work(`${folder}/home`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** After how long without a sign a program at a terminal has stopped. */
const STOPPED_MS = 5 * 60_000;

/** Someone at a terminal: sees what is drawn, and types. */
export class Seat {
  #child: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #seen = "";
  #ended = false;
  #wake = () => {};
  #reading: Promise<void>;

  /** Opens a pseudo-terminal of 100 columns on `deno` with `args`, behind the words of `prefix`. */
  constructor(
    args: readonly string[],
    env: Record<string, string> = {},
    options: { openFiles?: number; prefix?: readonly string[] } = {},
  ) {
    assert.equal(Deno.build.os, "linux", "a pseudo-terminal comes from util-linux's `script`");
    const words = [...options.prefix ?? [], Deno.execPath(), ...args]
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const limit = options.openFiles ? `ulimit -n ${options.openFiles}; ` : "";
    this.#child = new Deno.Command("script", {
      args: ["-qec", `stty rows 40 cols 100; ${limit}exec ${words}`, "/dev/null"],
      cwd: PROJECT,
      clearEnv: true,
      env: bareEnvironment({ TERM: "xterm-256color", ...env }),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#seen += part;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  /** Waits until `pattern` is seen, after what was waited for before; gives all up to there. */
  async sees(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#seen);
      if (found) {
        const end = found.index + found[0].length;
        const text = this.#seen.slice(0, end);
        this.#seen = this.#seen.slice(end);
        return text;
      }
      assert.ok(!this.#ended, `The program ended before ${pattern} was seen; last:\n${this.#seen}`);
      const wakes = new Promise<void>((resolve) => this.#wake = resolve);
      // No limit for a program that is slow: one that shows nothing more has stopped.
      const stopped = setTimeout(() => this.#wake(), STOPPED_MS);
      const before = this.#seen;
      await wakes;
      clearTimeout(stopped);
      assert.ok(
        this.#ended || this.#seen !== before,
        `Nothing more was shown, and not ${pattern}; last:\n${this.#seen}`,
      );
    }
  }

  async types(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** What it has drawn since what was waited for last. */
  get rest(): string {
    return this.#seen;
  }

  /** Closes the terminal, as a window is closed that something runs in. */
  async closes(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.leaves();
  }

  /** Waits for the end; gives the exit code. */
  async leaves(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
    return code;
  }
}
