import { DurationSyntaxError, parseGoDuration } from "../go/mod.ts";
import { parseTime, timeProblem } from "./time_layout.ts";
import { GoDuration, GoLocation, GoTime, LOCAL, UTC } from "./times.ts";
import { type ExprValue, Panic, text } from "./values.ts";

/** The place of a name. Errors: Panic, in the words of time.LoadLocation. */
export function zone(name: string): GoLocation {
  if (name === "" || name === "UTC") return UTC;
  if (name === "Local") return LOCAL;
  try {
    return new GoLocation(name);
  } catch {
    throw new Panic(`unknown time zone ${name}`);
  }
}

/** Errors: Panic, in the words of time.ParseDuration. */
export function duration(value: string): GoDuration {
  try {
    return new GoDuration(BigInt(Math.round(parseGoDuration(value) * 1e6)));
  } catch (error) {
    if (error instanceof DurationSyntaxError) throw new Panic(error.message);
    throw error;
  }
}

const LAYOUTS = [
  "2006-01-02",
  "15:04:05",
  "2006-01-02 15:04:05",
  "2006-01-02T15:04:05Z07:00",
  "02 Jan 06 15:04 MST",
  "Monday, 02-Jan-06 15:04:05 MST",
  "Mon, 02 Jan 2006 15:04:05 MST",
];

/** A date by its layout, or by the first of the usual ones that fits. Errors: Panic. */
export function date(args: readonly ExprValue[]): GoTime {
  const given = args[0] instanceof GoLocation ? args[0] : undefined;
  const [value, layout, zoneName] = (given ? args.slice(1) : args).map(text);
  if (layout === undefined) {
    for (const one of LAYOUTS) {
      const time = parseTime(one, value, given);
      if (time) return time;
    }
    throw new Panic(`invalid date ${value}`);
  }
  const time = parseTime(layout, value, zoneName === undefined ? given : zone(zoneName));
  if (!time) throw new Panic(timeProblem(layout, value));
  return time;
}
