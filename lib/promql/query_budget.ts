import type { Expr } from "./ast.ts";
import { EvaluationError } from "./_vector.ts";

/** Upstream's default of `--query.max-samples`. */
const DEFAULT_MAX_SAMPLES = 50_000_000;
/** Upstream's default of `--query.timeout`. */
const DEFAULT_TIMEOUT_MS = 120_000;

/** What the simulated CPU does in a millisecond, in steps of evaluation: it is a slow one. */
const STEPS_PER_MS = 1200;
/**
 * The most that one evaluation may do, whatever its timeout. A step takes 4 to 12 ns on a fast machine,
 * so that the longest evaluation takes half a second there, and about one on a slow laptop.
 */
const MAX_STEPS = 48_000_000;

/** What an expression costs at one instant, whatever it gives. */
const STEPS_PER_NODE = 16;
/** What one more element of a vector costs: looking it up, working it out, keeping it for a while. */
const STEPS_PER_ELEMENT = 16;
/** What a sample of the query's own result costs: it is kept, and written out as JSON. */
const STEPS_PER_RESULT = 32;
/** How many characters of labels are written in a step. */
const CHARACTERS_PER_STEP = 2;

/** A query that took longer than it may. */
export class QueryTimeoutError extends EvaluationError {
  override name = "QueryTimeoutError";

  /** Source: prometheus/prometheus promql/engine.go (ErrQueryTimeout). */
  constructor(where = "expression evaluation") {
    super(`query timed out in ${where}`);
  }
}

/** A query that would hold more samples at once than it may. */
export class TooManySamplesError extends EvaluationError {
  override name = "TooManySamplesError";

  /** Source: prometheus/prometheus promql/engine.go (ErrTooManySamples). */
  constructor() {
    super("query processing would load too many samples into memory in query execution");
  }
}

export interface QueryLimits {
  /** Samples held at once, as upstream counts them. */
  maxSamples?: number;
  /** Milliseconds of the simulated CPU. */
  timeoutMs?: number;
}

/** What upstream holds at an expression's end: operands, result, copies of the operands at one instant. */
export type Holding = "in place" | "beside" | "with copies";

/**
 * What one evaluation may still do. Time is counted in steps of evaluation, a fixed number to the
 * millisecond, so that the same query always ends at the same place; samples are counted as upstream
 * holds them.
 *
 * Upstream works out a whole range for one part of an expression before it turns to the next and holds
 * the parts' results meanwhile; here all parts are worked out for one instant before the next. What
 * upstream holds at a part's end is therefore what is held here at that part, summed over the instants.
 *
 * Errors: QueryTimeoutError and TooManySamplesError, from every method that counts.
 * Source: prometheus/prometheus promql/engine.go (evaluator.currentSamples, rangeEval).
 * Differs: a timeout above forty seconds is one of forty seconds of the simulated CPU.
 */
export class QueryBudget {
  readonly maxSamples: number;
  readonly #maxSteps: number;
  #steps = 0;
  /** Samples held at this instant. */
  samples = 0;
  /** The most samples that were held at once. */
  peak = 0;
  /** Samples that the query holds around a subquery that is being evaluated. */
  #around = 0;
  /** Samples held at an expression's end, over the instants so far. */
  readonly #held = new Map<Expr, number>();

  constructor(
    { maxSamples = DEFAULT_MAX_SAMPLES, timeoutMs = DEFAULT_TIMEOUT_MS }: QueryLimits = {},
  ) {
    this.maxSamples = maxSamples;
    this.#maxSteps = Math.min(timeoutMs * STEPS_PER_MS, MAX_STEPS);
  }

  /** Steps of evaluation so far. */
  get steps(): number {
    return this.#steps;
  }

  /** How long the simulated CPU was at it. */
  get elapsedMs(): number {
    return Math.min(this.#steps, this.#maxSteps) / STEPS_PER_MS;
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#maxSteps) throw new QueryTimeoutError();
  }

  /** Refuses at once what will take at least so many steps. */
  require(steps: number): void {
    if (this.#steps + steps > this.#maxSteps) throw new QueryTimeoutError();
  }

  spendCharacters(characters: number): void {
    this.spend(characters / CHARACTERS_PER_STEP);
  }

  /** Counts samples of the query's own result. */
  spendResult(samples: number): void {
    this.spend(samples * STEPS_PER_RESULT);
  }

  /**
   * Counts an expression that has been evaluated at one instant: `before` is what was held when it began,
   * since when its operands' results came; they are let go of, its own result is kept.
   */
  settle(expr: Expr, before: number, result: number, holding: Holding): void {
    const operands = this.samples - before;
    this.spend(STEPS_PER_NODE + STEPS_PER_ELEMENT * (operands + result));
    const beside = holding === "in place" ? 0 : result;
    const held = (this.#held.get(expr) ?? 0) + this.samples + beside;
    this.#held.set(expr, held);
    const copies = holding === "with copies" ? operands : 0;
    this.#check(this.#around + held + copies);
    this.samples = before + result;
  }

  /** Counts samples that are held only while one of the `results` of an expression is worked out. */
  window(expr: Expr, results: number, length: number): void {
    this.spend(STEPS_PER_ELEMENT + length);
    const held = (this.#held.get(expr) ?? 0) + this.samples + results + length;
    this.#check(this.#around + held);
  }

  /** Counts samples that stay until the expression around them is settled. */
  hold(samples: number): void {
    this.samples += samples;
    this.#check(this.#around + this.samples);
  }

  #check(held: number): void {
    if (held > this.peak) this.peak = held;
    if (held > this.maxSamples) throw new TooManySamplesError();
  }

  /** Runs the instants of a subquery, which have a range of their own; gives what was held around it. */
  enterSubquery(): number {
    const outer = this.samples;
    this.#around += outer;
    this.samples = 0;
    return outer;
  }

  leaveSubquery(outer: number): void {
    this.#around -= outer;
    this.samples = outer;
  }
}
