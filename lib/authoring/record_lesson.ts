import { compareOutput, type Expectation, type PlayedLine } from "../lesson/mod.ts";
import type { LessonTexts } from "./new_lesson.ts";

/** A line of a shell session, and the words that stood before it behind `#`. */
export interface RecordedLine extends PlayedLine {
  words: string;
}

/** Longer output than this is nothing to compare by heart. */
const MAX_LINES = 30;

/** What differs from one lab to the next, and the hole that stands for it; the first that fits counts. */
const HOLES: [pattern: RegExp, hole: string][] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "<time>"],
  [/\b\d{1,3}(\.\d{1,3}){3}\b(?!\/)/g, "<ip>"],
  [/(?<=[a-z0-9]-)[bcdf-hj-np-tv-z2-9]{8,10}-[bcdf-hj-np-tv-z2-9]{5}\b/g, "<hash>-<hash>"],
  [/(?<=[a-z0-9]-)[bcdf-hj-np-tv-z2-9]{5}(?=\s|$)/gm, "<hash>"],
  [/(?<=\bAGE\b[^]*\s)(\d+[smhdy])+(?=\s|$)/g, "<age>"],
  [/(?<=\s\()(\d+[smhdy])+ ago(?=\))/g, "<any>"],
];

/**
 * The files of a lesson from a shell session: each line that was run is a step with its output, what differs from lab to
 * lab as holes; a line that printed nothing is a step that is done by typing it. Prose is there in both languages, to be
 * written out.
 */
export function recordedLesson(
  session: readonly RecordedLine[],
  requires: readonly string[],
): (id: string, name: string) => LessonTexts {
  const ids = session.map(({ line }, at) => `step-${at + 1}-${slug(line)}`);
  return (id, name) => ({
    "lesson.ts": `import { defineLesson } from "hpa-tutor";

export default defineLesson({
  id: ${JSON.stringify(id)},
  title: { en: ${JSON.stringify(name)}, ko: ${JSON.stringify(name)} },
  minutes: ${Math.max(1, session.length)},
  requires: ${JSON.stringify(requires)},
  steps: [
${session.map((line, at) => stepText(ids[at], line)).join("\n")}
  ],
});
`,
    "en.md": prose(name, session, ids, {
      intro: "What this lesson is about, in two or three sentences.",
      body: (words) => words || "What this line is for:",
      why: "Say why it matters when the output differs.",
      done: "Say what was seen.",
      end: "What the learner can do now.",
    }),
    "ko.md": prose(name, session, ids, {
      intro: "이 수업이 무엇에 관한 것인지 두세 문장으로 쓰세요.",
      body: (words) => /[가-힣]/.test(words) ? words : "이 줄이 무엇을 위한 것인지 쓰세요.",
      why: "출력이 다르면 왜 중요한지 쓰세요.",
      done: "무엇을 보았는지 쓰세요.",
      end: "이제 무엇을 할 수 있는지 쓰세요.",
    }),
  });
}

/** What is expected of a line that printed this; undefined where nothing is to be compared. */
function expectationOf(played: PlayedLine): Expectation | undefined {
  const { exitCode } = played;
  const text = (exitCode === 0 ? played.stdout : played.stdout + played.stderr).trimEnd();
  if (text === "" && exitCode === 0) return undefined;
  if (text.split("\n").length > MAX_LINES) return undefined;
  const isTable = /^[A-Z][A-Z-]+(\s{2,}[A-Z][A-Z() -]*)+\s*$/.test(text.split("\n")[0]);
  const output = HOLES.reduce((out, [pattern, hole]) => out.replace(pattern, hole), text);
  const expect: Expectation = {
    as: isJson(text) ? "json" : isTable ? "table" : "text",
    output: isJson(text) ? text : output,
    ...(exitCode === 0 ? {} : { exitCode }),
  };
  return compareOutput(expect, played).ok ? expect : undefined;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function stepText(id: string, played: RecordedLine): string {
  const expect = expectationOf(played);
  const rows = expect?.output.split("\n").map((row) => `          ${JSON.stringify(row)},`) ?? [];
  const lines = [
    "    {",
    '      kind: "run",',
    `      id: ${JSON.stringify(id)},`,
    `      lines: [${JSON.stringify(played.line)}],`,
    ...(expect
      ? [
        "      expect: {",
        `        as: ${JSON.stringify(expect.as)},`,
        "        output: [",
        ...rows,
        '        ].join("\\n"),',
        ...(expect.exitCode ? [`        exitCode: ${expect.exitCode},`] : []),
        "      },",
      ]
      : []),
    "    },",
  ];
  return lines.join("\n");
}

function prose(
  name: string,
  session: readonly RecordedLine[],
  ids: readonly string[],
  words: { intro: string; body(words: string): string; why: string; done: string; end: string },
): string {
  const steps = session.map((played, at) =>
    [
      `## ${ids[at]}`,
      "",
      words.body(played.words),
      "",
      "```bash",
      played.line,
      "```",
      "",
      ...(expectationOf(played) ? ["### why", words.why] : []),
      "### done",
      words.done,
      "",
    ].join("\n")
  );
  return `# ${name}\n\n${words.intro}\n\n${steps.join("\n")}\n## end\n\n${words.end}\n`;
}

function slug(line: string): string {
  const words = line.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(0, 3).join("-") || "line";
}
