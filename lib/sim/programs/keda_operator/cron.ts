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

/**
 * A standard cron schedule of five fields in a time zone.
 * Source: robfig/cron v3 parser.go, spec.go.
 */
export class CronSchedule {
  readonly #schedule: Schedule;
  readonly #zone: Intl.DateTimeFormat;
  #memo: { fromMs: number; nextMs: number } | undefined;

  /** Errors: CronSyntaxError; RangeError for an unknown time zone. */
  constructor(expression: string, timeZone: string) {
    this.#schedule = parseCron(expression);
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
    anyDay: /^[*?]/.test(day),
    anyWeekday: /^[*?]/.test(weekday),
  };
}

function parseField(field: string, min: number, max: number, names: string[] = []): Set<number> {
  const values = new Set<number>();
  const numberOf = (text: string) => {
    const index = names.indexOf(text.toLowerCase());
    if (index >= 0) return index + min;
    if (!/^\d+$/.test(text)) {
      const go = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
      throw new CronSyntaxError(`failed to parse int from ${text}: ${go}`);
    }
    return Number(text);
  };
  for (const part of field.split(",")) {
    const [range, stepText, ...more] = part.split("/");
    if (more.length > 0) throw new CronSyntaxError(`too many slashes: ${part}`);
    const step = stepText === undefined ? 1 : numberOf(stepText);
    if (step === 0) throw new CronSyntaxError(`step of range should be a positive number: ${part}`);
    let from = min;
    let to = max;
    if (range !== "*" && range !== "?") {
      const [low, high, ...rest] = range.split("-");
      if (rest.length > 0) throw new CronSyntaxError(`too many hyphens: ${part}`);
      from = numberOf(low);
      to = high !== undefined ? numberOf(high) : stepText !== undefined ? max : from;
    }
    if (from < min) {
      throw new CronSyntaxError(`beginning of range (${from}) below minimum (${min}): ${part}`);
    }
    if (to > max) throw new CronSyntaxError(`end of range (${to}) above maximum (${max}): ${part}`);
    if (from > to) {
      throw new CronSyntaxError(
        `beginning of range (${from}) beyond end of range (${to}): ${part}`,
      );
    }
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}
