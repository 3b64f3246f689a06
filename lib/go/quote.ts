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
