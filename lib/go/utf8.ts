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
