import { Signalled, SIGSEGV } from "./signalled.ts";

/** How deep an expression may be nested before the real one's stack is used up. */
const MAX_NESTING = 500;

/** An expression that `$((…))` cannot make a number of. */
export class ArithmeticError extends Error {
  override name = "ArithmeticError";
}

/** The variables an expression reads and sets. */
export interface ArithmeticScope {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|\*\*|<<=|>>=|&&|\|\||[-+*\/%&|^=!<>]=|<<|>>|\+\+|--|[-+*\/%<>=!~&|^?:(),])/y;

const PRECEDENCE: Record<string, number> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
  "**": 11,
};
const ASSIGNS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="]);

/**
 * The value of a shell's arithmetic expression.
 * Errors: ArithmeticError with ash's words.
 */
export function evaluate(text: string, scope: ArithmeticScope): bigint {
  if (text.trim() === "") return 0n;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (!match) throw new ArithmeticError("arithmetic syntax error");
    tokens.push(match[1]);
  }
  const parser = new Evaluator(tokens, scope);
  return parser.whole();
}

class Evaluator {
  #at = 0;
  /** Above 0 in a branch that is not taken, where nothing is assigned. */
  #skipping = 0;
  #depth = 0;

  constructor(private readonly tokens: string[], private readonly scope: ArithmeticScope) {}

  whole(): bigint {
    let value = this.#ternary();
    while (this.#accept(",")) value = this.#ternary();
    if (this.#at < this.tokens.length) throw new ArithmeticError("arithmetic syntax error");
    return value;
  }

  #accept(token: string): boolean {
    if (this.tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  /** Errors: Signalled when it is nested too deeply. */
  #deeper(read: () => bigint): bigint {
    if (++this.#depth > MAX_NESTING) throw new Signalled(SIGSEGV);
    const value = read();
    this.#depth--;
    return value;
  }

  #ternary(): bigint {
    return this.#deeper(() => this.#choice());
  }

  #choice(): bigint {
    const name = this.tokens[this.#at];
    const operator = this.tokens[this.#at + 1];
    if (isName(name) && ASSIGNS.has(operator)) {
      this.#at += 2;
      const value = this.#ternary();
      const result = operator === "="
        ? value
        : this.#apply(operator.slice(0, -1), this.#variable(name), value);
      this.#set(name, result);
      return result;
    }
    const test = this.#binary(1);
    if (!this.#accept("?")) return test;
    const yes = this.#unless(test === 0n, () => this.#ternary());
    if (!this.#accept(":")) throw new ArithmeticError("malformed ?: operator");
    const no = this.#unless(test !== 0n, () => this.#ternary());
    return test !== 0n ? yes : no;
  }

  #unless(skip: boolean, read: () => bigint): bigint {
    if (skip) this.#skipping++;
    const value = read();
    if (skip) this.#skipping--;
    return value;
  }

  #binary(least: number): bigint {
    let left = this.#deeper(() => this.#unary());
    for (;;) {
      const operator = this.tokens[this.#at];
      const precedence = PRECEDENCE[operator];
      if (precedence === undefined || precedence < least) return left;
      this.#at++;
      const skip = (operator === "&&" && left === 0n) || (operator === "||" && left !== 0n);
      const next = operator === "**" ? precedence : precedence + 1;
      const right = this.#unless(skip, () => this.#binary(next));
      left = skip ? (left === 0n ? 0n : 1n) : this.#apply(operator, left, right);
    }
  }

  #apply(operator: string, a: bigint, b: bigint): bigint {
    const truth = (value: boolean) => value ? 1n : 0n;
    switch (operator) {
      case "+":
        return wrap(a + b);
      case "-":
        return wrap(a - b);
      case "*":
        return wrap(a * b);
      case "**":
        if (b < 0n) throw new ArithmeticError("exponent less than 0");
        return power(a, b);
      case "/":
      case "%":
        if (b === 0n) {
          if (this.#skipping > 0) return 0n;
          throw new ArithmeticError("divide by zero");
        }
        return operator === "/" ? wrap(a / b) : a % b;
      case "<<":
        return wrap(a << (b & 63n));
      case ">>":
        return a >> (b & 63n);
      case "&":
        return a & b;
      case "|":
        return a | b;
      case "^":
        return a ^ b;
      case "==":
        return truth(a === b);
      case "!=":
        return truth(a !== b);
      case "<":
        return truth(a < b);
      case ">":
        return truth(a > b);
      case "<=":
        return truth(a <= b);
      case ">=":
        return truth(a >= b);
      case "&&":
        return truth(a !== 0n && b !== 0n);
      default:
        return truth(a !== 0n || b !== 0n);
    }
  }

  #unary(): bigint {
    const token = this.tokens[this.#at++];
    if (token === undefined) throw new ArithmeticError("arithmetic syntax error");
    if (SIGNS.has(token)) return this.#signed(token);
    if ((token === "++" || token === "--") && !isName(this.tokens[this.#at])) {
      return this.#deeper(() => this.#unary());
    }
    if (token === "++" || token === "--") {
      const name = this.tokens[this.#at++];
      if (!isName(name)) throw new ArithmeticError("arithmetic syntax error");
      const value = this.#variable(name) + (token === "++" ? 1n : -1n);
      this.#set(name, value);
      return value;
    }
    if (token === "(") {
      const value = this.#ternary();
      if (!this.#accept(")")) throw new ArithmeticError("arithmetic syntax error");
      return value;
    }
    if (isName(token)) {
      const value = this.#variable(token);
      const after = this.tokens[this.#at];
      if (after === "++" || after === "--") {
        this.#at++;
        this.#set(token, value + (after === "++" ? 1n : -1n));
      }
      return value;
    }
    return number(token);
  }

  /** What follows one sign or more. */
  #signed(first: string): bigint {
    const signs = [first];
    while (SIGNS.has(this.tokens[this.#at])) signs.push(this.tokens[this.#at++]);
    let value = this.#deeper(() => this.#unary());
    for (const sign of signs.reverse()) {
      if (sign === "-") value = wrap(-value);
      else if (sign === "!") value = value === 0n ? 1n : 0n;
      else if (sign === "~") value = ~value;
    }
    return value;
  }

  #variable(name: string): bigint {
    const seen = new Set<string>();
    for (let at = name;;) {
      if (seen.has(at)) throw new ArithmeticError("expression recursion loop detected");
      seen.add(at);
      const text = this.scope.get(at)?.trim() ?? "";
      if (text === "") return 0n;
      if (!isName(text)) return number(text);
      at = text;
    }
  }

  #set(name: string, value: bigint): void {
    if (this.#skipping === 0) this.scope.set(name, String(value));
  }
}

function isName(token: string | undefined): token is string {
  return token !== undefined && /^[A-Za-z_]\w*$/.test(token);
}

const MAX_DIGITS = 24;
const SIGNS = new Set(["-", "+", "!", "~"]);

/** A power in 64 bits; an exponent is never negative. */
function power(base: bigint, exponent: bigint): bigint {
  let out = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) out = wrap(out * square);
    square = wrap(square * square);
  }
  return out;
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function number(text: string): bigint {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (!match) throw new ArithmeticError("arithmetic syntax error");
  const digits = match[2];
  // As strtoull, which says no more than that there were too many.
  if (digits.length > MAX_DIGITS) return -1n;
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return wrap(match[1] === "-" ? -value : value);
}
