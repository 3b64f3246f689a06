import assert from "node:assert/strict";
import { loadLessonsApart } from "../../lib/lesson/mod.ts";

const STEP = `{ kind: "run", id: "look", lines: ["kubectl get node"] }`;
const TITLE = `title: { en: "t", ko: "t" }`;
const PROSE = "# t\n\n## look\n\nLook.\n";
const RIGHT = `export default { id: "ID", ${TITLE}, minutes: 1, requires: [], steps: [${STEP}] };`;

/** What its author wrote, and what is said of it. */
const BROKEN: [id: string, files: Record<string, string>, says: RegExp][] = [
  [
    "11-no-requires",
    { "lesson.ts": `export default { id: "ID", ${TITLE}, minutes: 1, steps: [${STEP}] };` },
    /^lessons\/11-no-requires\/lesson\.ts:1: "requires" is missing; write the ids .*: \["01-cluster"\], or \[\]/,
  ],
  [
    "12-typo",
    { "lesson.ts": RIGHT.replace("minutes:", "minute:") },
    /lesson\.ts:1: it says "minute"; did you mean "minutes"\?$/,
  ],
  [
    "13-types",
    { "lesson.ts": RIGHT.replace("requires: []", `requires: "01-cluster"`).replace("1,", `"5",`) },
    /"minutes" is "5"; write .*; "requires" is "01-cluster"; write /,
  ],
  [
    "14-step",
    { "lesson.ts": RIGHT.replace(`kind: "run"`, `kind: "task"`) },
    /step "look": it says "lines"|step "look": "solution" is missing; write .*step "look": "check" is missing/,
  ],
  [
    "15-syntax",
    { "lesson.ts": "export default {" },
    /lessons\/15-syntax\/lesson\.ts:1: it does not load: /,
  ],
  ["16-throws", { "lesson.ts": "throw new Error('an accident');" }, /does not load: an accident/],
  ["17-no-lesson", {}, /lessons\/17-no-lesson\/lesson\.ts: there is no such file/],
  [
    "18-no-prose",
    { "lesson.ts": RIGHT, "ko.md": "" },
    /18-no-prose\/ko\.md:1: it has no text under "## look"/,
  ],
  [
    "19-needs",
    { "lesson.ts": RIGHT.replace("[]", `["15-syntax"]`) },
    /requires "15-syntax", which is broken/,
  ],
  [
    "20-no-data",
    { "lesson.ts": RIGHT.replace("minutes: 1", "minutes: 1, helper: () => 1") },
    /20-no-data\/lesson\.ts:1: it has a field that is no data/,
  ],
  ["21-null", { "lesson.ts": "export default 7;" }, /21-null\/lesson\.ts:1: a lesson is an object/],
];

Deno.test("a broken lesson stops that lesson alone, with words for its author", async () => {
  const root = await Deno.makeTempDir();
  const folder = `${root}/lessons`;
  await Deno.mkdir(folder);
  try {
    const write = async (id: string, files: Record<string, string>) => {
      await Deno.mkdir(`${folder}/${id}`);
      for (const [name, text] of Object.entries({ "en.md": PROSE, "ko.md": PROSE, ...files })) {
        await Deno.writeTextFile(`${folder}/${id}/${name}`, text.replaceAll("ID", id));
      }
    };
    await write("10-right", { "lesson.ts": RIGHT });
    for (const [id, files] of BROKEN) await write(id, files);
    const { lessons, broken } = await loadLessonsApart(new URL(`file://${folder}/`));
    assert.deepEqual(lessons.map(({ lesson }) => lesson.id), ["10-right"]);
    for (const [id, , says] of BROKEN) {
      const { en, ko } = broken.find((lesson) => lesson.id === id)!.why;
      assert.match(en, says, id);
      // The same place, in Korean.
      const [place] = /^lessons\/[\w/.-]+/.exec(en)!;
      assert.ok(ko.startsWith(place), ko);
      for (const part of ko.split("; ")) assert.match(part.replace(/"[^"]*"/g, ""), /[가-힣]/, id);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
