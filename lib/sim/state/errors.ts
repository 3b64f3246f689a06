import { shellWord, tutorCommand } from "../../base/mod.ts";

/** What is the matter with a state or the place it is kept in. */
export type StateFault =
  /** Its bytes are not those that were written. */
  | "damaged"
  /** It was written by a later version. */
  | "newer"
  | "not-a-database"
  /** Another process holds it. */
  | "busy"
  /** The disk has no room, or the user no more of it. */
  | "full"
  | "read-only"
  /** What should be a folder is none. */
  | "no-folder";

/** The state file could not be read or written; the message says what to do. */
export class StateError extends Error {
  override name = "StateError";
  readonly kind: StateFault;
  /** The key of the value that is hit, when it is one. */
  readonly key?: string;

  constructor(
    message: string,
    kind: StateFault = "read-only",
    options: ErrorOptions & { key?: string } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.key = options.key;
  }
}

/** A state that cannot be used as it is, told with the way on. */
export function unusable(
  kind: "damaged" | "newer" | "not-a-database",
  path: string,
  what: string,
  options: ErrorOptions & { key?: string } = {},
): StateError {
  const home = /^(.*)[/\\][^/\\]+$/.exec(path)?.[1] ?? ".";
  const next = `What can take its place: ${
    tutorCommand("lab states", `--home ${shellWord(home)}`)
  }`;
  return new StateError(`The state ${path} ${what}. It is left as it is. ${next}`, kind, options);
}

/**
 * The fault behind an error of SQLite or of the file system, with what to do about it; undefined for an
 * error that says nothing of `path`.
 */
export function diskFault(error: unknown, path: string): StateError | undefined {
  if (error instanceof StateError) return error;
  if (!(error instanceof Error)) return undefined;
  const kind = faultOf(error);
  // Deno tells the number and the call too, which say nothing to whoever reads it.
  const why = error.message.replace(/ \(os error \d+\).*$/, "");
  return kind && new StateError(WORDS[kind](path, why), kind, { cause: error });
}

type DiskFault = Exclude<StateFault, "damaged" | "newer" | "not-a-database">;

const WORDS: Record<DiskFault, (path: string, why: string) => string> = {
  "busy": (path) =>
    `Another tutor is using ${path}. Leave it there, or name another home: --home DIR`,
  "full": (path) =>
    `No room on the disk for ${path}. Free some space; nothing is lost while the tutor runs`,
  "read-only": (path, why) =>
    `Cannot write ${path}: ${why}. Check the folder and its disk, or use --home DIR`,
  "no-folder": (path) => `${path} is no folder. Move that file away, or use --home DIR`,
};

const CODES: Record<string, DiskFault> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read-only",
  EACCES: "read-only",
  EPERM: "read-only",
  EISDIR: "read-only",
  ENOTDIR: "no-folder",
  EEXIST: "no-folder",
};

/** Source: SQLite's texts of its result codes (sqlite3.c, sqlite3ErrStr). */
function faultOf({ message, code }: Error & { code?: string }): DiskFault | undefined {
  if (code !== undefined && code in CODES) return CODES[code];
  if (/database (table )?is locked|busy/i.test(message)) return "busy";
  if (/disk is full/i.test(message)) return "full";
  if (/unable to open|readonly|permission|disk i\/o/i.test(message)) return "read-only";
  return undefined;
}
