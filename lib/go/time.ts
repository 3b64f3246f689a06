import { quote } from "./quote.ts";

/*
 * Times as Go prints them, in UTC. Source: golang/go src/time/format.go.
 */

/** `2006-01-02T15:04:05Z`, of milliseconds since the epoch: what RFC 3339 and metav1.Time say. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `2006-01-02T15:04:05.000000Z`: metav1.MicroTime, as leases and events have it. */
export function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** `time.RFC1123Z`: `Mon, 02 Jan 2006 15:04:05 +0000`; Go's zero for none. */
export function rfc1123z(timestamp: string | null | undefined): string {
  if (!timestamp) return "Mon, 01 Jan 0001 00:00:00 +0000";
  return new Date(timestamp).toUTCString().replace("GMT", "+0000");
}

/** `time.ANSIC`: `Mon Jan _2 15:04:05 2006`. */
export function ansicTime(timestamp: string): string {
  const [day, date, month, year, clock] = new Date(timestamp).toUTCString().split(/,? /);
  return `${day} ${month} ${date.replace(/^0/, " ")} ${clock} ${year}`;
}

/** `Time.String()`: `2006-01-02 15:04:05.999999999 +0000 UTC`. */
export function goTime(timestamp: string): string {
  const match = /^(.{10})T(.{8})(\.\d*?)?0*(?:Z|\+00:00)$/.exec(timestamp);
  if (!match) return new Date(timestamp).toISOString();
  const fraction = match[3] === "." || !match[3] ? "" : match[3];
  return `${match[1]} ${match[2]}${fraction} +0000 UTC`;
}

/** `2026/11/24 03:00:00`, as Go's log package begins a line. Source: golang/go src/log/log.go (LstdFlags). */
export function goLogTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}

/** `24/Nov/2026:03:00:00 +0000`, as web servers write the time of a request in UTC. */
export function commonLogTime(ms: number): string {
  const [, day, month, year] = new Date(ms).toUTCString().split(" ");
  return `${day}/${month}/${year}:${new Date(ms).toISOString().slice(11, 19)} +0000`;
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT)(\d\d?)(:\d\d:\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;
/** time.Time's zero, which says that nothing was set. */
const ZERO_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59Z");

/**
 * A time that is one of its layout ({@linkcode timeFault}) as metav1.Time or metav1.MicroTime writes it again: in UTC, to the
 * second or the microsecond; null for Go's zero. One beyond the year 9999, which nothing could read again, stays as it is.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/time.go, micro_time.go (MarshalJSON).
 */
export function writtenTime(text: string, layout: TimeLayout): string | null {
  const [, date, hour, minutes, fraction, sign = "+", hoursOff = "0", minutesOff = "0"] = RFC3339
    .exec(text)!;
  // By hand: Go reads offsets that a Date does not.
  const offsetMs = Number(`${sign}1`) * (Number(hoursOff) * 60 + Number(minutesOff)) * 60_000;
  const ms = Date.parse(`${date}${hour.padStart(2, "0")}${minutes}Z`) - offsetMs;
  if (ms === ZERO_MS && !Number(fraction)) return null;
  if (ms > LAST_MS) return text;
  return layout === "seconds" ? rfc3339(ms) : rfc3339(ms).replace("Z", `.${fraction}Z`);
}

/** How finely a time is written. */
export type TimeLayout = "seconds" | "microseconds";

/** The parts of RFC 3339 as Go's layouts name them, each with what of a text is one. */
const TIME_PARTS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d?/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d([.,]\d+)?/],
  ["Z07:00", /^(Z|[+-]\d\d:\d\d)/],
];
const MICRO_PARTS = TIME_PARTS.map((part) => part[0] === "05" ? ["05", /^\d\d/] as const : part)
  .toSpliced(11, 0, [".000000", /^[.,]\d{6}/]);

/**
 * Why a text is no time of a layout, in Go's words; undefined for one.
 * Source: golang/go src/time/format.go (Parse, ParseError.Error).
 */
export function timeFault(text: string, layout: TimeLayout): string | undefined {
  const parts = layout === "seconds" ? TIME_PARTS : MICRO_PARTS;
  const whole = parts.map(([name]) => name).join("");
  const told = (why: string) => `parsing time ${quote(text)}${why}`;
  const found: string[] = [];
  let rest = text;
  for (const [name, pattern] of parts) {
    const match = pattern.exec(rest);
    if (!match) {
      return told(` as ${quote(whole)}: cannot parse ${quote(rest)} as ${quote(name)}`);
    }
    found.push(match[0]);
    rest = rest.slice(match[0].length);
    const fault = rangeFault(name, match[0]);
    if (fault) return told(`: ${fault} out of range`);
  }
  if (rest !== "") return told(`: extra text: ${quote(rest)}`);
  const [year, month, day] = [found[0], found[2], found[4]].map(Number);
  const isDay = day >= 1 && day <= daysIn(year, month);
  return isDay ? undefined : told(": day out of range");
}

function daysIn(year: number, month: number): number {
  // Years below 100 would be those of the last century to the constructor.
  return new Date(new Date(0).setUTCFullYear(year, month, 0)).getUTCDate();
}

/** Which part of a time is more than there is. */
function rangeFault(name: string, text: string): string | undefined {
  const value = Number(text.replace(",", "."));
  switch (name) {
    case "01":
      return value < 1 || value > 12 ? "month" : undefined;
    case "15":
      return value > 23 ? "hour" : undefined;
    case "04":
      return value > 59 ? "minute" : undefined;
    case "05":
      return value >= 60 ? "second" : undefined;
    case "Z07:00":
      // Some write an offset of 24 hours, or of 60 minutes.
      if (Number(text.slice(1, 3)) > 24) return "time zone offset hour";
      return Number(text.slice(4)) > 60 ? "time zone offset minute" : undefined;
  }
}
