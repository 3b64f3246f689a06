import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** What a login shell would have, and nothing that a test run adds. */
function plainEnvironment(): Record<string, string> {
  const kept = ["HOME", "PATH", "DENO_DIR"].map((name) => [name, Deno.env.get(name)]);
  const known = kept.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { LANG: "en_US.UTF-8", ...Object.fromEntries(known) };
}

/** The program as a user runs it: by its task's permissions, in an environment without the test's. */
export function userCommand(
  args: readonly string[],
  options: { openFiles?: number; prefix?: readonly string[] } = {},
): Deno.Command {
  const run = [Deno.execPath(), "run", "--quiet", "--no-check", "-P=tutor", "main.ts", ...args];
  const [program, ...rest] = [
    ...options.openFiles ? ["sh", "-c", `ulimit -n ${options.openFiles}; exec "$@"`, "sh"] : [],
    ...options.prefix ?? [],
    ...run,
  ];
  return new Deno.Command(program, {
    args: rest,
    cwd: PROJECT,
    clearEnv: true,
    env: plainEnvironment(),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** A process whose output is read as it comes. */
export class Conversation implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** All that it has printed, on both streams. */
  seen = "";
  #ended = false;
  #told = Promise.withResolvers<void>();
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #readers: Promise<void>[];

  constructor(command: Deno.Command) {
    this.child = command.spawn();
    this.#writer = this.child.stdin.getWriter();
    this.#readers = [this.child.stdout, this.child.stderr].map((stream) => this.#read(stream));
    void Promise.all(this.#readers).then(() => {
      this.#ended = true;
      this.#told.resolve();
    });
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.seen += text;
      this.#told.resolve();
      this.#told = Promise.withResolvers();
    }
  }

  async say(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /**
   * What `pattern` finds in what is printed from now on, or has been since `from` characters.
   * Errors: when the process ends before.
   */
  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.seen.slice(from));
      if (found) return found;
      if (this.#ended) throw new Error(`It ended without ${pattern}:\n${this.seen}`);
      await this.#told.promise;
    }
  }

  /** Ends its input and waits for its end; gives the exit code. */
  async end(): Promise<number> {
    await this.#writer.close().catch(() => {});
    const { code } = await this.child.status;
    await Promise.all(this.#readers);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end();
  }
}

/** Runs the program to its end, as a user would who has no terminal. */
export async function asUser(
  args: readonly string[],
  options: { openFiles?: number; prefix?: readonly string[]; stdin?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = userCommand(args, options).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(options.stdin ?? "")).catch(() => {});
  await writer.close().catch(() => {}); // It may have left already.
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
