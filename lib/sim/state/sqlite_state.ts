import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { StateFile } from "../seams.ts";
import { diskFault, StateError, unusable } from "./errors.ts";
import { createState, sumOf, upgradeState, verifyState } from "./_format.ts";
import { Reserve } from "./_reserve.ts";
import { copyWhole, keepPrivate, removeIfThere } from "./private_file.ts";

/** A state on a disk. */
export interface DiskState extends StateFile {
  readonly path: string;
  /** Why nothing can be made durable, when that was so from the beginning; it can be read all the same. */
  readonly readOnly?: string;
  /**
   * Whether the disk has no room. The commit that found that out was still made durable, from room that was
   * kept; later ones may not be, and stay staged. False again when a commit finds room.
   */
  readonly isFull: boolean;
  /** Puts a copy of what is committed at `path`, whole or not at all. Errors: StateError. */
  copyTo(path: string): void;
  /** Goes on from a copy; what is staged is dropped. Errors: StateError, and all is as before. */
  replaceWith(path: string): void;
}

/** What opening a state file gave. */
export interface OpenedState {
  state: DiskState;
  /** Nothing is ever set aside by opening; see `labs/state`. */
  setAside?: undefined;
}

/**
 * Opens the SQLite file at `path`, or makes it, and checks all that is in it. One that is damaged, or a newer
 * version's, is told of and not touched. Where nothing can be written, it can be read: see
 * {@linkcode DiskState}.
 * Errors: StateError.
 */
export function openStateFile(path: string, _stamp?: string): OpenedState {
  try {
    return { state: new SqliteState(path) };
  } catch (error) {
    throw explained(error, path);
  }
}

/**
 * Opens a state to look at it, also while another process works on it; nothing of it is changed.
 * Errors: StateError; Deno.errors.NotFound.
 */
export function readStateFile(path: string): StateFile {
  Deno.statSync(path);
  try {
    checkWhole(path);
    return new SqliteState(path, { look: true });
  } catch (error) {
    throw explained(error, path);
  }
}

function explained(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof StateError) return error;
  if (/not a database|file is encrypted/i.test(error.message)) {
    return unusable("not-a-database", path, "is no database", { cause: error });
  }
  if (/malformed|disk image/i.test(error.message)) {
    return unusable("damaged", path, `is damaged: ${error.message}`, { cause: error });
  }
  const fault = diskFault(error, path);
  if (fault || (error as { code?: string }).code !== "ERR_SQLITE_ERROR") return fault ?? error;
  return unusable("damaged", path, `cannot be read: ${error.message}`, { cause: error });
}

/** How long another process is waited for, in wall milliseconds. */
const BUSY_MS = 200;

/** Errors: StateError for a file that cannot be one; nothing is said of its content. */
function checkWhole(path: string): void {
  const bytes = sizeOf(path);
  if (bytes === 0) throw unusable("damaged", path, "is empty");
  if (bytes === undefined && sizeOf(`${path}-wal`)) {
    throw unusable("damaged", path, "is gone, and what belongs to it is not");
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

/** A database at a place where it can be worked on, and what is known of it. */
interface Opened {
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
function openDatabase(path: string, reserve: Reserve): Opened {
  const open = () => ({ db: writable(path, verified(path) === 0) });
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

function onlyRead({ kind, message, cause }: StateError, path: string): StateError {
  const text = kind === "full"
    ? `No room on the disk for ${path}, which can only be read. Free some space and start again`
    : message;
  return new StateError(text, kind, { cause });
}

/** Whether it is the place that is at fault, and not what is there. */
function noRoom(error: unknown, path: string): boolean {
  const fault = explained(error, path);
  return fault instanceof StateError && ["read-only", "full"].includes(fault.kind);
}

/** Reads all of a database, and writes nothing, not even what was left for it to take up. */
function verified(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return verifyState(db, path);
  } finally {
    db.close();
  }
}

function writable(path: string, upgrade: boolean): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(
      `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`,
    );
    // Only a transaction that writes tells whether one may.
    db.exec("BEGIN IMMEDIATE; ROLLBACK");
    if (upgrade) upgradeState(db);
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
      if (verifyState(db, path) === 0) upgradeState(db);
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

/**
 * One table of keys and values. Writes are staged in memory and go to the disk in one transaction;
 * with write-ahead logging a process killed at any moment leaves the last whole commit, and with FULL so
 * does a machine that is switched off.
 */
class SqliteState implements DiskState {
  readonly path: string;
  isFull = false;
  /** Why nothing can be written. */
  readonly #fault?: StateError;
  readonly #staged = new Map<string, string | Uint8Array | undefined>();
  readonly #reserve: Reserve | undefined;
  readonly #folder?: string;
  #db: DatabaseSync;
  #get!: StatementSync;
  #put!: StatementSync;
  #delete!: StatementSync;

  constructor(path: string, options: { look?: boolean } = {}) {
    this.path = path;
    if (!options.look) begin(path);
    const reserve = new Reserve(path);
    const { db, fault, folder } = options.look ? lookAt(path) : openDatabase(path, reserve);
    this.#db = db;
    this.#folder = folder;
    const inTheWay = fault ?? reserve.take();
    this.isFull = inTheWay?.kind === "full";
    if (fault || inTheWay?.kind === "read-only") this.#fault = inTheWay;
    this.#prepare();
    if (this.#fault) return;
    for (const suffix of ["", "-wal", "-shm", "-reserve"]) keepPrivate(path + suffix);
    this.#reserve = reserve;
  }

  get readOnly(): string | undefined {
    return this.#fault?.message;
  }

  #prepare(): void {
    this.#get = this.#db.prepare("SELECT value FROM entry WHERE key = ?");
    if (this.#fault) return;
    this.#put = this.#db.prepare("INSERT OR REPLACE INTO entry (key, value, sum) VALUES (?, ?, ?)");
    this.#delete = this.#db.prepare("DELETE FROM entry WHERE key = ?");
  }

  get(key: string): string | undefined {
    const value = this.#read(key);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  }

  getBytes(key: string): Uint8Array | undefined {
    const value = this.#read(key);
    return typeof value === "string" ? new TextEncoder().encode(value) : value;
  }

  #read(key: string): string | Uint8Array | undefined {
    if (this.#staged.has(key)) return this.#staged.get(key);
    return this.#get.get(key)?.value as string | Uint8Array | undefined;
  }

  *entries(prefix: string): Iterable<[string, string]> {
    for (const key of this.keys(prefix)) yield [key, this.get(key)!];
  }

  keys(prefix: string): string[] {
    const rows = this.#db.prepare("SELECT key FROM entry WHERE key >= ? AND key < ?")
      .all(prefix, prefix + "\u{10ffff}");
    const found = new Set(rows.map((row) => row.key as string));
    for (const [key, value] of this.#staged) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) found.delete(key);
      else found.add(key);
    }
    return [...found].sort();
  }

  put(key: string, value: string | Uint8Array): void {
    this.#staged.set(key, value);
  }

  delete(key: string): void {
    this.#staged.set(key, undefined);
  }

  deletePrefix(prefix: string): void {
    this.keys(prefix).forEach((key) => this.delete(key));
  }

  /** Errors: StateError when the disk refuses; what was staged stays staged and is tried again. */
  commit(): void {
    if (this.#staged.size === 0) return;
    if (this.#fault) throw this.#fault;
    try {
      this.#transact();
      this.isFull = this.isFull && this.#reserve?.take() !== undefined;
    } catch (error) {
      const fault = explained(error, this.path);
      if (!(fault instanceof StateError) || fault.kind !== "full") throw fault;
      this.isFull = true;
      if (!this.#reserve?.release()) throw fault;
      this.commit();
      return;
    }
    this.#staged.clear();
  }

  #transact(): void {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      for (const [key, value] of this.#staged) {
        if (value === undefined) this.#delete.run(key);
        else this.#put.run(key, value, sumOf(key, value));
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      try {
        this.#db.exec("ROLLBACK");
      } catch {
        // The failure may have ended the transaction already.
      }
      throw error;
    }
  }

  copyTo(path: string): void {
    try {
      const { busy } = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
      if (busy) throw new Error("database is locked");
      copyWhole(this.#folder ? `${this.#folder}/state.db` : this.path, path);
    } catch (error) {
      throw explained(error, path);
    }
  }

  replaceWith(path: string): void {
    if (this.#fault) throw this.#fault;
    try {
      verified(path);
      const next = `${this.path}.next`;
      copyWhole(path, next);
      this.#db.close();
      try {
        for (const suffix of ["-wal", "-shm"]) removeIfThere(this.path + suffix);
        Deno.renameSync(next, this.path);
      } finally {
        this.#db = writable(this.path, false);
        this.#prepare();
      }
    } catch (error) {
      throw explained(error, path);
    }
    this.#staged.clear();
  }

  close(): void {
    this.#db.close();
    if (this.#folder) Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** Sees to it that there is a state at `path`. Errors: StateError; those of the disk. */
function begin(path: string): void {
  checkWhole(path);
  if (sizeOf(path) !== undefined) return;
  // A state that was put in place of another, by a process that came to its end in between.
  if (sizeOf(`${path}.next`)) Deno.renameSync(`${path}.next`, path);
  else createState(path);
}

/** A database to read from; where SQLite has no place for its files, a copy. */
function lookAt(path: string): Opened {
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
