import assert from "node:assert/strict";
import { WallTime } from "../../lib/cli/wall_time.ts";
import type { LabClock } from "../../lib/labs/lab.ts";
import { MAPS } from "../survival/_client.ts";
import { Served } from "../survival/_served.ts";

/** A lab's clock that stands where it is put, beside a wall that goes when it is told. */
class Clocks {
  wallMs = 1_000_000_000;
  readonly told: string[] = [];
  readonly lab: LabClock & { speed: number };
  #nowMs: number;

  constructor(aheadMs: number) {
    this.#nowMs = this.wallMs + aheadMs;
    const now = () => this.#nowMs;
    const add = (ms: number) => void (this.#nowMs += ms);
    this.lab = {
      now,
      speed: 10,
      movable: true,
      setSpeed(speed: number) {
        this.speed = speed;
      },
      advance: (ms) => Promise.resolve(add(ms)),
      hurry: (promise) => promise,
    };
  }

  get aheadMs(): number {
    return this.lab.now() - this.wallMs;
  }

  /** What is told at the beginning; the clocks are let go afterwards. */
  async begin(): Promise<number> {
    const time = new WallTime(this.lab, () => this.wallMs);
    const words = {
      ahead: (ms: number) => void this.told.push(`ahead ${ms}`),
      behind: (ms: number) => void this.told.push(`behind ${ms}`),
    };
    await time.begin(words);
    const { speed } = this.lab;
    await time.end();
    assert.equal(this.lab.speed, 10, "it goes as before");
    return speed;
  }
}

Deno.test("a lab that was left behind lives through what it missed, and then goes with the wall", async () => {
  const clocks = new Clocks(-5 * 3_600_000 - 7);
  assert.equal(await clocks.begin(), 1);
  assert.ok(Math.abs(clocks.aheadMs) <= 150);
  assert.deepEqual(clocks.told, ["behind 18000007"]);
  const little = new Clocks(-90_000);
  assert.equal(await little.begin(), 1);
  assert.deepEqual([little.aheadMs, little.told], [0, []]);
});

Deno.test("a lab that is a little ahead waits for the wall, and one that is far ahead says so and keeps its lead", async () => {
  const little = new Clocks(40_000);
  assert.equal(await little.begin(), 0);
  assert.deepEqual([little.aheadMs, little.told], [40_000, []]);
  const far = new Clocks(3_600_000);
  assert.equal(await far.begin(), 1);
  assert.deepEqual([far.aheadMs, far.told], [3_600_000, ["ahead 3600000"]]);
});

Deno.test("lab serve --wall-time makes a lab whose time is this machine's", async () => {
  const home = await Deno.makeTempDir({ prefix: "hpa-tutor-wall-" });
  try {
    await using served = await Served.at(home, ["--wall-time"]);
    assert.match(served.seen, /its clock runs x1\./);
    assert.doesNotMatch(served.seen, /ahead of yours/);
    for (let looks = 0; looks < 3; looks++) {
      const { json } = await served.client.send("POST", MAPS, {
        metadata: { generateName: "now-" },
      });
      const madeMs = Date.parse(json.metadata.creationTimestamp);
      // It tells whole seconds.
      assert.ok(Math.abs(Date.now() - madeMs) < 2500, `${json.metadata.creationTimestamp}`);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    assert.equal(await served.end(), 0);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
