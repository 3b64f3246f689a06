import { messageOf } from "../base/mod.ts";
import {
  type Finding,
  type LabView,
  LANGUAGES,
  LessonError,
  type Localized,
  type Step,
} from "../lesson/mod.ts";
import { isForeign } from "./texts.ts";

/** A function of a lesson's author did what it may not: it threw, came to no end, or gave something else. */
export class AuthorsFault extends Error {
  override name = "AuthorsFault";

  constructor(
    readonly step: string,
    readonly field: "check" | "answer",
    readonly what: Localized,
    readonly remedy: Localized,
  ) {
    super(what.en);
  }
}

/** A step whose functions are held to what they have to give. Errors of its functions: AuthorsFault. */
export function fenced(step: Step): Step {
  if (step.kind === "predict") {
    const answer = async (view: LabView) => {
      const given = await held(step.id, "answer", () => step.answer(view));
      checkAnswer(step.id, given);
      return given;
    };
    return { ...step, answer };
  }
  const { check } = step;
  if (!check) return step;
  const fencedCheck = async (view: LabView) => {
    const given = await held(step.id, "check", () => check(view));
    checkFindings(step.id, given);
    return given;
  };
  return { ...step, check: fencedCheck };
}

/** Everything that findings say in English. */
export function textsOf(findings: readonly Finding[]): string {
  return findings.flatMap(({ expected, actual, why, next }) =>
    [expected, actual, why, next].map(({ en }) => en)
  ).join("\n");
}

async function held<T>(
  step: string,
  field: "check" | "answer",
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Apart from us it is told with its lesson and step; what is asked for here is why.
    const told = messageOf(error);
    const why = error instanceof LessonError
      ? / failed: (.*?)\. That is a mistake in the lesson; /s.exec(told)?.[1] ?? told
      : told;
    const isEndless = /^it (loops|does not come to an end|takes more than)/.test(why);
    throw new AuthorsFault(
      step,
      field,
      {
        en: isEndless
          ? `the ${field} of "${step}" was ended: ${why}`
          : `the ${field} of "${step}" throws: ${why}`,
        ko: isEndless
          ? `"${step}"의 ${field}를 끝냈습니다: ${why}`
          : `"${step}"의 ${field}에서 오류가 났습니다: ${why}`,
      },
      isEndless
        ? {
          en: "let it look once and answer; the tutor asks again as lab time passes (withinMs)",
          ko: "한 번 보고 대답하게 하세요. 시간이 지나면 튜터가 다시 묻습니다(withinMs)",
        }
        : {
          en:
            "an object or a field may be missing: view.get gives undefined, so write ?. behind it",
          ko: "오브젝트나 필드가 없을 수 있습니다. view.get은 undefined를 주므로 뒤에 ?.를 쓰세요",
        },
    );
  }
}

const REMEDY = {
  finding: {
    en:
      "give a list, empty where all is well: return [finding([expected, actual, why, next], […ko])]",
    ko:
      "목록을 주세요. 다 되었으면 빈 목록입니다: return [finding([expected, actual, why, next], […ko])]",
  },
  answer: {
    en: "give { value: 3, arithmetic: [{ en: …, ko: … }] }",
    ko: "{ value: 3, arithmetic: [{ en: …, ko: … }] }를 주세요",
  },
};

const isText = (value: unknown): value is Localized =>
  LANGUAGES.every((language) => {
    const text = (value as Record<string, unknown> | undefined)?.[language];
    return typeof text === "string" && text.trim() !== "";
  });

function checkFindings(step: string, given: unknown): asserts given is Finding[] {
  const refuse = (what: Localized, remedy: Localized = REMEDY.finding): never => {
    throw new AuthorsFault(step, "check", what, remedy);
  };
  if (!Array.isArray(given)) {
    refuse({
      en: `the check of "${step}" gives ${shown(given)}, and no list of findings`,
      ko: `"${step}"의 검사가 finding의 목록이 아니라 ${shown(given)}을(를) 줍니다`,
    });
  }
  for (const finding of given as Record<string, unknown>[]) {
    for (const part of ["expected", "actual", "why", "next"]) {
      const text = finding?.[part];
      if (!isText(text)) {
        refuse({
          en: `a finding of "${step}" lacks "${part}" in a language: ${shown(text)}`,
          ko: `"${step}"의 finding에 "${part}"이(가) 한 언어로 없습니다: ${shown(text)}`,
        });
      }
      // What is, and what to type, may be nothing but quoted.
      const language = isForeign((text as Localized).en, "en")
        ? "en"
        : ["expected", "why"].includes(part) && isForeign((text as Localized).ko, "ko")
        ? "ko"
        : undefined;
      if (language === undefined) continue;
      const { [language]: said } = text as Localized;
      refuse(
        {
          en: `a finding of "${step}" is in the wrong language in its "${language}": ${
            shown(said)
          }`,
          ko: `"${step}"의 finding에서 "${language}"이(가) 다른 언어로 되어 있습니다: ${
            shown(said)
          }`,
        },
        {
          en: "finding() takes the English texts first, and then the Korean ones",
          ko: "finding()은 영어 글 다음에 한국어 글을 받습니다",
        },
      );
    }
  }
}

function checkAnswer(step: string, given: unknown): void {
  const { value, arithmetic } = (given ?? {}) as { value?: unknown; arithmetic?: unknown };
  const isWhole = typeof value === "number" && Number.isFinite(value) &&
    Array.isArray(arithmetic) && arithmetic.length > 0 && arithmetic.every(isText);
  if (isWhole) return;
  throw new AuthorsFault(
    step,
    "answer",
    {
      en: `the answer of "${step}" is ${
        shown(given)
      }, and no number with its sum in both languages`,
      ko: `"${step}"의 답이 ${shown(given)}입니다. 수와, 두 언어로 된 계산이 있어야 합니다`,
    },
    REMEDY.answer,
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
