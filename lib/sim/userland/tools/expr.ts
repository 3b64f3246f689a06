import { Signalled, SIGSEGV } from "../signalled.ts";
import type { Tool } from "../tool.ts";
import type { Work } from "../work.ts";
import { fail, looked } from "./common.ts";
import { posixPattern, withPatterns } from "./regexp.ts";

/** As many as the stack of the real one can bear when all of them are parentheses. */
const MAX_WORDS = 500;
class ZeroDivision extends Error {}

/** `expr`: integers, comparisons, `:` matches and the word functions. */
export const expr: Tool = withPatterns((call) => {
  const words = [...call.args];
  looked(call, words.length * 64);
  if (words.length > MAX_WORDS) throw new Signalled(SIGSEGV);
  let value: string | undefined;
  try {
    value = exprOr(words, call.machine.work);
  } catch (error) {
    if (error instanceof ZeroDivision) return fail(call, "division by zero", 2);
    throw error;
  }
  if (value === undefined || words.length > 0) return fail(call, "syntax error", 2);
  call.out(`${value}\n`);
  return value === "" || value === "0" ? 1 : 0;
}, 2);

type ExprLevel = (words: string[], work: Work) => string | undefined;

function exprBinary(
  next: ExprLevel,
  operators: Record<string, (a: string, b: string, work: Work) => string>,
): ExprLevel {
  return (words, work) => {
    let left = next(words, work);
    while (left !== undefined && words.length > 0 && Object.hasOwn(operators, words[0])) {
      const operator = operators[words.shift()!];
      const right = next(words, work);
      if (right === undefined) return undefined;
      left = operator(left, right, work);
    }
    return left;
  };
}

const truth = (value: boolean) => value ? "1" : "0";
const isNumber = (text: string) => /^-?\d+$/.test(text);
const compares = (test: (order: number) => boolean) => (a: string, b: string) =>
  truth(test(isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0));
const counts = (work: (a: number, b: number) => number) => (a: string, b: string) =>
  String(work(Number(a), Number(b)));

const exprWord: ExprLevel = (words, work) => {
  const word = words.shift();
  if (word === "(") {
    const value = exprOr(words, work);
    return words.shift() === ")" ? value : undefined;
  }
  if (word === "length" && words.length > 0) return String(words.shift()!.length);
  if (word === "substr" && words.length >= 3) {
    const [text, from, length] = words.splice(0, 3);
    return text.substr(Number(from) - 1, Number(length));
  }
  return word;
};
const exprMatch = exprBinary(exprWord, {
  ":": (text, pattern, work) => {
    const match = posixPattern(pattern, { only: "start", work }).exec(text);
    if (/\\\(/.test(pattern)) return match?.[1] ?? "";
    return String(match?.[0].length ?? 0);
  },
});
function nonZero(value: number): number {
  if (value === 0) throw new ZeroDivision();
  return value;
}
const exprProduct = exprBinary(exprMatch, {
  "*": counts((a, b) => a * b),
  "/": counts((a, b) => Math.trunc(a / nonZero(b))),
  "%": counts((a, b) => a % nonZero(b)),
});
const exprSum = exprBinary(exprProduct, {
  "+": counts((a, b) => a + b),
  "-": counts((a, b) => a - b),
});
const exprOrder = exprBinary(exprSum, {
  "<": compares((order) => order < 0),
  "<=": compares((order) => order <= 0),
  "=": compares((order) => order === 0),
  "==": compares((order) => order === 0),
  "!=": compares((order) => order !== 0),
  ">=": compares((order) => order >= 0),
  ">": compares((order) => order > 0),
});
const isNull = (text: string) => text === "" || text === "0";
const exprAnd = exprBinary(exprOrder, { "&": (a, b) => isNull(a) || isNull(b) ? "0" : a });
const exprOr: ExprLevel = exprBinary(exprAnd, { "|": (a, b) => isNull(a) ? b : a });
