import type { Assertion, CharSet, Node } from "./_regexp_nodes.ts";

export const OP = {
  char: 0,
  set: 1,
  split: 2,
  jump: 3,
  save: 4,
  assert: 5,
  match: 6,
  backreference: 7,
  /** Begins a round of a repetition that may be empty. */
  mark: 8,
  /** Another round or on; no further round after one that read nothing. */
  again: 9,
} as const;

/**
 * Instructions of which each reads one character or chooses where to go on.
 * Source: golang/go src/regexp/syntax/compile.go.
 */
export class Program {
  readonly ops: number[] = [];
  readonly x: number[] = [];
  readonly y: number[] = [];
  readonly sets: CharSet[] = [];
  readonly assertions: Assertion[] = [];
  readonly anchored: boolean;
  /** Places of captures: two for the match and two a group. */
  readonly slots: number;
  /** Places where rounds began, after the captures. */
  marks = 0;

  constructor(node: Node, groups: number) {
    this.anchored = node.anchored;
    this.slots = 2 * (groups + 1);
    this.#emit(node);
    this.#add(OP.match);
  }

  get length(): number {
    return this.ops.length;
  }

  #add(op: number, x = 0, y = 0): number {
    this.x.push(x);
    this.y.push(y);
    return this.ops.push(op) - 1;
  }

  #emit(node: Node): void {
    switch (node.op) {
      case "char": {
        const code = node.set.literal?.codePointAt(0);
        if (code !== undefined) this.#add(OP.char, code);
        else this.#add(OP.set, this.sets.push(node.set) - 1);
        return;
      }
      case "assert":
        this.#add(OP.assert, this.assertions.push(node.kind) - 1);
        return;
      case "backreference":
        this.#add(OP.backreference, node.index);
        return;
      case "concat":
        for (const sub of node.subs) this.#emit(sub);
        return;
      case "capture":
        this.#add(OP.save, 2 * node.index);
        this.#emit(node.sub);
        this.#add(OP.save, 2 * node.index + 1);
        return;
      case "alternate":
        return this.#alternate(node.subs);
      case "repeat":
        return this.#repeat(node);
    }
  }

  #alternate(subs: readonly Node[]): void {
    const ends: number[] = [];
    for (const [i, sub] of subs.entries()) {
      const last = i === subs.length - 1;
      const split = last ? -1 : this.#add(OP.split, this.length + 1);
      this.#emit(sub);
      if (last) continue;
      ends.push(this.#add(OP.jump));
      this.y[split] = this.length;
    }
    for (const end of ends) this.x[end] = this.length;
  }

  #repeat(node: Node & { op: "repeat" }): void {
    const { sub, min, max, lazy } = node;
    const choose = () => this.#add(OP.split);
    const set = (split: number, to: { on: number; out: number }) => {
      this.x[split] = lazy ? to.out : to.on;
      this.y[split] = lazy ? to.on : to.out;
    };
    const endless = max === Infinity;
    const plain = endless && min === 0 && !sub.nullable;
    // x{2,} is xx+, and x* of an x that may be empty is (x+)?.
    const copies = endless ? Math.max(0, min - 1) : min;
    for (let i = 0; i < copies; i++) this.#emit(sub);
    if (!endless) {
      const splits: number[] = [];
      for (let i = min; i < max; i++) {
        splits.push(choose());
        this.#emit(sub);
      }
      for (const split of splits) set(split, { on: split + 1, out: this.length });
    } else if (plain) {
      const split = choose();
      this.#emit(sub);
      this.#add(OP.jump, split);
      set(split, { on: split + 1, out: this.length });
    } else {
      const optional = min === 0 ? choose() : -1;
      const start = this.length;
      const mark = sub.nullable ? this.slots + this.marks++ : -1;
      if (mark >= 0) this.#add(OP.mark, mark);
      this.#emit(sub);
      const again = mark >= 0 ? this.#add(OP.again) : choose();
      set(again, { on: start, out: this.length });
      if (optional >= 0) set(optional, { on: start, out: this.length });
    }
  }
}

const isWord = (code: number) =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ||
  code === 95;

/** Whether an assertion holds between the characters before and after a place. -1: no character. */
export function holds(kind: Assertion, before: number, after: number): boolean {
  switch (kind) {
    case "begin":
      return before < 0;
    case "end":
      return after < 0;
    case "beginLine":
      return before < 0 || before === 10;
    case "endLine":
      return after < 0 || after === 10;
    case "word":
      return isWord(before) !== isWord(after);
    case "notWord":
      return isWord(before) === isWord(after);
    case "wordStart":
      return !isWord(before) && isWord(after);
    case "wordEnd":
      return isWord(before) && !isWord(after);
    case "notAfterWord":
      return !isWord(before);
    case "notBeforeWord":
      return !isWord(after);
  }
}

/** The code of the character that ends at `at`; -1 at the start of a text. */
export function codeBefore(text: string, at: number): number {
  if (at === 0) return -1;
  const low = text.charCodeAt(at - 1);
  const isPair = low >= 0xdc00 && low <= 0xdfff && at > 1 &&
    (text.charCodeAt(at - 2) & 0xfc00) === 0xd800;
  return isPair ? text.codePointAt(at - 2)! : low;
}
