import { asIs, type Localized, said, shellWord, tutorCommand } from "../../base/mod.ts";

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

  /** The message in each language. */
  readonly told: Localized;

  constructor(
    message: string | Localized,
    kind: StateFault = "read-only",
    options: ErrorOptions & { key?: string } = {},
  ) {
    const told = typeof message === "string" ? asIs(message) : message;
    super(told.en, options);
    this.told = told;
    this.kind = kind;
    this.key = options.key;
  }
}

/** A state that cannot be used as it is, told with the way on. */
export function unusable(
  kind: "damaged" | "newer" | "not-a-database",
  path: string,
  what: Localized,
  options: ErrorOptions & { key?: string } = {},
): StateError {
  const home = /^(.*)[/\\][^/\\]+$/.exec(path)?.[1] ?? ".";
  const command = tutorCommand("lab states", `--home ${shellWord(home)}`);
  const told = said(
    `The state ${path} ${what.en}. It is left as it is. What can take its place: ${command}`,
    `상태 파일 ${path}: ${what.ko}. 그대로 둡니다. 대신 쓸 수 있는 것: ${command}`,
  );
  return new StateError(told, kind, options);
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

const WORDS: Record<DiskFault, (path: string, why: string) => Localized> = {
  "busy": (path) =>
    said(
      `Another tutor is using ${path}. Leave it there, or name another home: --home DIR`,
      `다른 tutor가 ${path}을(를) 쓰고 있습니다. 거기서 끝내거나 다른 홈을 적으세요: --home DIR`,
    ),
  "full": (path) =>
    said(
      `No room on the disk for ${path}. Free some space; nothing is lost while the tutor runs`,
      `디스크에 ${path}을(를) 쓸 자리가 없습니다. 자리를 비우세요. tutor가 켜져 있는 동안은 아무것도 잃지 않습니다`,
    ),
  "read-only": (path, why) =>
    said(
      `Cannot write ${path}: ${why}. Check the folder and its disk, or use --home DIR`,
      `${path}에 쓸 수 없습니다: ${why}. 폴더와 디스크를 확인하거나 --home DIR을 쓰세요`,
    ),
  "no-folder": (path) =>
    said(
      `${path} is no folder. Move that file away, or use --home DIR`,
      `${path}은(는) 폴더가 아닙니다. 그 파일을 옮기거나 --home DIR을 쓰세요`,
    ),
};

const CODES: Record<string, DiskFault> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read-only",
  EACCES: "read-only",
  EPERM: "read-only",
  EISDIR: "read-only",
  ELOOP: "read-only",
  ENAMETOOLONG: "read-only",
  EIO: "read-only",
  ETXTBSY: "read-only",
  ENOTDIR: "no-folder",
  EEXIST: "no-folder",
};

/** Source: SQLite's texts of its result codes (sqlite3.c, sqlite3ErrStr). */
function faultOf({ message, code }: Error & { code?: string }): DiskFault | undefined {
  if (code !== undefined && Object.hasOwn(CODES, code)) return CODES[code];
  if (/database (table )?is locked|busy/i.test(message)) return "busy";
  if (/disk is full/i.test(message)) return "full";
  if (/unable to open|readonly|permission|disk i\/o/i.test(message)) return "read-only";
  return undefined;
}
