const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/**
 * A text in double quotes, as Go's `%q` prints it.
 * Source: golang/go src/strconv/quote.go (Quote), isprint.go: letters, marks, numbers, punctuation, symbols and
 * the space are printed as they are.
 */
export function goQuoted(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let out = "";
  for (const char of text) {
    if (SHORT[char]) out += SHORT[char];
    else if (char === " " || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) out += char;
    else {
      const code = char.codePointAt(0)!;
      const hex = code.toString(16);
      if (code < 0x80) out += `\\x${hex.padStart(2, "0")}`;
      else out += code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
    }
  }
  return `"${out}"`;
}

const UNQUOTED: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * The value of a quoted string: single, double (both with Go's escapes) or back quotes (none).
 * Source: golang/go src/strconv/quote.go (Unquote), prometheus/prometheus util/strutil/quote.go for single quotes.
 */
export function goUnquoted(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted[0] === "`" || !inner.includes("\\")) return inner;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const pattern =
    /\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([^\\]+)/gs;
  // Octal and hexadecimal escapes are bytes, so the text is put together as UTF-8.
  for (const [, octal, hex, short, long, simple, plain] of inner.matchAll(pattern)) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) bytes.push(parseInt(hex, 16));
    else {
      const code = short ?? long;
      const text = code !== undefined
        ? String.fromCodePoint(parseInt(code, 16))
        : plain ?? UNQUOTED[simple] ?? simple;
      bytes.push(...encoder.encode(text));
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
