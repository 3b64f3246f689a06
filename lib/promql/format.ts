/**
 * A sample's value as the HTTP API writes it: the shortest digits that read back as the same
 * float, `NaN`, `+Inf`, and an exponent below 1e-6 and from 1e21 on.
 * Source: prometheus/prometheus util/jsonutil/marshal.go (MarshalFloat).
 */
export function formatSample(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  // Go writes at least two digits of exponent.
  return text.includes("e") ? text.replace(/e([-+])(\d)$/, "e$10$2") : text;
}

/** A float without an exponent, as Go's `FormatFloat(v, 'f', -1, 64)`. */
export function formatPlain(value: number): string {
  const text = formatSample(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign, whole, fraction = "", exponent] = match;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, "0");
}

/**
 * A float as Go's `%g` prints it, in the shortest digits or in at most `digits` of them: with an
 * exponent below 1e-4 and from 1e6 (or `digits` places) on.
 */
export function formatG(value: number, digits?: number): string {
  if (digits !== undefined) value = Number(value.toPrecision(digits));
  if (!Number.isFinite(value) || value === 0) return formatSample(value);
  const scientific = value.toExponential();
  const exponent = Number(scientific.slice(scientific.indexOf("e") + 1));
  if (exponent >= -4 && exponent < (digits ?? 6)) return formatSample(value);
  return scientific.replace(/e([-+])(\d)$/, "e$10$2");
}
