/**
 * How many bytes a string takes as UTF-8; a surrogate without its partner counts as the three bytes of U+FFFD, which
 * is what an encoder writes for it.
 */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes++;
    // Each half of a pair counts for two of the pair's four bytes.
    else bytes += isPair(text, i) ? (i++, 2) : 2;
  }
  return bytes;
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
