import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { SeededRandom } from "../../../lib/base/mod.ts";
import {
  memoryState,
  openStateFile,
  readStateFile,
  StateError,
  writePrivately,
} from "../../../lib/sim/state/mod.ts";
import type { StateFile } from "../../../lib/sim/seams.ts";

async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const KINDS: [name: string, open: (folder: string) => StateFile][] = [
  ["memoryState()", () => memoryState()],
  ["openStateFile()", (folder) => openStateFile(`${folder}/state.db`).state],
];

for (const [name, open] of KINDS) {
  Deno.test(`${name} gives back what was put, by key and by prefix`, () =>
    inFolder((folder) => {
      const state = open(folder);
      state.put("a/2", "two");
      state.put("a/1", "one");
      state.put("b/1", new Uint8Array([1, 2, 255]));
      state.commit();
      state.put("a/3", "three");
      state.delete("a/2");
      assert.deepEqual([...state.entries("a/")], [["a/1", "one"], ["a/3", "three"]]);
      assert.deepEqual([...state.keys("")], ["a/1", "a/3", "b/1"]);
      assert.deepEqual(state.getBytes("b/1"), new Uint8Array([1, 2, 255]));
      assert.equal(state.get("a/2"), undefined);
      state.deletePrefix("a/");
      state.commit();
      assert.deepEqual([...state.keys("")], ["b/1"]);
      state.close();
    }));
}

Deno.test("openStateFile() finds what was committed, and only that", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    const first = openStateFile(path).state;
    first.put("kept", "1");
    first.commit();
    first.put("kept", "2");
    first.put("lost", "1");
    first.close();
    const { state } = openStateFile(path);
    assert.equal(state.get("kept"), "1");
    assert.equal(state.get("lost"), undefined);
    state.close();
  }));

Deno.test("openStateFile() survives a process killed between and in its commits", () =>
  inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    const module = new URL("../../../lib/sim/state/mod.ts", import.meta.url).href;
    const code = `
      import { openStateFile } from ${JSON.stringify(module)};
      const { state } = openStateFile(${JSON.stringify(path)});
      for (let i = 1;; i++) {
        for (const key of ["a", "b", "c"]) state.put(key, String(i));
        state.commit();
        if (i === 20) console.log("going");
      }`;
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    await Deno.writeTextFile(`${folder}/writer.ts`, code);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--config", config, `${folder}/writer.ts`],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    const { state } = openStateFile(path);
    const values = [...state.entries("")].map(([, value]) => value);
    assert.equal(values.length, 3);
    assert.equal(new Set(values).size, 1, `a torn commit: ${values}`);
    assert(Number(values[0]) >= 20);
    state.close();
  }));

Deno.test("commit() says who is in the way, and loses nothing", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    const { state } = openStateFile(path);
    const other = new DatabaseSync(path);
    other.exec("BEGIN EXCLUSIVE");
    state.put("a", "1");
    assert.throws(() => state.commit(), (error) => {
      assert(error instanceof StateError);
      assert.match(error.message, /Another tutor is using/);
      return true;
    });
    assert.equal(state.get("a"), "1");
    other.exec("ROLLBACK");
    other.close();
    state.commit();
    state.close();
    const again = openStateFile(path).state;
    assert.equal(again.get("a"), "1");
    again.close();
  }));

/** Every file of a folder, and what is in it; but for those that SQLite works with and leaves empty. */
function contents(folder: string): Record<string, string> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => [
    name,
    Deno.readFileSync(`${folder}/${name}`).toString(),
  ]);
  return Object.fromEntries(
    files.filter(([name, text]) => text !== "" || name === "state.db")
      .filter(([name]) => !name.endsWith("-shm")),
  );
}

function faultOf(work: () => void): StateError {
  try {
    work();
  } catch (error) {
    assert(error instanceof StateError, `${(error as Error)?.stack}`);
    return error;
  }
  throw new Error("No fault was found");
}

/** What may be wrong with a state, and how it is told; `state.db` holds 300 values. */
const FAULTS: [what: string, kind: string, says: RegExp, spoil: (path: string) => void][] = [
  ["no database", "not-a-database", /is no database/, (path) => {
    Deno.writeTextFileSync(path, "this was never a database, but it is somebody's\n".repeat(50));
  }],
  ["another program's database", "not-a-database", /is a database of another program/, (path) => {
    Deno.removeSync(path);
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE moz_places (id INTEGER); INSERT INTO moz_places VALUES (1)");
    db.close();
  }],
  ["a newer version's", "newer", /written by a newer version of the tutor \(format 99;/, (path) => {
    const db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 99; ALTER TABLE entry RENAME TO entries");
    db.close();
  }],
  ["empty", "damaged", /is empty/, (path) => Deno.truncateSync(path, 0)],
  ["gone without its log", "damaged", /is gone, and what belongs to it is not/, (path) => {
    Deno.renameSync(path, `${path}-wal`);
  }],
  ["pages in the middle", "damaged", /is damaged/, (path) => {
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.fill(0x5a, 8_192, 40_960));
  }],
  ["the head", "not-a-database", /is no database/, (path) => {
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.fill(0, 0, 100));
  }],
  ["cut off", "damaged", /is damaged/, (path) => Deno.truncateSync(path, 50_000)],
  ["one byte of a value", "damaged", /the value of "key\/4" is not what was written/, (path) => {
    const text = Buffer.from(Deno.readFileSync(path)).toString("latin1");
    // Where pages were split there are old copies too, which nobody reads.
    const spoiled = text.replaceAll(/(key\/4value o)f/g, "$1F");
    assert.notEqual(spoiled, text);
    Deno.writeFileSync(path, Buffer.from(spoiled, "latin1"));
  }],
];

function stateOf300(folder: string): string {
  const path = `${folder}/state.db`;
  const { state } = openStateFile(path);
  for (let i = 0; i < 300; i++) state.put(`key/${i}`, `value of key/${i} `.repeat(20));
  state.commit();
  state.close();
  return path;
}

Deno.test("openStateFile() tells what is wrong with a state, and leaves it as it is", async (t) => {
  for (const [what, kind, says, spoil] of FAULTS) {
    await t.step(what, () =>
      inFolder((folder) => {
        const path = stateOf300(folder);
        spoil(path);
        const before = contents(folder);
        for (const open of [openStateFile, readStateFile]) {
          if (open === readStateFile && what.startsWith("gone")) continue; // It says: not found.
          const fault = faultOf(() => open(path));
          assert.equal(fault.kind, kind);
          assert.match(fault.message, says);
          assert(fault.message.includes(path) && !fault.message.includes("\n"), fault.message);
          assert(fault.message.includes(`lab states --home ${folder}`), fault.message);
          if (what === "one byte of a value") assert.equal(fault.key, "key/4");
        }
        assert.deepEqual(contents(folder), before);
      }));
  }
});

Deno.test("openStateFile() leaves a newer state as it is that was left by a process that was killed", () =>
  inFolder(async (folder) => {
    const path = `${folder}/state.db`;
    openStateFile(path).state.close();
    const code = `
      import { DatabaseSync } from "node:sqlite";
      const db = new DatabaseSync(${JSON.stringify(path)});
      db.exec("PRAGMA user_version = 99; INSERT INTO entry VALUES ('a', 'b', 1)");
      Deno.kill(Deno.pid, "SIGKILL");`;
    await Deno.writeTextFile(`${folder}/writer.ts`, code);
    const args = ["run", "-A", "--quiet", "--no-config", `${folder}/writer.ts`];
    await new Deno.Command(Deno.execPath(), { args }).output();
    const before = contents(folder);
    assert(before["state.db-wal"].length > 0, "it left a log");
    assert.equal(faultOf(() => openStateFile(path)).kind, "newer");
    assert.deepEqual(contents(folder), before);
  }));

/** How many bytes are changed, one at a time; more by the environment. */
const FLIPS = Number(Deno.env.get("FLIPS") ?? 150);
const SEED = Number(Deno.env.get("SEED") ?? 1);

Deno.test(`openStateFile() gives what was written or a fault, whichever of ${FLIPS} bytes is another`, () =>
  inFolder((folder) => {
    const path = stateOf300(folder);
    const whole = Deno.readFileSync(path);
    const { state } = openStateFile(path);
    const written = [...state.entries("")];
    state.close();
    const random = new SeededRandom(SEED);
    let found = 0;
    for (let flip = 0; flip < FLIPS; flip++) {
      const at = random.int(flip % 5 === 0 ? 1_000 : whole.length);
      const bytes = whole.slice();
      bytes[at] ^= 1 << random.int(8);
      Deno.writeFileSync(path, bytes);
      const told = `seed ${SEED}, byte ${at}`;
      try {
        const opened = openStateFile(path).state;
        assert.deepEqual([...opened.entries("")], written, told);
        opened.close();
      } catch (error) {
        assert(error instanceof StateError, `${told}: ${(error as Error).stack}`);
        assert.deepEqual(Deno.readFileSync(path), bytes, told);
        found++;
      }
    }
    assert(found > FLIPS / 2, `${found} of ${FLIPS} were found`);
  }));

Deno.test("openStateFile() takes over a state of before there were checksums", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    const old = new DatabaseSync(path);
    old.exec("CREATE TABLE entry (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
    const put = old.prepare("INSERT INTO entry VALUES (?, ?)");
    put.run("text", "칸막이");
    put.run("bytes", new Uint8Array([0, 1, 255]));
    old.close();
    const look = readStateFile(path);
    assert.equal(look.get("text"), "칸막이");
    look.close();
    for (let time = 0; time < 2; time++) {
      const { state } = openStateFile(path);
      assert.equal(state.get("text"), "칸막이");
      assert.deepEqual(state.getBytes("bytes"), new Uint8Array([0, 1, 255]));
      state.close();
    }
    const bytes = Deno.readFileSync(path);
    const at = Buffer.from(bytes).indexOf("text");
    bytes[at + 5] ^= 1;
    Deno.writeFileSync(path, bytes);
    assert.equal(faultOf(() => openStateFile(path)).kind, "damaged");
  }));

Deno.test("a state and what lies beside it are its owner's alone", {
  ignore: Deno.build.os === "windows", // There are no such modes.
}, () =>
  inFolder((folder) => {
    const path = stateOf300(folder);
    for (const { name } of Deno.readDirSync(folder)) Deno.chmodSync(`${folder}/${name}`, 0o644);
    const { state } = openStateFile(path);
    state.put("a", "1");
    state.commit();
    state.copyTo(`${folder}/copy.db`);
    Deno.writeTextFileSync(`${folder}/kubeconfig`, "x".repeat(100), { mode: 0o644 });
    writePrivately(`${folder}/kubeconfig`, "new");
    assert.equal(Deno.readTextFileSync(`${folder}/kubeconfig`), "new");
    for (const { name } of Deno.readDirSync(folder)) {
      assert.equal(Deno.statSync(`${folder}/${name}`).mode! & 0o777, 0o600, name);
    }
    state.close();
  }));

Deno.test("copyTo() gives what was committed then, and a damaged copy is told of", () =>
  inFolder((folder) => {
    const path = stateOf300(folder);
    const copy = `${folder}/copy.db`;
    const { state } = openStateFile(path);
    const then = [...state.entries("")];
    state.put("staged", "not yet");
    state.copyTo(copy);
    state.deletePrefix("key/1");
    state.put("new", "1");
    state.commit();
    state.close();
    const again = readStateFile(copy);
    assert.deepEqual([...again.entries("")], then);
    again.close();
    const bytes = Deno.readFileSync(copy);
    Deno.writeFileSync(copy, bytes.fill(0x41, 13_000, 13_200));
    assert.equal(faultOf(() => readStateFile(copy)).kind, "damaged");
  }));

Deno.test("openStateFile() says who holds a file, and leaves it alone", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    const { state } = openStateFile(path);
    state.put("a", "1");
    state.commit();
    state.close();
    const other = new DatabaseSync(path);
    other.exec(
      "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO entry VALUES ('b', '2', 3)",
    );
    assert.throws(() => openStateFile(path), (error) => {
      assert(error instanceof StateError);
      assert.match(error.message, /Another tutor is using/);
      return true;
    });
    other.exec("ROLLBACK");
    other.close();
    const again = openStateFile(path);
    assert.deepEqual([...again.state.keys("")], ["a"]);
    again.state.close();
  }));
