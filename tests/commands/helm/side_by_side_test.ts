import assert from "node:assert/strict";
import { bootCluster, HERE, type Outcome, runHere } from "./_side_by_side.ts";

const START_MS = Date.UTC(2026, 10, 25, 12);
const MINUTE_MS = 60_000;

Deno.test("helm prints what stock helm v4.3 printed on the same cluster", async (t) => {
  const recorded: Outcome[] = JSON.parse(Deno.readTextFileSync(`${HERE}stock.json`));
  const cluster = bootCluster(START_MS);
  cluster.clock.advanceTo(START_MS + MINUTE_MS);
  for (const theirs of recorded) {
    await t.step(theirs.line, async () => {
      assert.deepEqual(await runHere(cluster, theirs.line), theirs);
    });
    cluster.clock.advanceTo(cluster.clock.now() + MINUTE_MS / 3);
  }
  cluster.close();
});
