import { asIs, editDistance, said } from "../base/mod.ts";
import {
  HOPS,
  LANGUAGES,
  type Lesson,
  LessonError,
  type Localized,
  type PredictStep,
  type RunStep,
  type Step,
  type TaskStep,
  type WrongAnswer,
} from "./lesson.ts";

/** What a field of a lesson has to be: what is said of another value, and how it is written. */
interface Rule {
  is(value: unknown): boolean;
  /** After `write`: `a list of lesson ids: requires: ["01-cluster"]`. */
  write: Localized;
  isOptional?: true;
}

/** A rule for each field of `T`. */
type Rules<T> = { [Field in keyof T]-?: Rule };

const isText = (value: unknown) => typeof value === "string" && value.trim() !== "";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isLines = (value: unknown) => isTexts(value) && (value as string[]).length > 0;
const isNumber = (value: unknown) => Number.isFinite(value) && value as number >= 0;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isFunction = (value: unknown) => typeof value === "function";
const isFlag = (value: unknown) => typeof value === "boolean";
const HOP_NAMES = HOPS.map((hop) => `"${hop}"`).join(", ");

/** A field that has to be there: what it is, how that is said, and an example where both languages write it alike. */
const rule = (is: Rule["is"], en: string, ko: string, example?: string): Rule => ({
  is,
  write: withExample(en, ko, example),
});
const optional = (...given: Parameters<typeof rule>): Rule => ({
  ...rule(...given),
  isOptional: true,
});

function withExample(en: string, ko: string, example?: string): Localized {
  const after = example === undefined ? "" : `: ${example}`;
  return said(en + after, ko + after);
}

const LESSON: Rules<Lesson> = {
  id: rule(
    (value) => isText(value) && /^\d{2}-[a-z0-9-]+$/.test(value as string),
    "the folder's name, two digits and words",
    "폴더 이름, 곧 숫자 두 개와 낱말",
    "09-labels",
  ),
  title: rule(
    (value) => isObject(value) && LANGUAGES.every((language) => isText(value[language])),
    "the title in every language",
    "모든 언어의 제목",
    '{ en: "Labels", ko: "레이블" }',
  ),
  author: optional(
    isText,
    "whom to tell of a mistake",
    "실수를 알릴 사람",
    '"Kim <kim@example.org>"',
  ),
  minutes: rule(
    (value) => isNumber(value) && value !== 0,
    "how long it takes, in minutes",
    "걸리는 시간(분)",
    "10",
  ),
  requires: rule(
    isTexts,
    'the ids of the lessons that come before: ["01-cluster"], or [] where there are none',
    '먼저 할 수업들의 id: ["01-cluster"], 없으면 []',
  ),
  programs: optional(
    Array.isArray,
    "a list of images and what runs in them",
    "이미지와 그 안에서 도는 것의 목록",
  ),
  setup: optional(isTexts, "a list of shell lines", "셸 명령의 목록", '["make install"]'),
  breaks: optional(
    (value) => isObject(value) && Array.isArray(value.from) && isNumber(value.take),
    "what breaksOf() gives",
    "breaksOf()가 주는 것",
    "breaks: breaksOf(BREAKS, 3)",
  ),
  noSkips: optional(isFlag, "true or false", "true 또는 false", "noSkips: true"),
  steps: rule(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isObject),
    "a list with at least one step",
    "단계가 적어도 하나 있는 목록",
    '[{ kind: "run", id: "look", lines: ["kubectl get node"] }]',
  ),
};

const LINES = [
  "a list of at least one shell line",
  "셸 명령이 적어도 하나 있는 목록",
  '["kubectl get node"]',
] as const;
const CHECK = [
  "a function that looks at the lab",
  "실습 환경을 보는 함수",
  "check: async (view) => []",
] as const;
const WITHIN = ["lab time in milliseconds", "실습 환경의 시간(밀리초)", "60_000"] as const;

const ANY_STEP = {
  id: rule(
    (value) => isText(value) && /^[a-z0-9-]+$/.test(value as string),
    "lower-case words",
    "소문자 낱말",
    "find-it",
  ),
  kind: rule(
    (value) => isText(value) && value as string in STEPS,
    '"run", "task" or "predict"',
    '"run", "task", "predict" 가운데 하나',
  ),
  about: optional(
    (value) => HOPS.some((hop) => hop === value),
    `one of ${HOP_NAMES}`,
    `${HOP_NAMES} 가운데 하나`,
  ),
  after: optional(isText, "the id of a step before it", "앞 단계의 id", '"break-it"'),
};

const RUN: Rules<RunStep> = {
  ...ANY_STEP,
  lines: rule(isLines, ...LINES),
  expect: optional(
    (value) =>
      isObject(value) && typeof value.output === "string" &&
      ["table", "json", "text"].includes(value.as as string) &&
      (value.exitCode === undefined || isNumber(value.exitCode)) &&
      (value.allowMore === undefined || isFlag(value.allowMore)),
    'what is printed: { as: "table", output: "…" }; as is "table", "json" or "text"',
    '출력될 것: { as: "table", output: "…" }. as는 "table", "json", "text" 가운데 하나',
  ),
  look: optional(
    isLook,
    "what has to be seen",
    "보아야 할 것",
    '{ at: { en: "…", ko: "…" }, asks: ["pods"], shows: ["web"] }',
  ),
  check: optional(isFunction, ...CHECK),
  breaks: optional(isFlag, "true or false", "true 또는 false", "breaks: true"),
  withinMs: optional(isNumber, ...WITHIN),
  followMs: optional(isNumber, ...WITHIN),
};

const TASK: Rules<TaskStep> = {
  ...ANY_STEP,
  solution: rule(isLines, ...LINES),
  check: rule(isFunction, ...CHECK),
  withinMs: optional(isNumber, ...WITHIN),
  wrongAnswers: optional(
    (value) => Array.isArray(value) && value.every(isWrongAnswer),
    'a list of { name: "…", lines: ["…"], says: "…" }',
    '{ name: "…", lines: ["…"], says: "…" }의 목록',
  ),
  rule: optional(isObject, "what ruleTask() gives", "ruleTask()가 주는 것"),
  repairs: optional(Array.isArray, "what repairTask() gives", "repairTask()가 주는 것"),
};

const PREDICT: Rules<PredictStep> = {
  ...ANY_STEP,
  answer: rule(
    isFunction,
    "a function that gives the number",
    "수를 주는 함수",
    "answer: async (view) => ({ value: 2, arithmetic: [] })",
  ),
  tolerance: optional(
    isNumber,
    "how far off a guess may be",
    "짐작이 벗어나도 되는 만큼",
    "1",
  ),
};

const STEPS: Record<Step["kind"], Record<string, Rule>> = {
  run: RUN,
  task: TASK,
  predict: PREDICT,
};

function isLook(value: unknown): boolean {
  return isObject(value) && isObject(value.at) &&
    LANGUAGES.every((language) => isText((value.at as Record<string, unknown>)[language])) &&
    isTexts(value.asks) &&
    Array.isArray(value.shows) && value.shows.every((one) => isText(one) || isTexts(one)) &&
    (value.names === undefined || isTexts(value.names));
}

function isWrongAnswer(value: unknown): value is WrongAnswer {
  return isObject(value) && isText(value.name) && isLines(value.lines) && isText(value.says);
}

/**
 * Checks a lesson's shape as the compiler cannot, and gives it back.
 * Errors: LessonError naming the lesson and the step.
 *
 * ```ts
 * export default defineLesson({
 *   id: "09-labels",
 *   title: { en: "Labels", ko: "레이블" },
 *   minutes: 5,
 *   requires: ["01-cluster"],
 *   steps: [{ kind: "run", id: "look", lines: ["kubectl get node"] }],
 * });
 * ```
 */
export function defineLesson(lesson: Lesson): Lesson {
  const [mistake] = mistakesIn(lesson);
  if (mistake === undefined) return lesson;
  const { en, ko } = mistake.text;
  const id = lesson?.id;
  throw Object.assign(new LessonError(said(`Lesson "${id}": ${en}`, `"${id}" 수업: ${ko}`)), {
    mistake,
  });
}

/** Something wrong with the shape of a lesson. */
export interface ShapeMistake {
  /** The field, and how it is written. */
  text: Localized;
  /** What stands on the way to its place in the file, one after the other: the step's id, the field. */
  at: string[];
}

/** What is wrong with the shape of a lesson, as its author is told. */
export function mistakesIn(lesson: unknown): ShapeMistake[] {
  if (!isObject(lesson)) {
    const written = "export default defineLesson({ … })";
    return [{
      text: withExample("a lesson is an object", "수업은 오브젝트입니다", written),
      at: [],
    }];
  }
  const found = mistakesBy(LESSON, lesson, said("", ""), []);
  if (!LESSON.steps.is(lesson.steps)) return found;
  const seen = new Set<unknown>();
  (lesson.steps as Record<string, unknown>[]).forEach((step, at) => {
    const where = isText(step.id)
      ? said(`step "${step.id}": `, `"${step.id}" 단계: `)
      : said(`step ${at + 1}: `, `${at + 1}번째 단계: `);
    const isKnown = ANY_STEP.kind.is(step.kind);
    const way = isText(step.id) ? [`"${step.id}"`] : [];
    found.push(
      ...mistakesBy(
        isKnown ? STEPS[step.kind as Step["kind"]] : ANY_STEP,
        step,
        where,
        way,
        isKnown,
      ),
    );
    if (isText(step.id) && seen.has(step.id)) {
      found.push({
        text: said(
          `two steps have the id "${step.id}"; give the second another one`,
          `두 단계의 id가 "${step.id}"입니다. 뒤의 것을 다른 이름으로 바꾸세요`,
        ),
        at: [...way, ...way],
      });
    }
    if (isText(step.after) && !seen.has(step.after)) {
      found.push({
        text: said(
          `${where.en}it comes after "${step.after}", which is no step before it; write ` +
            ANY_STEP.after.write.en,
          `${where.ko}"after"가 "${step.after}"인데, 그런 앞 단계가 없습니다. 쓸 것: ` +
            ANY_STEP.after.write.ko,
        ),
        at: [...way, "after"],
      });
    }
    seen.add(step.id);
  });
  return found;
}

function mistakesBy(
  rules: Readonly<Record<string, Rule>>,
  value: Record<string, unknown>,
  where: Localized,
  way: string[],
  isWhole = true,
): ShapeMistake[] {
  const found: ShapeMistake[] = [];
  const taken = new Set<string>();
  for (const [field, { is, write, isOptional }] of Object.entries(rules)) {
    const given = value[field];
    if (given !== undefined) {
      if (is(given)) continue;
      found.push({
        text: said(
          `${where.en}"${field}" is ${shown(given).en}; write ${write.en}`,
          `${where.ko}"${field}"의 값이 ${shown(given).ko}입니다. 쓸 것: ${write.ko}`,
        ),
        at: [...way, field],
      });
      continue;
    }
    const near = Object.keys(value).find((name) =>
      !(name in rules) && editDistance(name, field, true) <= 2
    );
    if (near) {
      taken.add(near);
      found.push({
        text: said(
          `${where.en}it says "${near}"; did you mean "${field}"?`,
          `${where.ko}"${near}"(이)라고 썼습니다. "${field}" 말씀인가요?`,
        ),
        at: [...way, near],
      });
    } else if (!isOptional) {
      found.push({
        text: said(
          `${where.en}"${field}" is missing; write ${write.en}`,
          `${where.ko}"${field}"이(가) 없습니다. 쓸 것: ${write.ko}`,
        ),
        at: way,
      });
    }
  }
  if (!isWhole) return found;
  for (const [name, given] of Object.entries(value)) {
    // A function is told where it is sent: it is no data.
    if (name in rules || taken.has(name) || given === undefined || isFunction(given)) continue;
    found.push({
      text: withExample(
        `${where.en}"${name}" is no field of it; leave it out. There are`,
        `${where.ko}"${name}"(이)라는 필드는 없습니다. 빼세요. 있는 것`,
        Object.keys(rules).join(", "),
      ),
      at: [...way, name],
    });
  }
  return found;
}

/** A value as it was written, shortly. */
function shown(value: unknown): Localized {
  if (typeof value === "function") return said("a function", "함수");
  const text = JSON.stringify(value) ?? String(value);
  return asIs(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
