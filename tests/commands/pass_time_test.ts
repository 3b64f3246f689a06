import assert from "node:assert/strict";
import { passTime } from "../../lib/commands/command.ts";
import { Bench } from "./_bench.ts";

Deno.test("passTime() moves the lab's time where it moves, and waits where it stands still", async () => {
  const { signal } = new AbortController();
  for (const moves of [true, false]) {
    const { lab } = new Bench();
    let nowMs = 0;
    const advance = (ms: number) => Promise.resolve(void (nowMs += moves ? ms : 0));
    const clock = { ...lab.clock, now: () => nowMs, advance };
    let others = 0;
    const timer = setTimeout(() => others++, 0);
    await passTime({ lab: { ...lab, clock }, signal }, 20);
    clearTimeout(timer);
    assert.deepEqual([nowMs, others], moves ? [20, 0] : [0, 1]);
  }
});
