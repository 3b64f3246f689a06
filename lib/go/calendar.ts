/** Source: golang/go src/time/format.go (longMonthNames). Shortened, they are three letters. */
export const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Source: golang/go src/time/format.go (longDayNames). */
export const WEEKDAYS: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];

/** The three letters of a month or a day. */
export function shortName(name: string): string {
  return name.slice(0, 3);
}
