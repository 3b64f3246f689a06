/** Programs that run until they are ended, what they say in a file each. */
export class Processes implements AsyncDisposable {
  readonly #running: { name: string; child: Deno.ChildProcess; logged: Promise<void> }[] = [];

  constructor(readonly folder: string) {}

  async start(name: string, program: string, args: readonly string[]): Promise<void> {
    const child = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const file = await Deno.open(`${this.folder}/${name}.log`, {
      create: true,
      append: true,
      write: true,
    });
    this.#running.push({ name, child, logged: child.stderr.pipeTo(file.writable) });
  }

  /** Waits until something is so. Errors: with the end of a program's log where one has ended, or it takes too long. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const endMs = Date.now() + PATIENCE_MS;
    let ended: string | undefined;
    for (const { name, child } of this.#running) void child.status.then(() => ended ??= name);
    while (!await isSo().catch(() => false)) {
      if (ended !== undefined) throw new Error(`${ended} ended:\n${await this.#said(ended)}`);
      if (Date.now() > endMs) {
        throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s (${this.folder})`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async #said(name: string): Promise<string> {
    const text = await Deno.readTextFile(`${this.folder}/${name}.log`);
    return text.trimEnd().split("\n").slice(-15).join("\n");
  }

  /** Ends what was started last first. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, logged } of this.#running.splice(0).reverse()) {
      try {
        child.kill("SIGTERM");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // It has ended.
      }
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.status;
      clearTimeout(late);
      await logged.catch(() => {});
    }
  }
}

/** On a machine that is busy, in wall milliseconds. */
const PATIENCE_MS = 180_000;
