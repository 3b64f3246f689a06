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
export function evaluate(text: string, scope: ArithmeticScope): number {
  if (text.trim() === "") return 0;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (!match) throw new ArithmeticError("arithmetic syntax error");
    tokens.push(match[1]);
  }
  const parser = new Evaluator(tokens, scope);
  return Number(parser.whole());
}

class Evaluator {
  #at = 0;
  /** Above 0 in a branch that is not taken, where nothing is assigned. */
  #skipping = 0;

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

  #ternary(): bigint {
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
    let left = this.#unary();
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
        return wrap(a ** b);
      case "/":
      case "%":
        if (b === 0n) {
          if (this.#skipping > 0) return 0n;
          throw new ArithmeticError("divide by zero");
        }
        return operator === "/" ? a / b : a % b;
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
    if (token === "-") return wrap(-this.#unary());
    if (token === "+") return this.#unary();
    if (token === "!") return this.#unary() === 0n ? 1n : 0n;
    if (token === "~") return ~this.#unary();
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

  #variable(name: string): bigint {
    const text = this.scope.get(name)?.trim() ?? "";
    if (text === "") return 0n;
    if (isName(text)) return text === name ? 0n : this.#variable(text);
    return number(text);
  }

  #set(name: string, value: bigint): void {
    if (this.#skipping === 0) this.scope.set(name, String(value));
  }
}

function isName(token: string | undefined): token is string {
  return token !== undefined && /^[A-Za-z_]\w*$/.test(token);
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function number(text: string): bigint {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (!match) throw new ArithmeticError("arithmetic syntax error");
  const digits = match[2];
  const value = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return wrap(match[1] === "-" ? -value : value);
}
