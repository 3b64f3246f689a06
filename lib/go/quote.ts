/**
 * Texts and characters in quotes, as Go writes and reads them.
 * Source: golang/go src/strconv/quote.go, isprint.go.
 *
 * @module
 */

/** The control characters that a letter behind a backslash stands for, in C and all that follows it. */
export const CONTROL_LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const ESCAPES: Readonly<Record<string, string>> = { ...CONTROL_LETTERS, "\\": "\\" };

const SHORT: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ESCAPES).map(([letter, char]) => [char, `\\${letter}`]),
);

/**
 * Whether a character is printed as it is: letters, marks, numbers, punctuation, symbols and the space.
 */
export function isPrint(char: string): boolean {
  return char === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

/** A text in double quotes, as Go's `%q` prints it; with `ascii`, as `%+q` does. */
export function quote(text: string, { ascii = false } = {}): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  return quotedWith('"', text, ascii);
}

/** A character in single quotes, as `%q` prints a number. */
export function quoteRune(char: string, { ascii = false } = {}): string {
  return quotedWith("'", char, ascii);
}

function quotedWith(quote: string, text: string, ascii: boolean): string {
  let out = quote;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === quote) out += `\\${quote}`;
    else if (Object.hasOwn(SHORT, char)) out += SHORT[char];
    else if (isPrint(char) && !(ascii && code >= 0x80)) out += char;
    else {
      const hex = code.toString(16);
      if (code < 0x80) out += `\\x${hex.padStart(2, "0")}`;
      else out += code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
    }
  }
  return out + quote;
}

/** Whether a text can stand in back quotes, on one line: `%#q` puts it there. */
export function canBackquote(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]/.test(text);
}

/** What stands in the quotes of a Go string; undefined where that is no string. Bytes that are no text become U+FFFD. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0];
  if (literal.length < 2 || literal.at(-1) !== quote) return undefined;
  const inner = literal.slice(1, -1);
  if (quote === "`") return inner.includes("`") ? undefined : inner.replaceAll("\r", "");
  if (!/["']/.test(quote) || inner.includes("\n")) return undefined;
  if (!inner.includes("\\") && !inner.includes(quote)) return inner;
  let out = "";
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) out += new TextDecoder().decode(Uint8Array.from(bytes));
    bytes = [];
  };
  for (let rest = inner; rest !== "";) {
    const one = unquotedChar(rest, quote);
    if (one === undefined) return undefined;
    if (one.byte !== undefined) bytes.push(one.byte);
    else {
      flush();
      out += one.char;
    }
    rest = rest.slice(one.length);
  }
  flush();
  return out;
}

/** The first character of what stands in quotes, and how long it is written; a byte where it is given as one. */
export function unquotedChar(
  text: string,
  quote: string,
): { char: string; byte?: number; length: number } | undefined {
  if (text === "" || text[0] === quote) return undefined;
  if (text[0] !== "\\") {
    const char = String.fromCodePoint(text.codePointAt(0)!);
    return { char, length: char.length };
  }
  const number = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(
    text,
  );
  if (number) {
    const [all, byte, short, long, octal] = number;
    const length = all.length;
    const code = octal ? parseInt(octal, 8) : parseInt(byte ?? short ?? long, 16);
    if (byte || octal) {
      return code > 0xff ? undefined : { char: String.fromCodePoint(code), byte: code, length };
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    return { char: String.fromCodePoint(code), length };
  }
  const letter = text[1] ?? "";
  if (letter === quote && quote !== "`") return { char: quote, length: 2 };
  return Object.hasOwn(ESCAPES, letter) ? { char: ESCAPES[letter], length: 2 } : undefined;
}
