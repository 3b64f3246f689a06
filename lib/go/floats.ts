const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const HEXADECIMAL = /^([-+]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([-+]?\d+)$/i;

/**
 * A number as `strconv.ParseFloat` reads it: decimal or hexadecimal, with `_` between digits, `Inf` and `NaN` in any
 * case; undefined for any other text. What is too large for a float is infinite.
 * Source: golang/go src/strconv/atof.go (special, readFloat), number.go (underscoreOK).
 */
export function parseGoFloat(text: string): number | undefined {
  if (/^[-+]?inf(?:inity)?$/i.test(text)) return text[0] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const digits = text.replace(/(?<=[0-9a-f]|^[-+]?0x)_(?=[0-9a-f])/gi, "");
  if (DECIMAL.test(digits)) return Number(digits);
  const [, sign, whole, fraction = "", exponent] = HEXADECIMAL.exec(digits) ?? [];
  if (whole === undefined || whole + fraction === "") return undefined;
  const value = parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
