import { pause } from "../base/mod.ts";
import type { Lab } from "../labs/lab.ts";

/** The learner's files: a folder of the real disk, `~`, and nothing outside it. Paths are `/`-separated. */
export interface Files {
  /** Resolves against the working directory; Errors: FileError. */
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Names in a folder, sorted; folders end in `/`. */
  list(path: string): Promise<string[]>;
  /** What is there; the size in bytes where it is known. */
  stat(path: string): Promise<{ isDirectory: boolean; size?: number } | undefined>;
}

/** A file operation that failed, with the text a Unix tool prints: `no such file or directory`. */
export class FileError extends Error {
  override name = "FileError";
}

/** What a command is given besides its arguments. */
export interface CommandIo {
  readonly lab: Lab;
  readonly files: Files;
  readonly env: Readonly<Record<string, string>>;
  /** All of standard input; empty when nothing was piped in. */
  readonly stdin: string;
  /** Writes to standard output at once, so that a lone streaming command streams. */
  out(text: string): void;
  err(text: string): void;
  /** Aborts on Ctrl-C; the command then returns 130. */
  readonly signal: AbortSignal;
  /** The language of whoever types, for what is the lab's own: `en` or `ko`. */
  readonly language?: string;
  /** Width of the terminal, when output goes to one. */
  readonly columns?: number;
  /** Whether what is drawn is to be told in sentences: a screen reader reads, or a pipe. */
  readonly plain?: boolean;
  /** Whether a number is asked for that a sum would give away: sums wait until it was given. */
  readonly holdsSums?: boolean;
  /** Shows text a screenful at a time; present where a person looks on and nothing reads further. */
  page?(text: string): Promise<void>;
  /** Whether whoever runs the line lets lab time pass and ends it; then it should not move the clock. */
  readonly follows?: boolean;
  /**
   * What a person types while the command runs, Ctrl-C included, until the returned function is called;
   * absent where nobody sits at a terminal.
   */
  readonly keyboard?: (onText: (text: string) => void) => () => void;
  /** Runs another line as if typed; for `make`. Its output goes where this command's goes. */
  run(line: string): Promise<number>;
}

/** Something a shell line can call. A learner's mistake is an exit code and a message, never an exception. */
export interface Command {
  readonly name: string;
  /** One line for `help`. */
  readonly summary: string;
  /** The same in Korean. */
  readonly summaryKo?: string;
  execute(args: readonly string[], io: CommandIo): Promise<number>;
  /** Candidates for the last of `words` (the command's own name not included). */
  complete?(words: readonly string[], io: Pick<CommandIo, "lab" | "files">): Promise<string[]>;
}

/** The text in the language of whoever types. */
export function inLanguage(io: Pick<CommandIo, "language">, en: string, ko: string): string {
  return io.language === "ko" ? ko : en;
}

/** Lets lab time pass: moved where it can be; waited for where it cannot, or stands still. Ends early on Ctrl-C. */
export async function passTime(
  { lab: { clock }, signal }: Pick<CommandIo, "lab" | "signal">,
  durationMs: number,
): Promise<void> {
  const nowMs = clock.now();
  if (clock.movable) await clock.advance(durationMs, { signal });
  if (clock.now() === nowMs) await pause(durationMs, signal);
}
