/**
 * Values as Go prints them: `%q`, `%v` of numbers, maps with sorted keys. kubectl's output is full of them.
 * Source: golang/go src/strconv, src/fmt.
 */

/** A float as Go's `strconv.FormatFloat(x, 'g', -1, 64)`, which is also its `%v`. */
export function formatGoFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponentText] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  return exponent < -4 || exponent >= 6 ? withExponent(mantissa, exponent) : plainDecimal(value);
}

function withExponent(mantissa: string, exponent: number): string {
  const sign = exponent < 0 ? "-" : "+";
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function plainDecimal(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const negative = value < 0 ? "-" : "";
  const [mantissa, exponentText] = Math.abs(value).toExponential().split("e");
  const exponent = Number(exponentText);
  const digits = mantissa.replace(".", "");
  if (exponent < 0) return `${negative}0.${"0".repeat(-exponent - 1)}${digits}`;
  return negative + digits.padEnd(exponent + 1, "0");
}

export { goQuoted as quote } from "./quote.ts";

/** Orders strings as Go does, by bytes of their UTF-8 (which is the order of code points). */
export function compareGo(left: string, right: string): number {
  if (left === right) return 0;
  const a = [...left], b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a[i].codePointAt(0)! - b[i].codePointAt(0)!;
  }
  return a.length - b.length;
}

/** The keys of a Go map as they are printed: sorted. */
export function sortedKeys(value: object): string[] {
  return Object.keys(value).filter((key) => (value as any)[key] !== undefined).sort(compareGo);
}

/** A value as `fmt.Sprint` prints what JSON decoded: `map[a:1 b:[x y]]`, `<nil>`. */
export function goSprint(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) < 1e21
      ? plainDecimal(value)
      : formatGoFloat(value);
  }
  if (Array.isArray(value)) return `[${value.map(goSprint).join(" ")}]`;
  if (typeof value === "object") {
    return `map[${
      sortedKeys(value).map((key) => `${key}:${goSprint((value as any)[key])}`).join(" ")
    }]`;
  }
  return String(value);
}
