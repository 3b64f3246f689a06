import assert from "node:assert/strict";
import { type LabView, loadLessonsApart } from "../../lib/lesson/mod.ts";

const VIEW = { now: () => 0, file: async () => undefined } as unknown as LabView;

/** A folder of one lesson, whose steps have these checks, by id. */
async function folderWith(checks: Record<string, string>): Promise<URL> {
  const folder = await Deno.makeTempDir({
    dir: new URL("../../lessons/", import.meta.url).pathname,
  });
  await Deno.mkdir(`${folder}/09-spoilt`);
  const steps = Object.entries(checks).map(([id, check]) =>
    `{ id: "${id}", kind: "task", solution: ["true"], check: ${check} }`
  );
  await Deno.writeTextFile(
    `${folder}/09-spoilt/lesson.ts`,
    `import { defineLesson } from "hpa-tutor";
export default defineLesson({ id: "09-spoilt", title: { en: "s", ko: "s" }, minutes: 1, requires: [], author: "Kim",
  steps: [${steps.join(", ")}] });`,
  );
  const prose = ["# s", "intro", ...Object.keys(checks).map((id) => `## ${id}\n\nDo it.`)].join(
    "\n\n",
  );
  for (const language of ["en", "ko"]) {
    await Deno.writeTextFile(`${folder}/09-spoilt/${language}.md`, prose);
  }
  return new URL(`file://${folder}/`);
}

Deno.test("a check that does not end fails alone, under its author's name", async () => {
  const folder = await folderWith({
    "loops": "() => { for (;;); }",
    "loops-later": "async (view) => { await view.file('x'); for (;;); }",
    "waits": "() => new Promise(() => {})",
    "throws-later":
      "async (view) => { await view.file('x'); Promise.reject(new Error('an accident')); await new Promise(() => {}); }",
    "grows": "() => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length / 3)); }",
    "grows-by-and-by":
      "async (view) => { const all = []; for (;;) { await view.file('x'); all.push(new Array(1e6).fill(all.length / 3)); } }",
    "well": "async () => []",
  });
  try {
    const { lessons: [{ lesson }] } = await loadLessonsApart(folder, { checkMs: 8_000 });
    const check = (id: string) =>
      (lesson.steps.find((step) => step.id === id) as any).check(VIEW) as Promise<unknown>;
    // On a busy machine nobody knows whether it would have come to an end.
    const SAYS: Record<string, RegExp> = {
      "loops": /step "loops".* failed: (it loops|this machine had no time for it)\..* tell Kim/,
      "loops-later": /step "loops-later".* failed: (it loops|this machine had no time for it)\./,
      "waits": /failed: it does not come to an end\./,
      "throws-later": /failed: .*an accident/,
      "grows": /failed: it (takes more than 512 MiB of memory|loops)|this machine had no time/,
      "grows-by-and-by": /failed: it takes more than 512 MiB of memory/,
    };
    for (const [id, says] of Object.entries(SAYS)) {
      await assert.rejects(check(id), says, id);
      assert.deepEqual(await check("well"), [], `after ${id}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a check that loops is told to loop, however soon it should have answered", async () => {
  const folder = await folderWith({
    "loops": "() => { for (;;); }",
    "loops-later": "async (view) => { await view.file('x'); for (;;); }",
    "waits": "() => new Promise(() => {})",
  });
  try {
    // Sooner than a step's own bound: on a busy machine that one is far longer than on an idle one.
    const { lessons: [{ lesson }] } = await loadLessonsApart(folder, { checkMs: 200 });
    const SAYS: Record<string, RegExp> = {
      "loops": /failed: it loops\./,
      "loops-later": /failed: it loops\./,
      "waits": /failed: it does not come to an end\./,
    };
    for (const [id, says] of Object.entries(SAYS)) {
      const step = lesson.steps.find((step) => step.id === id);
      const ran = (async () => await (step as { check(view: LabView): unknown }).check(VIEW))();
      await assert.rejects(ran, says, id);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
