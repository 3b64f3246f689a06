import assert from "node:assert/strict";
import { boundedBy, type Interrupted, isInterrupt } from "../../lib/base/mod.ts";

/** Keeps the thread for a time of the wall's. */
function keep(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

Deno.test("a step without an end is interrupted, also one within a step, and the next one runs", () => {
  let interrupts = 0;
  const bounded = boundedBy(50, { onInterrupt: () => interrupts++ });
  const forever = () => {
    for (;;);
  };
  assert.throws(() => bounded(forever), (error) => isInterrupt(error));
  assert.throws(() => bounded(() => bounded(forever)), (error) => isInterrupt(error));
  assert.deepEqual([interrupts, bounded(() => 7)], [2, 7]);
});

Deno.test("a step's own error is its caller's", () => {
  const bounded = boundedBy(1_000);
  assert.throws(() =>
    bounded(() => {
      throw new RangeError("mine");
    }), { name: "RangeError", message: "mine" });
});

Deno.test("steps of a thread that has to wait for its turn may take longer, and not without end", () => {
  let cpuMs = 0;
  const bounded = boundedBy(300, { pace: 1, cpu: () => cpuMs });
  for (let i = 0; i < 3; i++) {
    bounded(() => {
      keep(100);
      cpuMs += 25;
    });
  }
  bounded(() => keep(600));
  assert.throws(() => bounded(() => keep(60_000)), (error) => isInterrupt(error));
});

Deno.test("whoever is interrupted hears whether it was the machine that had no time, and how much to give it", () => {
  let cpuMs = 0;
  const heard: Interrupted[] = [];
  const cpu = () => cpuMs;
  const step = (pace: number, costMs: number) => () =>
    boundedBy(200, { pace, cpu, onInterrupt: (interrupted) => heard.push(interrupted) })(() => {
      cpuMs += costMs;
      keep(600);
    });
  assert.throws(step(1, 20), (error) => isInterrupt(error));
  assert.throws(step(1, 200), (error) => isInterrupt(error));
  assert.deepEqual(heard.map(({ isStarved }) => isStarved), [true, false]);
  assert.ok(heard[0].pace >= 10, `${heard[0].pace}`);
  step(heard[0].pace, 20)();
});

Deno.test("a step that lasts is measured also where it begins right after a short one", () => {
  let cpuMs = 0;
  const bounded = boundedBy(300, { pace: 1, cpu: () => cpuMs });
  for (let i = 0; i < 3; i++) {
    bounded(() => {});
    bounded(() => {
      keep(100);
      cpuMs += 25;
    });
  }
  bounded(() => {});
  bounded(() => keep(600));
});

Deno.test("of short steps that come close together one is measured, for it costs as much as many", () => {
  let asked = 0;
  const bounded = boundedBy(1_000, { cpu: () => asked++ });
  const fromMs = performance.now();
  for (let i = 0; i < 2_000; i++) bounded(() => {});
  const most = 2 * (1 + (performance.now() - fromMs) / 5);
  assert.ok(asked >= 2 && asked <= most, `${asked}, and not more than ${most}`);
});
