import { goLog10, goLog2, goMax, goMin } from "./_math.ts";

/** A function of one value, applied to every element of an instant vector; the name is dropped. */
export const FLOAT_FUNCTIONS: Readonly<Record<string, (value: number, args: number[]) => number>> =
  {
    abs: Math.abs,
    acos: Math.acos,
    acosh: Math.acosh,
    asin: Math.asin,
    asinh: Math.asinh,
    atan: Math.atan,
    atanh: Math.atanh,
    ceil: Math.ceil,
    cos: Math.cos,
    cosh: Math.cosh,
    deg: (value) => value * 180 / Math.PI,
    exp: Math.exp,
    floor: Math.floor,
    ln: Math.log,
    log10: goLog10,
    log2: goLog2,
    rad: (value) => value * Math.PI / 180,
    sgn: (value) => value < 0 ? -1 : value > 0 ? 1 : value,
    sin: Math.sin,
    sinh: Math.sinh,
    sqrt: Math.sqrt,
    tan: Math.tan,
    tanh: Math.tanh,
    clamp: (value, [low, high]) => goMax(low, goMin(high, value)),
    clamp_max: (value, [high]) => goMax(-Infinity, goMin(high, value)),
    clamp_min: (value, [low]) => goMax(low, goMin(Infinity, value)),
    // Ties round up; the inverse costs less precision than a division.
    round: (value, [toNearest = 1]) => {
      const inverse = 1 / toNearest;
      return Math.floor(value * inverse + 0.5) / inverse;
    },
  };

const DAY_MS = 86_400_000;

/** A part of a UTC date; values are seconds since the epoch, cut to whole ones. */
export const DATE_FUNCTIONS: Readonly<Record<string, (date: Date) => number>> = {
  days_in_month: (date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) =>
    Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1,
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** The date `seconds` after the epoch. */
export function dateOf(seconds: number): Date {
  return new Date(Math.trunc(seconds) * 1000);
}
