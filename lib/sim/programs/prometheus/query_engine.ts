import { InvariantError } from "../../../base/mod.ts";
import { parsePromDuration } from "../../../go/mod.ts";
import {
  evaluateInstant,
  evaluateRange,
  type Expr,
  type ParseOptions,
  QueryBudget,
  type QueryRange,
  type QueryResult,
  QueryTimeoutError,
  type SeriesStore,
} from "../../../promql/mod.ts";
import type { ContainerContext } from "../../seams.ts";

/** Evaluations shorter than this are part of what the server uses anyway. */
const NOTICED_MS = 250;
/** The longest that the simulated CPU is at one evaluation; {@linkcode QueryBudget} ends it there. */
const LONGEST_MS = 40_000;
/** What an evaluation gets while the CPU is still at earlier ones: enough for what is light. */
const LEAST_MS = 80;

/** How one query is to be evaluated. */
export interface QuerySettings {
  /** The text of the expression, for positions in warnings. */
  text: string;
  /** What asks, where that is more than a query. */
  asker?: string;
  /** Undefined: the flag's. */
  timeoutMs?: number;
  lookbackMs?: number;
  defaultStepMs: number;
}

/**
 * Evaluates a server's queries and rules within its flags and its CPU. An evaluation that is noticed
 * burns CPU of the container, and while that goes on, in virtual time, later ones get less: however
 * many fall on one instant, they do not add up.
 * Source: prometheus/prometheus promql/engine.go (NewEngine, exec).
 * Differs: --query.max-concurrency has no effect, for no two evaluations overlap.
 */
export class QueryEngine {
  readonly maxSamples: number;
  readonly timeoutMs: number;
  readonly lookbackMs: number;
  /** How expressions are read. */
  readonly parseOptions: ParseOptions;
  readonly #delaysNames: boolean;
  readonly #context: ContainerContext;
  readonly #store: SeriesStore;
  /** Until when the CPU is at evaluations that were noticed. */
  busyUntilMs = 0;
  /** How long the CPU was at the last evaluation, whatever became of it. */
  lastMs = 0;

  constructor(
    context: ContainerContext,
    store: SeriesStore,
    { flag, features }: { flag: (name: string) => string; features: ReadonlySet<string> },
  ) {
    this.parseOptions = {
      enableExperimentalFunctions: features.has("promql-experimental-functions"),
    };
    this.#delaysNames = features.has("promql-delayed-name-removal");
    this.#context = context;
    this.#store = store;
    this.maxSamples = Math.trunc(Number(flag("query.max-samples")));
    this.timeoutMs = parsePromDuration(flag("query.timeout"));
    this.lookbackMs = parsePromDuration(flag("query.lookback-delta"));
  }

  /** How long the last evaluation took, 0 when that is not noticed. */
  get noticedMs(): number {
    return this.lastMs < NOTICED_MS ? 0 : this.lastMs;
  }

  /** Errors: EvaluationError. */
  instant(expr: Expr, tMs: number, settings: QuerySettings): QueryResult {
    return this.#evaluate(
      settings,
      (options) => evaluateInstant(this.#store, expr, tMs, options),
    );
  }

  /** Errors: as {@linkcode QueryEngine.instant}. */
  range(expr: Expr, range: QueryRange, settings: QuerySettings): QueryResult {
    return this.#evaluate(
      settings,
      (options) => evaluateRange(this.#store, expr, range, options),
    );
  }

  /** Runs a search of series, which counts its steps. Errors: QueryTimeoutError. */
  search<T>(run: (spend: (steps: number) => void) => T): T {
    return this.#metered(this.timeoutMs, (budget) => run((steps) => budget.spend(steps)));
  }

  #evaluate(
    { text, asker, timeoutMs = this.timeoutMs, lookbackMs = this.lookbackMs, defaultStepMs }:
      QuerySettings,
    evaluate: (options: Parameters<typeof evaluateInstant>[3]) => QueryResult,
  ): QueryResult {
    this.#context.note(asker ?? `query ${text}`);
    return this.#metered(
      timeoutMs,
      (budget) =>
        evaluate({ text, lookbackMs, defaultStepMs, budget, delaysNames: this.#delaysNames }),
    );
  }

  #metered<T>(timeoutMs: number, run: (budget: QueryBudget) => T): T {
    timeoutMs = Math.min(timeoutMs, this.timeoutMs);
    this.lastMs = 0;
    if (timeoutMs <= 0) throw new QueryTimeoutError("query execution");
    const waitMs = Math.max(0, this.busyUntilMs - this.#context.now());
    const leftMs = Math.max(LEAST_MS, Math.min(timeoutMs, LONGEST_MS) - waitMs);
    const budget = new QueryBudget({
      maxSamples: this.maxSamples,
      timeoutMs: Math.min(timeoutMs, leftMs),
    });
    try {
      return run(budget);
    } finally {
      this.#note(budget.elapsedMs);
    }
  }

  #note(elapsedMs: number): void {
    if (!(elapsedMs >= 0)) throw new InvariantError(`An evaluation took ${elapsedMs} ms`);
    this.lastMs = elapsedMs;
    if (elapsedMs < NOTICED_MS) return;
    const nowMs = this.#context.now();
    this.busyUntilMs = Math.max(
      nowMs + this.#context.burn(elapsedMs),
      Math.max(nowMs, this.busyUntilMs) + elapsedMs,
    );
  }
}
