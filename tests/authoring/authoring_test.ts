import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { LessonGate, newLesson } from "../../lib/authoring/mod.ts";
import { openStage } from "../../lib/cli/lesson.ts";
import { loadLesson, loadLessons } from "../../lib/lesson/mod.ts";

const ROOT = new URL("../../", import.meta.url);

/** A folder for lessons, from which `../../lib/lesson/mod.ts` is the project's. */
async function withLessonsFolder(work: (folder: URL) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const contract = new URL("lib/lesson/mod.ts", ROOT).href;
    await Deno.mkdir(`${root}/lib/lesson`, { recursive: true });
    await Deno.writeTextFile(`${root}/lib/lesson/mod.ts`, `export * from "${contract}";\n`);
    await Deno.mkdir(`${root}/lessons`);
    await work(pathToFileURL(`${root}/lessons/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** What the author's gate says of a lesson in `folder`. */
async function problemsOf(id: string, folder: URL): Promise<string[]> {
  const loaded = await loadLesson(id, folder);
  const gate = new LessonGate([...await loadLessons(), loaded], openStage);
  try {
    return (await gate.check(loaded)).problems;
  } finally {
    await gate.close();
  }
}

Deno.test("lesson new writes a lesson that passes the author's gate as it is", () =>
  withLessonsFolder(async (folder) => {
    const { id, files } = await newLesson("pod-labels", folder);
    assert.deepEqual(files.map((file) => file.split("/").at(-1)), ["lesson.ts", "en.md", "ko.md"]);
    assert.deepEqual(await problemsOf(id, folder), []);
    await assert.rejects(newLesson("pod-labels", folder), /There is a lesson of the name/);
    await assert.rejects(newLesson("Pod labels", folder), /is no lesson name/);
  }));

/** The lesson that docs/authoring.md walks through: its frame, with the three steps in it. */
async function documentedLesson(): Promise<string> {
  const text = await Deno.readTextFile(new URL("docs/authoring.md", ROOT));
  const [frame, ...steps] = [...text.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]);
  assert.match(frame, /\/\* … \*\//);
  // What is not written as an object is an example of its own.
  const own = steps.filter((step) => step.startsWith("{"));
  assert.equal(own.length, 3);
  return frame.replace("/* … */", own.join(""));
}

Deno.test("the lesson that docs/authoring.md walks through passes the author's gate", () =>
  withLessonsFolder(async (folder) => {
    const id = "10-pod-labels";
    await Deno.mkdir(new URL(`${id}/`, folder));
    await Deno.writeTextFile(new URL(`${id}/lesson.ts`, folder), await documentedLesson());
    const prose = ["look", "label-it", "how-many"]
      .map((step) => `## ${step}\n\nText.\n\n### hint\nH.\n### why\nW.\n`).join("\n");
    for (const language of ["en", "ko"]) {
      const file = new URL(`${id}/${language}.md`, folder);
      await Deno.writeTextFile(file, `# Labels of a pod\n\nIntro.\n\n${prose}\n## end\n\nEnd.\n`);
    }
    assert.deepEqual(await problemsOf(id, folder), []);
  }));
