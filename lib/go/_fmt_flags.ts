import { formatFloat } from "./floats.ts";
import { canBackquote, isPrint, quote, quoteRune } from "./quote.ts";

/** A text that would become longer than it may. */
export class FmtLimitError extends Error {
  override name = "FmtLimitError";
}

/**
 * Single values under the flags, width and precision of a verb.
 * Source: golang/go src/fmt/format.go.
 * Errors: FmtLimitError when more is written than `limit` characters.
 */
export class Formatter {
  out = "";
  minus = false;
  plus = false;
  sharp = false;
  space = false;
  zero = false;
  /** `%+v` and `%#v`. */
  plusV = false;
  sharpV = false;
  width: number | undefined;
  precision: number | undefined;

  constructor(readonly limit = Infinity) {}

  clearFlags(): void {
    this.minus =
      this.plus =
      this.sharp =
      this.space =
      this.zero =
      this.plusV =
      this.sharpV =
        false;
    this.width = this.precision = undefined;
  }

  write(text: string): void {
    this.out += text;
    if (this.out.length > this.limit) throw new FmtLimitError("the text is too long");
  }

  /** Writes a text, filled up to the width with spaces or, on the left, zeros. */
  pad(text: string, isZero = this.zero && !this.minus): void {
    const missing = (this.width ?? 0) - lengthOf(text, this.width);
    if (missing <= 0) return this.write(text);
    const padding = (isZero ? "0" : " ").repeat(missing);
    this.write(this.minus ? text + padding : padding + text);
  }

  integer(
    value: bigint,
    base: number,
    { verb, isUpper = false }: { verb: string; isUpper?: boolean },
  ): void {
    const isNegative = value < 0n;
    if (this.precision === 0 && value === 0n) return this.pad("", false);
    let digits = (isNegative ? -value : value).toString(base);
    if (isUpper) digits = digits.toUpperCase();
    const sign = isNegative ? "-" : this.plus ? "+" : this.space ? " " : "";
    const fills = this.precision === undefined && this.zero && !this.minus;
    digits = digits.padStart(fills ? (this.width ?? 0) - sign.length : this.precision ?? 0, "0");
    let prefix = verb === "O" ? "0o" : "";
    if (this.sharp && base === 2) prefix += "0b";
    if (this.sharp && base === 8 && digits[0] !== "0") prefix += "0";
    if (this.sharp && base === 16) prefix += isUpper ? "0X" : "0x";
    this.pad(sign + prefix + digits, false);
  }

  /** `%U`: U+0041, with `#` also the character. */
  unicode(value: bigint): void {
    const hex = BigInt.asUintN(64, value).toString(16).toUpperCase();
    const digits = hex.padStart(Math.max(4, this.precision ?? 4), "0");
    const char = runeOf(value);
    const shows = this.sharp && value >= 0n && value <= 0x10ffffn && isPrint(char);
    this.pad(`U+${digits}${shows ? ` '${char}'` : ""}`, false);
  }

  /** `%c` and, quoted, `%q` of a number. */
  char(value: bigint, isQuoted: boolean): void {
    this.pad(isQuoted ? quoteRune(runeOf(value), { ascii: this.plus }) : runeOf(value));
  }

  string(text: string): void {
    this.pad(this.#truncated(text));
  }

  quoted(text: string): void {
    const shown = this.#truncated(text);
    const isRaw = this.sharp && canBackquote(shown);
    this.pad(isRaw ? `\`${shown}\`` : quote(shown, { ascii: this.plus }));
  }

  /** `%x` of a text: its bytes. */
  hexBytes(text: string, isUpper: boolean): void {
    const bytes = new TextEncoder().encode(text).slice(0, this.precision);
    const prefix = this.sharp ? "0x" : "";
    const all = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
    const hex = all.length === 0
      ? ""
      : this.space
      ? all.map((each) => prefix + each).join(" ")
      : prefix + all.join("");
    this.pad(isUpper ? hex.toUpperCase() : hex);
  }

  float(value: number, verb: string, precision: number): void {
    const digits = this.precision ?? precision;
    const text = formatFloat(value, verb, digits);
    const isSigned = /^[-+]/.test(text);
    const sign = isSigned ? text[0] : "+";
    let number = isSigned ? text.slice(1) : text;
    const shown = sign === "-" || this.plus ? sign : this.space ? " " : "";
    if (number === "Inf" || number === "NaN") {
      return this.pad(
        (number === "Inf" && shown === "" && isSigned ? sign : shown) + number,
        false,
      );
    }
    if (this.sharp && verb !== "b") number = withPoint(number, verb, digits);
    if (shown !== "" && this.zero && !this.minus && this.width !== undefined) {
      return this.write(shown + number.padStart(this.width - 1, "0"));
    }
    this.pad(shown + number);
  }

  #truncated(text: string): string {
    if (this.precision === undefined || text.length <= this.precision) return text;
    return [...text].slice(0, this.precision).join("");
  }
}

function lengthOf(text: string, width: number | undefined): number {
  if (width === undefined) return 0;
  let length = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) length--;
  }
  return length;
}

function runeOf(value: bigint): string {
  const isRune = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n);
  return String.fromCodePoint(isRune ? Number(value) : 0xfffd);
}

/** `%#g`: with the point and the zeros that `%g` leaves out. */
function withPoint(number: string, verb: string, precision: number): string {
  const isHex = /[xX]/.test(verb);
  const at = number.search(isHex ? /[pP]/ : /[eE]/);
  let head = at < 0 ? number : number.slice(0, at);
  let wanted = /[gGx]/.test(verb) ? (precision < 0 ? 6 : precision) : 0;
  const significant = head.replace(".", "").replace(/^0+/, "");
  wanted -= significant.length;
  if (!head.includes(".")) {
    if (head === "0") wanted--;
    head += ".";
  }
  return head + "0".repeat(Math.max(0, wanted)) + (at < 0 ? "" : number.slice(at));
}
