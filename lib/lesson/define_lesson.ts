import { editDistance } from "../base/mod.ts";
import {
  HOPS,
  LANGUAGES,
  type Lesson,
  LessonError,
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
  write: string;
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

const rule = (is: Rule["is"], write: string): Rule => ({ is, write });
const optional = (is: Rule["is"], write: string): Rule => ({ is, write, isOptional: true });

const LESSON: Rules<Lesson> = {
  id: rule(
    (value) => isText(value) && /^\d{2}-[a-z0-9-]+$/.test(value as string),
    "the folder's name, two digits and words: 09-labels",
  ),
  title: rule(
    (value) => isObject(value) && LANGUAGES.every((language) => isText(value[language])),
    'the title in every language: { en: "Labels", ko: "레이블" }',
  ),
  author: optional(isText, 'whom to tell of a mistake: "Kim <kim@example.org>"'),
  minutes: rule((value) => isNumber(value) && value !== 0, "how long it takes, in minutes: 10"),
  requires: rule(
    isTexts,
    'the ids of the lessons that come before: ["01-cluster"], or [] where there are none',
  ),
  programs: optional(Array.isArray, "a list of images and what runs in them"),
  setup: optional(isTexts, 'a list of shell lines: ["make install"]'),
  breaks: optional(
    (value) => isObject(value) && Array.isArray(value.from) && isNumber(value.take),
    "what breaksOf() gives: breaks: breaksOf(BREAKS, 3)",
  ),
  noSkips: optional((value) => typeof value === "boolean", "true or false: noSkips: true"),
  steps: rule(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isObject),
    'a list with at least one step: [{ kind: "run", id: "look", lines: ["kubectl get node"] }]',
  ),
};

const LINES = 'a list of at least one shell line: ["kubectl get node"]';
const CHECK = "a function that looks at the lab: check: async (view) => []";
const WITHIN = "lab time in milliseconds: 60_000";

const ANY_STEP = {
  id: rule(
    (value) => isText(value) && /^[a-z0-9-]+$/.test(value as string),
    "lower-case words: find-it",
  ),
  kind: rule((value) => isText(value) && value as string in STEPS, '"run", "task" or "predict"'),
  about: optional(
    (value) => HOPS.some((hop) => hop === value),
    `one of ${HOPS.map((hop) => `"${hop}"`).join(", ")}`,
  ),
  after: optional(isText, 'the id of a step before it: "break-it"'),
};

const RUN: Rules<RunStep> = {
  ...ANY_STEP,
  lines: rule(isLines, LINES),
  expect: optional(
    (value) =>
      isObject(value) && typeof value.output === "string" &&
      ["table", "json", "text"].includes(value.as as string) &&
      (value.exitCode === undefined || isNumber(value.exitCode)) &&
      (value.allowMore === undefined || typeof value.allowMore === "boolean"),
    'what is printed: { as: "table", output: "…" }; as is "table", "json" or "text"',
  ),
  look: optional(
    isLook,
    'what has to be seen: { at: { en: "…", ko: "…" }, asks: ["pods"], shows: ["web"] }',
  ),
  check: optional(isFunction, CHECK),
  breaks: optional((value) => typeof value === "boolean", "true or false: breaks: true"),
  withinMs: optional(isNumber, WITHIN),
  followMs: optional(isNumber, WITHIN),
};

const TASK: Rules<TaskStep> = {
  ...ANY_STEP,
  solution: rule(isLines, LINES),
  check: rule(isFunction, CHECK),
  withinMs: optional(isNumber, WITHIN),
  wrongAnswers: optional(
    (value) => Array.isArray(value) && value.every(isWrongAnswer),
    'a list of { name: "…", lines: ["…"], says: "…" }',
  ),
  rule: optional(isObject, "what ruleTask() gives"),
  repairs: optional(Array.isArray, "what repairTask() gives"),
};

const PREDICT: Rules<PredictStep> = {
  ...ANY_STEP,
  answer: rule(
    isFunction,
    "a function that gives the number: answer: async (view) => ({ value: 2, arithmetic: [] })",
  ),
  tolerance: optional(isNumber, "how far off a guess may be: 1"),
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
  throw Object.assign(new LessonError(`Lesson "${lesson?.id}": ${mistake.text}`), { mistake });
}

/** Something wrong with the shape of a lesson. */
export interface ShapeMistake {
  /** The field, and how it is written. */
  text: string;
  /** What stands on the way to its place in the file, one after the other: the step's id, the field. */
  at: string[];
}

/** What is wrong with the shape of a lesson, as its author is told. */
export function mistakesIn(lesson: unknown): ShapeMistake[] {
  if (!isObject(lesson)) {
    return [{ text: "a lesson is an object: export default defineLesson({ … })", at: [] }];
  }
  const found = mistakesBy(LESSON, lesson, "", []);
  if (!LESSON.steps.is(lesson.steps)) return found;
  const seen = new Set<unknown>();
  (lesson.steps as Record<string, unknown>[]).forEach((step, at) => {
    const where = isText(step.id) ? `step "${step.id}": ` : `step ${at + 1}: `;
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
        text: `two steps have the id "${step.id}"; give the second another one`,
        at: [...way, ...way],
      });
    }
    if (isText(step.after) && !seen.has(step.after)) {
      found.push({
        text: `${where}it comes after "${step.after}", which is no step before it; write ` +
          ANY_STEP.after.write,
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
  where: string,
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
        text: `${where}"${field}" is ${shown(given)}; write ${write}`,
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
        text: `${where}it says "${near}"; did you mean "${field}"?`,
        at: [...way, near],
      });
    } else if (!isOptional) {
      found.push({ text: `${where}"${field}" is missing; write ${write}`, at: way });
    }
  }
  if (!isWhole) return found;
  for (const [name, given] of Object.entries(value)) {
    // A function is told where it is sent: it is no data.
    if (name in rules || taken.has(name) || given === undefined || isFunction(given)) continue;
    found.push({
      text: `${where}"${name}" is no field of it; leave it out. There are: ` +
        Object.keys(rules).join(", "),
      at: [...way, name],
    });
  }
  return found;
}

/** A value as it was written, shortly. */
function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
