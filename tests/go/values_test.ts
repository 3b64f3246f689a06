import assert from "node:assert/strict";
import {
  DurationSyntaxError,
  FmtLimitError,
  formatGoDuration,
  formatPromDuration,
  goSprint,
  httpStatus,
  humanDuration,
  parseGoDuration,
  parsePromDuration,
} from "../../lib/go/mod.ts";

Deno.test("durations read as Go and Prometheus write them", () => {
  assert.equal(parseGoDuration("1h15m30.5s"), 4_530_500);
  assert.equal(formatGoDuration(90_000), "1m30s");
  assert.equal(formatGoDuration(500), "500ms");
  assert.equal(formatGoDuration(0.242971), "242.971µs");
  assert.equal(formatGoDuration(0.000764), "764ns");
  assert.equal(formatGoDuration(3_600_000), "1h0m0s");
  assert.throws(() => parseGoDuration("5"), DurationSyntaxError);
  assert.equal(parsePromDuration("1d12h"), 129_600_000);
  assert.equal(formatPromDuration(300_000), "5m");
  assert.equal(formatPromDuration(129_600_000), "36h");
  assert.throws(() => parsePromDuration("5m1h"), DurationSyntaxError);
});

Deno.test("humanDuration() prints ages as kubectl does", () => {
  const table: [number, string][] = [
    [0, "0s"],
    [46, "46s"],
    [119, "119s"],
    [120, "2m"],
    [200, "3m20s"],
    [2940, "49m"],
    [10_800, "3h"],
    [19_800, "5h30m"],
    [172_800, "2d"],
    [86_400 * 9, "9d"],
    [86_400 * 800, "2y70d"],
  ];
  for (const [seconds, text] of table) assert.equal(humanDuration(seconds * 1000), text);
});

Deno.test("httpStatus() has Go's words, and the number alone where there are none", () => {
  const cases: [number, string][] = [[200, "200 OK"], [413, "413 Request Entity Too Large"], [
    799,
    "799",
  ]];
  for (const [code, words] of cases) assert.equal(httpStatus(code), words);
});

Deno.test("lists that hold each other are given up by their values, before their text is long", () => {
  const lists = Array.from({ length: 40 }).reduce<unknown[]>((list) => [list, list], []);
  assert.throws(() => goSprint(lists, { limit: 1_000_000 }), FmtLimitError);
  const flat = Array.from({ length: 11 }, () => []);
  assert.throws(() => goSprint(flat, { limit: 160 }), FmtLimitError);
  assert.equal(goSprint(flat.slice(1), { limit: 160 }), `[${Array(10).fill("[]").join(" ")}]`);
});
