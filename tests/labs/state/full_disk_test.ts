import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { openStateFile, StateError } from "../../../lib/sim/state/mod.ts";

const SCRIPT = fileURLToPath(new URL("_on_a_disk.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** Lets `work` run on a disk that takes no new file, and of SQLite as many commits as `hasRoom` says. */
function withFullDisk(hasRoom: () => boolean, work: () => void): void {
  const { exec } = DatabaseSync.prototype;
  const { writeFileSync } = Deno;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === "COMMIT" && !hasRoom()) throw new Error("database or disk is full");
    return exec.call(this, sql);
  };
  Deno.writeFileSync = () => {
    throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  };
  try {
    work();
  } finally {
    // What was there came from further up.
    delete (DatabaseSync.prototype as Partial<DatabaseSync>).exec;
    Deno.writeFileSync = writeFileSync;
  }
}

Deno.test("the commit that finds the disk full is durable, and those after it stay staged", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/state.db`;
  const reserve = () => [...Deno.readDirSync(folder)].some(({ name }) => name.endsWith("-reserve"));
  const { state } = openStateFile(path);
  let room = 1;
  withFullDisk(() => !reserve() && room-- > 0, () => {
    assert.equal(state.isFull, false);
    state.put("a", "1");
    state.commit();
    assert.equal(state.isFull, true);
    state.put("b", "1");
    for (let time = 0; time < 2; time++) {
      assert.throws(() => state.commit(), (error) => {
        assert(error instanceof StateError);
        assert.equal(error.kind, "full");
        assert.match(error.message, /^No room on the disk for .*state\.db\. Free some space/);
        return true;
      });
    }
    assert.equal(state.isFull, true);
  });
  assert.equal(state.get("b"), "1");
  state.commit();
  assert.equal(state.isFull, false);
  state.close();
  const { state: again } = openStateFile(path);
  assert.deepEqual([...again.keys("")], ["a", "b"]);
  again.close();
  await Deno.remove(folder, { recursive: true });
});

/** Whether a process may have a disk of its own here, as root or in a namespace. */
function mayMount(): boolean {
  try {
    const script = "mount -t tmpfs tmpfs /tmp";
    return new Deno.Command("unshare", { args: ["-rm", "sh", "-c", script] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Runs lines of a shell on a disk of 4 MB at `$D`, where `state WHAT` is the script; gives what it told. */
async function onSmallDisk(lines: string): Promise<Record<string, any>[]> {
  const folder = await Deno.makeTempDir();
  const script = `mount -t tmpfs -o size=4m tmpfs "$D" || exit 9
    state() { "$DENO" run -A --quiet --no-check --config "$CONFIG" "$SCRIPT" "$D" "$1"; }
    ${lines}`;
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-rm", "sh", "-c", script],
    env: { D: folder, DENO: Deno.execPath(), CONFIG, SCRIPT },
  }).output();
  await Deno.remove(folder, { recursive: true });
  const told = new TextDecoder().decode(stderr).replace(/^.*Killed.*$/gm, "").trim();
  assert.equal(told, "");
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

const REAL = { ignore: !mayMount() };

Deno.test(
  "on a disk that fills up, commits go on into the room that was kept (needs leave to mount)",
  REAL,
  async () => {
    const [, { commits, firstFullAt, refusal, staged, later, isFull }] = await onSmallDisk(
      "state make; state write",
    );
    assert(firstFullAt >= 1 && commits > firstFullAt + 20, `${firstFullAt} of ${commits}`);
    assert.match(refusal, /^full: No room on the disk/);
    assert.deepEqual([staged, later, isFull], [3_000, "done", false]);
  },
);

/** What a disk is like, the lines that make it so, and how a state opens on it. */
const DISKS: [what: string, lines: string, keys: number, isFull: boolean, commit: RegExp][] = [
  ["full", "state make; state fill", 51, true, /^done$/],
  ["full, and no room kept", "state make; state noReserve", 51, true, /^full: No room on the disk/],
  ["full, after a kill", "state make; state kill; state fill", 52, true, /^done$/],
  [
    "not to be written to",
    'state make; mount -o remount,ro "$D"',
    51,
    false,
    /^read-only: Cannot write .*: Read-only file system\. Check the folder/,
  ],
  [
    "not to be written to, after a kill",
    'state make; state kill; mount -o remount,ro "$D"',
    52,
    false,
    /^read-only: /,
  ],
  [
    "not to be written to, after a kill, without an index",
    'state make; state kill; rm "$D"/*-shm; mount -o remount,ro "$D"',
    52,
    false,
    /^read-only: /,
  ],
];

Deno.test(
  "a state opens, and is read, on a disk that takes nothing (needs leave to mount)",
  REAL,
  async (t) => {
    for (const [what, lines, keys, isFull, commit] of DISKS) {
      await t.step(what, async () => {
        const told = (await onSmallDisk(`${lines}; state open`)).at(-1)!;
        assert.deepEqual([told.seen, told.keys, told.isFull], [50, keys, isFull]);
        assert.match(told.commit, commit);
        assert.equal(told.readOnly !== undefined, !told.commit.startsWith("done"));
        assert.equal(told.staged, 9_000);
      });
    }
  },
);
