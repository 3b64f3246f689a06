/** Leaves loops, functions or the shell from inside. */
export class Jump extends Error {
  override name = "Jump";
  constructor(
    readonly to: "break" | "continue" | "return" | "exit",
    /** How many loops, or the exit code. */
    readonly value: number,
  ) {
    super(to);
  }
}

const SIGNALS: Record<number, string> = {
  1: "HUP",
  2: "INT",
  3: "QUIT",
  9: "KILL",
  10: "USR1",
  12: "USR2",
  13: "PIPE",
  14: "ALRM",
  15: "TERM",
  17: "CHLD",
  18: "CONT",
  19: "STOP",
  28: "WINCH",
};

/** `TERM` for 15. */
export function signalName(signal: number): string {
  return SIGNALS[signal] ?? String(signal);
}

/** The number of `15`, `TERM` or `SIGTERM`; 0 and `EXIT` are 0. */
export function signalNumber(name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const bare = name.toUpperCase().replace(/^SIG/, "");
  if (bare === "EXIT") return 0;
  const found = Object.entries(SIGNALS).find(([, known]) => known === bare);
  return found ? Number(found[0]) : undefined;
}

export const SIGNAL_NAMES = SIGNALS;
