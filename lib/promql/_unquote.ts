const SIMPLE: Record<string, string> = {
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
 * Source: prometheus/prometheus util/strutil/quote.go (Unquote).
 */
export function unquote(quoted: string): string {
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
        : plain ?? SIMPLE[simple] ?? simple;
      bytes.push(...encoder.encode(text));
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
