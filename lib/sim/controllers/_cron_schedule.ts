import type { CronSchedule } from "../../go/mod.ts";

/** Since when scheduled times count: the last one met, or the creation of the CronJob. */
export interface ScheduleFacts {
  sinceMs: number;
}

/** The last scheduled time that has come; about how many have since. */
export interface Missed {
  atMs?: number;
  count: number;
  error?: string;
}

/**
 * The most recent scheduled time up to now; none when none has come.
 * Source: kubernetes pkg/controller/cronjob/utils.go (mostRecentScheduleTime).
 * @param options.withinSeconds is how far back scheduled times still count.
 */
export function missedSchedule(
  { sinceMs }: ScheduleFacts,
  schedule: CronSchedule,
  nowMs: number,
  options: { withinSeconds?: number } = {},
): Missed {
  const { withinSeconds } = options;
  const earliestMs = withinSeconds === undefined
    ? sinceMs
    : Math.max(sinceMs, nowMs - withinSeconds * 1000);
  const firstMs = schedule.next(earliestMs);
  const secondMs = schedule.next(firstMs);
  if (nowMs < firstMs) {
    return firstMs === Infinity ? { count: 0, error: TOO_CLOSE } : { count: 0 };
  }
  if (nowMs < secondMs) return { atMs: firstMs, count: 0 };
  const betweenMs = secondMs - firstMs;
  const count = Math.floor((nowMs - firstMs) / betweenMs) + 1;
  let atMs: number | undefined;
  // Near the last one by the distance of the first two; a schedule need not be regular.
  let next = schedule.next(firstMs + (count - 2) * betweenMs);
  for (; next <= nowMs; next = schedule.next(next)) atMs = next;
  return { count, ...(atMs === undefined ? {} : { atMs }) };
}

/** What a schedule is told that never comes, such as 31 February. */
const TOO_CLOSE = "time difference between two schedules is less than 1 second";

/** The scheduled time to wait for. Source: utils.go (nextScheduleTimeDuration). */
export function nextScheduleMs(
  facts: ScheduleFacts,
  schedule: CronSchedule,
  nowMs: number,
): number {
  const { atMs, count, error } = missedSchedule(facts, schedule, nowMs);
  const fromMs = error || (atMs === undefined && count > 0) ? nowMs : atMs ?? facts.sinceMs;
  return schedule.next(fromMs);
}

/** An instant in RFC 3339 as a clock of the zone shows it. */
export function zonedTimestamp(atMs: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
  const part = Object.fromEntries(
    format.formatToParts(atMs).map(({ type, value }) => [type, value]),
  );
  const offset = part.timeZoneName.replace("GMT", "") || "Z";
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}${offset}`;
}
