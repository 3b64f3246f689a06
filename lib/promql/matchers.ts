import { compileAnchored, type GoRegexp, quote } from "../go/mod.ts";
import { labelOf, type Labels } from "./labels.ts";

export type MatchType = "=" | "!=" | "=~" | "!~";

/** Instructions from which on an expression is large. */
const LARGE = 500;
const STEPS_PER_STATE = 120;

/** One condition on a label; a label that is not there has the value "". */
export class Matcher {
  readonly #regexp: GoRegexp | undefined;
  /** Verdicts on values seen before: series share few values among many labels. */
  readonly #verdicts = new Map<string, boolean>();

  /** Errors: RegexpSyntaxError. */
  constructor(readonly name: string, readonly type: MatchType, readonly value: string) {
    if (type === "=~" || type === "!~") this.#regexp = compileAnchored(value);
  }

  /** What trying it on a series costs, in steps of a query's evaluation. */
  get steps(): number {
    if (this.#regexp === undefined) return 2;
    // A large expression is followed state by state, on labels of the usual length.
    const { size } = this.#regexp;
    return size > LARGE ? size * STEPS_PER_STATE : 4 + this.value.length / 8;
  }

  matches(value: string): boolean {
    if (this.#regexp === undefined) return (value === this.value) === (this.type === "=");
    let verdict = this.#verdicts.get(value);
    if (verdict === undefined) {
      verdict = this.#regexp.test(value) === (this.type === "=~");
      if (this.#verdicts.size > 10_000) this.#verdicts.clear();
      this.#verdicts.set(value, verdict);
    }
    return verdict;
  }

  matchesLabels(labels: Labels): boolean {
    return this.matches(labelOf(labels, this.name));
  }

  toString(): string {
    return `${this.name}${this.type}${quote(this.value)}`;
  }
}
