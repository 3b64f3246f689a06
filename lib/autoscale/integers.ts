/*
 * Go's whole numbers, where upstream's results depend on their width.
 */

export const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

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

/** Rounded up to an int64 as amd64 converts it: what does not fit becomes the smallest int64. */
export function toInt64(value: number): bigint {
  const whole = Math.ceil(value);
  return whole >= Number(INT64_MIN) && whole < Number(INT64_MAX) ? BigInt(whole) : INT64_MIN;
}

/** A sum that wraps around, as an int64 does. */
export function sum64(values: Iterable<bigint>): bigint {
  let total = 0n;
  for (const value of values) total += value;
  return BigInt.asIntN(64, total);
}

/** Whole percent of `part` in `whole`, toward zero; it wraps around, as an int32 does. */
export function percent(part: bigint, whole: bigint): number {
  return Number(BigInt.asIntN(32, BigInt.asIntN(64, part * 100n) / whole));
}
