import {
  type Labels,
  type MatrixSeries,
  METRIC_NAME,
  type QueryRange,
  type VectorSample,
} from "../promql/mod.ts";
import { type Localized, said } from "./said.ts";

/** Where samples are asked for: a Prometheus that runs, or what one recorded. */
export interface MetricSource {
  /** As a person knows it: an address, or a file. */
  readonly name: string;
  /** The instant that counts as now, in Unix milliseconds; of a recording its last sample's. */
  now(): number;
  /** The series that a selector finds and that have a sample in the last `maxAgeMs`. */
  series(selector: string, maxAgeMs: number): Promise<Labels[]>;
  /** An instant query for a vector or a scalar, at {@linkcode MetricSource.now}. */
  instant(promql: string): Promise<VectorSample[]>;
  range(promql: string, range: QueryRange): Promise<MatrixSeries[]>;
  /** The samples that the series of a selector have in the last `rangeMs`. */
  samples(selector: string, rangeMs: number): Promise<MatrixSeries[]>;
  /** The names of all series, sorted. */
  names(): Promise<string[]>;
  /** What the targets say that a metric is, `counter` or another type; undefined where nothing is known. */
  typeOf(name: string): Promise<string | undefined>;
}

/** A source that does not answer, or refuses a question. */
export class MetricSourceError extends Error {
  override name = "MetricSourceError";

  constructor(
    /** `refused` when the question is wrong, `away` when nobody answers it. */
    readonly kind: "refused" | "away",
    readonly said: Localized,
  ) {
    super(said.en);
  }
}

/** How far back one looks for the distance of a series' samples. */
const INTERVAL_LOOKBACK_MS = 3600_000;

/** How long lies between two samples of a series, in milliseconds: the middle of all; undefined for fewer than two. */
export async function sampleIntervalMs(
  source: MetricSource,
  labels: Labels,
): Promise<number | undefined> {
  const { [METRIC_NAME]: name = "", ...rest } = labels;
  const selector = selectorOf(name, rest);
  const [found] = await source.samples(selector, INTERVAL_LOOKBACK_MS);
  const gaps = (found?.points ?? []).slice(1)
    .map(({ tMs }, at) => tMs - found.points[at].tMs)
    .sort((a, b) => a - b);
  return gaps[gaps.length >> 1];
}

/** A selector that finds one series. */
function selectorOf(name: string, labels: Labels): string {
  const matchers = Object.entries(labels).map(([label, value]) =>
    `${label}=${JSON.stringify(value)}`
  );
  return `${name}{${matchers.join(",")}}`;
}

export function away(name: string, why: string): MetricSourceError {
  return new MetricSourceError(
    "away",
    said(
      `Prometheus at ${name} does not answer: ${why}`,
      `${name}의 Prometheus가 대답하지 않습니다: ${why}`,
    ),
  );
}

export function refusedBy(name: string, promql: string, why: string): MetricSourceError {
  return new MetricSourceError(
    "refused",
    said(`${name} refuses ${promql}: ${why}`, `${name}이(가) ${promql}을(를) 거절합니다: ${why}`),
  );
}
