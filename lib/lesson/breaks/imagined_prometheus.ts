import {
  evaluateInstant,
  EvaluationError,
  type Labels,
  type Matcher,
  parseSelector,
  PromqlSyntaxError,
  SeriesStore,
  type VectorSample,
} from "../../promql/mod.ts";

/** How long, and how often, its series were scraped, in milliseconds. */
const PAST_MS = 15 * 60_000;
const INTERVAL_MS = 30_000;

/**
 * A Prometheus that scraped one series for a while: what a selector or a query would come to if all before it worked.
 */
export class ImaginedPrometheus {
  readonly #store = new SeriesStore();

  /** `series` with its name as `__name__`; its samples rise, as a counter's do. */
  constructor(readonly series: Labels) {
    const ref = this.#store.series(series);
    for (let tMs = 0; tMs <= PAST_MS; tMs += INTERVAL_MS) this.#store.append(ref, tMs, 10 + tMs);
  }

  /** Whether a selector, such as a rule's seriesQuery, finds the series. */
  finds(selector: string): boolean {
    const matchers = orNothing(() => parseSelector(selector)) ?? [];
    return matchers.length > 0 && matchers.every((one: Matcher) => one.matchesLabels(this.series));
  }

  /** The samples of an instant query; none where it is refused. */
  query(text: string): VectorSample[] {
    const value = orNothing(() => evaluateInstant(this.#store, text, PAST_MS).value);
    return value?.type === "vector" ? value.samples : [];
  }
}

function orNothing<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    const isRefused = error instanceof PromqlSyntaxError || error instanceof EvaluationError;
    if (!isRefused) throw error;
    return undefined;
  }
}
