import { RegexpExhausted, type Steps } from "./_regexp_backtracker.ts";
import { codeBefore, holds, OP, type Program } from "./_regexp_program.ts";

/** Instructions in the order they were come to, none twice, with what was captured on the way. */
class Threads {
  #at: Int32Array = new Int32Array(0);
  pcs: Int32Array = new Int32Array(0);
  captures: Int32Array = new Int32Array(0);
  count = 0;

  reserve(length: number, slots: number): void {
    this.count = 0;
    if (this.pcs.length < length) {
      this.#at = new Int32Array(length);
      this.pcs = new Int32Array(length);
    }
    if (this.captures.length < length * slots) this.captures = new Int32Array(length * slots);
  }

  /** False when it is there already. */
  add(pc: number): boolean {
    const at = this.#at[pc];
    if (at < this.count && this.pcs[at] === pc) return false;
    this.#at[pc] = this.count;
    this.pcs[this.count++] = pc;
    return true;
  }
}

/** Both lists are used over and over: matches never overlap in time. */
const lists = [new Threads(), new Threads()];
const pending: number[] = [];

export interface Search extends Steps {
  /** How many places of captures to fill; with none, the first end of a match will do. */
  slots: number;
  /** Of matches that begin first, the longest, and not the one preferred by the expression. */
  longest: boolean;
}

/**
 * Searches a text from `from` on, following all the ways at once: the steps are at most the length of
 * the text times that of the program.
 * Returns the places of the captures (-1 where there is none), or undefined without a match.
 * Errors: RegexpExhausted when it has no steps left.
 * Source: golang/go src/regexp/exec.go, after Rob Pike's machine.
 */
export function search(
  program: Program,
  text: string,
  from: number,
  how: Search,
): Int32Array | undefined {
  const { slots, longest } = how;
  let [current, next] = lists;
  current.reserve(program.length, slots);
  next.reserve(program.length, slots);
  const { ops, x, sets } = program;
  const captures = new Int32Array(slots);
  let found: Int32Array | undefined;
  let before = codeBefore(text, from);
  for (let at = from;;) {
    const code = text.codePointAt(at) ?? -1;
    const end = at + (code > 0xffff ? 2 : 1);
    const after = code < 0 ? -1 : text.codePointAt(end) ?? -1;
    if (!found && (at === 0 || !program.anchored)) {
      captures.fill(-1);
      if (slots > 0) captures[0] = at;
      follow({ program, threads: current, captures, before, after: code }, 0, at);
    }
    if (current.count === 0 && (found || program.anchored)) return found;
    how.left -= 1 + current.count;
    if (how.left < 0) throw new RegexpExhausted();
    for (let i = 0; i < current.count; i++) {
      const pc = current.pcs[i];
      const op = ops[pc];
      if (op === OP.match) {
        if (slots === 0) return captures;
        const own = current.captures.subarray(i * slots, (i + 1) * slots);
        if (found && (own[0] > found[0] || at <= found[1])) continue;
        found = own.slice();
        found[1] = at;
        if (!longest) break;
      } else if (
        op === OP.char ? x[pc] === code : op === OP.set && code >= 0 && sets[x[pc]].has(code)
      ) {
        const base = i * slots;
        for (let slot = 0; slot < slots; slot++) captures[slot] = current.captures[base + slot];
        if (found && longest && captures[0] > found[0]) continue;
        follow({ program, threads: next, captures, before: code, after }, pc + 1, end);
      }
    }
    if (code < 0) return found;
    current.count = 0;
    [current, next] = [next, current];
    before = code;
    at = end;
  }
}

interface Place {
  program: Program;
  threads: Threads;
  captures: Int32Array;
  before: number;
  after: number;
}

/** Adds all instructions that can be come to from `start` without reading, the preferred first. */
function follow(place: Place, start: number, at: number): void {
  const { program, threads, captures, before, after } = place;
  const { ops, x, y, assertions } = program;
  const slots = captures.length;
  pending.push(start);
  while (pending.length > 0) {
    let pc = pending.pop()!;
    if (pc < 0) {
      captures[~pc] = pending.pop()!;
      continue;
    }
    while (threads.add(pc)) {
      const op = ops[pc];
      if (op === OP.jump) pc = x[pc];
      else if (op === OP.split || op === OP.again) {
        pending.push(y[pc]);
        pc = x[pc];
      } else if (op === OP.mark) pc++;
      else if (op === OP.assert) {
        if (!holds(assertions[x[pc]], before, after)) break;
        pc++;
      } else if (op === OP.save) {
        const slot = x[pc];
        if (slot < slots) {
          pending.push(captures[slot], ~slot);
          captures[slot] = at;
        }
        pc++;
      } else {
        const base = (threads.count - 1) * slots;
        for (let slot = 0; slot < slots; slot++) threads.captures[base + slot] = captures[slot];
        break;
      }
    }
  }
}
