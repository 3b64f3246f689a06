import { RegexpExhausted } from "../../../go/mod.ts";
import { Glob } from "../glob.ts";
import { type MachineFiles, orRefused } from "../files.ts";
import { Signalled, SIGSEGV } from "../signalled.ts";
import type { Work } from "../work.ts";
import { PatternError, posixPattern } from "./regexp.ts";

/** What `test` looks at. */
export interface TestScope {
  files: MachineFiles;
  path(path: string): string;
  isTty(fd: number): boolean;
  /** Whether `==` matches patterns, as `[[` does. */
  patterns: boolean;
  /** Who pays for searches. */
  work: Work;
}

const BINARY = new Set([
  "=",
  "==",
  "!=",
  "<",
  ">",
  "=~",
  "-eq",
  "-ne",
  "-lt",
  "-le",
  "-gt",
  "-ge",
  "-nt",
  "-ot",
  "-ef",
]);

/** The truth of a `test` expression, or what is wrong with it; "" where nothing is said of it. */
export function test(args: readonly string[], scope: TestScope): boolean | { problem: string } {
  try {
    const parser = new TestParser(args, scope);
    return parser.whole();
  } catch (error) {
    if (!(error instanceof TestProblem)) throw error;
    return { problem: error.message };
  }
}

class TestProblem extends Error {}

/** Whether a pattern fits; one that is too big for its text would use up the stack of the real one. */
function fits(text: string, pattern: string): boolean {
  if (text.length * pattern.length > MAX_PRODUCT) throw new Signalled(SIGSEGV);
  return new Glob(pattern).test(text);
}

const MAX_PRODUCT = 1e8;

/** How deep parentheses may be in one another before the stack is used up. */
const MAX_NESTING = 500;

class TestParser {
  #at = 0;
  #depth = 0;
  constructor(private readonly args: readonly string[], private readonly scope: TestScope) {}

  whole(): boolean {
    if (this.args.length === 0) return false;
    const value = this.#or();
    if (this.#at < this.args.length) {
      throw new TestProblem(`${this.args[this.#at]}: unknown operand`);
    }
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.args[this.#at] === "-o" || this.args[this.#at] === "||") {
      this.#at++;
      const right = this.#and();
      value = value || right;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.args[this.#at] === "-a" || this.args[this.#at] === "&&") {
      this.#at++;
      const right = this.#not();
      value = value && right;
    }
    return value;
  }

  #not(): boolean {
    let negated = false;
    while (this.args[this.#at] === "!" && this.#at + 1 < this.args.length) {
      if (BINARY.has(this.args[this.#at + 1]) && this.args.length - this.#at >= 3) break;
      this.#at++;
      negated = !negated;
    }
    return this.#primary() !== negated;
  }

  #primary(): boolean {
    const [left, operator, right] = this.args.slice(this.#at, this.#at + 3);
    if (right !== undefined && BINARY.has(operator)) {
      this.#at += 3;
      return this.#compare(left, operator, right);
    }
    if (left === "(") {
      this.#at++;
      if (++this.#depth > MAX_NESTING) throw new Signalled(SIGSEGV);
      const value = this.#or();
      this.#depth--;
      if (this.args[this.#at++] !== ")") throw new TestProblem("closing paren expected");
      return value;
    }
    if (/^-[bcdefghknoprstuwxzLSN]$/.test(left) && operator !== undefined) {
      this.#at += 2;
      return this.#unary(left[1], operator);
    }
    if (left === undefined) throw new TestProblem("argument expected");
    this.#at++;
    return left !== "";
  }

  #unary(letter: string, operand: string): boolean {
    const { files } = this.scope;
    if (letter === "n") return operand !== "";
    if (letter === "z") return operand === "";
    if (letter === "t") return this.scope.isTty(Number(operand));
    const path = this.scope.path(operand);
    const kind = files.kind(path);
    switch (letter) {
      case "d":
        return kind === "directory";
      case "f":
        return kind === "file" && !path.startsWith("/dev/");
      case "x":
        return kind !== undefined && files.isExecutable(path);
      case "s":
        return kind === "directory" || orRefused(() => files.read(path), () => "") !== "";
      case "c":
        return path.startsWith("/dev/") && kind === "file";
      case "e":
      case "r":
      case "w":
        return kind !== undefined;
      default:
        return false;
    }
  }

  #fits(text: string, pattern: string): boolean {
    try {
      return posixPattern(pattern, { extended: true, work: this.scope.work }).test(text);
    } catch (error) {
      if (error instanceof RegexpExhausted) throw new TestProblem("out of memory");
      if (error instanceof PatternError) throw new TestProblem("");
      throw error;
    }
  }

  #compare(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case "=":
      case "==":
        return this.scope.patterns ? fits(left, right) : left === right;
      case "!=":
        return this.scope.patterns ? !fits(left, right) : left !== right;
      case "<":
        return left < right;
      case ">":
        return left > right;
      case "=~":
        return this.#fits(left, right);
      case "-nt":
      case "-ot":
        return false;
      case "-ef":
        return this.scope.path(left) === this.scope.path(right);
    }
    const [a, b] = [left, right].map((text) => {
      if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestProblem(`${text}: bad number`);
      return Number(text);
    });
    switch (operator) {
      case "-eq":
        return a === b;
      case "-ne":
        return a !== b;
      case "-lt":
        return a < b;
      case "-le":
        return a <= b;
      case "-gt":
        return a > b;
      default:
        return a >= b;
    }
  }
}
