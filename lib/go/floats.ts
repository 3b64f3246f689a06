/**
 * Floats as Go prints and reads them.
 * Source: golang/go src/internal/strconv/ftoa.go.
 *
 * @module
 */

/** A float's digits, without a point: the value is 0.`digits` times ten to the `point`. */
interface Decimal {
  digits: string;
  point: number;
}

/** A float as `%v` prints it: in the fewest digits, with an exponent below 1e-4 and from 1e6 on. */
export function formatGoFloat(value: number): string {
  const size = Math.abs(value);
  if (size < 1e6 && (size >= 1e-4 || value === 0)) return Object.is(value, -0) ? "-0" : `${value}`;
  if (Number.isNaN(value)) return "NaN";
  if (size === Infinity) return value > 0 ? "+Inf" : "-Inf";
  const text = value.toExponential();
  const at = text.indexOf("e") + 2;
  return text.length - at === 1 ? `${text.slice(0, at)}0${text.slice(at)}` : text;
}

/**
 * A float as `strconv.FormatFloat(value, verb, precision, 64)` gives it; without a precision, in as many digits as
 * are needed to read it back.
 */
export function formatFloat(value: number, verb: string, precision = -1): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  switch (verb) {
    case "b": {
      const { mantissa, exponent } = partsOf(size);
      return `${sign}${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
    }
    case "x":
      return sign + hexadecimal(size, precision);
    case "X":
      return sign + hexadecimal(size, precision).toUpperCase();
    case "f":
      return sign + plain(decimalOf(size, precision, (point) => point + precision), precision);
    case "e":
    case "E":
      return sign + scientific(decimalOf(size, precision, () => precision + 1), verb, precision);
  }
  return sign + general(size, verb === "G" ? "E" : "e", precision === 0 ? 1 : precision);
}

/** `%g`: plain where that is not longer by much. */
function general(size: number, letter: string, precision: number): string {
  const decimal = decimalOf(size, precision, () => precision);
  const digits = decimal.digits.replace(/0+$/, "");
  let most = precision;
  if (most > digits.length && digits.length >= decimal.point) most = digits.length;
  if (precision < 0) most = 6;
  const exponent = decimal.point - 1;
  const kept = { digits, point: decimal.point };
  if (exponent < -4 || exponent >= most) {
    return scientific(kept, letter, Math.max(0, digits.length - 1));
  }
  return plain(kept, Math.max(digits.length - decimal.point, 0));
}

function scientific({ digits, point }: Decimal, letter: string, precision: number): string {
  const fraction = precision < 0
    ? digits.slice(1)
    : digits.slice(1, precision + 1).padEnd(precision, "0");
  const exponent = digits === "" ? 0 : point - 1;
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits[0] ?? "0"}${fraction && `.${fraction}`}${letter}${
    exponent < 0 ? "-" : "+"
  }${size}`;
}

function plain({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  let fraction = point > 0 ? digits.slice(point) : digits && "0".repeat(-point) + digits;
  if (precision >= 0) fraction = fraction.slice(0, precision).padEnd(precision, "0");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** The digits of a float, none for zero: the fewest, or with a precision as many as `count` says, half to even. */
function decimalOf(size: number, precision: number, count: (point: number) => number): Decimal {
  if (size === 0) return { digits: "", point: 0 };
  if (precision >= 0) {
    const all = exact(size);
    return rounded(all, count(all.point));
  }
  const [mantissa, exponent] = size.toExponential().split("e");
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** All the digits of a float. */
function exact(size: number): Decimal {
  const { mantissa, exponent } = partsOf(size);
  if (exponent >= 0) {
    const digits = String(mantissa << BigInt(exponent));
    return { digits, point: digits.length };
  }
  const digits = String(mantissa * 5n ** BigInt(-exponent));
  return { digits, point: digits.length + exponent };
}

function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const half = digits[count];
  const isTie = half === "5" && /^0*$/.test(digits.slice(count + 1));
  const isUp = isTie ? count > 0 && Number(digits[count - 1]) % 2 === 1 : half >= "5";
  const kept = digits.slice(0, count);
  if (!isUp) return { digits: kept, point: kept === "" ? 0 : point };
  const raised = count === 0 ? "1" : String(BigInt(kept) + 1n);
  return raised.length > count
    ? { digits: raised.replace(/0+$/, ""), point: point + 1 }
    : { digits: raised, point };
}

/** A float as a whole number and the power of two that it is multiplied with. */
function partsOf(size: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const fraction = bits & 0xfffffffffffffn;
  const exponent = Number(bits >> 52n);
  return exponent === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: exponent - 1075 };
}

/** `%x`: a hexadecimal fraction and a power of two. */
function hexadecimal(size: number, precision: number): string {
  let { mantissa, exponent } = partsOf(size);
  if (mantissa === 0n) exponent = -52;
  while (mantissa !== 0n && mantissa < 1n << 52n) {
    mantissa <<= 1n;
    exponent--;
  }
  if (precision >= 0 && precision < 13) {
    const unit = 1n << BigInt(52 - 4 * precision);
    const rest = mantissa % unit;
    mantissa -= rest;
    if (rest * 2n > unit || (rest * 2n === unit && (mantissa / unit) % 2n === 1n)) mantissa += unit;
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const power = exponent + 52;
  const digits = (mantissa % (1n << 52n)).toString(16).padStart(13, "0");
  const fraction = precision < 0
    ? digits.replace(/0+$/, "")
    : digits.slice(0, precision).padEnd(precision, "0");
  const places = String(Math.abs(power)).padStart(2, "0");
  return `0x${mantissa >> 52n}${fraction && `.${fraction}`}p${power < 0 ? "-" : "+"}${places}`;
}

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

/** A sum, difference, product and so on of two floats; undefined for any other operator. */
export function arithmetic(operator: string, left: number, right: number): number | undefined {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "^":
      return goPow(left, right);
  }
}

/** Go's math.Pow: unlike JavaScript, 1 to any power is 1, and so is -1 to an infinite one. */
function goPow(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Infinity) return 1;
  return base ** exponent;
}
