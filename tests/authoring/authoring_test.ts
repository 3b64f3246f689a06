import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import {
  LessonGate,
  newLesson,
  problemText,
  recordedLesson,
  type RecordedLine,
} from "../../lib/authoring/mod.ts";
import { openStage } from "../../lib/cli/author_stage.ts";
import { LESSONS_URL, loadLesson, loadLessons } from "../../lib/lesson/mod.ts";

const ROOT = new URL("../../", import.meta.url);

/** A folder for lessons, anywhere. */
async function withLessonsFolder(work: (folder: URL) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/lessons`);
    await work(pathToFileURL(`${root}/lessons/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** What the author's gate says of a lesson in `folder`. */
async function problemsOf(id: string, folder: URL): Promise<string[]> {
  const loaded = await loadLesson(id, folder);
  const gate = new LessonGate([...await loadLessons(), loaded], openStage(), {
    folders: [folder, LESSONS_URL],
    seeds: [1, 2],
  });
  try {
    return (await gate.check(loaded)).problems.map((problem) => problemText(problem, "en"));
  } finally {
    await gate.close();
  }
}

Deno.test("lesson new writes a lesson that passes the author's gate as it is", () =>
  withLessonsFolder(async (folder) => {
    const made = await newLesson("pod-labels", { folder, taken: ["20-other"] });
    assert.deepEqual(made, { id: "21-pod-labels", files: ["lesson.ts", "en.md", "ko.md"] });
    assert.deepEqual(await problemsOf("21-pod-labels", folder), []);
    assert.equal(await newLesson("pod-labels", { folder }), "taken");
    assert.equal(await newLesson("other", { folder, taken: ["20-other"] }), "taken");
    assert.equal(await newLesson("Pod labels", { folder }), "noName");
  }));

Deno.test("a lesson that was recorded from a shell passes the author's gate as it is", () =>
  withLessonsFolder(async (folder) => {
    const stage = await openStage();
    await stage.begin(3);
    const session: RecordedLine[] = [];
    try {
      for (
        const line of [
          "make install",
          "kubectl get node",
          "kubectl -n kube-system get pods -o wide",
          "kubectl create namespace practice",
          "kubectl get namespace practice",
          "kubectl get nothing",
        ]
      ) {
        session.push({ line, ...await stage.shell.run(line), words: "Look at this:" });
      }
    } finally {
      await stage.close();
    }
    const texts = recordedLesson(session.slice(1), ["01-cluster"]);
    await newLesson("recorded", { folder, texts });
    assert.deepEqual(await problemsOf("01-recorded", folder), []);
    const written = await Deno.readTextFile(new URL("01-recorded/lesson.ts", folder));
    assert.match(written, /<age>/);
    assert.match(written, /exitCode: 1/);
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
    const id = "20-pod-labels";
    await Deno.mkdir(new URL(`${id}/`, folder));
    await Deno.writeTextFile(new URL(`${id}/lesson.ts`, folder), await documentedLesson());
    const prose = ["look", "label-it", "how-many"]
      .map((step) => `## ${step}\n\nText.\n\n### hint\n\`kubectl label\`\n### why\nW.\n`).join(
        "\n",
      );
    for (const language of ["en", "ko"]) {
      const file = new URL(`${id}/${language}.md`, folder);
      await Deno.writeTextFile(file, `# Labels of a pod\n\nIntro.\n\n${prose}\n## end\n\nEnd.\n`);
    }
    assert.deepEqual(await problemsOf(id, folder), []);
  }));

Deno.test("a gate whose stage does not come up is told of by what wants it, and closes", async () => {
  const lessons = await loadLessons();
  const stage = Promise.reject(new Error("no room for a lab"));
  stage.catch(() => {}); // As openGate() does: it may fail before anyone wants it.
  const gate = new LessonGate(lessons, stage, { folders: [LESSONS_URL] });
  await assert.rejects(gate.check(lessons[0]), /no room for a lab/);
  await gate.close();
});
