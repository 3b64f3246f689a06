/*
 * Go's whole numbers, where upstream's results depend on their width.
 */

/** The bounds of an int64, as near as a float comes. */
export const INT64_MAX = 2 ** 63;
export const INT64_MIN = -(2 ** 63);

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

/**
 * Rounded up to an int32 as amd64 converts it: what does not fit becomes the smallest int32, so that
 * an absurdly high ratio asks for nothing at all.
 */
export function toInt32(value: number): number {
  const whole = Math.ceil(value) + 0;
  return whole >= INT32_MIN && whole <= INT32_MAX ? whole : INT32_MIN;
}

/** Rounded up to an int32, and cut off at the highest. */
export function capInt32(value: number): number {
  return value > INT32_MAX ? INT32_MAX : toInt32(value);
}

/** Whole percent of `part` in `whole`, toward zero, as an int32 that wraps around. */
export function percent(part: number, whole: number): number {
  const exact = timesOver(part, 100, whole);
  return exact >= INT32_MIN && exact <= INT32_MAX
    ? exact
    : Number(BigInt.asIntN(32, BigInt(exact)));
}

/** `value × times ÷ over` toward zero, for whole numbers, without losing digits on the way. */
export function timesOver(value: number, times: number, over: number): number {
  const product = value * times;
  return Number.isSafeInteger(product)
    ? Math.trunc(product / over) + 0
    : Number(BigInt(value) * BigInt(times) / BigInt(over));
}

/** A whole number as an int64, cut off at its bounds. */
export function toInt64(value: number): bigint {
  if (value >= INT64_MAX) return 2n ** 63n - 1n;
  return BigInt(Math.max(value, INT64_MIN));
}
