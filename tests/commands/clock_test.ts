import assert from "node:assert/strict";
import { clock } from "../../lib/commands/clock.ts";
import { Bench } from "./_bench.ts";

Deno.test("clock names the line that was meant by a time or a speed of another spelling", async () => {
  const cases: [typed: string, meant: string | undefined][] = [
    ["10m", "clock +10m"],
    ["+ 10m", "clock +10m"],
    ["+10min", "clock +10m"],
    ["+10 minutes", "clock +10m"],
    ["2 Hours", "clock +2h"],
    ["60x", "clock x60"],
    ["x 60", "clock x60"],
    ["+1000", undefined],
    ["500ms", undefined],
    ["2 months", undefined],
    ["700x", undefined],
    ["0x", undefined],
    ["+10y", undefined],
    ["nonsense", undefined],
    ["+5m please", undefined],
  ];
  const { err } = await new Bench().run(clock, "+");
  assert.match(err, /^clock: a length of time is missing\n/);
  for (const [typed, meant] of cases) {
    const { err, code } = await new Bench().run(clock, typed);
    assert.equal(code, 2, typed);
    const [first] = err.split("\n");
    assert.equal(/Did you mean `(.*)`\?$/.exec(first)?.[1], meant, first);
    assert.match(err, /\nUsage:\n/);
  }
});
