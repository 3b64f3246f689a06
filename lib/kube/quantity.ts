/** A quantity that will not parse. */
export class QuantitySyntaxError extends SyntaxError {
  override name = "QuantitySyntaxError";
}

/** How a quantity was written, and so how it is printed again. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

const BINARY: Record<string, bigint> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};
const DECIMAL_EXPONENT: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const NANO = 1_000_000_000n;
const NUMERIC = "unable to parse numeric part of quantity";
/**
 * How many digits a quantity may have, where it is written and where it is written out.
 * Differs: upstream keeps an exponent of 32 bits beside the digits, and works out neither.
 */
const MAX_DIGITS = 1_000;
/** What was parsed before: the same few quantities are asked for again and again. */
const parsed = new Map<string | number, Quantity>();
const MAX_PARSED = 1_000;

/**
 * A Kubernetes resource quantity such as `100m`, `64Mi` or `1e3`, kept exactly to a billionth.
 *
 * Source: kubernetes/apimachinery pkg/api/resource/quantity.go; like it, more precise values round
 * up to the next billionth, and {@linkcode Quantity.toString} gives the canonical form.
 */
export class Quantity {
  #value: number | undefined;
  #milliValue: number | undefined;

  constructor(readonly nano: bigint, readonly format: QuantityFormat = "DecimalSI") {}

  /** Errors: QuantitySyntaxError with upstream's wording. */
  static parse(text: string | number): Quantity {
    let known = parsed.get(text);
    if (known === undefined) {
      known = Quantity.#parse(text);
      if (parsed.size >= MAX_PARSED) parsed.clear();
      parsed.set(text, known);
    }
    return known;
  }

  static #parse(text: string | number): Quantity {
    const match = /^([-+]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][-+]?\d+)?$/
      .exec(String(text));
    if (!match || ((match[2] ?? "") === "" && (match[3] ?? "") === "")) {
      throw new QuantitySyntaxError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    }
    const [, sign, whole, fraction = "", suffix = ""] = match;
    const places = whole.length + fraction.length;
    if (places > MAX_DIGITS) throw new QuantitySyntaxError(NUMERIC);
    const digits = BigInt((whole || "0") + fraction);
    let format: QuantityFormat = "DecimalSI";
    let scaled: bigint;
    if (suffix in BINARY) {
      format = "BinarySI";
      scaled = divideUp(digits * BINARY[suffix] * NANO, 10n ** BigInt(fraction.length));
    } else {
      if (!(suffix in DECIMAL_EXPONENT)) format = "DecimalExponent";
      const exponent = DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1));
      const power = exponent - fraction.length + 9;
      if (digits === 0n) scaled = 0n;
      else if (places + power > MAX_DIGITS) throw new QuantitySyntaxError(NUMERIC);
      // What is smaller than the least is the least.
      else if (power < -places) scaled = 1n;
      else {scaled = power >= 0
          ? digits * 10n ** BigInt(power)
          : divideUp(digits, 10n ** BigInt(-power));}
    }
    return new Quantity(sign === "-" ? -scaled : scaled, format);
  }

  static fromMilli(milli: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(milli) * 1_000_000n, format);
  }

  /** As `resource.NewMilliQuantity(int64(value*1000), format)`. */
  static fromFloat(value: number, format: QuantityFormat = "DecimalSI"): Quantity {
    return Quantity.fromMilli(goInt64(value * 1000), format);
  }

  /** Whole units, rounded away from zero. */
  get value(): number {
    return this.#value ??= Number(roundUp(this.nano, NANO));
  }

  /** Thousandths, rounded away from zero. */
  get milliValue(): number {
    return this.#milliValue ??= Number(roundUp(this.nano, 1_000_000n));
  }

  /** The value as a float; exact only up to 53 bits. */
  asNumber(): number {
    return Number(this.nano) / 1e9;
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.nano === 0n ? other.format : this.format);
  }

  /** The canonical form: `1500m`, `64Mi`, `12k`. */
  toString(): string {
    if (this.nano === 0n) return "0";
    const sign = this.nano < 0n ? "-" : "";
    const nano = this.nano < 0n ? -this.nano : this.nano;
    if (this.format === "BinarySI" && nano >= 1024n * NANO && nano % NANO === 0n) {
      const units = nano / NANO;
      let best = "";
      let factor = 1n;
      for (const [suffix, size] of Object.entries(BINARY)) {
        if (units % size === 0n) [best, factor] = [suffix, size];
      }
      return `${sign}${units / factor}${best}`;
    }
    if (this.format === "DecimalExponent") {
      let [digits, exponent] = [nano, -9];
      for (; digits % 1000n === 0n; digits /= 1000n) exponent += 3;
      return exponent === 0 ? `${sign}${digits}` : `${sign}${digits}e${exponent}`;
    }
    let suffix = "n";
    let factor = 1n;
    for (const [name, exponent] of Object.entries(DECIMAL_EXPONENT)) {
      const size = 10n ** BigInt(exponent + 9);
      if (nano % size === 0n && size >= factor) [suffix, factor] = [name, size];
    }
    return `${sign}${nano / factor}${suffix}`;
  }
}

/** Go's `int64(value)` on amd64: cut off, and the smallest there is of what does not fit or is no number. */
export function goInt64(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function roundUp(value: bigint, divisor: bigint): bigint {
  return value >= 0n ? divideUp(value, divisor) : -divideUp(-value, divisor);
}

/** An amount in its canonical form; that of none is 0. */
export function quantityText(text: string | number | undefined): string {
  return Quantity.parse(text ?? "0").toString();
}
