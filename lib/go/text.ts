import { own } from "./maps.ts";

/**
 * Texts and keys in Go's order. kubectl's output is full of them.
 * Source: golang/go src/strings, src/internal/fmtsort.
 */

/** Orders strings as Go does, by bytes of their UTF-8 (which is the order of code points). */
export function compareGo(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i), b = right.charCodeAt(i);
    // Halves of a pair stand for code points behind all others.
    if (a !== b) {
      return (a & 0xf800) === 0xd800 || (b & 0xf800) === 0xd800 ? rank(a) - rank(b) : a - b;
    }
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}

/** The keys of a Go map as they are printed: sorted. */
export function sortedKeys(value: object): string[] {
  return Object.keys(value).filter((key) => own(value, key) !== undefined).sort(compareGo);
}

/** What stands before and behind the first separator, as `strings.Cut` gives it; all is before it where there is none. */
export function cut(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
