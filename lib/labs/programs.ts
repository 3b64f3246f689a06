/** A program of the learner's own, run for a command of the shell. */
export interface ProgramRun {
  name: string;
  args: readonly string[];
  /** Where it works; a folder of the shell's, on this machine's disk once it has come over the wall. */
  cwd: string;
  stdin: string;
  language?: string;
}

/** Where its output goes, and what is told of it. */
export interface ProgramIo {
  out(text: string): void;
  err(text: string): void;
  /** Told what it asks of the lab, as {@linkcode Asked} has it. */
  asked?(target: string, writes: boolean): void;
  /** Ends it, as Ctrl-C does. */
  signal: AbortSignal;
}

/** How long a program gets to end after Ctrl-C, in wall milliseconds. */
const GRACE_MS = 2_000;

/**
 * Runs a program of this machine; gives its exit code, 130 after Ctrl-C, and 127 where it is not there any more. `env` is
 * all of its environment.
 */
export async function spawnProgram(
  { name, args, cwd, stdin }: ProgramRun,
  env: Record<string, string>,
  { out, err, signal }: ProgramIo,
): Promise<number> {
  if (signal.aborted) return 130;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(name, {
      args: [...args],
      cwd,
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable)) {
      throw error;
    }
    err(`bash: ${name}: command not found\n`);
    return 127;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (how: Deno.Signal) => {
    try {
      child.kill(how);
    } catch {
      // It has ended.
    }
  };
  const interrupt = () => {
    end("SIGINT");
    timer = setTimeout(() => end("SIGKILL"), GRACE_MS);
  };
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    const [{ code }] = await Promise.all([
      child.status,
      read(child.stdout, out),
      read(child.stderr, err),
      write(child.stdin, stdin),
    ]);
    return signal.aborted ? 130 : code;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
  }
}

async function read(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  to: (text: string) => void,
): Promise<void> {
  for await (const text of from.pipeThrough(new TextDecoderStream())) to(text);
}

/** What it does not read is not its mistake. */
async function write(to: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = to.getWriter();
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
}
