import { goQuoted } from "./quote.ts";

/** What is wrong with a text, in Go's words. */
export interface Problem {
  problem: string;
}

/**
 * A decimal integer of `bits` as `name` of strconv reads it; with `anyBase`, also one in Go's prefixed bases.
 * Source: golang/go src/strconv/atoi.go.
 */
export function parseGoInt(
  text: string,
  { bits = 64, anyBase = false, name = "ParseInt" } = {},
): number | Problem {
  const wrong = (why: string) => ({
    problem: `strconv.${name}: parsing ${goQuoted(text)}: ${why}`,
  });
  const digits = /^([-+]?)(\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.exec(text);
  if (!digits || !anyBase && /[xob]/i.test(text)) return wrong("invalid syntax");
  const octal = anyBase && /^0\d/.test(digits[2]);
  if (octal && /[89]/.test(digits[2])) return wrong("invalid syntax");
  const size = BigInt(octal ? `0o${digits[2]}` : digits[2]);
  const value = digits[1] === "-" ? -size : size;
  return BigInt.asIntN(bits, value) === value ? Number(value) : wrong("value out of range");
}

/** A switch as `strconv.ParseBool` reads it. Source: golang/go src/strconv/atob.go. */
export function parseGoBool(text: string): boolean | Problem {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return { problem: `strconv.ParseBool: parsing ${goQuoted(text)}: invalid syntax` };
}
