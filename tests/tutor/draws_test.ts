import assert from "node:assert/strict";
import { breaksOf, hpaBreaks, type Lesson, scrapingBreaks } from "../../lib/lesson/mod.ts";
import { MemoryState } from "../labs/fake_lab.ts";
import { drawNext, drawnIn, drawOnce } from "../../lib/tutor/draws.ts";
import {
  beginAnew,
  freshProgress,
  loadProgress,
  type Progress,
  stageProgress,
} from "../../lib/tutor/progress.ts";

const APP = { name: "web", folder: "examples/web" };

/** A lesson that breaks three things. */
const lesson = (id: string): Lesson => ({
  id,
  title: { en: "x", ko: "x" },
  minutes: 1,
  requires: [],
  breaks: breaksOf([...hpaBreaks(APP), ...scrapingBreaks(APP)], 3),
  steps: [{ kind: "run", id: "look", lines: ["ls"] }],
});

/** Progress as it is after it was written and read again: by a later process, or on another machine. */
function reread(progress: Progress): Progress {
  const state = new MemoryState();
  stageProgress(state, progress);
  return loadProgress(state).progress;
}

Deno.test("A draw is kept with the learner's progress, goes on at each start, and comes back at a reset", () => {
  const one = lesson("01-one");
  const progress = freshProgress();
  assert.deepEqual(drawnIn(progress, one), []);

  drawNext(progress, one);
  const first = drawnIn(progress, one);
  assert.equal(first.length, 3);
  assert.deepEqual(drawnIn(reread(progress), one), first);

  drawOnce(progress, one);
  beginAnew(progress, one.id);
  assert.deepEqual(drawnIn(progress, one), first);

  drawNext(progress, one);
  const second = drawnIn(reread(progress), one);
  assert.deepEqual(second.filter((id) => first.includes(id)), []);

  const other = lesson("02-other");
  drawOnce(progress, other);
  assert.equal(drawnIn(progress, other).length, 3);
  assert.deepEqual(drawnIn(progress, one), second);
});

Deno.test("Learners draw by a seed of their own, and a lesson without breaks has none", () => {
  const one = lesson("01-one");
  const hands = new Set(Array.from({ length: 12 }, () => {
    const progress = freshProgress();
    drawNext(progress, one);
    return drawnIn(progress, one).join();
  }));
  assert.ok(hands.size > 4, [...hands].join("; "));

  const { breaks: _, ...plain } = one;
  const progress = freshProgress();
  drawNext(progress, plain);
  assert.deepEqual([progress.seed, progress.passes, drawnIn(progress, plain)], [
    undefined,
    undefined,
    [],
  ]);
});

Deno.test("Progress whose passes are no counts is not read", () => {
  for (const passes of [{ a: "1" }, { a: -1 }, { a: 1.5 }]) {
    const state = new MemoryState();
    stageProgress(state, { ...freshProgress(), passes: passes as Progress["passes"] });
    assert.equal(loadProgress(state).setAside, "tutor/progress.broken-1");
  }
});
