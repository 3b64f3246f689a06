import assert from "node:assert/strict";
import type { LoadedLesson } from "../../lib/lesson/mod.ts";
import {
  freshProgress,
  keepRecords,
  loadProgress,
  note,
  type Progress,
  recordOf,
  Stopwatch,
  tallyAll,
  WORDS,
} from "../../lib/tutor/mod.ts";
import { MemoryState } from "../labs/fake_lab.ts";

const lessons = [["01-a", 10, ["x", "y"]], ["02-b", 20, ["x", "y", "z", "n"]]].map(
  ([id, minutes, steps]) => ({
    lesson: { id, minutes, steps: (steps as string[]).map((id) => ({ id })) },
  } as LoadedLesson),
);

Deno.test("a skipped step is not done, and its minutes are left; the best of the passes counts", () => {
  const progress: Progress = {
    ...freshProgress(),
    done: { "01-a": { x: "skipped" }, "02-b": { x: "done", n: "missed", y: "skipped" } },
    earlier: { "01-a": { x: "done", y: "skipped" } },
  };
  const { steps, done, skipped, missed, minutesLeft } = tallyAll(lessons, progress);
  // One of two and two of four steps are open.
  assert.deepEqual([steps, done, skipped, missed, minutesLeft], [6, 3, 2, 1, 5 + 10]);
});

Deno.test("what is noted goes to the open step, and is not less than what was noted before", () => {
  const before: Progress = { ...freshProgress(), lesson: "01-a", step: "x" };
  note(before, "attempts");
  note(before, "hints");
  note(before, "hints");
  const undone: Progress = { ...freshProgress(), lesson: "01-a", step: "x" };
  note(undone, "attempts", 3);
  keepRecords(before.records, undone);
  assert.deepEqual(recordOf(undone, "01-a", "x"), { attempts: 3, hints: 2, skips: 0, timeMs: 0 });
  note({ ...freshProgress() }, "hints"); // With nothing open it is nobody's.
});

Deno.test("time in which nobody was there is no time of a step", () => {
  let nowMs = 0;
  const watch = new Stopwatch(() => nowMs);
  nowMs = 20_000;
  assert.equal(watch.lap(), 20_000);
  nowMs += 8 * 3600_000;
  assert.equal(watch.lap(), 5 * 60_000);
});

Deno.test("progress without records is read, and records that are none cost no place", () => {
  const old = { version: 1, lesson: "01-a", step: "x", hints: 1, done: {}, inLab: [] };
  for (const records of [undefined, 7, { "01-a": 7 }, { "01-a": { x: { hints: "two" } } }]) {
    const state = new MemoryState();
    state.put("tutor/progress", JSON.stringify({ ...old, records }));
    const { progress, setAside } = loadProgress(state);
    assert.deepEqual([progress.step, progress.records, setAside], ["x", undefined, undefined]);
  }
});

Deno.test("spans of wall time are said to the minute", () => {
  assert.deepEqual(
    [0, 29_000, 60_000, 3_600_000, 5_430_000].map((ms) => WORDS.en.wallTime(ms)),
    ["less than a minute", "less than a minute", "1 min", "1 h", "1 h 31 min"],
  );
  assert.equal(WORDS.ko.wallTime(5_430_000), "1시간 31분");
});

Deno.test("what is so far is not said to be so twice", () => {
  assert.equal(WORDS.en.stillToCome("3 pods", "1 so far"), "Still to come: 3 pods. So far: 1.");
  assert.deepEqual(
    ["지금 1개", "지금까지 1개"].map((actual) => WORDS.ko.stillToCome("파드 3개", actual)),
    Array(2).fill("아직 필요한 것: 파드 3개. 지금: 1개."),
  );
});
