/** What a program of this machine printed, and how it ended. */
export interface RanProgram {
  code: number;
  stdout: string;
  stderr: string;
}

/** How long a question to a program may take, in wall milliseconds. */
const PATIENCE_MS = 20_000;

/**
 * Runs a program with nobody at its keyboard. Undefined where there is none of that name, or this task may not start it;
 * one that says nothing in time is ended, with code 124 as of `timeout`.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { stdin, env, signal, patienceMs = PATIENCE_MS }: {
    stdin?: string;
    env?: Record<string, string>;
    signal?: AbortSignal;
    patienceMs?: number;
  } = {},
): Promise<RanProgram | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(name, {
      args: [...args],
      ...(env ? { env } : {}),
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return undefined;
    }
    // There is such a file, and it is no program of this machine.
    return { code: 126, stdout: "", stderr: error instanceof Error ? error.message : `${error}` };
  }
  const patience = AbortSignal.timeout(patienceMs);
  const ends = signal ? AbortSignal.any([signal, patience]) : patience;
  const end = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  ends.addEventListener("abort", end, { once: true });
  try {
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
      await writer.close().catch(() => {});
    }
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    const said = decoder.decode(stderr);
    return patience.aborted
      ? { code: 124, stdout: "", stderr: `${name} said nothing in ${patienceMs / 1000} s` }
      : { code, stdout: decoder.decode(stdout), stderr: said };
  } finally {
    ends.removeEventListener("abort", end);
  }
}
