import { outputEnds } from "./output.ts";

/** The signals by which a system or a terminal asks a process to end. */
const ENDING: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
/** How long what is under way gets to end after one, in wall milliseconds. */
const GRACE_MS = 3_000;

/**
 * Runs `work`, and then `close`, which keeps everything. A signal that asks this process to end aborts the
 * work; work that does not end in time is left, with 128 and the signal's number as the exit code, as a
 * shell has it.
 */
export async function endingWell(
  work: (signal: AbortSignal) => Promise<number>,
  close: () => Promise<void>,
): Promise<number> {
  const controller = new AbortController();
  let closing: Promise<void> | undefined;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const closed = () => closing ??= close();
  const listeners = ENDING.map((signal) => {
    const take = () => {
      if (controller.signal.aborted) return;
      controller.abort();
      const code = 128 + NUMBERS[signal as keyof typeof NUMBERS];
      leaving = setTimeout(() => {
        setTimeout(() => Deno.exit(code), GRACE_MS);
        void closed().finally(() => Deno.exit(code));
      }, GRACE_MS);
    };
    Deno.addSignalListener(signal, take);
    return [signal, take] as const;
  });
  try {
    return await work(AbortSignal.any([controller.signal, outputEnds]));
  } finally {
    await closed();
    clearTimeout(leaving);
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  }
}

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGBREAK: 21 };
