import assert from "node:assert/strict";
import {
  defineLesson,
  type Lesson,
  lessonChain,
  LessonError,
  type LoadedLesson,
  parseProse,
} from "../../lib/lesson/mod.ts";

const lesson = (id: string, requires: string[] = []): Lesson => ({
  id,
  title: { en: id, ko: id },
  minutes: 1,
  requires,
  steps: [{ kind: "run", id: "look", lines: ["kubectl get node"] }],
});
const loaded = (...lessons: Lesson[]) => lessons.map((lesson) => ({ lesson }) as LoadedLesson);

Deno.test("defineLesson() names the lesson and the step that is wrong", () => {
  const two = { ...lesson("01-a"), steps: [...lesson("x").steps, ...lesson("x").steps] };
  assert.throws(() => defineLesson(two), /Lesson "01-a": two steps have the id "look"/);
  assert.throws(() => defineLesson(lesson("a")), LessonError);
  assert.throws(() => defineLesson({ ...lesson("01-a"), steps: [] }), /at least one step/);
});

Deno.test("lessonChain() puts what is required first, each lesson once", () => {
  const all = loaded(lesson("01-a"), lesson("02-b", ["01-a"]), lesson("03-c", ["01-a", "02-b"]));
  assert.deepEqual(lessonChain("03-c", all).map(({ id }) => id), ["01-a", "02-b"]);
});

Deno.test("lessonChain() refuses a missing lesson and a circle", () => {
  assert.throws(() => lessonChain("01-a", loaded(lesson("01-a", ["02-b"]))), /requires "02-b"/);
  const circle = loaded(lesson("01-a", ["02-b"]), lesson("02-b", ["01-a"]));
  assert.throws(() => lessonChain("01-a", circle), /01-a → 02-b → 01-a/);
});

Deno.test("parseProse() reads intro, steps, hints and the end; fences are left alone", () => {
  const prose = parseProse(
    "# T\nintro\n## look\nbody\n```\n## not a heading\n```\n### hint\none\n### hint\ntwo\n### why\nbecause\n### done\nwell\n## end\nbye\n",
    "x.md",
  );
  assert.equal(prose.intro, "intro");
  assert.equal(prose.outro, "bye");
  const step = prose.steps.get("look")!;
  assert.match(step.body, /^body\n```\n## not a heading\n```$/);
  assert.deepEqual(step.hints, ["one", "two"]);
  assert.equal(step.why, "because");
  assert.equal(step.done, "well");
});

Deno.test("parseProse() gives file and line of a heading it does not know", () => {
  assert.throws(
    () => parseProse("## look\nx\n### tip\n", "en.md"),
    /en\.md:3: "### tip" is none of/,
  );
});

Deno.test("parseProse() reads a file of Windows' lines alike", () => {
  const text = "# T\nintro\n## look\nbody\n```\ncode\n```\n### hint\none\n## end\nbye\n";
  assert.deepEqual(parseProse(text.replaceAll("\n", "\r\n"), "x.md"), parseProse(text, "x.md"));
});
