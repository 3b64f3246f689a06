import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Localized } from "../../base/mod.ts";
import type { StateFile } from "../seams.ts";
import { StateError } from "./errors.ts";
import { createState, sumOf } from "./_format.ts";
import { begin, checkWhole, explained, lookAt, openDatabase } from "./_open.ts";
import { Reserve } from "./_reserve.ts";
import { UndoLog, type UndoStep, type UndoSteps } from "./_undo_log.ts";
import { copyWhole, keepPrivate, removeIfThere } from "./private_file.ts";

export type { UndoLog, UndoStep };

/** Values by key, and keys that are gone. */
export type Batch = readonly [key: string, value: string | Uint8Array | undefined][];

/** A state on a disk. */
export interface DiskState extends StateFile {
  readonly path: string;
  /** Why nothing can be made durable, when that was so from the beginning; it can be read all the same. */
  readonly readOnly?: Localized;
  /**
   * Whether the disk has no room. The commit that found that out was still made durable, from room that was
   * kept; later ones may not be, and stay staged. False again when a commit finds room.
   */
  readonly isFull: boolean;
  /** Every committed entry whose key starts with `prefix`, as it was put. */
  raw(prefix: string): Iterable<[key: string, value: string | Uint8Array]>;
  /**
   * Commits what is staged, and `batch` with it, or the batch `alone`: all or nothing. When the disk refuses, what
   * was staged stays so, and the batch is the caller's again. Errors: StateError.
   */
  commit(options?: { batch?: Batch; alone?: boolean }): void;
  /** Forgets what is staged. */
  unstage(): void;
  /** Puts a copy of what is committed at `path`, whole or not at all. Errors: StateError. */
  copyTo(path: string): void;
  /** What can be undone, and done again; the latest last. */
  readonly steps: UndoSteps;
  /** Changes what can be undone, with `batch` and what is staged. Errors: StateError, and all is as before. */
  step<T>(work: (log: UndoLog) => T, batch?: Batch): T;
  /** Changes what can be undone in the next transaction, before anything that is written there. */
  stepLater(work: (log: UndoLog) => void): void;
}

/** What opening a state file gave. */
export interface OpenedState {
  state: DiskState;
}

/**
 * Opens the SQLite file at `path`, or makes it, and checks all that is in it. One that is damaged, or a newer
 * version's, is told of and not touched. Where nothing can be written, it can be read: see
 * {@linkcode DiskState}. Keys that begin with one of `undoes` are those that undoing a step takes back. A file that
 * `isFleeting` does not outlive a machine that is switched off.
 * Errors: StateError.
 */
export function openStateFile(
  path: string,
  options: { undoes?: readonly string[]; isFleeting?: boolean } = {},
): OpenedState {
  try {
    return { state: new SqliteState(path, options) };
  } catch (error) {
    throw explained(error, path);
  }
}

/** Writes a state of these entries at `path`, whole or not at all. Errors: StateError. */
export function writeStateFile(path: string, entries: Batch): void {
  const building = `${path}.part`;
  try {
    removeIfThere(building);
    createState(building);
    const state = new SqliteState(building);
    state.commit({ batch: entries });
    state.close();
    for (const suffix of ["-wal", "-shm", "-reserve"]) removeIfThere(building + suffix);
    Deno.renameSync(building, path);
  } catch (error) {
    for (const suffix of ["", "-wal", "-shm", "-reserve"]) removeIfThere(building + suffix);
    throw explained(error, path);
  }
}

/**
 * Opens a state to look at it, also while another process works on it; nothing of it is changed.
 * Errors: StateError; Deno.errors.NotFound.
 */
export function readStateFile(path: string): DiskState {
  Deno.statSync(path);
  try {
    checkWhole(path);
    return new SqliteState(path, { look: true });
  } catch (error) {
    throw explained(error, path);
  }
}

/** Comes after every other character. */
const LAST = "\u{10ffff}";

/**
 * One table of keys and values. Writes are staged in memory and go to the disk in one transaction;
 * with write-ahead logging a process killed at any moment leaves the last whole commit, and with FULL so
 * does a machine that is switched off, unless the file is fleeting.
 */
class SqliteState implements DiskState {
  readonly path: string;
  isFull = false;
  /** Why nothing can be written. */
  readonly #fault?: StateError;
  readonly #staged = new Map<string, string | Uint8Array | undefined>();
  #stagedSteps: ((log: UndoLog) => void)[] = [];
  readonly #reserve: Reserve | undefined;
  readonly #folder?: string;
  #db: DatabaseSync;
  #get!: StatementSync;
  #keys!: StatementSync;
  #range!: StatementSync;
  #put!: StatementSync;
  #delete!: StatementSync;
  #log: UndoLog | undefined;

  constructor(
    path: string,
    options: { look?: boolean; undoes?: readonly string[]; isFleeting?: boolean } = {},
  ) {
    this.path = path;
    if (!options.look) begin(path);
    const reserve = new Reserve(path);
    const { db, fault, folder } = options.look ? lookAt(path) : openDatabase(path, reserve);
    this.#db = db;
    this.#folder = folder;
    const inTheWay = fault ?? reserve.take();
    this.isFull = inTheWay?.kind === "full";
    if (fault || inTheWay?.kind === "read-only") this.#fault = inTheWay;
    this.#prepare(options.undoes ?? []);
    if (this.#fault) return;
    if (options.isFleeting) this.#db.exec("PRAGMA synchronous = OFF");
    for (const suffix of ["", "-wal", "-shm", "-reserve"]) keepPrivate(path + suffix);
    this.#reserve = reserve;
  }

  get readOnly(): Localized | undefined {
    return this.#fault?.told;
  }

  #prepare(undoes: readonly string[]): void {
    this.#get = this.#db.prepare("SELECT value FROM entry WHERE key = ?");
    this.#keys = this.#db.prepare("SELECT key FROM entry WHERE key >= ? AND key < ?");
    this.#range = this.#db.prepare("SELECT key, value FROM entry WHERE key >= ? AND key < ?");
    if (this.#fault) return;
    this.#put = this.#db.prepare("INSERT OR REPLACE INTO entry (key, value, sum) VALUES (?, ?, ?)");
    this.#delete = this.#db.prepare("DELETE FROM entry WHERE key = ?");
    this.#log = new UndoLog(this.#db, undoes);
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

  *raw(prefix: string): Iterable<[string, string | Uint8Array]> {
    for (const { key, value } of this.#range.all(prefix, prefix + LAST)) {
      yield [key as string, value as string | Uint8Array];
    }
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
  commit({ batch = [], alone = false }: { batch?: Batch; alone?: boolean } = {}): void {
    const entries = alone ? batch : [...batch, ...this.#staged];
    if (entries.length === 0 && this.#stagedSteps.length === 0) return;
    this.#durably(() => this.#write(entries));
    if (!alone) this.#staged.clear();
  }

  get steps(): UndoSteps {
    return this.#log?.steps ?? { done: [], undone: [], open: [] };
  }

  step<T>(work: (log: UndoLog) => T, batch: Batch = []): T {
    const given = this.#durably(() => {
      // What was staged before is not to take back what this step says.
      this.#write([...this.#staged, ...batch]);
      return work(this.#log!);
    });
    this.#staged.clear();
    return given;
  }

  stepLater(work: (log: UndoLog) => void): void {
    this.#stagedSteps.push(work);
  }

  unstage(): void {
    this.#staged.clear();
  }

  #write(entries: Batch): void {
    for (const work of this.#stagedSteps) work(this.#log!);
    this.#log!.note(entries.map(([key]) => key));
    for (const [key, value] of entries) {
      if (value === undefined) this.#delete.run(key);
      else this.#put.run(key, value, sumOf(key, value));
    }
  }

  /** Does it in one transaction; on a full disk with the room that was kept. Errors: StateError. */
  #durably<T>(work: () => T): T {
    if (this.#fault) throw this.#fault;
    try {
      const given = this.#transact(work);
      this.#stagedSteps = [];
      this.isFull = this.isFull && this.#reserve?.take() !== undefined;
      return given;
    } catch (error) {
      const fault = explained(error, this.path);
      if (!(fault instanceof StateError) || fault.kind !== "full") throw fault;
      this.isFull = true;
      if (!this.#reserve?.release()) throw fault;
      return this.#durably(work);
    }
  }

  #transact<T>(work: () => T): T {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const given = work();
      this.#db.exec("COMMIT");
      return given;
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

  close(): void {
    this.#db.close();
    if (this.#folder) Deno.removeSync(this.#folder, { recursive: true });
  }
}
