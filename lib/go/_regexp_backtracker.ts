import { codeBefore, holds, OP, type Program } from "./_regexp_program.ts";

/** A search that was given up after its steps. */
export class RegexpExhausted extends Error {
  override name = "RegexpExhausted";
}

const MAX_STEPS = 1_000_000;

/** The steps that are left to a search, of which it takes its own. */
export interface Steps {
  left: number;
}

/**
 * Searches a text from `from` on, trying one way after the other, which backreferences need.
 * Errors: RegexpExhausted after a million steps.
 */
export function backtrack(
  program: Program,
  text: string,
  from: number,
  steps: Steps,
): Int32Array | undefined {
  let left = Math.min(MAX_STEPS, steps.left);
  for (let start = from; start <= text.length; start++) {
    const captures = new Int32Array(program.slots + program.marks).fill(-1);
    captures[0] = start;
    const run = new Run(program, text, captures);
    let end: number | undefined;
    try {
      end = run.from(start, left);
    } finally {
      left -= run.steps;
      steps.left -= run.steps;
    }
    if (end !== undefined) {
      captures[1] = end;
      return captures.subarray(0, program.slots);
    }
    if (left <= 0) throw new RegexpExhausted();
  }
  return undefined;
}

class Run {
  steps = 0;
  /** What to go back to: an instruction and a place; or, with ~slot, what was captured before. */
  readonly #back: [pc: number, value: number][] = [];

  constructor(
    readonly program: Program,
    readonly text: string,
    readonly captures: Int32Array,
  ) {}

  /** Where a match from `start` ends. */
  from(start: number, limit: number): number | undefined {
    this.#back.push([0, start]);
    for (let last; (last = this.#back.pop());) {
      let [pc, at] = last;
      if (pc < 0) {
        this.captures[~pc] = at;
        continue;
      }
      while (pc >= 0) {
        if (this.program.ops[pc] === OP.match) return at;
        if (++this.steps > limit) throw new RegexpExhausted();
        [pc, at] = this.#step(pc, at);
      }
    }
    return undefined;
  }

  /** The instruction after this one; below 0 when there is none. */
  #step(pc: number, at: number): [number, number] {
    const { ops, x, y, sets, assertions } = this.program;
    const { text, captures } = this;
    const code = text.codePointAt(at) ?? -1;
    const fails: [number, number] = [-1, at];
    switch (ops[pc]) {
      case OP.char:
      case OP.set: {
        const reads = ops[pc] === OP.char ? x[pc] === code : code >= 0 && sets[x[pc]].has(code);
        return reads ? [pc + 1, at + (code > 0xffff ? 2 : 1)] : fails;
      }
      case OP.jump:
        return [x[pc], at];
      case OP.again: {
        // A round's mark is its first instruction, and stands before the way out.
        const [mark, out] = [Math.min(x[pc], y[pc]), Math.max(x[pc], y[pc])];
        if (captures[x[mark]] === at) return [out, at];
      } // falls through
      case OP.split:
        this.#back.push([y[pc], at]);
        return [x[pc], at];
      case OP.mark:
      case OP.save:
        this.#back.push([~x[pc], captures[x[pc]]]);
        captures[x[pc]] = at;
        return [pc + 1, at];
      case OP.assert:
        return holds(assertions[x[pc]], codeBefore(text, at), code) ? [pc + 1, at] : fails;
      default: {
        const [start, end] = captures.subarray(2 * x[pc], 2 * x[pc] + 2);
        const again = end < 0 ? undefined : text.slice(start, end);
        return again !== undefined && text.startsWith(again, at)
          ? [pc + 1, at + again.length]
          : fails;
      }
    }
  }
}
