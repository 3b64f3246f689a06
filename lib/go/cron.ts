import { DurationSyntaxError, parseGoDuration } from "./durations.ts";

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

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MS = 86_400_000;

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
  readonly #zone: Intl.DateTimeFormat;
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
    this.#zone = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
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

  #find(nowMs: number): number {
    const { minutes, hours } = this.#schedule;
    const sortedHours = [...hours].sort((a, b) => a - b);
    const sortedMinutes = [...minutes].sort((a, b) => a - b);
    const localMs = nowMs + this.#offset(nowMs);
    let dayMs = Math.floor(localMs / DAY_MS) * DAY_MS;
    for (let i = 0; i < 5 * 366; i++, dayMs += DAY_MS) {
      if (!this.#matchesDay(new Date(dayMs))) continue;
      for (const hour of sortedHours) {
        for (const minute of sortedMinutes) {
          const wallMs = dayMs + hour * 3_600_000 + minute * 60_000;
          const atMs = wallMs - this.#offset(wallMs - this.#offset(wallMs));
          if (atMs > nowMs) return atMs;
        }
      }
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

  /** How far the zone is ahead of UTC at an instant, in ms. */
  #offset(atMs: number): number {
    const parts = Object.fromEntries(
      this.#zone.formatToParts(new Date(atMs)).map(({ type, value }) => [type, Number(value)]),
    );
    const wallMs = Date.UTC(
      parts.year,
      parts.month - 1,
      parts.day,
      parts.hour,
      parts.minute,
      parts.second,
    );
    return wallMs - Math.floor(atMs / 1000) * 1000;
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
    months: parseField(month, 1, 12, MONTHS),
    weekdays: parseField(weekday, 0, 6, WEEKDAYS),
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
    if (!/^[-+]?\d+$/.test(text)) {
      const go = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
      throw new CronSyntaxError(`failed to parse int from ${text}: ${go}`);
    }
    const number = Number(text);
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
