import {
  examineSource,
  type Language,
  LANGUAGES,
  type Localized,
  type Step,
  type StepProse,
} from "../lesson/mod.ts";
import type { Manuscript, Problem } from "./problem.ts";

/*
 * What can be said of a lesson's texts without playing it.
 */

const NAMES: Record<Language, Localized> = {
  en: { en: "English", ko: "영어" },
  ko: { en: "Korean", ko: "한국어" },
};
const HANGUL = /[가-힣]/;
/** How many words of English make a text one. */
const ENGLISH_WORDS = 3;

/** Everything that is wrong with the files and texts of a lesson. */
export function textProblems(manuscript: Manuscript): Problem[] {
  return [
    ...strayFiles(manuscript),
    ...titleProblems(manuscript),
    ...manuscript.lesson.steps.flatMap((step) => [
      ...missingTexts(manuscript, step),
      ...foreignTexts(manuscript, step),
      ...shownLines(manuscript, step),
      ...wrongAnswerWords(manuscript, step),
    ]),
  ];
}

/** Whether a text is in another language than it should be; what is code counts for nothing. */
export function isForeign(text: string, language: Language): boolean {
  const prose = text.replace(/```[^]*?```/g, " ").replace(/`[^`]*`/g, " ");
  if (language === "en") return HANGUL.test(prose);
  return !HANGUL.test(prose) &&
    (prose.match(/(?<![\w/.-])[A-Za-z]{2,}(?![\w/])/g) ?? []).length >= ENGLISH_WORDS;
}

function strayFiles({ files }: Manuscript): Problem[] {
  const wanted = new Set(["lesson.ts", ...LANGUAGES.map((language) => `${language}.md`)]);
  for (const file of wanted) {
    const { ownImports } = examineSource(files.texts.get(file) ?? "");
    for (const own of ownImports) wanted.add(own.slice(2));
  }
  return files.names.filter((name) => !wanted.has(name)).map((name) =>
    files.inFile(
      name,
      {
        en: "nothing of the lesson reads this file",
        ko: "수업의 어디에서도 이 파일을 읽지 않습니다",
      },
      {
        en: `take it away, or import it: import { … } from "./${name}"`,
        ko: `지우거나 import하세요: import { … } from "./${name}"`,
      },
    )
  );
}

function titleProblems({ lesson, prose, files }: Manuscript): Problem[] {
  const problems: Problem[] = [];
  for (const language of LANGUAGES) {
    const name = NAMES[language];
    if (isForeign(lesson.title[language], language)) {
      problems.push(files.inModule(
        ["title", `${language}`],
        { en: `its title is not ${name.en}`, ko: `제목이 ${name.ko}가 아닙니다` },
        {
          en: 'write it in both: title: { en: "Labels", ko: "레이블" }',
          ko: '두 언어로 쓰세요: title: { en: "Labels", ko: "레이블" }',
        },
      ));
    }
    for (const [part, at] of [["intro", []], ["outro", ["## end"]]] as const) {
      const text = prose[language][part];
      if (text === "") {
        const missing = part === "intro"
          ? { en: "a sentence below the title", ko: "제목 아래의 문장" }
          : { en: '"## end" with a sentence', ko: '"## end"와 문장' };
        problems.push(files.inProse(
          language,
          at,
          { en: `it lacks ${missing.en}`, ko: `${missing.ko}이 없습니다` },
          part === "intro"
            ? { en: "say what the lesson is about", ko: "무엇에 관한 수업인지 쓰세요" }
            : { en: "say what the learner can do now", ko: "이제 무엇을 할 수 있는지 쓰세요" },
        ));
      } else if (isForeign(text, language)) problems.push(foreign(files, language, at));
    }
  }
  return problems;
}

function foreign(files: Manuscript["files"], language: Language, at: readonly string[]): Problem {
  const { en, ko } = NAMES[language];
  return files.inProse(
    language,
    at,
    { en: `this text is not ${en}`, ko: `이 글은 ${ko}가 아닙니다` },
    { en: `tell it in ${en}`, ko: `${ko}로 쓰세요` },
  );
}

/** The parts of a step's prose, each with the heading that it stands under. */
function partsOf(text: StepProse): [part: "body" | "hint" | "why" | "done", text: string][] {
  return [
    ["body", text.body],
    ...text.hints.map((hint): ["hint", string] => ["hint", hint]),
    ["why", text.why],
    ["done", text.done],
  ];
}

function foreignTexts({ prose, files }: Manuscript, step: Step): Problem[] {
  return LANGUAGES.flatMap((language) =>
    partsOf(prose[language].steps.get(step.id)!)
      .filter(([, text]) => isForeign(text, language))
      .map(([part]) =>
        foreign(files, language, [`## ${step.id}`, ...(part === "body" ? [] : [`### ${part}`])])
      )
  );
}

/** What a learner misses: a hint, why a difference matters, or what the other language has. */
function missingTexts({ prose, files }: Manuscript, step: Step): Problem[] {
  const problems: Problem[] = [];
  const of = (language: Language) => prose[language].steps.get(step.id)!;
  for (const language of LANGUAGES) {
    const text = of(language);
    const other = LANGUAGES.find((one) => one !== language)!;
    const lacks = (heading: string, what: Localized, remedy: Localized) =>
      problems.push(files.inProse(language, [`## ${step.id}`, heading], what, remedy));
    if (step.kind !== "run" && text.hints.length === 0) {
      lacks(
        "### hint",
        { en: `the step "${step.id}" has no hint`, ko: `단계 "${step.id}"에 힌트가 없습니다` },
        {
          en: `write one below "## ${step.id}": ### hint`,
          ko: `"## ${step.id}" 아래에 쓰세요: ### hint`,
        },
      );
    }
    if (text.hints.includes("")) {
      lacks(
        "### hint",
        { en: `a hint of "${step.id}" is empty`, ko: `"${step.id}"의 힌트가 비어 있습니다` },
        { en: "write it, or take its heading away", ko: "쓰거나, 제목을 지우세요" },
      );
    }
    if (step.kind === "run" && step.expect && text.why === "") {
      lacks(
        "### why",
        {
          en: `the step "${step.id}" compares output, and does not say why a difference matters`,
          ko: `단계 "${step.id}"는 출력을 비교하는데, 다르면 왜 중요한지 말하지 않습니다`,
        },
        {
          en: `write it below "## ${step.id}": ### why`,
          ko: `"## ${step.id}" 아래에 쓰세요: ### why`,
        },
      );
    }
    if (text.hints.length < of(other).hints.length) {
      lacks(
        "### hint",
        {
          en: `"${step.id}" has ${text.hints.length} hint(s) here and ${
            of(other).hints.length
          } in ${other}.md`,
          ko: `"${step.id}"의 힌트가 여기에는 ${text.hints.length}개, ${other}.md에는 ${
            of(other).hints.length
          }개 있습니다`,
        },
        { en: "tell the same hints in both", ko: "두 언어에 같은 힌트를 쓰세요" },
      );
    }
    for (const part of ["why", "done"] as const) {
      if (text[part] !== "" || of(other)[part] === "") continue;
      lacks(
        `### ${part}`,
        {
          en: `"${step.id}" has "### ${part}" in ${other}.md, and not here`,
          ko: `"${step.id}"의 "### ${part}"이(가) ${other}.md에는 있고 여기에는 없습니다`,
        },
        { en: "tell it in both, or in none", ko: "두 언어에 모두 쓰거나, 모두 빼세요" },
      );
    }
  }
  return problems;
}

/** The lines that a text shows to be typed. */
function linesShown(text: string): string[] {
  return [...text.matchAll(/```(?:bash|sh)\n([^]*?)```/g)]
    .flatMap(([, block]) => block.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** A step's prose shows the lines that the step has, and no others. */
function shownLines({ prose, files }: Manuscript, step: Step): Problem[] {
  if (step.kind !== "run") return [];
  const has = step.lines.flatMap((line) => line.split("\n")).map((line) => line.trim());
  return LANGUAGES.flatMap((language) =>
    linesShown(prose[language].steps.get(step.id)!.body).filter((line) => !has.includes(line))
      .map((line) =>
        files.inProse(
          language,
          [`## ${step.id}`, line],
          {
            en: `it shows \`${line}\`, which is none of the lines of "${step.id}"`,
            ko: `\`${line}\`을(를) 보여 주는데, "${step.id}"의 lines에 없습니다`,
          },
          {
            en: "write the same here and in `lines` of lesson.ts",
            ko: "여기와 lesson.ts의 `lines`에 같은 것을 쓰세요",
          },
        )
      )
  );
}

/** A wrong answer is told by words of its own: two of a step do not say the same. */
function wrongAnswerWords({ files }: Manuscript, step: Step): Problem[] {
  if (step.kind !== "task") return [];
  const answers = step.wrongAnswers ?? [];
  return answers.flatMap(({ name, lines }, at) => {
    const twin = answers.slice(0, at).find((other) => other.lines.join("\n") === lines.join("\n"));
    if (!twin) return [];
    return [files.inModule(
      [`"${step.id}"`, `"${name}"`],
      {
        en: `the wrong answers "${twin.name}" and "${name}" are the same lines`,
        ko: `틀린 답 "${twin.name}"과 "${name}"은 같은 줄입니다`,
      },
      { en: "take one of them away", ko: "하나를 빼세요" },
    )];
  });
}
