import { MONTHS, shortName, WEEKDAYS } from "./calendar.ts";
import { Zone } from "./zone.ts";
import { DurationSyntaxError, parseGoDuration } from "./durations.ts";
import { parseGoInt } from "./strconv.ts";

/** A cron expression that will not parse; the message is robfig/cron's. */
export class CronSyntaxError extends SyntaxError {
  override name = "CronSyntaxError";
}

/** The minutes, hours, days, months and weekdays of a schedule. */
interface Schedule {
  minutes: Set<number>;
  hours: Set<number>;
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  anyDay: boolean;
  anyWeekday: boolean;
}

/** The fields in the order in which they are looked at. */
const enum Field {
  Month,
  Day,
  Hour,
  Minute,
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What a descriptor stands for. */
const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const EVERY = "@every ";

/**
 * A standard cron schedule in a time zone: five fields, a descriptor such as `@daily`, or `@every 90s`.
 * Source: robfig/cron v3 parser.go, spec.go, constantdelay.go.
 *
 * Written here because CronJobs and the scaler of KEDA refuse in the words of robfig. cron-parser (5.10) and croner (11.0)
 * know no `@every` and have other words, and what robfig refuses they take: six fields, `L`, `5#2`, Sunday as 7.
 */
export class CronSchedule {
  readonly #schedule: Schedule;
  /** Of `@every`: whole seconds, at least one. */
  readonly #delayMs: number | undefined;
  readonly #zone: Zone;
  #memo: { fromMs: number; nextMs: number } | undefined;

  /** Errors: CronSyntaxError; RangeError for an unknown time zone. */
  constructor(expression: string, timeZone: string) {
    if (expression === "") throw new CronSyntaxError("empty spec string");
    const text = expression.trim();
    if (text.startsWith(EVERY)) this.#delayMs = parseEvery(text);
    else if (text.startsWith("@") && !DESCRIPTORS[text]) {
      throw new CronSyntaxError(`unrecognized descriptor: ${text}`);
    }
    this.#schedule = parseCron(
      this.#delayMs === undefined ? DESCRIPTORS[text] ?? text : "* * * * *",
    );
    this.#zone = new Zone(timeZone);
  }

  /** The first time after `nowMs`; Infinity when there is none within five years. */
  next(nowMs: number): number {
    if (nowMs === Infinity) return Infinity;
    if (this.#delayMs !== undefined) return Math.floor(nowMs / 1000) * 1000 + this.#delayMs;
    const memo = this.#memo;
    if (memo && memo.fromMs <= nowMs && nowMs < memo.nextMs) return memo.nextMs;
    const nextMs = this.#find(nowMs);
    this.#memo = { fromMs: nowMs, nextMs };
    return nextMs;
  }

  /**
   * Steps the largest field that does not match, and looks at larger ones again only where it wraps around. So the hour
   * that is left out in spring has no times, and the hour that comes twice in autumn has them twice.
   * Source: robfig/cron v3 spec.go (SpecSchedule.Next).
   */
  #find(nowMs: number): number {
    const { months, hours, minutes } = this.#schedule;
    const zone = this.#zone;
    let atMs = Math.floor(nowMs / 1000) * 1000 + 1000;
    let wall = zone.wall(atMs);
    const lastYear = wall.getUTCFullYear() + 5;
    let field = Field.Month;
    let isFirst = true;
    const begin = (beginning: () => number) => {
      if (isFirst) atMs = beginning();
      isFirst = false;
    };
    for (; wall.getUTCFullYear() <= lastYear; wall = zone.wall(atMs)) {
      const date = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()] as const;
      if (field <= Field.Month && !months.has(date[1] + 1)) {
        begin(() => zone.date(date[0], date[1], 1));
        atMs = zone.addDate(atMs, 1, 0);
      } else if (field <= Field.Day && !this.#matchesDay(wall)) {
        begin(() => zone.date(...date));
        atMs = zone.addDate(atMs, 0, 1);
        // Where clocks were changed at midnight.
        const hour = zone.wall(atMs).getUTCHours();
        if (hour > 0) atMs += (hour > 12 ? 24 - hour : -hour) * HOUR_MS;
        field = zone.wall(atMs).getUTCDate() === 1 ? Field.Month : Field.Day;
      } else if (field <= Field.Hour && !hours.has(wall.getUTCHours())) {
        begin(() => zone.date(...date, wall.getUTCHours()));
        atMs += HOUR_MS;
        field = zone.wall(atMs).getUTCHours() === 0 ? Field.Month : Field.Hour;
      } else if (!minutes.has(wall.getUTCMinutes())) {
        begin(() => Math.floor(atMs / MINUTE_MS) * MINUTE_MS);
        atMs += MINUTE_MS;
        field = zone.wall(atMs).getUTCMinutes() === 0 ? Field.Month : Field.Minute;
      } else if (wall.getUTCSeconds() > 0) {
        begin(() => atMs);
        atMs = (Math.floor(atMs / MINUTE_MS) + 1) * MINUTE_MS;
        field = Field.Month;
      } else return atMs;
    }
    return Infinity;
  }

  #matchesDay(date: Date): boolean {
    const { months, days, weekdays, anyDay, anyWeekday } = this.#schedule;
    if (!months.has(date.getUTCMonth() + 1)) return false;
    const day = days.has(date.getUTCDate());
    const weekday = weekdays.has(date.getUTCDay());
    // Both given: either will do.
    return anyDay || anyWeekday ? day && weekday : day || weekday;
  }
}

function parseEvery(text: string): number {
  try {
    return Math.max(1000, Math.floor(parseGoDuration(text.slice(EVERY.length)) / 1000) * 1000);
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    throw new CronSyntaxError(`failed to parse duration ${text}: ${error.message}`);
  }
}

function parseCron(expression: string): Schedule {
  const fields = expression.trim().split(/\s+/).filter((field) => field !== "");
  if (fields.length !== 5) {
    const shown = `[${fields.join(" ")}]`;
    throw new CronSyntaxError(`expected exactly 5 fields, found ${fields.length}: ${shown}`);
  }
  const [minute, hour, day, month, weekday] = fields;
  return {
    minutes: parseField(minute, 0, 59),
    hours: parseField(hour, 0, 23),
    days: parseField(day, 1, 31),
    months: parseField(month, 1, 12, MONTHS.map(wordOf)),
    weekdays: parseField(weekday, 0, 6, WEEKDAYS.map(wordOf)),
    anyDay: isAny(day),
    anyWeekday: isAny(weekday),
  };
}

/** Whether a field leaves the choice to the others: a star whose step is not above one. */
function isAny(field: string): boolean {
  return field.split(",").some((part) => /^[*?](\/0*1)?$/.test(part));
}

function parseField(field: string, min: number, max: number, names: string[] = []): Set<number> {
  const values = new Set<number>();
  const numberOf = (text: string) => {
    const index = names.indexOf(text.toLowerCase());
    if (index >= 0) return index + min;
    const number = parseGoInt(text, { name: "Atoi" });
    if (typeof number === "object") {
      throw new CronSyntaxError(`failed to parse int from ${text}: ${number.problem}`);
    }
    if (number < 0) throw new CronSyntaxError(`negative number (${number}) not allowed: ${text}`);
    return number;
  };
  for (const part of field.split(",").filter(Boolean)) {
    const [range, stepText, ...more] = part.split("/");
    const [low, high, ...rest] = range.split("-");
    let from = min;
    let to = max;
    if (low !== "*" && low !== "?") {
      from = numberOf(low);
      if (rest.length > 0) throw new CronSyntaxError(`too many hyphens: ${part}`);
      to = high !== undefined ? numberOf(high) : from;
    }
    if (more.length > 0) throw new CronSyntaxError(`too many slashes: ${part}`);
    const step = stepText === undefined ? 1 : numberOf(stepText);
    if (stepText !== undefined && high === undefined) to = max;
    if (from < min) {
      throw new CronSyntaxError(`beginning of range (${from}) below minimum (${min}): ${part}`);
    }
    if (to > max) throw new CronSyntaxError(`end of range (${to}) above maximum (${max}): ${part}`);
    if (from > to) {
      throw new CronSyntaxError(
        `beginning of range (${from}) beyond end of range (${to}): ${part}`,
      );
    }
    if (step === 0) throw new CronSyntaxError(`step of range should be a positive number: ${part}`);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

/** A month or a day as a schedule names it. */
function wordOf(name: string): string {
  return shortName(name).toLowerCase();
}
