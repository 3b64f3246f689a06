import assert from "node:assert/strict";
import {
  dropSnapshot,
  listStates,
  restoreState,
  setStateAside,
  snapshotNames,
  takeSnapshot,
} from "../../../lib/labs/state/mod.ts";
import { openStateFile, StateError } from "../../../lib/sim/state/mod.ts";

async function inHome(test: (home: string) => void | Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await test(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Writes to the state of a home. */
function write(home: string, value: string): void {
  const { state } = openStateFile(`${home}/state.db`);
  state.put("value", value);
  state.commit();
  state.close();
}

function read(home: string): string | undefined {
  const { state } = openStateFile(`${home}/state.db`);
  const value = state.get("value");
  state.close();
  return value;
}

const names = (home: string) => listStates(home, () => 0).map(({ name }) => name);
const NOON = new Date("2026-01-02T12:00:00Z");

Deno.test("a snapshot is what was committed then, and stays", () =>
  inHome((home) => {
    const { state } = openStateFile(`${home}/state.db`);
    state.put("value", "before");
    state.commit();
    takeSnapshot(home, state, "before-start");
    state.put("value", "after");
    state.commit();
    assert.throws(() => takeSnapshot(home, state, "../state"), RangeError);
    state.close();
    restoreState(home, "before-start", NOON);
    assert.equal(read(home), "before");
    write(home, "on");
    restoreState(home, "before-start", NOON);
    assert.equal(read(home), "before", "a snapshot stays as it is");
    dropSnapshot(home, "before-start");
    dropSnapshot(home, "before-start");
    assert.throws(() => restoreState(home, "before-start", NOON), Deno.errors.NotFound);
  }));

Deno.test("a home keeps so many snapshots, the newest", () =>
  inHome((home) => {
    const { state } = openStateFile(`${home}/state.db`);
    state.put("value", "1");
    state.commit();
    for (let i = 1; i <= 7; i++) {
      takeSnapshot(home, state, `s${i}`);
      Deno.utimeSync(`${home}/snapshots/s${i}.db`, 1_000 + i, 1_000 + i);
    }
    assert.deepEqual(snapshotNames(home), ["s3", "s4", "s5", "s6", "s7"]);
    takeSnapshot(home, state, "s3");
    assert.deepEqual(snapshotNames(home), ["s3", "s4", "s5", "s6", "s7"]);
    takeSnapshot(home, state, "last", { keep: 2 });
    assert.deepEqual(snapshotNames(home), ["last", "s3"]);
    state.close();
  }));

Deno.test("a state that was put aside is listed, and taken back in place of the present one", () =>
  inHome((home) => {
    assert.deepEqual(listStates(`${home}/nowhere`, () => 0), []);
    assert.equal(setStateAside(home, NOON), undefined);
    write(home, "first");
    const first = setStateAside(home, NOON)!;
    assert.deepEqual([first, read(home)], ["2026-01-02T12-00-00", undefined]);
    write(home, "second");
    assert.deepEqual(names(home), [undefined, first]);
    const second = restoreState(home, first, NOON)!;
    assert.equal(second, `${first}-2`.slice(0, second.length), "a name of its own");
    assert.equal(read(home), "first");
    restoreState(home, second, NOON);
    assert.equal(read(home), "second");
    assert.throws(() => restoreState(home, "nothing", NOON), Deno.errors.NotFound);
  }));

Deno.test("states that earlier versions put aside are listed and taken back too", () =>
  inHome((home) => {
    write(home, "old");
    Deno.renameSync(`${home}/state.db`, `${home}/state.db.corrupt-2025-01-01T00-00-00-000Z`);
    assert.deepEqual(names(home), ["corrupt-2025-01-01T00-00-00-000Z"]);
    assert.equal(restoreState(home, "corrupt-2025-01-01T00-00-00-000Z", NOON), undefined);
    assert.equal(read(home), "old");
  }));

Deno.test("a state that is damaged is listed with what is wrong, put aside whole, and not taken back", () =>
  inHome((home) => {
    write(home, "good");
    const { state } = openStateFile(`${home}/state.db`);
    takeSnapshot(home, state, "good");
    state.close();
    const garbage = new TextEncoder().encode("no database".repeat(100));
    Deno.writeFileSync(`${home}/state.db`, garbage);
    const [present, snapshot] = listStates(home, (file) => file.get("value"));
    assert.equal(present.fault?.kind, "not-a-database");
    assert.deepEqual([snapshot.name, snapshot.about, snapshot.fault], ["good", "good", undefined]);
    const aside = restoreState(home, "good", NOON)!;
    assert.equal(read(home), "good");
    assert.deepEqual(Deno.readFileSync(`${home}/set-aside/${aside}.db`), garbage);
    assert.throws(() => restoreState(home, aside, NOON), StateError);
    assert.equal(read(home), "good");
    assert.deepEqual(names(home).slice(1).sort(), [aside, "good"].sort());
  }));

Deno.test("what a process that was killed had committed is put aside and taken back with the rest", () =>
  inHome(async (home) => {
    const module = new URL("../../../lib/sim/state/mod.ts", import.meta.url).href;
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    await Deno.writeTextFile(
      `${home}/writer.ts`,
      `import { openStateFile } from ${JSON.stringify(module)};
       const { state } = openStateFile(${JSON.stringify(`${home}/state.db`)});
       state.put("value", "last words");
       state.commit();
       Deno.kill(Deno.pid, "SIGKILL");`,
    );
    const args = ["run", "-A", "--quiet", "--no-check", "--config", config, `${home}/writer.ts`];
    await new Deno.Command(Deno.execPath(), { args }).output();
    assert(Deno.statSync(`${home}/state.db-wal`).size > 0, "it left a log");
    const aside = setStateAside(home, NOON)!;
    assert.equal(read(home), undefined);
    const [, listed] = listStates(home, (file) => file.get("value"));
    assert.equal(listed.about, "last words");
    restoreState(home, aside, NOON);
    assert.equal(read(home), "last words");
  }));

Deno.test("a restore that is cut short is brought to its end by the next start", () =>
  inHome((home) => {
    write(home, "chosen");
    Deno.renameSync(`${home}/state.db`, `${home}/state.db.next`);
    assert.equal(read(home), "chosen");
  }));
