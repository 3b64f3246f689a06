import { judgeStep } from "../lesson/mod.ts";
import { giveHint } from "./hints.ts";
import { type Ending, TRIES } from "./progress.ts";
import { finishStep } from "./steps.ts";
import type { Teaching } from "./teaching.ts";

/** Numbers as people write them out; what else has no digits in it may be a command. */
const WRITTEN_OUT = new Set(
  ("zero one two three four five six seven eight nine ten eleven twelve none many " +
    "영 공 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 열하나 열둘 일 이 삼 사 오 육 칠 팔 구 십 없음")
    .split(" "),
);

/** Whether a line is meant to be a number, be it in digits or not. */
export function isGuess(line: string): boolean {
  return /^[~≈<>=]*\s*[-+]?\.?\d/.test(line) || WRITTEN_OUT.has(line.toLowerCase());
}

/** What a guess is in digits, with what it counts or without; NaN when it is not. */
function valueOf(text: string): number {
  const bare = text.replace(/(?<=\d)\s*(replicas?|pods?|레플리카|파드|개)*[.!]?$/i, "");
  return Number(bare.replace(/^\+/, "").replace(/(?<=\d),(?=\d{3}\b)/g, ""));
}

/** Judges a number that the open step asks for: there is a second try, after a hint. */
export async function guess(teaching: Teaching, text: string): Promise<void> {
  const { present, progress, words, step, stage } = teaching;
  const value = valueOf(text);
  if (!Number.isFinite(value)) return present.line(words.predictNotANumber);
  teaching.place.tried();
  const ran = { line: String(value), stdout: "", stderr: "", exitCode: 0 };
  const { ok, answer } = await judgeStep(stage, step!, ran);
  const tries = progress.tries ?? 0;
  const { value: right, arithmetic } = answer!;
  if (!ok && tries + 1 < TRIES) {
    progress.tries = tries + 1;
    present.bad(words.predictAgain(value));
    if ((teaching.prose()?.hints ?? []).length > 0) return await giveHint(teaching);
    return present.line(right > value ? words.predictMore : words.predictLess);
  }
  if (ok) present.good(value === right ? words.predictRight : words.predictNear(value, right));
  else present.bad(words.predictWrong(value, right));
  present.arithmetic(arithmetic);
  await finishStep(teaching, endingOf(ok, tries));
}

function endingOf(ok: boolean, tries: number): Ending {
  if (tries >= TRIES) return "skipped";
  if (!ok) return "missed";
  return tries === 0 ? "done" : "second-try";
}
