import assert from "node:assert/strict";
import { enqueue, newCpuQueue, usedMs } from "../../../lib/sim/kubelet/cpu_queue.ts";
import { NodeCpu, shares } from "../../../lib/sim/kubelet/node_cpu.ts";

Deno.test("shares() gives by weight, and to nobody more than it can use", async (t) => {
  const rows: [name: string, claims: [weight: number, cap: number][], cores: number[]][] = [
    ["two alike", [[100, 4], [100, 4]], [2, 2]],
    ["three to one", [[300, 4], [100, 4]], [3, 1]],
    ["one needs little", [[300, 1], [100, 4]], [1, 3]],
    ["what two leave, the third takes", [[100, 0.5], [100, 0.5], [100, 4]], [0.5, 0.5, 3]],
    ["nobody wants it all", [[100, 1], [100, 1]], [1, 1]],
  ];
  for (const [name, claims, cores] of rows) {
    await t.step(name, () => {
      const given = shares(claims.map(([weight, cap]) => ({ weight, cap })), 4);
      const byClaim = new Map([...given].map(([claim, share]) => [claim, share]));
      assert.deepEqual([...byClaim.values()].sort(), [...cores].sort());
    });
  }
});

/** What containers use in a minute that always have work, on a node of four cores. */
function minuteOf(containers: { cores: number; isLimited: boolean; weight: number }[]): number[] {
  const node = new NodeCpu(4);
  const queues = containers.map(({ cores, isLimited }) => newCpuQueue(cores, 0, isLimited));
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    queues.forEach((queue, i) => {
      for (const lane of queue.lanes) {
        if (lane.endMs > nowMs + 20) continue;
        node.claim(queue, containers[i].weight, nowMs);
        enqueue(queue, 15, nowMs);
      }
    });
  }
  return queues.map((queue) => usedMs(queue, 60_000) / 60_000);
}

Deno.test("a node never gives more cores than it has", async (t) => {
  const limited = (cores: number, weight = 200) => ({ cores, isLimited: true, weight });
  const free = (weight: number) => ({ cores: 4, isLimited: false, weight });
  const near = (found: number[], expected: number[]) =>
    found.forEach((cores, i) =>
      assert.ok(Math.abs(cores - expected[i]) < 0.06, `${found} is not ${expected}`)
    );
  await t.step("ten of half a core", () => {
    near(minuteOf(Array.from({ length: 10 }, () => limited(0.5))), Array(10).fill(0.375));
  });
  await t.step("five of half a core have room", () => {
    near(minuteOf(Array.from({ length: 5 }, () => limited(0.5))), Array(5).fill(0.5));
  });
  await t.step("without limits the requests decide", () => {
    near(minuteOf([free(300), free(100)]), [2.8125, 0.9375]);
  });
  await t.step("one alone has what the daemons leave", () => {
    near(minuteOf([free(2)]), [3.75]);
  });
});
