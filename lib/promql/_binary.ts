import { arithmetic } from "../go/mod.ts";
import { type Binary, type BinaryOp, COMPARISONS } from "./ast.ts";
import { formatLabels, type Metric, METRIC_NAME, type Metrics } from "./labels.ts";
import { EvaluationError, unique, type Vector } from "./_vector.ts";

/** Arithmetic, or for a comparison whether it holds. */
function calculate(op: BinaryOp, left: number, right: number): number | boolean {
  const result = arithmetic(op, left, right);
  if (result !== undefined) return result;
  switch (op) {
    case "atan2":
      return Math.atan2(left, right);
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case ">":
      return left > right;
    case "<":
      return left < right;
    case ">=":
      return left >= right;
    case "<=":
      return left <= right;
    default:
      throw new EvaluationError(`operator "${op}" not allowed for Scalar operations`);
  }
}

export function scalarBinary(op: BinaryOp, left: number, right: number): number {
  return Number(calculate(op, left, right));
}

/**
 * A vector and a scalar; `swapped` says that the scalar stands on the left.
 * Source: prometheus/prometheus promql/engine.go (VectorscalarBinop).
 */
export function vectorScalarBinary(
  expr: Binary,
  vector: Vector,
  scalar: number,
  swapped: boolean,
  nameless: (metric: Metric) => Metric,
): Vector {
  const out: Vector = [];
  const dropsName = !COMPARISONS.has(expr.op) || expr.returnBool;
  for (const { metric, value } of vector) {
    const result = swapped ? calculate(expr.op, scalar, value) : calculate(expr.op, value, scalar);
    if (result === false && !expr.returnBool) continue;
    out.push({
      metric: dropsName ? nameless(metric) : metric,
      value: expr.returnBool ? Number(result) : result === true ? value : Number(result),
    });
  }
  return dropsName ? unique(out) : out;
}

/** A binary operation between two vectors, with its matching worked out once per label set. */
export class VectorBinary {
  #signatures = new Map<Metric, Metric>();
  /** Result labels by the labels of the many side, then of the one side. */
  #results = new Map<Metric, Map<Metric | undefined, Metric>>();

  /** `delaysNames`: what a comparison with `bool` gives loses its name at the end of the query. */
  constructor(
    readonly expr: Binary,
    readonly metrics: Metrics,
    readonly delaysNames: boolean,
  ) {}

  /** Errors: EvaluationError when elements do not match one to one as asked for. */
  evaluate(left: Vector, right: Vector): Vector {
    switch (this.expr.op) {
      case "and":
        return this.#intersect(left, right, true);
      case "unless":
        return this.#intersect(left, right, false);
      case "or":
        return this.#or(left, right);
    }
    return unique(this.#arithmetic(left, right));
  }

  #signature(metric: Metric): Metric {
    let signature = this.#signatures.get(metric);
    if (signature === undefined) {
      const { on, labels } = this.expr.matching;
      signature = on
        ? this.metrics.keep(metric, labels)
        : this.metrics.without(metric, [METRIC_NAME, ...labels]);
      this.#signatures.set(metric, signature);
    }
    return signature;
  }

  #intersect(left: Vector, right: Vector, keepMatched: boolean): Vector {
    const present = new Set<Metric>();
    for (const { metric } of right) present.add(this.#signature(metric));
    return left.filter(({ metric }) => present.has(this.#signature(metric)) === keepMatched);
  }

  #or(left: Vector, right: Vector): Vector {
    const present = new Set<Metric>();
    for (const { metric } of left) present.add(this.#signature(metric));
    const added = right.filter(({ metric }) => !present.has(this.#signature(metric)));
    return unique([...left, ...added]);
  }

  /** Source: prometheus/prometheus promql/engine.go (VectorBinop). */
  #arithmetic(left: Vector, right: Vector): Vector {
    const { op, returnBool, matching } = this.expr;
    if (left.length === 0 || right.length === 0) return [];
    const swapped = matching.card === "one-to-many";
    const [many, one] = swapped ? [right, left] : [left, right];
    const oneBySignature = new Map<Metric, Vector[number]>();
    for (const sample of one) {
      const signature = this.#signature(sample.metric);
      const duplicate = oneBySignature.get(signature);
      if (duplicate) throw this.#ambiguous(signature, duplicate.metric, sample.metric);
      oneBySignature.set(signature, sample);
    }
    const matched = new Map<Metric, Set<Metric>>();
    const out: Vector = [];
    for (const sample of many) {
      const signature = this.#signature(sample.metric);
      const partner = oneBySignature.get(signature);
      if (!partner) continue;
      const [l, r] = swapped ? [partner.value, sample.value] : [sample.value, partner.value];
      const result = calculate(op, l, r);
      const metric = this.#resultMetric(sample.metric, partner.metric);
      this.#claim(matched, signature, metric);
      if (result === false && !returnBool) continue;
      const value = returnBool ? Number(result) : result === true ? l : Number(result);
      out.push({ metric, value });
    }
    return out;
  }

  /** Notes that a match group gave a result. Errors: EvaluationError when it may not any more. */
  #claim(matched: Map<Metric, Set<Metric>>, signature: Metric, metric: Metric): void {
    const results = matched.get(signature);
    if (results === undefined) {
      matched.set(signature, new Set([metric]));
      return;
    }
    if (this.expr.matching.card === "one-to-one") {
      throw new EvaluationError(
        "multiple matches for labels: many-to-one matching must be explicit " +
          "(group_left/group_right)",
      );
    }
    if (results.has(metric)) {
      throw new EvaluationError(
        "multiple matches for labels: grouping labels must ensure unique matches",
      );
    }
    results.add(metric);
  }

  #ambiguous(signature: Metric, first: Metric, second: Metric): EvaluationError {
    const side = this.expr.matching.card === "one-to-many" ? "left" : "right";
    const [a, b] = [first, second].map((metric) => formatLabels(metric.labels)).sort();
    return new EvaluationError(
      `found duplicate series for the match group ${formatLabels(signature.labels)} on the ` +
        `${side} hand-side of the operation: [${a}, ${b}];many-to-many matching not allowed: ` +
        "matching labels must be unique on one side",
    );
  }

  /** Source: prometheus/prometheus promql/engine.go (resultMetric). */
  #resultMetric(many: Metric, one: Metric): Metric {
    const { matching } = this.expr;
    const partner = matching.include.length > 0 ? one : undefined;
    let byPartner = this.#results.get(many);
    if (!byPartner) this.#results.set(many, byPartner = new Map());
    let result = byPartner.get(partner);
    if (result !== undefined) return result;
    const isDelayed = this.expr.returnBool && this.delaysNames;
    const dropsName = !COMPARISONS.has(this.expr.op) || (this.expr.returnBool && !isDelayed);
    // Upstream forgets here what was to lose its name.
    result = dropsName ? this.metrics.withoutName(many) : many.kept ?? many;
    if (matching.card === "one-to-one") {
      result = matching.on
        ? this.metrics.keep(result, matching.labels)
        : this.metrics.without(result, matching.labels);
    }
    if (partner) {
      const labels: Record<string, string> = { ...result.labels };
      for (const name of matching.include) labels[name] = partner.get(name);
      result = this.metrics.of(labels);
    }
    if (isDelayed) result = this.metrics.dropping(result);
    byPartner.set(partner, result);
    return result;
  }
}
