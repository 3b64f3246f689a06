import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import {
  enqueue,
  newCpuQueue,
  setQuota,
  throttledPeriods,
  usedMs,
} from "../../../lib/sim/kubelet/cpu_queue.ts";

// Source of every row: torvalds/linux Documentation/scheduler/sched-bwc.rst.
Deno.test("enqueue() gives how long work takes under a CPU limit", async (t) => {
  const rows: [
    name: string,
    cores: number,
    work: [atMs: number, workMs: number, takes: number][],
  ][] = [
    ["within the quota nothing is held back", 0.5, [[0, 50, 50]]],
    ["past the quota it waits for the next period", 0.5, [[0, 60, 110]]],
    ["three periods", 0.5, [[0, 120, 220]]],
    ["what a period has used is gone until the next", 0.5, [[0, 30, 30], [40, 30, 70]]],
    ["a quota that is used up keeps the next work waiting", 0.5, [[0, 50, 50], [60, 10, 50]]],
    ["work that crosses into a fresh period goes on", 0.5, [[80, 40, 40]]],
    ["and has a whole quota there", 0.5, [[80, 100, 150]]],
    ["work queues behind work", 1, [[0, 30, 30], [10, 30, 50], [20, 10, 50]]],
    ["one core without a quota is never held back", 1, [[0, 250, 250]]],
    ["two cores take two pieces at once", 2, [[0, 30, 30], [0, 30, 30], [0, 30, 60]]],
    ["a tenth of a core", 0.1, [[0, 25, 205]]],
  ];
  for (const [name, cores, work] of rows) {
    await t.step(name, () => {
      const queue = newCpuQueue(cores, 0, true);
      assert.deepEqual(
        work.map(([atMs, workMs]) => enqueue(queue, workMs, atMs)),
        work.map(([, , takes]) => takes),
      );
    });
  }
});

Deno.test("throttledPeriods() counts the periods that ended with work waiting", () => {
  const queue = newCpuQueue(0.5, 0, true);
  enqueue(queue, 120, 0);
  assert.deepEqual([50, 100, 150, 200, 250].map((atMs) => throttledPeriods(queue, atMs)), [
    0,
    1,
    1,
    2,
    2,
  ]);
  const free = newCpuQueue(4, 0, false);
  enqueue(free, 1000, 0);
  assert.equal(throttledPeriods(free, 1000), 0);
});

/** The same cgroup, millisecond by millisecond. */
class SteppedLane {
  readonly #waiting: number[] = [];
  #quotaMs = 0;
  nowMs = 0;
  usedMs = 0;

  constructor(public quotaMs: number) {}

  /** What is left of the period is by the new quota. */
  change(quotaMs: number): void {
    if (this.nowMs % 100 > 0) this.#quotaMs += quotaMs - this.quotaMs;
    this.quotaMs = quotaMs;
  }

  push(workMs: number): void {
    this.#waiting.push(workMs);
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  step(): void {
    if (this.nowMs % 100 === 0) this.#quotaMs = this.quotaMs;
    this.nowMs++;
    if (this.isIdle || this.#quotaMs <= 0) return;
    this.#quotaMs--;
    this.usedMs++;
    if (--this.#waiting[0] === 0) this.#waiting.shift();
  }
}

Deno.test("a queue does what a cgroup does that is stepped through", () => {
  const seed = Number(Deno.env.get("CPU_SEED") ?? 1);
  const random = new SeededRandom(seed);
  for (let run = 0; run < 200; run++) {
    const quotaMs = 5 + random.int(96);
    const queue = newCpuQueue(quotaMs / 100, 0, quotaMs < 100);
    const stepped = new SteppedLane(quotaMs);
    let lastMs = 0;
    let endMs = 0;
    for (let i = 0; i < 1500; i++) {
      if (run % 2 === 1 && random.int(90) === 0) {
        const other = 5 + random.int(96);
        setQuota(queue, other, i);
        stepped.change(other);
      }
      if (i < 1000 && random.int(40) === 0) {
        const workMs = 1 + random.int(60);
        endMs = i + enqueue(queue, workMs, i);
        stepped.push(workMs);
      }
      assert.equal(
        Math.round(usedMs(queue, i) * 1e6) / 1e6,
        stepped.usedMs,
        `seed ${seed}, run ${run}, quota ${quotaMs}, at ${i} ms`,
      );
      if (!stepped.isIdle) lastMs = i + 1;
      stepped.step();
    }
    if (stepped.isIdle && run % 2 === 0) assert.equal(Math.round(endMs * 1e6) / 1e6, lastMs);
  }
});
