import type { Aggregate } from "./ast.ts";
import { formatFloat, formatGoFloat } from "../go/mod.ts";
import { METADATA_LABELS, type Metric, type Metrics } from "./labels.ts";
import { KahanSum, Mean, quantile } from "./_math.ts";
import { EvaluationError, type Sample, type Vector } from "./_vector.ts";

/** What one group's values come to. */
interface Accumulator {
  add(value: number): void;
  readonly result: number;
}

/** An aggregation over one query: it remembers which group each label set belongs to. */
export class Aggregator {
  #groups = new Map<Metric, Metric>();
  /** The groups in the order in which they first came, and their places there. */
  #places: Metric[] = [];
  #placeByGroup = new Map<Metric, number>();
  /** The elements of the last instant, and the places of their groups. */
  #before: Metric[] = [];
  #placeBefore: number[] = [];

  constructor(readonly expr: Aggregate, readonly metrics: Metrics) {}

  /** Errors: EvaluationError for a parameter that makes no sense. */
  evaluate(vector: Vector, param: number, valueLabel: string): Vector {
    switch (this.expr.op) {
      case "topk":
      case "bottomk":
      case "limitk":
        return this.#selectK(vector, param);
      case "count_values":
        return this.#countValues(vector, valueLabel);
    }
    const accumulators: (Accumulator | undefined)[] = [];
    const touched: number[] = [];
    /** Groups with an element that is to lose its name: they are to lose theirs. */
    const dropping = new Set<number>();
    for (let i = 0; i < vector.length; i++) {
      const { metric, value } = vector[i];
      // The same series come at every instant, most often in the same order.
      const place = this.#before[i] === metric ? this.#placeBefore[i] : this.#placeOf(i, metric);
      if (metric.kept !== undefined) dropping.add(place);
      const accumulator = accumulators[place];
      if (accumulator) accumulator.add(value);
      else {
        accumulators[place] = this.#start(value, param);
        touched.push(place);
      }
    }
    return touched.map((place) => ({
      metric: dropping.has(place)
        ? this.metrics.dropping(this.#places[place])
        : this.#places[place],
      value: accumulators[place]!.result,
    }));
  }

  /** The number of the group of the `i`-th element, and remembers it for the next instant. */
  #placeOf(i: number, metric: Metric): number {
    const group = this.#groupOf(metric);
    let place = this.#placeByGroup.get(group);
    if (place === undefined) {
      place = this.#places.push(group) - 1;
      this.#placeByGroup.set(group, place);
    }
    this.#before[i] = metric;
    this.#placeBefore[i] = place;
    return place;
  }

  #groupOf(metric: Metric): Metric {
    let group = this.#groups.get(metric);
    if (group === undefined) {
      group = this.#grouped(metric, this.expr.grouping);
      this.#groups.set(metric, group);
    }
    return group;
  }

  #grouped(metric: Metric, labels: readonly string[]): Metric {
    return this.expr.without
      ? this.metrics.without(metric, [...labels, ...METADATA_LABELS])
      : this.metrics.keep(metric, labels);
  }

  /** Source: prometheus/prometheus promql/engine.go (aggregation). */
  #start(first: number, param: number): Accumulator {
    switch (this.expr.op) {
      case "sum":
        return new Sum(first);
      case "avg":
        return new Average(first);
      case "min":
        return new Extreme(first, (a, b) => a < b);
      case "max":
        return new Extreme(first, (a, b) => a > b);
      case "count":
        return new Count();
      case "stdvar":
        return new Variance(first, (variance) => variance);
      case "stddev":
        return new Variance(first, Math.sqrt);
      case "quantile":
        return new Quantile(first, param);
      default:
        return new Group();
    }
  }

  /** Source: prometheus/prometheus promql/engine.go (aggregationK). */
  #selectK(vector: Vector, param: number): Vector {
    if (Number.isNaN(param)) throw new EvaluationError("Parameter value is NaN");
    if (param <= -(2 ** 63)) {
      throw new EvaluationError(`Scalar value ${formatGoFloat(param)} underflows int64`);
    }
    if (param >= 2 ** 63) {
      throw new EvaluationError(`Scalar value ${formatGoFloat(param)} overflows int64`);
    }
    const k = Math.min(Math.trunc(param), vector.length);
    if (k < 1) return [];
    // The root is what goes first when something better comes.
    const worse = this.expr.op === "bottomk"
      ? (a: number, b: number) => Number.isNaN(a) || a > b
      : (a: number, b: number) => Number.isNaN(a) || a < b;
    const heaps = new Map<Metric, Heap>();
    for (const sample of vector) {
      const group = this.#groupOf(sample.metric);
      let heap = heaps.get(group);
      if (!heap) heaps.set(group, heap = new Heap(worse));
      if (heap.samples.length < k) heap.push(sample);
      else if (this.expr.op !== "limitk") heap.offer(sample);
    }
    const chosen: Vector = [];
    for (const heap of heaps.values()) {
      const samples = this.expr.op === "limitk" ? heap.samples : heap.bestFirst();
      for (const sample of samples) chosen.push(sample);
    }
    return chosen;
  }

  /** Source: prometheus/prometheus promql/engine.go (aggregationCountValues). */
  #countValues(vector: Vector, valueLabel: string): Vector {
    if (valueLabel === "") throw new EvaluationError('invalid label name ""');
    const grouping = this.expr.without ? this.expr.grouping : [...this.expr.grouping, valueLabel];
    const counts = new Map<Metric, Sample>();
    for (const { metric, value } of vector) {
      const labelled = this.metrics.of({ ...metric.labels, [valueLabel]: formatFloat(value, "f") });
      const group = this.#grouped(labelled, grouping);
      const count = counts.get(group);
      if (count) count.value++;
      else counts.set(group, { metric: group, value: 1 });
    }
    return Array.from(counts.values());
  }
}

class Sum implements Accumulator {
  #sum: KahanSum;
  constructor(first: number) {
    this.#sum = new KahanSum(first);
  }
  add(value: number): void {
    this.#sum.add(value);
  }
  get result(): number {
    return this.#sum.total;
  }
}

class Average implements Accumulator {
  #mean: Mean;
  constructor(first: number) {
    this.#mean = new Mean(first);
  }
  add(value: number): void {
    this.#mean.add(value);
  }
  get result(): number {
    return this.#mean.value;
  }
}

class Extreme implements Accumulator {
  constructor(public result: number, readonly better: (a: number, b: number) => boolean) {}
  add(value: number): void {
    if (this.better(value, this.result) || Number.isNaN(this.result)) this.result = value;
  }
}

class Count implements Accumulator {
  result = 1;
  add(): void {
    this.result++;
  }
}

class Group implements Accumulator {
  readonly result = 1;
  add(): void {}
}

class Variance implements Accumulator {
  #count = 1;
  #mean: number;
  #squares: number;
  constructor(first: number, readonly finish: (variance: number) => number) {
    this.#mean = first;
    this.#squares = Number.isFinite(first) ? 0 : NaN;
  }
  add(value: number): void {
    this.#count++;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
  }
  get result(): number {
    return this.finish(this.#squares / this.#count);
  }
}

class Quantile implements Accumulator {
  #values: number[];
  constructor(first: number, readonly q: number) {
    this.#values = [first];
  }
  add(value: number): void {
    this.#values.push(value);
  }
  get result(): number {
    return quantile(this.q, this.#values);
  }
}

/** A binary heap whose root is the worst sample; laid out as Go's container/heap lays it out. */
class Heap {
  readonly samples: Sample[] = [];

  constructor(readonly worse: (a: number, b: number) => boolean) {}

  push(sample: Sample): void {
    const { samples } = this;
    let child = samples.push(sample) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.worse(samples[child].value, samples[parent].value)) return;
      [samples[child], samples[parent]] = [samples[parent], samples[child]];
      child = parent;
    }
  }

  /** Takes the sample in place of the worst, if it is better. */
  offer(sample: Sample): void {
    const { samples } = this;
    const root = samples[0].value;
    const better = !Number.isNaN(sample.value) &&
      (Number.isNaN(root) || (root !== sample.value && this.worse(root, sample.value)));
    if (!better) return;
    samples[0] = sample;
    for (let parent = 0;;) {
      const left = 2 * parent + 1;
      if (left >= samples.length) return;
      const right = left + 1;
      const worst = right < samples.length && this.worse(samples[right].value, samples[left].value)
        ? right
        : left;
      if (!this.worse(samples[worst].value, samples[parent].value)) return;
      [samples[worst], samples[parent]] = [samples[parent], samples[worst]];
      parent = worst;
    }
  }

  bestFirst(): Sample[] {
    return this.samples.slice().sort((a, b) =>
      this.worse(b.value, a.value) ? -1 : this.worse(a.value, b.value) ? 1 : 0
    );
  }
}
