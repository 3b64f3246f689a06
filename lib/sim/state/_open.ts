import { DatabaseSync } from "node:sqlite";
import { said } from "../../base/mod.ts";
import { diskFault, StateError, unusable } from "./errors.ts";
import { createState, type Format, upgradeState, verifyState } from "./_format.ts";
import type { Reserve } from "./_reserve.ts";
import { keepPrivate } from "./private_file.ts";

/** What an error says of the state at `path`: a StateError, unless it is none of SQLite's or the disk's. */
export function explained(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof StateError) return error;
  if (/not a database|file is encrypted/i.test(error.message)) {
    return unusable("not-a-database", path, said("is no database", "데이터베이스가 아닙니다"), {
      cause: error,
    });
  }
  if (/malformed|disk image/i.test(error.message)) {
    const { message } = error;
    const what = said(`is damaged: ${message}`, `손상되었습니다: ${message}`);
    return unusable("damaged", path, what, { cause: error });
  }
  const fault = diskFault(error, path);
  if (fault || (error as { code?: string }).code !== "ERR_SQLITE_ERROR") return fault ?? error;
  const { message } = error;
  const what = said(`cannot be read: ${message}`, `읽을 수 없습니다: ${message}`);
  return unusable("damaged", path, what, { cause: error });
}

/** How long another process is waited for, in wall milliseconds. */
const BUSY_MS = 200;

/** Errors: StateError for a file that cannot be one; nothing is said of its content. */
export function checkWhole(path: string): void {
  if (isFolder(path)) {
    throw unusable(
      "not-a-database",
      path,
      said("is a folder and no file", "파일이 아니라 폴더입니다"),
    );
  }
  const bytes = sizeOf(path);
  if (bytes === 0) throw unusable("damaged", path, said("is empty", "비어 있습니다"));
  if (bytes === undefined && sizeOf(`${path}-wal`)) {
    const what = said("is gone, and what belongs to it is not", "없어졌고 딸린 파일만 남았습니다");
    throw unusable("damaged", path, what);
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A database at a place where it can be worked on, and what is known of it. */
export interface Opened {
  db: DatabaseSync;
  /** Why nothing can be written to it. */
  fault?: StateError;
  /** A folder to remove when it is closed. */
  folder?: string;
}

/**
 * Opens a database, where there is room for the files that SQLite works with; else a copy of it.
 * Errors: StateError; SQLite's own.
 */
export function openDatabase(path: string, reserve: Reserve): Opened {
  const open = () => ({ db: writable(path, verified(path)) });
  try {
    return open();
  } catch (error) {
    if (!noRoom(error, path)) throw error;
  }
  try {
    reserve.release();
    return open();
  } catch (error) {
    if (!noRoom(error, path)) throw error;
    return openCopy(path, reserve.take() ?? error);
  }
}

function onlyRead({ kind, told, cause }: StateError, path: string): StateError {
  const text = kind === "full"
    ? said(
      `No room on the disk for ${path}, which can only be read. Free some space and start again`,
      `디스크에 자리가 없어 ${path}을(를) 읽기만 할 수 있습니다. 자리를 비우고 다시 시작하세요`,
    )
    : told;
  return new StateError(text, kind, { cause });
}

/** Whether it is the place that is at fault, and not what is there. */
function noRoom(error: unknown, path: string): boolean {
  const fault = explained(error, path);
  return fault instanceof StateError && ["read-only", "full"].includes(fault.kind);
}

/** Reads all of a database, and writes nothing, not even what was left for it to take up. */
function verified(path: string): Format {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return verifyState(db, path);
  } finally {
    db.close();
  }
}

/** Opens a state of a format that is known, and brings it to the present one. */
function writable(path: string, format: Format): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(
      `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`,
    );
    // Only a transaction that writes tells whether one may.
    db.exec("BEGIN IMMEDIATE; ROLLBACK");
    upgradeState(db, format);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Works on a copy, of which nothing is kept. Errors: `reason`, explained, where there is no room for it either. */
function openCopy(path: string, reason: unknown): Opened {
  const fault = onlyRead(explained(reason, path) as StateError, path);
  let folder: string | undefined;
  try {
    folder = Deno.makeTempDirSync({ prefix: "hpa-tutor-" });
    const copy = `${folder}/state.db`;
    for (const suffix of ["", "-wal"]) {
      if (sizeOf(path + suffix)) Deno.copyFileSync(path + suffix, copy + suffix);
    }
    keepPrivate(copy);
    const db = new DatabaseSync(copy);
    try {
      upgradeState(db, verifyState(db, path));
    } catch (error) {
      db.close();
      throw error;
    }
    return { db, fault, folder };
  } catch (error) {
    if (folder) Deno.removeSync(folder, { recursive: true });
    throw noRoom(error, path) ? reason : error;
  }
}

/** Sees to it that there is a state at `path`. Errors: StateError; those of the disk. */
export function begin(path: string): void {
  checkWhole(path);
  if (sizeOf(path) !== undefined) return;
  // A state that was put in place of another, by a process that came to its end in between.
  if (sizeOf(`${path}.next`)) Deno.renameSync(`${path}.next`, path);
  else createState(path);
}

/** A database to read from; where SQLite has no place for its files, a copy. */
export function lookAt(path: string): Opened {
  try {
    verified(path);
    const db = new DatabaseSync(path, { readOnly: true });
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return { db, fault: new StateError(`${path} was opened to look at`) };
  } catch (error) {
    if (!noRoom(error, path)) throw error;
    return openCopy(path, error);
  }
}
