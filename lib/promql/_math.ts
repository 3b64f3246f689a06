/**
 * A sum that keeps what rounding loses (Kahan, with Neumaier's improvement).
 * Source: prometheus/prometheus util/kahansum/kahansum.go.
 */
export class KahanSum {
  constructor(public sum = 0, public lost = 0) {}

  add(value: number): this {
    const total = this.sum + value;
    if (total === Infinity || total === -Infinity) this.lost = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.lost += (this.sum - total) + value;
    else this.lost += (value - total) + this.sum;
    this.sum = total;
    return this;
  }

  get total(): number {
    return this.sum + this.lost;
  }
}

/**
 * The mean: a compensated sum divided at the end, or, once the sum would overflow, a running mean.
 * Source: prometheus/prometheus promql/functions.go (funcAvgOverTime), engine.go (AVG).
 */
export class Mean {
  #count = 1;
  #sum: KahanSum;
  #running: KahanSum | undefined;

  constructor(first: number) {
    this.#sum = new KahanSum(first);
  }

  add(value: number): void {
    this.#count++;
    const count = this.#count;
    if (this.#running === undefined) {
      const { sum, lost } = this.#sum;
      const next = new KahanSum(sum, lost).add(value);
      if (Math.abs(next.sum) !== Infinity) {
        this.#sum = next;
        return;
      }
      this.#running = new KahanSum(sum / (count - 1), lost / (count - 1));
    }
    const weight = (count - 1) / count;
    this.#running.sum *= weight;
    this.#running.lost *= weight;
    this.#running.add(value / count);
  }

  get value(): number {
    if (this.#running) return this.#running.total;
    return this.#sum.sum / this.#count + this.#sum.lost / this.#count;
  }
}

/** Order of values in which NaN comes first. */
export function compareNanFirst(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a - b || 0;
}

/** The q-quantile of values, interpolated. Source: promql/quantile.go (quantile). */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const sorted = values.slice().sort(compareNanFirst);
  const rank = q * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return sorted[lower] * (1 - weight) + sorted[upper] * weight;
}

/**
 * Go's math.Log2, which works on fraction and exponent apart: its last digit may differ from
 * JavaScript's. Source: golang/go src/math/log10.go.
 */
export function goLog2(value: number): number {
  if (!(value > 0) || value === Infinity) return Math.log(value);
  // The fraction is in [0.5, 1); values too small for a full fraction are scaled up first.
  let exponent = 0;
  if (value < 2 ** -1022) {
    value *= 2 ** 52;
    exponent = -52;
  }
  const shift = Math.floor(Math.log2(value)) + 1;
  let fraction = value / 2 ** (shift - 1) / 2;
  exponent += shift;
  if (fraction >= 1) {
    fraction /= 2;
    exponent++;
  } else if (fraction < 0.5) {
    fraction *= 2;
    exponent--;
  }
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * Math.LOG2E + exponent;
}

/** ln 2 / ln 10; the quotient of JavaScript's two constants is off by a digit. */
const LN2_BY_LN10 = 0.30102999566398119521373889472449;

/** Go's math.Log10. */
export function goLog10(value: number): number {
  return goLog2(value) * LN2_BY_LN10;
}

/** Go's math.Max: +Inf wins over NaN. */
export function goMax(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** Go's math.Min: -Inf wins over NaN. */
export function goMin(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}
