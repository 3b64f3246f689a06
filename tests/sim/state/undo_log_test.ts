import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SeededRandom } from "../../../lib/base/mod.ts";
import { type DiskState, openStateFile, StateError } from "../../../lib/sim/state/mod.ts";

const UNDOES = ["a/", "b/"];

function inFolder(work: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    work(`${folder}/state.db`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const open = (path: string) => openStateFile(path, { undoes: UNDOES }).state;

function line(state: DiskState, what: string, entries: [string, string | undefined][]): void {
  state.step((log) => log.begin(what, false));
  state.commit({ batch: entries });
  state.step((log) => log.end(true));
}

const undoable = (state: DiskState) => UNDOES.flatMap((prefix) => [...state.entries(prefix)]);

Deno.test("steps are undone and done again as often as one likes, whatever changes by itself between", () =>
  inFolder((path) => {
    const random = new SeededRandom(7);
    let state = open(path);
    /** The states before each step that was done, and after each that was undone; the latest last. */
    const before: unknown[] = [];
    let after: unknown[] = [];
    /** Where going back or forth came to: what changed by itself since goes with the next. */
    let base: unknown;
    const change = (prefix = "a/") => {
      const batch = Array.from({ length: 1 + random.int(4) }, (): [string, string | undefined] => {
        const value = random.int(4) === 0 ? undefined : `${random.int(1_000)}`;
        return [`${prefix}${random.int(12)}`, value];
      });
      state.commit({ batch });
    };
    for (let turn = 0; turn < 600; turn++) {
      const told = `turn ${turn}`;
      const kind = random.int(10);
      if (kind < 3) {
        before.push(undoable(state));
        const step = random.int(2) === 0 ? state.step.bind(state) : state.stepLater.bind(state);
        step((log) => log.begin(told, false));
        change();
        step((log) => log.end(true));
        change("b/");
        after = [];
        if (before.length > 50) before.shift();
      } else if (kind === 3) {
        state.step((log) => log.begin("reads", false));
        change();
        state.step((log) => log.end(false));
      } else if (kind === 4) {
        const now = undoable(state);
        state.step((log) => log.begin("whole", true));
        change();
        if (random.int(2) === 0) {
          state.close();
          state = open(path);
          assert.equal(state.step((log) => log.takeUp()), true);
        } else state.step((log) => log.giveUp());
        assert.deepEqual(undoable(state), now, told);
      } else if (kind === 5) change();
      else if (kind < 8 && before.length > 0) {
        const count = Math.min(before.length, 1 + random.int(3));
        const states = [
          ...before.splice(before.length - count),
          after.length > 0 ? base : undoable(state),
        ];
        const gone = state.step((log) => log.back(count));
        assert.equal(gone.length, count);
        assert.deepEqual(undoable(state), states[0], told);
        after.push(...states.slice(1).reverse());
        base = states[0];
      } else if (kind >= 8 && after.length > 0) {
        before.push(base);
        state.step((log) => log.forth(1));
        base = after.pop();
        assert.deepEqual(undoable(state), base, told);
      }
      assert.equal(state.steps.done.length, before.length, told);
      assert.equal(state.steps.undone.length, after.length, told);
    }
    state.close();
  }));

Deno.test("what is no part of it stays as it is", () =>
  inFolder((path) => {
    const state = open(path);
    line(state, "one", [["a/1", "1"], ["history", "one"]]);
    state.step((log) => log.back(1));
    assert.deepEqual([state.get("a/1"), state.get("history")], [undefined, "one"]);
    assert.deepEqual(state.step((log) => log.back(1)), []);
    state.close();
  }));

Deno.test("a step within another is given up alone, and what is left can be undone as the other", () =>
  inFolder((path) => {
    const state = open(path);
    state.step((log) => log.begin("start", false));
    state.commit({ batch: [["a/1", "asked"]] });
    state.step((log) => log.begin("build", true));
    state.commit({ batch: [["a/1", "building"], ["a/2", "x"]] });
    state.step((log) => log.giveUp());
    assert.deepEqual(undoable(state), [["a/1", "asked"]]);
    state.step((log) => log.begin("build", true));
    state.commit({ batch: [["a/1", "built"]] });
    state.step((log) => log.end(true));
    state.step((log) => log.end(true));
    assert.deepEqual(state.steps.done.map(({ what }) => what), ["start"]);
    state.step((log) => log.back(1));
    assert.deepEqual(undoable(state), []);
    state.close();
  }));

Deno.test("a line that a process was at when it ended can be undone, and a whole step is", () =>
  inFolder((path) => {
    let state = open(path);
    state.step((log) => log.begin("line", false));
    state.commit({ batch: [["a/1", "1"]] });
    state.close();
    state = open(path);
    assert.equal(state.step((log) => log.takeUp()), false);
    assert.deepEqual(state.steps.done.map(({ what }) => what), ["line"]);
    state.step((log) => log.begin("start 7", false));
    state.step((log) => log.begin("start 07", true));
    state.commit({ batch: [["a/1", "2"]] });
    state.close();
    state = open(path);
    assert.equal(state.step((log) => log.takeUp()), true);
    assert.equal(state.get("a/1"), "1");
    assert.deepEqual(state.steps.done.map(({ what }) => what), ["line"]);
    state.close();
  }));

Deno.test("what is staged of a step goes to the disk with what is written next, before it, or with nothing", () =>
  inFolder((path) => {
    let state = open(path);
    state.stepLater((log) => log.begin("one", false));
    assert.deepEqual(state.steps.open, []);
    state.put("a/1", "x");
    state.commit();
    state.stepLater((log) => log.end(true));
    state.commit();
    state.stepLater((log) => log.begin("lost", false));
    state.close();
    state = open(path);
    assert.deepEqual(state.steps.done.map(({ what }) => what), ["one"]);
    assert.deepEqual(state.steps.open, []);
    state.step((log) => log.back(1));
    assert.deepEqual(undoable(state), []);
    state.close();
  }));

Deno.test("fifty steps and 64 MiB are kept, the latest", () =>
  inFolder((path) => {
    const state = open(path);
    for (let i = 1; i <= 60; i++) line(state, `${i}`, [["a/1", `${i}`]]);
    assert.deepEqual(state.steps.done.map(({ what }) => what)[0], "11");
    assert.equal(state.step((log) => log.back(99)).length, 50);
    assert.equal(state.get("a/1"), "10");
    const big = "x".repeat(24 * 2 ** 20);
    for (let i = 1; i <= 5; i++) line(state, `big ${i}`, [["a/big", `${i}${big}`]]);
    assert.deepEqual(state.steps.done.map(({ what }) => what), ["big 4", "big 5"]);
    state.close();
  }));

Deno.test("what is damaged of it is told, and nothing is undone", () =>
  inFolder((path) => {
    let state = open(path);
    line(state, "one", [["a/1", "1"], ["a/2", "1"]]);
    line(state, "two", [["a/1", "2"], ["a/2", "2"]]);
    state.close();
    const db = new DatabaseSync(path);
    db.exec("UPDATE undo SET value = '9' WHERE key = 'a/2' AND value = '1'");
    db.close();
    state = open(path);
    assert.throws(() => state.step((log) => log.back(1)), (error: StateError) => {
      assert.equal(error.kind, "damaged");
      return true;
    });
    assert.deepEqual(undoable(state), [["a/1", "2"], ["a/2", "2"]]);
    state.close();
  }));

Deno.test("a state of before there was an undo is taken over", () =>
  inFolder((path) => {
    let state = open(path);
    state.put("a/1", "1");
    state.commit();
    state.close();
    const db = new DatabaseSync(path);
    db.exec("DROP TABLE undo; PRAGMA user_version = 1");
    db.close();
    state = open(path);
    assert.equal(state.get("a/1"), "1");
    line(state, "one", [["a/1", "2"]]);
    state.step((log) => log.back(1));
    assert.equal(state.get("a/1"), "1");
    state.close();
  }));
