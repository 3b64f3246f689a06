import type { DatabaseSync, StatementSync } from "node:sqlite";
import { said } from "../../base/mod.ts";
import { sumOf } from "./_format.ts";
import { StateError } from "./errors.ts";

/** Something that was done, and can be undone or done again. */
export interface UndoStep {
  readonly id: number;
  readonly what: string;
  /** Whether it is undone by itself when the process ends in it. */
  readonly whole?: boolean;
}

/** The latest last. */
export interface UndoSteps {
  readonly done: readonly UndoStep[];
  readonly undone: readonly UndoStep[];
  /** Begun, and not ended; each within the one before. */
  readonly open: readonly UndoStep[];
}

interface Step extends UndoStep {
  /** Of the values that were there before. */
  bytes?: number;
}

/** The steps, the latest last. All that changes belongs to the innermost open one, or to what came after the last. */
interface Log {
  next: number;
  done: Step[];
  undone: Step[];
  open: Step[];
  /** What changed by itself since something was undone. */
  drift?: number;
}

const LOG = "undo/log";
/** How much can be undone at most; the oldest goes first. */
const MAX_STEPS = 50;
const MAX_BYTES = 64 * 1024 * 1024;
const WHAT_CHARS = 400;

type Value = string | Uint8Array | null;
interface Row {
  key: string;
  value: Value;
  sum: number | null;
}

/**
 * The values that were there before, by step: what a transaction changes is noted in the same transaction. To undo a
 * step, what it noted and what is there change places, and again to do it once more.
 * Nothing is kept in memory, so that a transaction that fails leaves no trace; all methods are called in one.
 */
export class UndoLog {
  readonly #isUndone: (key: string) => boolean;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #note: StatementSync;
  readonly #rows: StatementSync;
  readonly #update: StatementSync;
  readonly #move: StatementSync;
  readonly #drop: StatementSync;
  readonly #bytes: StatementSync;

  /** `prefixes`: those of the keys that are undone. */
  constructor(db: DatabaseSync, prefixes: readonly string[]) {
    this.#isUndone = (key) => prefixes.some((prefix) => key.startsWith(prefix));
    this.#get = db.prepare("SELECT value, sum FROM entry WHERE key = ?");
    this.#put = db.prepare("INSERT OR REPLACE INTO entry (key, value, sum) VALUES (?, ?, ?)");
    this.#delete = db.prepare("DELETE FROM entry WHERE key = ?");
    this.#note = db.prepare(
      "INSERT OR IGNORE INTO undo SELECT ?1, ?2, entry.value, entry.sum FROM (SELECT 1) " +
        "LEFT JOIN entry ON entry.key = ?2",
    );
    this.#rows = db.prepare("SELECT key, value, sum FROM undo WHERE step = ?");
    this.#update = db.prepare("UPDATE undo SET value = ?, sum = ? WHERE step = ? AND key = ?");
    this.#move = db.prepare(
      "INSERT OR IGNORE INTO undo SELECT ?2, key, value, sum FROM undo WHERE step = ?1",
    );
    this.#drop = db.prepare("DELETE FROM undo WHERE step = ?");
    this.#bytes = db.prepare("SELECT total(length(value)) AS bytes FROM undo WHERE step = ?");
  }

  get steps(): UndoSteps {
    return this.#read();
  }

  /** Notes what is there, before keys are written. */
  note(keys: Iterable<string>): void {
    const step = target(this.#read());
    if (step === undefined) return;
    for (const key of keys) if (this.#isUndone(key)) this.#note.run(step, key);
  }

  /** Begins a step, within the one that is open. */
  begin(what: string, whole: boolean): void {
    const log = this.#read();
    log.open.push({ id: log.next++, what: what.slice(0, WHAT_CHARS), whole });
    this.#write(log);
  }

  /** Ends the innermost step: as one to undo, or as part of what it stands in. */
  end(isKept: boolean): void {
    const log = this.#read();
    const step = log.open.pop();
    if (!step) return;
    if (isKept && log.open.length === 0) this.#keep(log, step);
    else this.#merge(step.id, target(log));
    this.#write(log);
  }

  #keep(log: Log, { id, what }: Step): void {
    for (const { id } of log.undone.splice(0)) this.#drop.run(id);
    const before = log.done.at(-1);
    if (log.drift !== undefined) this.#merge(log.drift, before?.id);
    delete log.drift;
    const step: Step = { id, what };
    log.done.push(step);
    for (const counted of [before, step]) {
      if (counted) counted.bytes = this.#bytes.get(counted.id)!.bytes as number;
    }
    let bytes = log.done.reduce((sum, step) => sum + step.bytes!, 0);
    while (log.done.length > MAX_STEPS || bytes > MAX_BYTES && log.done.length > 1) {
      const oldest = log.done.shift()!;
      bytes -= oldest.bytes!;
      this.#drop.run(oldest.id);
    }
  }

  #merge(from: number, to: number | undefined): void {
    if (to !== undefined) this.#move.run(from, to);
    this.#drop.run(from);
  }

  /** Gives up the innermost step: all is as it was when it began. */
  giveUp(): void {
    const log = this.#read();
    const step = log.open.pop();
    if (!step) return;
    this.#revert(step.id);
    this.#write(log);
  }

  /** Ends what a process left open when it ended; whether something was undone by that. */
  takeUp(): boolean {
    let wasUndone = false;
    for (let step = this.#read().open.at(-1); step; step = this.#read().open.at(-1)) {
      if (step.whole) this.giveUp();
      else this.end(!wasUndone);
      wasUndone ||= step.whole === true;
    }
    return wasUndone;
  }

  /** Undoes up to `count` steps, the latest first; gives them. */
  back(count: number): UndoStep[] {
    return this.#go(count, (log) => [log.done, log.undone]);
  }

  /** Does up to `count` undone steps again; gives them. */
  forth(count: number): UndoStep[] {
    return this.#go(count, (log) => [log.undone, log.done]);
  }

  #go(count: number, ends: (log: Log) => [from: Step[], to: Step[]]): UndoStep[] {
    while (this.#read().open.length > 0) this.end(true);
    const log = this.#read();
    const [from, to] = ends(log);
    const gone = from.splice(Math.max(0, from.length - count)).reverse();
    if (gone.length === 0) return [];
    if (log.drift !== undefined) this.#revert(log.drift);
    for (const { id } of gone) this.#swap(id);
    to.push(...gone);
    if (log.undone.length > 0) log.drift = log.next++;
    else delete log.drift;
    this.#write(log);
    return gone;
  }

  #revert(id: number): void {
    this.#swap(id);
    this.#drop.run(id);
  }

  /** What a step noted and what is there change places. Errors: StateError. */
  #swap(id: number): void {
    for (const row of this.#rows.all(id)) {
      const { key, value, sum } = row as unknown as Row;
      if (value !== null && sumOf(key, value) !== sum) {
        const told = said(
          "What could be undone is damaged, and is left as it is",
          "되돌릴 것이 손상되어 그대로 둡니다",
        );
        throw new StateError(told, "damaged");
      }
      const now = this.#get.get(key) as unknown as Row | undefined;
      if (value === null) this.#delete.run(key);
      else this.#put.run(key, value, sum);
      this.#update.run(now?.value ?? null, now?.sum ?? null, id, key);
    }
  }

  #read(): Log {
    const text = this.#get.get(LOG)?.value as string | undefined;
    return text === undefined ? { next: 1, done: [], undone: [], open: [] } : JSON.parse(text);
  }

  #write(log: Log): void {
    const text = JSON.stringify(log);
    this.#put.run(LOG, text, sumOf(LOG, text));
  }
}

/** To which step belongs what changes now. */
function target({ open, drift, done }: Log): number | undefined {
  return open.at(-1)?.id ?? drift ?? done.at(-1)?.id;
}
