import assert from "node:assert/strict";
import { formatSample, fromApiPoint } from "../../lib/promql/mod.ts";

Deno.test("fromApiPoint() reads back every value that an answer is written with", () => {
  for (const value of [0, -0, 1.5, 1e21, 2e-7, NaN, Infinity, -Infinity]) {
    assert.deepEqual(fromApiPoint([1.5, formatSample(value)]), { tMs: 1500, value });
  }
});
