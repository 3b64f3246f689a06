import { parseGoFloat } from "./floats.ts";
import { GoNumber } from "./go_types.ts";
import { quote, unquotedChar } from "./quote.ts";

const INTEGER =
  /^([-+]?)(?:(0[xX])((?:_?[\da-fA-F])+)|(0[oO]?)((?:_?[0-7])+)|(0[bB])((?:_?[01])+)|(0|[1-9](?:_?\d)*))$/;

/**
 * The value of a number that stands in a template: a bigint for an `int`, else a float64. Errors are messages.
 * Source: golang/go src/text/template/parse/node.go (newNumber), exec.go (idealConstant).
 */
export function parseNumber(text: string): { value: bigint | GoNumber } | { error: string } {
  const integer = integerOf(text);
  if (integer !== undefined && integer >= -(2n ** 63n) && integer < 2n ** 64n) {
    return { value: integer };
  }
  const float = /^[-+]?[.\d]/.test(text) ? parseGoFloat(text) : undefined;
  if (float === undefined || !Number.isFinite(float)) {
    return { error: `illegal number syntax: ${quote(text)}` };
  }
  if (!/[.eEpP]/.test(text)) return { error: `integer overflow: ${quote(text)}` };
  return { value: new GoNumber("float64", float) };
}

/** The number that a character constant is. */
export function parseChar(text: string): { value: bigint } | { error: string } {
  const char = unquotedChar(text.slice(1), "'");
  if (!char) return { error: "invalid syntax" };
  if (text.slice(1 + char.length) !== "'") {
    return { error: `malformed character constant: ${text}` };
  }
  return { value: BigInt(char.char.codePointAt(0)!) };
}

function integerOf(text: string): bigint | undefined {
  const match = INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, hex, hexDigits, octal, octalDigits, binary, binaryDigits, decimal] = match;
  const digits = (hex && `0x${hexDigits}`) ?? (octal && `0o${octalDigits}`) ??
    (binary && `0b${binaryDigits}`) ?? decimal;
  const value = BigInt(digits.replaceAll("_", ""));
  return sign === "-" ? -value : value;
}
