import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { StateFile } from "../seams.ts";
import { StateError } from "./errors.ts";

/** A state file on the disk. */
export interface DurableState extends StateFile {
  /** Every committed entry whose key starts with `prefix`, as it was put. */
  raw(prefix: string): Iterable<[key: string, value: string | Uint8Array]>;
  /**
   * Commits what is staged, and `batch` with it: all or nothing. When the disk refuses, what was staged stays
   * so, and the batch is the caller's again.
   */
  commit(
    options?: {
      flush?: boolean;
      batch?: readonly [key: string, value: string | Uint8Array | undefined][];
    },
  ): void;
}

/** What opening a state file gave. */
export interface OpenedState {
  state: DurableState;
  /** Where an unreadable file was put, when there was one. */
  setAside?: string;
}

/**
 * Opens the SQLite file at `path`, or makes it. A file that cannot be read as one is kept beside it as
 * `<path>.corrupt-<stamp>` and a fresh one begun.
 * Errors: StateError when another process holds it or the disk refuses.
 */
export function openStateFile(path: string, stamp: string): OpenedState {
  try {
    return { state: new SqliteState(path) };
  } catch (error) {
    if (!isCorrupt(error)) throw explained(error, path);
  }
  const setAside = `${path}.corrupt-${stamp}`;
  Deno.renameSync(path, setAside);
  for (const suffix of ["-wal", "-shm"]) {
    try {
      Deno.renameSync(path + suffix, setAside + suffix);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { state: new SqliteState(path), setAside };
}

const CORRUPT = /not a database|malformed|file is encrypted|disk image/i;

function isCorrupt(error: unknown): boolean {
  return error instanceof Error && CORRUPT.test(error.message);
}

function explained(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  if (/locked|busy/i.test(error.message)) {
    return new StateError(
      `Another tutor is using ${path}. Leave it there, or name another home: --home DIR`,
    );
  }
  if (/full/i.test(error.message)) {
    return new StateError(
      `No room on the disk for ${path}. Free some space; nothing is lost while the tutor runs`,
    );
  }
  if (/unable to open|readonly|permission|disk i\/o/i.test(error.message)) {
    return new StateError(
      `Cannot write ${path}: ${error.message}. Check the folder and its disk, or use --home DIR`,
    );
  }
  return error;
}

/** Comes after every other character. */
const LAST = "\u{10ffff}";

/**
 * One table of keys and values. Writes are staged in memory and go to the disk in one transaction;
 * with write-ahead logging a process killed at any moment leaves the last whole commit.
 */
class SqliteState implements DurableState {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #staged = new Map<string, string | Uint8Array | undefined>();
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #keys: StatementSync;
  readonly #range: StatementSync;

  constructor(path: string) {
    this.#path = path;
    this.#db = new DatabaseSync(path);
    try {
      this.#db.exec(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 200",
      );
      this.#db.exec("CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
      const found = this.#db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
      if (found !== "ok") throw new Error(`database disk image is malformed: ${found}`);
      this.#get = this.#db.prepare("SELECT value FROM entry WHERE key = ?");
      this.#put = this.#db.prepare("INSERT OR REPLACE INTO entry (key, value) VALUES (?, ?)");
      this.#delete = this.#db.prepare("DELETE FROM entry WHERE key = ?");
      this.#keys = this.#db.prepare("SELECT key FROM entry WHERE key >= ? AND key < ?");
      this.#range = this.#db.prepare("SELECT key, value FROM entry WHERE key >= ? AND key < ?");
    } catch (error) {
      this.#db.close();
      throw error;
    }
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

  /** As they are when it is called, whatever is changed on the way. */
  *entries(prefix: string): Iterable<[string, string]> {
    const found = new Map<string, string | Uint8Array>();
    for (const { key, value } of this.#range.all(prefix, prefix + LAST)) {
      found.set(key as string, value as string | Uint8Array);
    }
    for (const [key, value] of this.#staged) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) found.delete(key);
      else found.set(key, value);
    }
    for (const key of [...found.keys()].sort()) {
      const value = found.get(key)!;
      yield [key, value instanceof Uint8Array ? new TextDecoder().decode(value) : value];
    }
  }

  *raw(prefix: string): Iterable<[string, string | Uint8Array]> {
    const rows = this.#db.prepare("SELECT key, value FROM entry WHERE key >= ? AND key < ?")
      .all(prefix, prefix + "\u{10ffff}");
    for (const { key, value } of rows) yield [key as string, value as string | Uint8Array];
  }

  keys(prefix: string): string[] {
    const rows = this.#keys.all(prefix, prefix + LAST);
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
  commit({ flush = false, batch = [] }: Parameters<DurableState["commit"]>[0] = {}): void {
    if (this.#staged.size + batch.length === 0) return;
    try {
      // With write-ahead logging, FULL waits for the disk at each commit, and NORMAL for the system alone.
      this.#db.exec(`PRAGMA synchronous = ${flush ? "FULL" : "NORMAL"}; BEGIN IMMEDIATE`);
      for (const [key, value] of [...batch, ...this.#staged]) {
        if (value === undefined) this.#delete.run(key);
        else this.#put.run(key, value);
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      try {
        this.#db.exec("ROLLBACK");
      } catch {
        // The failure may have ended the transaction already.
      }
      throw explained(error, this.#path);
    }
    this.#staged.clear();
  }

  close(): void {
    this.#db.close();
  }
}
