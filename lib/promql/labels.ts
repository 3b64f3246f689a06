import { quote } from "../go/mod.ts";
/** A label set. `__name__` holds the metric's name; an empty value is the same as no label. */
export type Labels = Readonly<Record<string, string>>;

export const METRIC_NAME = "__name__";

/** Labels that describe the metric itself: operations that make a new metric drop them. */
export const METADATA_LABELS = [METRIC_NAME, "__type__", "__unit__"];

/** The value of a label, "" when it is not there. */
export function labelOf(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? labels[name] : "";
}

/**
 * Orders strings as Go does, by their UTF-8 bytes.
 * UTF-16 order differs from it only where surrogates meet U+E000 and above.
 */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of two label sets. Source: prometheus/prometheus model/labels (Compare). */
export function compareLabels(a: Labels, b: Labels): number {
  const aNames = Object.keys(a).sort(compareStrings);
  const bNames = Object.keys(b).sort(compareStrings);
  const shared = Math.min(aNames.length, bNames.length);
  for (let i = 0; i < shared; i++) {
    const order = compareStrings(aNames[i], bNames[i]) ||
      compareStrings(a[aNames[i]], b[bNames[i]]);
    if (order !== 0) return order;
  }
  return aNames.length - bNames.length;
}

/** A label set as Prometheus prints it in errors: `{__name__="up", job="web"}`. */
export function formatLabels(labels: Labels): string {
  const pairs = Object.keys(labels).sort(compareStrings).map((name) =>
    `${/^[a-zA-Z_]\w*$/.test(name) ? name : quote(name)}=${quote(labels[name])}`
  );
  return `{${pairs.join(", ")}}`;
}

const COUNTER_NAME = /_(?:total|sum|count|bucket)$/;

/**
 * A label set with its identity. Within one {@linkcode Metrics} equal sets are one object, so that
 * grouping and matching compare references instead of strings.
 */
export class Metric {
  /** The set without its metadata labels, once it was asked for. */
  nameless: Metric | undefined;
  /** The set that is to lose its metadata labels when the query is at its end, once it was asked for. */
  dropping: Metric | undefined;
  #mayBeCounter: boolean | undefined;

  /** `kept` is the set that one is which is to lose its metadata labels at the end. */
  constructor(readonly labels: Labels, readonly key: string, readonly kept?: Metric) {}

  /** Whether its name, if it has one, ends as a counter's or that of a part of a histogram does. */
  get mayBeCounter(): boolean {
    if (this.#mayBeCounter === undefined) {
      const name = this.get(METRIC_NAME);
      this.#mayBeCounter = name === "" || COUNTER_NAME.test(name);
    }
    return this.#mayBeCounter;
  }

  get(name: string): string {
    return labelOf(this.labels, name);
  }
}

/** A string that equal label sets, and only those, share. */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels);
  // Most come sorted: to see that costs less than to sort.
  for (let i = 1; i < names.length; i++) {
    if (names[i - 1] < names[i]) continue;
    names.sort();
    break;
  }
  let key = "";
  for (const name of names) key += `${name}\xff${labels[name]}\xff`;
  return key;
}

/** Interns label sets. */
export class Metrics {
  #byKey = new Map<string, Metric>();
  /** How many characters of label sets were put together so far: what that costs goes by it. */
  written = 0;

  /** The one Metric for these labels; empty values are dropped first. */
  of(labels: Labels): Metric {
    for (const name in labels) {
      if (labels[name] === "") {
        labels = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
        break;
      }
    }
    const key = labelsKey(labels);
    this.written += key.length;
    let metric = this.#byKey.get(key);
    if (!metric) this.#byKey.set(key, metric = new Metric({ ...labels }, key));
    return metric;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Forgets every set but these, which stay the objects they are. */
  keepOnly(kept: Iterable<Metric>): void {
    this.#byKey.clear();
    for (const metric of kept) {
      metric.nameless = metric.dropping = undefined;
      this.#byKey.set(metric.key, metric);
    }
  }

  /** The set without `__name__` and the other metadata labels. */
  withoutName(metric: Metric): Metric {
    if (metric.kept !== undefined) return this.withoutName(metric.kept);
    if (metric.nameless !== undefined) return metric.nameless;
    // Not counted as written: whether an earlier query has done it must not change what this one costs.
    const { written } = this;
    metric.nameless = METADATA_LABELS.some((name) => Object.hasOwn(metric.labels, name))
      ? this.without(metric, METADATA_LABELS)
      : metric;
    this.written = written;
    return metric.nameless;
  }

  /** The same set, which is to lose those labels when the query is at its end. */
  dropping(metric: Metric): Metric {
    if (metric.kept !== undefined) return metric;
    return metric.dropping ??= new Metric(metric.labels, metric.key, metric);
  }

  without(metric: Metric, names: readonly string[]): Metric {
    const labels: Record<string, string> = {};
    for (const name in metric.labels) {
      if (!names.includes(name)) labels[name] = metric.labels[name];
    }
    return this.of(labels);
  }

  keep(metric: Metric, names: readonly string[]): Metric {
    const labels: Record<string, string> = {};
    for (const name of names) {
      const value = metric.get(name);
      if (value !== "") labels[name] = value;
    }
    return this.of(labels);
  }
}

/** Labels in order of their names. */
export function sortedLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
}

/** A text as a label's name can be: what may not be in one is `_`. Source: prometheus/prometheus util/strutil/strconv.go (SanitizeLabelName). */
export function sanitizeLabelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, "_");
}
