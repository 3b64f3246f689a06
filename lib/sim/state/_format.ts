import { said } from "../../base/mod.ts";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { unusable } from "./errors.ts";
import { removeIfThere } from "./private_file.ts";

/** "hpaT", by which a database is known as a state. */
const APPLICATION_ID = 0x68706154;
/** The version of what is in a state; it rises when an older tutor would misread it. */
const FORMAT = 2;
const TABLE =
  "CREATE TABLE entry (key TEXT PRIMARY KEY, value, sum INTEGER NOT NULL) WITHOUT ROWID";
/** What entries were before the steps that can be undone; a value of NULL is a key that was not there. */
const UNDO_TABLE =
  "CREATE TABLE undo (step INTEGER, key TEXT, value, sum INTEGER, PRIMARY KEY (step, key)) WITHOUT ROWID";
const STAMP = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}`;

/** The checksum of an entry: CRC-32 of its key and its value as UTF-8. */
export function sumOf(key: string, value: string | Uint8Array): number {
  return crc32(value, crc32(key));
}

/**
 * Makes an empty state at `path`. It gets its name when it is whole, so that a file without content is never
 * one that was only just begun.
 */
export function createState(path: string): void {
  const building = `${path}.new`;
  removeIfThere(building);
  Deno.writeFileSync(building, new Uint8Array(), { mode: 0o600 });
  const db = new DatabaseSync(building);
  try {
    db.exec(`${STAMP}; ${TABLE}; ${UNDO_TABLE}; PRAGMA journal_mode = WAL`);
  } finally {
    db.close();
  }
  Deno.renameSync(building, path);
}

/** The format of a database: 0 for those of before there was a number, 1 of before there was an undo. */
export type Format = 0 | 1 | typeof FORMAT;

/**
 * That a database is a state of a known format and holds what was written to it; it is only read.
 * `path` is its name in messages. Errors: StateError (newer, not-a-database, damaged); SQLite's own.
 */
export function verifyState(db: DatabaseSync, path: string): Format {
  const format = formatOf(db, path);
  const found = String(db.prepare("PRAGMA quick_check(1)").get()?.quick_check);
  if (found !== "ok") {
    const last = found.split("\n").at(-1);
    throw unusable("damaged", path, said(`is damaged: ${last}`, `손상되었습니다: ${last}`));
  }
  if (format === 0) return format;
  for (const { key, value, sum } of db.prepare("SELECT key, value, sum FROM entry").iterate()) {
    // A key that is bytes is out of the order that keys are looked for in.
    const whole = typeof key === "string" &&
      (typeof value === "string" || value instanceof Uint8Array) && sumOf(key, value) === sum;
    if (whole) continue;
    const name = JSON.stringify(String(key));
    const what = said(
      `is damaged: the value of ${name} is not what was written`,
      `손상되었습니다: ${name}의 값이 쓰인 그대로가 아닙니다`,
    );
    throw unusable("damaged", path, what, { key: String(key) });
  }
  return format;
}

function formatOf(db: DatabaseSync, path: string): Format {
  const pragma = (name: string) => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
  const [id, version] = [pragma("application_id"), pragma("user_version")];
  if (id === APPLICATION_ID && version > FORMAT) {
    const what = said(
      `was written by a newer version of the tutor (format ${version}; this one reads ` +
        `up to ${FORMAT}): update this one`,
      `더 새로운 tutor가 썼습니다(형식 ${version}, 이 프로그램은 ${FORMAT}까지). 이 프로그램을 업데이트하세요`,
    );
    throw unusable("newer", path, what);
  }
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    .map(({ name }) => name);
  const isOurs = id === (version === 0 ? 0 : APPLICATION_ID);
  if (!isOurs || tables.sort().join() !== (version === FORMAT ? "entry,undo" : "entry")) {
    throw unusable(
      "not-a-database",
      path,
      said("is a database of another program", "다른 프로그램의 데이터베이스입니다"),
    );
  }
  return version as Format;
}

/** Brings a state of an earlier format to the present one, in one transaction. */
export function upgradeState(db: DatabaseSync, from: Format): void {
  if (from === FORMAT) return;
  if (from === 1) return db.exec(`BEGIN IMMEDIATE; ${UNDO_TABLE}; ${STAMP}; COMMIT`);
  const entries = db.prepare("SELECT key, value FROM entry").all();
  db.exec(`BEGIN IMMEDIATE; DROP TABLE entry; ${TABLE}; ${UNDO_TABLE}`);
  try {
    const put = db.prepare("INSERT INTO entry (key, value, sum) VALUES (?, ?, ?)");
    for (const entry of entries) {
      const { key, value } = entry as { key: string; value: string | Uint8Array };
      put.run(key, value, sumOf(key, value));
    }
    db.exec(`${STAMP}; COMMIT`);
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
