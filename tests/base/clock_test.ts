import assert from "node:assert/strict";
import { InvariantError, VirtualClock } from "../../lib/base/mod.ts";

Deno.test("advance() runs timers in order of time, then of setting", () => {
  const clock = new VirtualClock(1_000);
  const ran: string[] = [];
  clock.after(20, () => ran.push(`late ${clock.now()}`));
  clock.after(10, () => ran.push(`first ${clock.now()}`));
  clock.after(10, () => ran.push(`second ${clock.now()}`));
  clock.advance(15);
  assert.deepEqual(ran, ["first 1010", "second 1010"]);
  assert.equal(clock.now(), 1015);
  clock.advance(5);
  assert.deepEqual(ran.at(-1), "late 1020");
});

Deno.test("post() runs before time moves on", () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(10, () => clock.post(() => ran.push(`posted ${clock.now()}`)));
  clock.after(11, () => ran.push(`timer ${clock.now()}`));
  clock.advance(20);
  assert.deepEqual(ran, ["posted 10", "timer 11"]);
});

Deno.test("every() keeps to the grid of its origin, whenever it was set", () => {
  const clock = new VirtualClock(100_007);
  const ran: number[] = [];
  const cancel = clock.every(15_000, () => ran.push(clock.now()), { originMs: 7 });
  clock.advance(45_000);
  assert.deepEqual(ran, [105_007, 120_007, 135_007]);
  cancel();
  clock.advance(60_000);
  assert.equal(ran.length, 3);
});

Deno.test("a cancelled timer does not run", () => {
  const clock = new VirtualClock(0);
  const cancel = clock.after(5, () => assert.fail("ran"));
  cancel();
  clock.advance(10);
  assert.equal(clock.nextTimerMs(), undefined);
});

Deno.test("callbacks that post each other without end are an InvariantError", () => {
  const clock = new VirtualClock(0);
  const again = () => clock.post(again);
  clock.post(again);
  assert.throws(() => clock.drain(), InvariantError);
});

Deno.test("time is kept in whole milliseconds, whatever it is told", () => {
  const clock = new VirtualClock(1000.4);
  const ran: number[] = [];
  clock.after(10.5, () => ran.push(clock.now()));
  clock.advance(20.7);
  assert.deepEqual([clock.now(), ...ran], [1020, 1011]);
});
