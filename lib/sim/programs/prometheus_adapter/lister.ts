import { type MetricNamer, type Series, toSeries } from "../../../adapter/mod.ts";
import { quote } from "../../../go/mod.ts";
import { type PrometheusClient, PrometheusError, seriesOf } from "../shared/prometheus_client.ts";

/** A relist that failed as a whole; what was known before stays. */
export class RelistError extends Error {
  override name = "RelistError";
}

/** What a series is for discovery: its name and which labels it has, whatever their values. */
type Shape = [name: string, ...labels: string[]];

/**
 * Asks Prometheus which series there are: one request for each distinct series query.
 * Source: kubernetes-sigs/prometheus-adapter pkg/custom-provider/provider.go (updateMetrics).
 */
export class SeriesLister {
  /** Per query: the body of the last answer, and the kinds of series in it. */
  readonly #known = new Map<string, { body: string; shapes: Series[] | undefined }>();
  /** What the last list was made from, and what came of it. */
  #last: { from: Series[][]; accepted: Series[][] } = { from: [], accepted: [] };

  constructor(private readonly client: PrometheusClient) {}

  /**
   * The series of each namer, filtered; the very same array while nothing came or went.
   * Errors: RelistError.
   */
  list(namers: readonly MetricNamer[], startMs: number, prefix: string): Series[][] {
    const byQuery = new Map<string, Series[] | undefined>();
    for (const { rule: { seriesQuery } } of namers) {
      if (byQuery.has(seriesQuery)) continue;
      try {
        byQuery.set(seriesQuery, this.#ask(seriesQuery, startMs));
      } catch (error) {
        if (!(error instanceof PrometheusError)) throw error;
        const query = quote(seriesQuery);
        throw new RelistError(
          `${prefix}unable to fetch metrics for query ${query}: ${error.message}`,
        );
      }
    }
    const found = namers.map(({ rule: { seriesQuery } }) => {
      const series = byQuery.get(seriesQuery);
      if (series) return series;
      throw new RelistError(
        `${prefix}no metrics retrieved for query ${quote(seriesQuery)}`,
      );
    });
    const { from, accepted } = this.#last;
    if (from.length === found.length && from.every((series, i) => series === found[i])) {
      return accepted;
    }
    this.#last = {
      from: found,
      accepted: found.map((series, i) => series.filter(({ name }) => namers[i].accepts(name))),
    };
    return this.#last.accepted;
  }

  /** What was found, small enough for a snapshot. */
  snapshot(): Record<string, Shape[]> {
    return Object.fromEntries(
      [...this.#known].map(([query, { shapes }]) => [
        query,
        (shapes ?? []).map(({ name, labels }): Shape => [name, ...Object.keys(labels)]),
      ]),
    );
  }

  /** Takes a snapshot back; the series of each namer, or undefined when it misses a query. */
  restore(saved: Record<string, Shape[]>, namers: readonly MetricNamer[]): Series[][] | undefined {
    for (const [query, shapes] of Object.entries(saved)) {
      const series = shapes.map(([name, ...labels]) => ({
        name,
        labels: Object.fromEntries(labels.map((label) => [label, ""])),
      }));
      this.#known.set(query, { body: "", shapes: series });
    }
    if (!namers.every(({ rule }) => this.#known.has(rule.seriesQuery))) return undefined;
    return namers.map((namer) =>
      this.#known.get(namer.rule.seriesQuery)!.shapes!.filter(({ name }) => namer.accepts(name))
    );
  }

  #ask(query: string, startMs: number): Series[] | undefined {
    const body = this.client.seriesBody(query, startMs);
    const before = this.#known.get(query);
    if (before?.body === body) return before.shapes;
    const shapes = distinct(seriesOf(body));
    this.#known.set(query, { body, shapes });
    return shapes;
  }
}

/** One series of each name and set of labels: discovery looks at nothing else. */
function distinct(series: readonly Readonly<Record<string, string>>[] | undefined) {
  if (!series) return undefined;
  const seen = new Map<string, Series>();
  for (const labels of series) {
    const one = toSeries(labels);
    const key = `${one.name} ${Object.keys(one.labels).sort().join(" ")}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}
