import assert from "node:assert/strict";
import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { PastRecorder } from "../../../lib/sim/record/mod.ts";
import type { SimContext } from "../../../lib/sim/seams.ts";
import { FakeApi, MemoryState } from "../fakes/mod.ts";

const NAMESPACE = "default";

Deno.test("a pod that went while nobody recorded is gone from then on, for every later process", () => {
  const clock = new VirtualClock(0);
  const api = new FakeApi(() => clock.now());
  const state = new MemoryState();
  const context = { clock, api, state, random: new SeededRandom(1) } as unknown as SimContext;
  const goneMs = () => {
    const recorder = new PastRecorder(context);
    const { pods: [pod] } = recorder.past({ namespace: NAMESPACE, name: "web", fromMs: 0 });
    recorder.save(state);
    recorder.stop();
    return pod.goneMs;
  };
  api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: NAMESPACE, name: "web-1" },
  });
  assert.equal(goneMs(), undefined);
  api.delete("pods", NAMESPACE, "web-1");
  clock.advance(60_000);
  const foundMs = goneMs();
  assert.equal(foundMs, 60_000);
  clock.advance(60_000);
  assert.equal(goneMs(), foundMs);
});
