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
