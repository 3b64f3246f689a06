import { quote } from "./quote.ts";

/** What is wrong with a text, in Go's words. */
export interface Problem {
  problem: string;
}

/** What `name` of strconv says of a number that it cannot read. Source: golang/go src/internal/strconv (NumError). */
export function numError(
  name: string,
  text: string,
  why: "invalid syntax" | "value out of range" = "invalid syntax",
): string {
  return `strconv.${name}: parsing ${quote(text)}: ${why}`;
}

/**
 * A decimal integer of `bits` as `name` of strconv reads it; with `anyBase`, also one in Go's prefixed bases.
 * Source: golang/go src/strconv/atoi.go.
 */
export function parseGoInt(
  text: string,
  { bits = 64, anyBase = false, name = "ParseInt" } = {},
): number | Problem {
  const wrong = (why?: "value out of range") => ({ problem: numError(name, text, why) });
  const digits = /^([-+]?)(\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.exec(text);
  if (!digits || !anyBase && /[xob]/i.test(text)) return wrong();
  const octal = anyBase && /^0\d/.test(digits[2]);
  if (octal && /[89]/.test(digits[2])) return wrong();
  const size = BigInt(octal ? `0o${digits[2]}` : digits[2]);
  const value = digits[1] === "-" ? -size : size;
  return BigInt.asIntN(bits, value) === value ? Number(value) : wrong("value out of range");
}

/** A natural number of `bits` as `strconv.ParseUint` reads it in base 10. */
export function parseGoUint(text: string, bits = 64): number | Problem {
  if (!/^\d+$/.test(text)) return { problem: numError("ParseUint", text) };
  const value = BigInt(text);
  if (BigInt.asUintN(bits, value) === value) return Number(value);
  return { problem: numError("ParseUint", text, "value out of range") };
}

/** A switch as `strconv.ParseBool` reads it. Source: golang/go src/strconv/atob.go. */
export function parseGoBool(text: string): boolean | Problem {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return { problem: numError("ParseBool", text) };
}
