import assert from "node:assert/strict";
import { CronSchedule, CronSyntaxError } from "../../lib/go/mod.ts";

// Source: robfig/cron v3 spec_test.go, parser_test.go.
Deno.test("CronSchedule finds the next time", async (t) => {
  const rows: [expression: string, from: string, next: string, zone?: string][] = [
    ["*/15 * * * *", "2026-11-24T03:00:00Z", "2026-11-24T03:15:00Z"],
    ["0 9 * * 1-5", "2026-11-27T09:00:00Z", "2026-11-30T09:00:00Z"],
    ["30 4 1,15 * *", "2026-11-24T03:00:00Z", "2026-12-01T04:30:00Z"],
    ["0 0 29 feb *", "2026-11-24T03:00:00Z", "2028-02-29T00:00:00Z"],
    ["0 0 13 * fri", "2026-11-24T03:00:00Z", "2026-11-27T00:00:00Z"],
    ["0 0 */2 * sun", "2026-11-24T03:00:00Z", "2026-11-25T00:00:00Z"],
    ["0 0 */1 * sun", "2026-11-24T03:00:00Z", "2026-11-29T00:00:00Z"],
    ["@hourly", "2026-11-24T03:00:00Z", "2026-11-24T04:00:00Z"],
    ["@weekly", "2026-11-24T03:00:00Z", "2026-11-29T00:00:00Z"],
    ["@every 1m30.5s", "2026-11-24T03:00:10Z", "2026-11-24T03:01:40Z"],
    ["@every 5ms", "2026-11-24T03:00:00Z", "2026-11-24T03:00:01Z"],
    ["0 9 * * *", "2026-11-24T03:00:00Z", "2026-11-25T00:00:00Z", "Asia/Seoul"],
    ["0 9 * * *", "2026-11-24T03:00:00Z", "2026-11-24T14:00:00Z", "America/New_York"],
    ["0 9 * * *", "2026-07-24T03:00:00Z", "2026-07-24T13:00:00Z", "America/New_York"],
  ];
  for (const [expression, from, next, zone = "UTC"] of rows) {
    await t.step(`${expression} in ${zone}`, () => {
      const schedule = new CronSchedule(expression, zone);
      assert.equal(
        new Date(schedule.next(Date.parse(from))).toISOString(),
        next.replace("Z", ".000Z"),
      );
    });
  }
});

Deno.test("CronSchedule refuses what is no schedule in robfig/cron's words", async (t) => {
  const rows: [expression: string, message: string][] = [
    ["", "empty spec string"],
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["99 * * * *", "end of range (99) above maximum (59): 99"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["* * * * 7", "end of range (7) above maximum (6): 7"],
    ["5-2 * * * *", "beginning of range (5) beyond end of range (2): 5-2"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["@never", "unrecognized descriptor: @never"],
    ["@every x", 'failed to parse duration @every x: time: invalid duration "x"'],
  ];
  for (const [expression, message] of rows) {
    await t.step(`"${expression}"`, () => {
      assert.throws(() => new CronSchedule(expression, "UTC"), new CronSyntaxError(message));
    });
  }
  assert.throws(() => new CronSchedule("* * * * *", "Mars/Olympus"), RangeError);
});

// Recorded with robfig/cron v3.0.1 (cron_recorder); "never" where it finds none within five years.
Deno.test("CronSchedule finds what robfig/cron finds where clocks change", async () => {
  const text = await Deno.readTextFile(new URL("testdata/cron.json", import.meta.url));
  const rows: string[][] = JSON.parse(text);
  assert.ok(rows.length >= 300);
  for (const [expression, zone, from, ...times] of rows) {
    const schedule = new CronSchedule(expression, zone);
    let at = Date.parse(from);
    const found = times.map(() => {
      at = schedule.next(at);
      return at === Infinity ? "never" : new Date(at).toISOString().replace(".000Z", "Z");
    });
    assert.deepEqual(found, times, `${expression} in ${zone} from ${from}`);
  }
});
