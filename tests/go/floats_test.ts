import assert from "node:assert/strict";
import {
  ansicTime,
  goTime,
  humanDuration,
  parseGoFloat,
  rfc1123z,
  rfc3339,
} from "../../lib/go/mod.ts";

// Recorded from strconv.ParseFloat of Go 1.26; undefined where it is an error.
Deno.test("parseGoFloat() reads what Go's ParseFloat reads, and nothing else", () => {
  const cases: [text: string, value: number | undefined][] = [
    ["1_000", 1000],
    ["1_23.50_0_0e+1_2", 1.235e14],
    ["0x_1p4", 16],
    ["0x1p-2", 0.25],
    ["0x.8p1", 1],
    ["infinity", Infinity],
    ["+Inf", Infinity],
    ["-iNf", -Infinity],
    ["nan", NaN],
    [".5", 0.5],
    ["5.", 5],
    ...["1_", "_1", "1__0", "0x1", "-nan", "+NaN", "", "1e", "0b1", " 1"].map((text) =>
      [text, undefined] as [string, undefined]
    ),
  ];
  for (const [text, value] of cases) assert.equal(parseGoFloat(text), value, text);
});

Deno.test("times are printed as Go's formats print them", () => {
  const time = "2026-02-03T04:05:06.78Z";
  assert.equal(rfc3339(Date.parse(time)), "2026-02-03T04:05:06Z");
  assert.equal(rfc1123z(time), "Tue, 03 Feb 2026 04:05:06 +0000");
  assert.equal(rfc1123z(undefined), "Mon, 01 Jan 0001 00:00:00 +0000");
  assert.equal(ansicTime(time), "Tue Feb  3 04:05:06 2026");
  assert.equal(goTime(time), "2026-02-03 04:05:06.78 +0000 UTC");
  assert.equal(humanDuration(-1_500), "0s");
});
