import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { memoryState, openStateFile, StateError } from "../../../lib/sim/state/mod.ts";
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
  ["openStateFile()", (folder) => openStateFile(`${folder}/state.db`, "now").state],
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
    const first = openStateFile(path, "now").state;
    first.put("kept", "1");
    first.commit();
    first.put("kept", "2");
    first.put("lost", "1");
    first.close();
    const { state, setAside } = openStateFile(path, "now");
    assert.equal(setAside, undefined);
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
      const { state } = openStateFile(${JSON.stringify(path)}, "now");
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
    const { state, setAside } = openStateFile(path, "now");
    assert.equal(setAside, undefined);
    const values = [...state.entries("")].map(([, value]) => value);
    assert.equal(values.length, 3);
    assert.equal(new Set(values).size, 1, `a torn commit: ${values}`);
    assert(Number(values[0]) >= 20);
    state.close();
  }));

Deno.test("openStateFile() puts a file that is no database aside, and begins afresh", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    Deno.writeTextFileSync(path, "this was never a database, but it is somebody's\n".repeat(50));
    const { state, setAside } = openStateFile(path, "2026-01-01");
    assert.equal(setAside, `${path}.corrupt-2026-01-01`);
    assert(Deno.readTextFileSync(setAside).startsWith("this was never"));
    assert.deepEqual([...state.keys("")], []);
    state.put("a", "1");
    state.commit();
    state.close();
  }));

Deno.test("commit() says who is in the way, and loses nothing", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    const { state } = openStateFile(path, "now");
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
    const again = openStateFile(path, "now").state;
    assert.equal(again.get("a"), "1");
    again.close();
  }));

Deno.test("openStateFile() puts a database with broken pages aside, whole", () =>
  inFolder((folder) => {
    for (const [name, breakIt] of BREAKS) {
      const path = `${folder}/${name}.db`;
      const { state } = openStateFile(path, "now");
      for (let i = 0; i < 300; i++) state.put(`key/${i}`, "value ".repeat(200));
      state.commit();
      state.close();
      breakIt(path);
      const broken = Deno.readFileSync(path);
      const opened = openStateFile(path, "stamp");
      assert.equal(opened.setAside, `${path}.corrupt-stamp`, name);
      assert.deepEqual(Deno.readFileSync(opened.setAside), broken, name);
      assert.deepEqual([...opened.state.keys("")], [], name);
      opened.state.close();
    }
  }));

const BREAKS: [string, (path: string) => void][] = [
  ["middle", (path) => {
    const bytes = Deno.readFileSync(path);
    bytes.fill(0x5a, 8_192, 40_960);
    Deno.writeFileSync(path, bytes);
  }],
  ["head", (path) => {
    const bytes = Deno.readFileSync(path);
    bytes.fill(0, 0, 100);
    Deno.writeFileSync(path, bytes);
  }],
  ["truncated", (path) => Deno.truncateSync(path, 50_000)],
];

Deno.test("openStateFile() says who holds a file, and leaves it alone", () =>
  inFolder((folder) => {
    const path = `${folder}/state.db`;
    const { state } = openStateFile(path, "now");
    state.put("a", "1");
    state.commit();
    state.close();
    const other = new DatabaseSync(path);
    other.exec(
      "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO entry VALUES ('b', '2')",
    );
    assert.throws(() => openStateFile(path, "now"), (error) => {
      assert(error instanceof StateError);
      assert.match(error.message, /Another tutor is using/);
      return true;
    });
    other.exec("ROLLBACK");
    other.close();
    const again = openStateFile(path, "now");
    assert.equal(again.setAside, undefined);
    assert.deepEqual([...again.state.keys("")], ["a"]);
    again.state.close();
  }));
