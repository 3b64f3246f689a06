import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { LessonGate, problemText } from "../../lib/authoring/mod.ts";
import { loadLessonsApart } from "../../lib/lesson/mod.ts";
import { paperStage } from "./_paper_stage.ts";

const LESSON = `import { defineLesson, finding } from "hpa-tutor";

export default defineLesson({
  id: "ID",
  title: { en: "Notes", ko: "메모" },
  minutes: 5,
  requires: [],
  steps: [
    {
      kind: "run",
      id: "look",
      lines: ["cat notes"],
      expect: { as: "text", output: "first" },
    },
    {
      kind: "task",
      id: "write",
      solution: ["write notes second"],
      async check(view) {
        const text = await view.file("notes");
        if (text === "second") return [];
        return [finding(
          ["second in the notes", \`they say \${text}\`, "they are read later", "write notes second"],
          ["메모에 second", \`메모는 \${text}\`, "나중에 읽습니다", "write notes second"],
        )];
      },
      wrongAnswers: [{ name: "third", lines: ["write notes third"], says: "they say third" }],
    },
    {
      kind: "predict",
      id: "count",
      async answer() {
        return { value: 2, arithmetic: [{ en: "one and one", ko: "하나 더하기 하나" }] };
      },
    },
  ],
});
`;
const EN = `# Notes

About notes.

## look

See what they say:

\`\`\`bash
cat notes
\`\`\`

### why
It is what is there.
### done
That was all.

## write

Let them say second. The command is \`write\`.

### hint
Look at \`write notes\`.

## count

How much is one and one?

### hint
Count.

## end

Done.
`;
const KO = `# 메모

메모에 관한 수업입니다.

## look

무엇이 있는지 보세요.

\`\`\`bash
cat notes
\`\`\`

### why
거기 있는 것입니다.
### done
그것이 전부입니다.

## write

second라고 쓰세요. 명령은 \`write\`입니다.

### hint
\`write notes\`를 보세요.

## count

하나 더하기 하나는 얼마인가요?

### hint
세어 보세요.

## end

끝났습니다.
`;
const FILES = { "lesson.ts": LESSON, "en.md": EN, "ko.md": KO };
type File = keyof typeof FILES;

/** A lesson that one change has spoiled: what stands in a file, what is there instead, and what is said of it. */
type Spoiled = [name: string, file: File, old: string, by: string, says: RegExp];

const at = (file: string, line: number, what: string) =>
  new RegExp(`^lessons/\\d\\d-[a-z-]+/${file.replace(".", "\\.")}:${line}: ${what}`, "si");
const CHECK = "async check(view) {\n        const text";

/** The first step, and the second as far as what its check is content with. */
const LOOK_AND_WRITE = LESSON.slice(LESSON.indexOf('["cat notes"]'), LESSON.indexOf(" return [];"));

const SPOILED: Spoiled[] = [
  // The module.
  [
    "syntax",
    "lesson.ts",
    "  minutes: 5,",
    "  minutes: 5 5,",
    at("lesson.ts", 6, "it does not load: .* Mend it"),
  ],
  [
    "throws-as-it-loads",
    "lesson.ts",
    "export default",
    'throw new Error("an accident");\nexport default',
    at("lesson.ts", 3, "it does not load: an accident. Mend"),
  ],
  [
    "loops-as-it-loads",
    "lesson.ts",
    "export default",
    "for (;;);\nexport default",
    at("lesson.ts", 1, "it does not come to an end .*Let a loop end"),
  ],
  [
    "waits-as-it-loads",
    "lesson.ts",
    "export default",
    "await Promise.resolve();\nexport default",
    at("lesson.ts", 1, "it waits for something as it is loaded. .*leave out the await"),
  ],
  [
    "no-default",
    "lesson.ts",
    "export default",
    "export const lesson =",
    at("lesson.ts", 1, "it has no default export. Write: "),
  ],
  [
    "imports-from-afar",
    "lesson.ts",
    '"hpa-tutor"',
    '"npm:is-odd"',
    at("lesson.ts", 1, 'it imports "npm:is-odd". import from "hpa-tutor"'),
  ],
  [
    "imports-later",
    "lesson.ts",
    "const text =",
    'await import("https://example.org/x.ts"); const text =',
    at("lesson.ts", 20, "it uses import\\(\\) .*import at the top"),
  ],
  [
    "reads-files",
    "lesson.ts",
    "await view.file",
    "await Deno.readTextFile",
    at("lesson.ts", 20, "it uses Deno. a lesson looks at the lab through its `view`"),
  ],
  [
    "opens-a-socket",
    "lesson.ts",
    "await view.file",
    "await fetch",
    at("lesson.ts", 20, "it uses fetch. a lesson looks"),
  ],
  [
    "asks-the-wall-clock",
    "lesson.ts",
    "value: 2",
    "value: Date.now()",
    at("lesson.ts", 33, "it uses Date. .*view.now"),
  ],
  [
    "chance",
    "lesson.ts",
    "value: 2",
    "value: Math.random()",
    at("lesson.ts", 33, "it uses Math.random. the same seed"),
  ],
  // Its shape.
  [
    "field-missing",
    "lesson.ts",
    "  minutes: 5,\n",
    "",
    at("lesson.ts", 1, '"minutes" is missing; write how long'),
  ],
  [
    "field-mistyped",
    "lesson.ts",
    "minutes:",
    "minute:",
    at("lesson.ts", 6, 'it says "minute"; did you mean "minutes"'),
  ],
  [
    "field-unknown",
    "lesson.ts",
    "minutes: 5,",
    "minutes: 5, difficulty: 3,",
    at("lesson.ts", 6, '"difficulty" is no field of it; leave it out'),
  ],
  [
    "field-of-a-wrong-type",
    "lesson.ts",
    "minutes: 5",
    'minutes: "5"',
    at("lesson.ts", 6, '"minutes" is "5"; write how long'),
  ],
  [
    "lines-of-a-wrong-type",
    "lesson.ts",
    '["cat notes"]',
    '"cat notes"',
    at("lesson.ts", 12, 'step "look": "lines" is .*write a list'),
  ],
  [
    "expect-of-a-wrong-type",
    "lesson.ts",
    'as: "text"',
    'as: "lines"',
    at("lesson.ts", 13, 'step "look": "expect" is .*write what is printed'),
  ],
  [
    "kind-unknown",
    "lesson.ts",
    'kind: "predict"',
    'kind: "guess"',
    at("lesson.ts", 31, 'step "count": "kind" is "guess"; write "run", "task" or "predict"'),
  ],
  [
    "title-in-one-language",
    "lesson.ts",
    ', ko: "메모" }',
    " }",
    at("lesson.ts", 5, '"title" is .*write the title in every language'),
  ],
  [
    "other-id",
    "lesson.ts",
    'id: "ID"',
    'id: "77-other"',
    at("lesson.ts", 4, 'it says it is "77-other"; make both the same'),
  ],
  [
    "step-twice",
    "lesson.ts",
    'id: "count"',
    'id: "look"',
    at("lesson.ts", 31, 'two steps have the id "look"'),
  ],
  [
    "after-none",
    "lesson.ts",
    'id: "count",',
    'id: "count", after: "later",',
    at("lesson.ts", 31, 'step "count": it comes after "later", which is no step before it'),
  ],
  [
    "requires-none",
    "lesson.ts",
    "requires: []",
    'requires: ["98-nowhere"]',
    /requires "98-nowhere", which does not exist. There are: /,
  ],
  // Its prose.
  [
    "prose-missing",
    "ko.md",
    "# 메모\n",
    "# 메모\n\n## gone\n\nx\n",
    at("ko.md", 3, 'it tells of "## gone", which is no step of the lesson. The steps are: look'),
  ],
  [
    "step-untold",
    "en.md",
    "## count\n\nHow much is one and one?\n",
    "## count\n",
    at("en.md", 25, 'it has no text under "## count"; say there'),
  ],
  [
    "heading-twice",
    "en.md",
    "## count\n\nHow",
    "## look\n\nHow",
    at("en.md", 25, '"## look" stands twice'),
  ],
  [
    "part-unknown",
    "en.md",
    "### done",
    "### finished",
    at("en.md", 15, '"### finished" is none of ### hint'),
  ],
  [
    "english-in-korean",
    "ko.md",
    "거기 있는 것입니다.",
    "It is what is there now.",
    at("ko.md", 13, "this text is not Korean. tell it in Korean"),
  ],
  [
    "korean-in-english",
    "en.md",
    "That was all.",
    "그것이 전부입니다.",
    at("en.md", 15, "this text is not English. tell it in English"),
  ],
  [
    "title-in-the-wrong-language",
    "lesson.ts",
    'ko: "메모" }',
    'ko: "About the notes here" }',
    at("lesson.ts", 5, "its title is not Korean. write it in both"),
  ],
  [
    "no-introduction",
    "en.md",
    "About notes.\n",
    "",
    at("en.md", 1, "it lacks a sentence below the title. say what"),
  ],
  [
    "no-end",
    "ko.md",
    "## end\n\n끝났습니다.\n",
    "",
    at("ko.md", 1, 'it lacks "## end" .*say what the learner can do'),
  ],
  [
    "line-that-is-none",
    "en.md",
    "cat notes\n",
    "cat nodes\n",
    at("en.md", 10, 'it shows `cat nodes`, which is none of the lines of "look". write the same'),
  ],
  [
    "no-hint",
    "ko.md",
    "### hint\n세어 보세요.\n",
    "",
    at("ko.md", 25, 'the step "count" has no hint. write one below'),
  ],
  [
    "empty-hint",
    "en.md",
    "### hint\nCount.\n",
    "### hint\n",
    at("en.md", 29, 'a hint of "count" is empty. write it'),
  ],
  [
    "fewer-hints",
    "ko.md",
    "### hint\n`write notes`를 보세요.\n",
    "### hint\n`write notes`를 보세요.\n### hint\n또 보세요.\n",
    at("en.md", 22, '"write" has 1 hint\\(s\\) here and 2 in ko.md. tell the same'),
  ],
  [
    "no-why",
    "en.md",
    "### why\nIt is what is there.\n",
    "",
    at("en.md", 5, 'the step "look" compares output, and does not say why .*write it below'),
  ],
  [
    "done-in-one-language",
    "ko.md",
    "### done\n그것이 전부입니다.\n",
    "",
    at("ko.md", 5, '"look" has "### done" in en.md, and not here. tell it in both'),
  ],
  // What is played.
  [
    "untaught",
    "en.md",
    "Let them say second. The command is `write`.\n\n### hint\nLook at `write notes`.",
    "Let them say second.\n\n### hint\nThink.",
    at(
      "lesson.ts",
      18,
      'the solution of "write" needs `write`, which nothing before has shown. show it',
    ),
  ],
  [
    "check-throws",
    "lesson.ts",
    "await view.file",
    "await (undefined as any).file",
    at("lesson.ts", 19, 'the check of "write" throws: .*an object or a field may be missing'),
  ],
  [
    "check-loops",
    "lesson.ts",
    CHECK,
    "async check(view) {\n        for (;;);\n        const text",
    at("lesson.ts", 19, 'the check of "write" was ended: it loops. let it look once'),
  ],
  [
    "check-never-resolves",
    "lesson.ts",
    CHECK,
    "async check(view) {\n        await new Promise(() => {});\n        const text",
    at(
      "lesson.ts",
      19,
      'the check of "write" was ended: it does not come to an end. let it look once',
    ),
  ],
  [
    "check-gives-no-list",
    "lesson.ts",
    'if (text === "second") return [];',
    "if (text) return null as any;",
    at("lesson.ts", 19, 'the check of "write" gives null, and no list of findings. give a list'),
  ],
  [
    "finding-in-one-language",
    "lesson.ts",
    '["메모에 second"',
    '["" ',
    at("lesson.ts", 19, 'a finding of "write" lacks "expected" in a language'),
  ],
  [
    "finding-in-the-wrong-language",
    "lesson.ts",
    '"나중에 읽습니다"',
    '"they are read later on"',
    at("lesson.ts", 19, 'a finding of "write" is in the wrong language in its "ko"'),
  ],
  [
    "done-at-its-start",
    "lesson.ts",
    'if (text === "second")',
    'if (text !== "third")',
    at("lesson.ts", 19, 'the check of "write" passes before anything is done. let it look for'),
  ],
  [
    "done-by-its-look-alone",
    "lesson.ts",
    '["cat notes"]',
    '["cat notes", "curl notes"]',
    at(
      "lesson.ts",
      12,
      'at the start of "look" the step "look" is done already, by `curl notes` alone',
    ),
  ],
  [
    "done-before-the-step-before",
    "lesson.ts",
    LOOK_AND_WRITE,
    LOOK_AND_WRITE.replace('["cat notes"]', '["write notes zero", "cat notes"]')
      .replace('output: "first"', 'output: "zero"').replace('=== "second"', '!== "zero"'),
    at(
      "lesson.ts",
      19,
      'at the start of "look" the step "write" is done already, by the state alone. let its check',
    ),
  ],
  [
    "solution-that-is-none",
    "lesson.ts",
    '["write notes second"]',
    '["write notes fourth"]',
    at(
      "lesson.ts",
      18,
      'the solution of "write" does not pass: .*they say fourth.* mend the solution',
    ),
  ],
  [
    "solution-with-a-line-that-fails",
    "lesson.ts",
    '["write notes second"]',
    '["write notes second", "fail"]',
    at(
      "lesson.ts",
      18,
      'a line of the solution of "write" fails: `fail` exited with 1.*mend that line',
    ),
  ],
  [
    "run-with-a-line-that-fails",
    "lesson.ts",
    '["cat notes"]',
    '["fail", "cat notes"]',
    at("lesson.ts", 12, 'a line of the solution of "look" fails: `fail` exited with 1'),
  ],
  [
    "other-output",
    "lesson.ts",
    'output: "first"',
    'output: "last"',
    at("lesson.ts", 12, 'the solution of "look" does not pass: .*expected last, actual first'),
  ],
  [
    "wrong-answer-that-is-right",
    "lesson.ts",
    'lines: ["write notes third"]',
    'lines: ["write notes second"]',
    at("lesson.ts", 27, 'the wrong answer "third" of "write": the check passes. let the check'),
  ],
  [
    "wrong-answer-without-its-words",
    "lesson.ts",
    'says: "they say third"',
    'says: "they say nothing"',
    at("lesson.ts", 27, 'the wrong answer "third" of "write": no finding says "they say nothing"'),
  ],
  [
    "wrong-answer-with-words-of-the-start",
    "lesson.ts",
    'says: "they say third"',
    'says: "second in the notes"',
    at("lesson.ts", 27, '.*"second in the notes" is said before anything is done, too. take words'),
  ],
  [
    "wrong-answer-that-is-no-command",
    "lesson.ts",
    'lines: ["write notes third"]',
    'lines: ["wriet notes third"]',
    at(
      "lesson.ts",
      27,
      ".*it is no command: `wriet notes third` exited with 127.*write a line that runs",
    ),
  ],
  [
    "wrong-answers-alike",
    "lesson.ts",
    "wrongAnswers: [{",
    'wrongAnswers: [{ name: "again", lines: ["write notes third"], says: "they say third" }, {',
    at("lesson.ts", 27, 'the wrong answers "again" and "third" are the same lines. take one'),
  ],
  [
    "answer-that-is-no-number",
    "lesson.ts",
    "value: 2",
    'value: "2" as any',
    at("lesson.ts", 32, 'the answer of "count" is .*no number with its sum.*give \\{ value'),
  ],
  [
    "answer-without-its-sum",
    "lesson.ts",
    'arithmetic: [{ en: "one and one", ko: "하나 더하기 하나" }]',
    "arithmetic: []",
    at("lesson.ts", 32, 'the answer of "count" is .*no number with its sum'),
  ],
  [
    "another-seed",
    "lesson.ts",
    'lines: ["cat notes"],\n      expect: { as: "text", output: "first" }',
    'lines: ["cat notes", "seed"],\n      expect: { as: "text", output: "1" }',
    at(
      "lesson.ts",
      11,
      'on the lab of seed 2 the solution of "look" does not pass: .*ask for what is so on every lab',
    ),
  ],
  [
    "setup-that-fails",
    "lesson.ts",
    "requires: [],",
    'requires: [],\n  setup: ["fail"],',
    at("lesson.ts", 8, "its setup fails: `fail` exited with 1.*mend the line"),
  ],
];

/** Writes lessons into a folder of their own, and reads them apart from this thread. */
async function withLessons(
  lessons: Record<string, Partial<Record<string, string>>>,
  work: (folder: URL) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const [id, files] of Object.entries(lessons)) {
      await Deno.mkdir(`${root}/lessons/${id}`, { recursive: true });
      for (const [file, text] of Object.entries(files)) {
        await Deno.writeTextFile(
          `${root}/lessons/${id}/${file}`,
          text!.replaceAll('"ID"', `"${id}"`),
        );
      }
    }
    await work(pathToFileURL(`${root}/lessons/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("each rule of the gate refuses a lesson that one change has spoiled, with file, line and remedy", async () => {
  const lessons: Record<string, Record<string, string>> = { "01-whole": FILES };
  const ids = SPOILED.map(([name], index) => `${index + 20}-${name}`);
  SPOILED.forEach(([name, file, old, by], index) => {
    assert.ok(FILES[file].includes(old), `${name}: no ${old} in ${file}`);
    lessons[ids[index]] = { ...FILES, [file]: FILES[file].replace(old, () => by) };
  });
  lessons["02-stray"] = { ...FILES, "notes.txt": "mine" };
  lessons["03-own-file"] = {
    ...FILES,
    "texts.ts": 'export const SECOND = "second";\n',
    "lesson.ts": `import { SECOND } from "./texts.ts";\n${
      LESSON.replace('=== "second"', "=== SECOND")
    }`,
  };
  lessons["04-no-file"] = { "en.md": EN, "ko.md": KO };
  lessons["05-no-korean"] = { "lesson.ts": LESSON, "en.md": EN };
  await withLessons(lessons, async (folder) => {
    const { lessons: read, broken } = await loadLessonsApart(folder, { checkMs: 6_000 });
    const gate = new LessonGate(read, paperStage(), { seeds: [1, 2], folders: [folder] });
    const said = async (id: string): Promise<string[]> => {
      const why = broken.find((lesson) => lesson.id === id)?.why;
      if (why !== undefined) {
        assert.match(why.ko, /[가-힣]/);
        return [why.en];
      }
      const { problems } = await gate.check(read.find(({ lesson }) => lesson.id === id)!);
      for (const problem of problems) assert.match(problemText(problem, "ko"), /[가-힣]/);
      return problems.map((problem) => problemText(problem, "en"));
    };
    assert.deepEqual(await said("01-whole"), []);
    assert.deepEqual(await said("03-own-file"), []);
    assert.match(
      (await said("02-stray")).join("\n"),
      /02-stray\/notes\.txt:1: nothing of the lesson reads this file. Take it away/,
    );
    assert.match(
      (await said("04-no-file")).join("\n"),
      /04-no-file\/lesson\.ts: there is no such file.* Write one/,
    );
    assert.match(
      (await said("05-no-korean")).join("\n"),
      /05-no-korean\/ko\.md:1: it is missing.* Write it/,
    );
    const wrong: string[] = [];
    for (const [index, [name, , , , says]] of SPOILED.entries()) {
      const all = await said(ids[index]);
      if (!all.some((text) => says.test(text))) {
        wrong.push(`${name}: ${says}\n  ${all.join("\n  ")}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
});
