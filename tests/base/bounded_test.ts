import assert from "node:assert/strict";
import { boundedBy, isInterrupt, paceSoFar } from "../../lib/base/mod.ts";

/** Keeps the thread for a time of the wall's. */
function keep(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

Deno.test("a step without an end is interrupted, also one within a step, and the next one runs", () => {
  let interrupts = 0;
  const bounded = boundedBy(50, () => interrupts++);
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
  const bounded = boundedBy(300, () => {}, { cpu: () => cpuMs });
  for (let i = 0; i < 3; i++) {
    bounded(() => keep(100));
    cpuMs += 25;
  }
  bounded(() => keep(600));
  assert.throws(() => bounded(() => keep(60_000)), (error) => isInterrupt(error));
});

Deno.test("the first step has the time that a thread took to begin says it needs", () => {
  const bounded = boundedBy(300, () => {}, { pace: paceSoFar(1_200, 300) });
  bounded(() => keep(600));
  assert.throws(() => boundedBy(300)(() => keep(60_000)), (error) => isInterrupt(error));
  assert.deepEqual([paceSoFar(90, 100), paceSoFar(9_000, 100)], [1, 8]);
});
