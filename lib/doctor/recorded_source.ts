import { DurationSyntaxError, fieldsOf, parsePromDuration } from "../go/mod.ts";
import {
  endsAsOpenMetrics,
  evaluateInstant,
  evaluateRange,
  EvaluationError,
  ExpositionSyntaxError,
  type Labels,
  type MatrixSeries,
  METRIC_NAME,
  parseExposition,
  parseSelector,
  type Point,
  PromqlSyntaxError,
  type QueryRange,
  type QueryResult,
  SeriesStore,
  type VectorSample,
} from "../promql/mod.ts";
import { isValue, toMatrix } from "../prometheus/mod.ts";
import { type MetricSource, refusedBy } from "./metric_source.ts";
import { InputError, said } from "./said.ts";

/** What a Prometheus recorded: every question is answered from one file, the same way every time. */
export class RecordedSource implements MetricSource {
  constructor(
    readonly name: string,
    readonly store: SeriesStore,
    readonly types: ReadonlyMap<string, string>,
  ) {}

  now(): number {
    return this.store.timeRange?.maxMs ?? 0;
  }

  /** The oldest sample's time. */
  startMs(): number {
    return this.store.timeRange?.minMs ?? 0;
  }

  series(selector: string, maxAgeMs: number): Promise<Labels[]> {
    return this.#answer(selector, () => {
      const maxMs = this.now();
      return this.store.select(parseSelector(selector), { minMs: maxMs - maxAgeMs, maxMs })
        .map(({ labels }) => labels);
    });
  }

  instant(promql: string): Promise<VectorSample[]> {
    return this.#answer(promql, () => {
      const { value } = evaluateInstant(this.store, promql, this.now());
      if (value.type === "vector") return value.samples;
      if (value.type === "scalar") return [{ metric: {}, tMs: value.tMs, value: value.value }];
      throw new EvaluationError(`it gives a ${value.type}`);
    });
  }

  samples(selector: string, rangeMs: number): Promise<MatrixSeries[]> {
    const promql = `${selector}[${Math.ceil(rangeMs / 1000)}s]`;
    return this.#answer(promql, () => matrixOf(evaluateInstant(this.store, promql, this.now())));
  }

  range(promql: string, range: QueryRange): Promise<MatrixSeries[]> {
    return this.#answer(promql, () => matrixOf(evaluateRange(this.store, promql, range)));
  }

  names(): Promise<string[]> {
    return Promise.resolve(this.store.labelValues(METRIC_NAME));
  }

  typeOf(name: string): Promise<string | undefined> {
    return Promise.resolve(this.types.get(name));
  }

  /** Refuses a question in the words that Prometheus has for it. */
  #answer<T>(promql: string, work: () => T): Promise<T> {
    try {
      return Promise.resolve(work());
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError || error instanceof EvaluationError)) throw error;
      return Promise.reject(refusedBy(this.name, promql, error.message));
    }
  }
}

function matrixOf({ value }: QueryResult): MatrixSeries[] {
  return value.type === "matrix" ? value.series : [];
}

/**
 * A recording: Prometheus's text format, an answer of its HTTP API (`query`, `query_range`), or the form of
 * docs/what-if.md, a list of values at even distances. Errors: InputError.
 */
export function readRecording(text: string, name: string): RecordedSource {
  const trimmed = text.trimStart();
  const isJson = trimmed.startsWith("{") || trimmed.startsWith("[");
  const types = new Map<string, string>();
  const all = isJson && !/^\{[a-z_]/i.test(trimmed)
    ? fromJson(parseJson(text, name), name)
    : fromText(text, name, types);
  const store = new SeriesStore();
  for (const { metric, points } of all) {
    const ref = store.series(metric);
    // A point that comes twice, as where two answers overlap, is one.
    for (const { tMs, value } of points.toSorted((a, b) => a.tMs - b.tMs)) {
      store.append(ref, tMs, value);
    }
  }
  if (store.seriesCount === 0) {
    throw new InputError(said(
      `${name} holds no series. It may be Prometheus's text format, or an answer of its /api/v1/query_range`,
      `${name}에 시계열이 없습니다. Prometheus의 텍스트 형식이나 /api/v1/query_range의 응답이어야 합니다`,
    ));
  }
  return new RecordedSource(name, store, types);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError(said(
      `${name} is no JSON: ${error.message}`,
      `${name}이(가) JSON이 아닙니다: ${error.message}`,
    ));
  }
}

/** Samples without a time are all of one instant, so that nothing depends on when the file is read. */
const TIMELESS_MS = Date.UTC(2026, 0, 1);

function fromText(text: string, name: string, types: Map<string, string>): MatrixSeries[] {
  try {
    const families = endsAsOpenMetrics(text)
      ? parseExposition(text, "openmetrics")
      : parseExposition(text.endsWith("\n") ? text : `${text}\n`);
    return families.flatMap(({ name: family, type, samples }) => {
      const found = new Map<string, MatrixSeries>();
      for (const { labels, value, timestampMs = TIMELESS_MS } of samples) {
        types.set(labels[METRIC_NAME], type);
        const key = JSON.stringify(labels);
        const known = found.get(key) ?? { metric: labels, points: [] };
        known.points.push({ tMs: timestampMs, value });
        found.set(key, known);
      }
      if (type === "untyped") types.delete(family);
      return [...found.values()];
    });
  } catch (error) {
    if (!(error instanceof ExpositionSyntaxError)) throw error;
    throw new InputError(said(
      `${name}, line ${error.line}: ${error.message}`,
      `${name}, ${error.line}번째 줄: ${error.message}`,
    ));
  }
}

/** One part of the JSON form: where its values begin, how far they lie apart, and the values. */
interface EvenSeries {
  metric: Labels;
  values: (number | null)[];
  start?: unknown;
  step?: unknown;
}

function fromJson(json: unknown, name: string): MatrixSeries[] {
  if (Array.isArray(json)) return json.flatMap((each) => fromJson(each, name));
  const whole = fieldsOf(json);
  if (whole.status === "error") {
    throw new InputError(said(
      `${name} is an error of Prometheus: ${whole.error}`,
      `${name}은(는) Prometheus의 오류입니다: ${whole.error}`,
    ));
  }
  const data = fieldsOf(whole.data ?? whole);
  if (data.resultType === "matrix" || data.resultType === "vector") {
    if (isValue(data)) return toMatrix(data);
    throw new InputError(said(
      `${name}: "result" is not as Prometheus gives it: {"metric": {…}, "values": [[1767225600, "1"], …]}`,
      `${name}: "result"가 Prometheus의 형식이 아닙니다: {"metric": {…}, "values": [[1767225600, "1"], …]}`,
    ));
  }
  if (!Array.isArray(whole.series)) {
    throw new InputError(said(
      `${name} has neither "data" with a "resultType" of matrix or vector, nor "series" (docs/what-if.md)`,
      `${name}에 matrix나 vector인 "resultType"을 가진 "data"도 "series"도 없습니다 (docs/what-if.md)`,
    ));
  }
  return whole.series.map((one: EvenSeries, at: number) => even({ ...whole, ...one }, at, name));
}

function isLabels(metric: unknown): metric is Labels {
  return typeof metric === "object" && metric !== null && !Array.isArray(metric) &&
    Object.values(metric).every((value) => typeof value === "string");
}

function even({ metric, values, start, step }: EvenSeries, at: number, name: string): MatrixSeries {
  const startMs = typeof start === "string" ? Date.parse(start) : NaN;
  const stepMs = durationOf(step);
  const isRight = isLabels(metric) && metric[METRIC_NAME] && Array.isArray(values) &&
    values.every((value) => value === null || typeof value === "number") &&
    !Number.isNaN(startMs) && stepMs > 0;
  if (!isRight) {
    throw new InputError(said(
      `${name}: series ${
        at + 1
      } wants "metric" with a "__name__", "values", and a "start" and "step" such as "2026-01-01T00:00:00Z" and "60s"`,
      `${name}: ${
        at + 1
      }번째 시계열에 "__name__"이 있는 "metric"과 "values", 그리고 "2026-01-01T00:00:00Z"와 "60s" 같은 "start"와 "step"이 필요합니다`,
    ));
  }
  const points = values.flatMap((value, index): Point[] =>
    value === null ? [] : [{ tMs: startMs + index * stepMs, value: Number(value) }]
  );
  return { metric, points };
}

function durationOf(text: unknown): number {
  try {
    return typeof text === "string" ? parsePromDuration(text) : NaN;
  } catch (error) {
    if (error instanceof DurationSyntaxError) return NaN;
    throw error;
  }
}
