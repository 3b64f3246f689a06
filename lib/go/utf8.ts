const ENCODER = new TextEncoder();
const BEYOND_ASCII = /[\u0080-\uffff]/;

/**
 * How many bytes a string takes as UTF-8; a surrogate without its partner counts as the three bytes of U+FFFD, which
 * is what an encoder writes for it.
 */
export function utf8Length(text: string): number {
  // Never character by character: once the engine has met strings of several shapes, each step of such a loop is slow.
  return BEYOND_ASCII.test(text) ? ENCODER.encode(text).length : text.length;
}

/** The most bytes that a UTF-16 code unit takes as UTF-8. */
const MOST_BYTES = 3;

/** Whether a string takes more than `bytes` as UTF-8. Most need no look at what they say. */
export function isLongerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  return text.length * MOST_BYTES > bytes && utf8Length(text) > bytes;
}
