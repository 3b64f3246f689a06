import assert from "node:assert/strict";
import { SeededRandom, VirtualClock } from "../../../../lib/base/mod.ts";
import { ApiError } from "../../../../lib/kube/mod.ts";
import { startHpaController } from "../../../../lib/sim/controllers/hpa/mod.ts";
import type { SimContext } from "../../../../lib/sim/seams.ts";
import { FakeApi, MemoryState } from "../../fakes/mod.ts";

const HPAS = "horizontalpodautoscalers.autoscaling";
const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const SYNC_MS = 15_000;
const SCENARIOS = Number(Deno.env.get("HPA_SCENARIOS") ?? 25);

interface Change {
  name: string;
  atMs: number;
  from: number;
  to: number;
  /** Whether its metric could be read. */
  failed: boolean;
}

/** Twenty minutes of three workloads whose metrics jump, fail, and whose HPAs are edited. */
function scenario(seed: number): { changes: Change[]; bounds: Map<string, [number, number]> } {
  const random = new SeededRandom(seed);
  const clock = new VirtualClock(START);
  const api = new FakeApi(() => clock.now());
  const state = new MemoryState();
  const context = { clock, api, state, random } as unknown as SimContext;
  const values = new Map<string, number | undefined>();
  const bounds = new Map<string, [number, number]>();
  const changes: Change[] = [];
  api.answer = (path: string) => {
    const name = /external.metrics.k8s.io\/v1beta1\/namespaces\/default\/([\w-]+)/.exec(path)?.[1];
    const value = name && values.get(name);
    if (value === undefined) throw new ApiError(503, "ServiceUnavailable", "E");
    return { items: [{ value: String(value), timestamp: new Date(clock.now()).toISOString() }] };
  };
  let controller = startHpaController(context);
  for (const name of ["a", "b", "c"]) {
    clock.advance(random.int(9000));
    const min = 1 + random.int(3);
    bounds.set(name, [min, min + random.int(8)]);
    api.create("deployments.apps", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "default" },
      spec: { replicas: min, selector: { matchLabels: { app: name } } },
    });
    api.create(HPAS, hpa(name, bounds.get(name)!, random));
  }
  let replicas = new Map(["a", "b", "c"].map((name) => [name, replicasOf(api, name)]));
  const end = clock.now() + 20 * 60_000;
  while (clock.now() < end) {
    clock.advance(500 + random.int(4000));
    for (const name of ["a", "b", "c"]) {
      const now = replicasOf(api, name);
      const from = replicas.get(name)!;
      if (now === from) continue;
      const { lastScaleTime } = api.get(HPAS, "default", name)!.status;
      const failed = values.get(name) === undefined;
      changes.push({ name, atMs: Date.parse(lastScaleTime), from, to: now, failed });
    }
    replicas = new Map(["a", "b", "c"].map((name) => [name, replicasOf(api, name)]));
    const name = random.pick(["a", "b", "c"]);
    switch (random.int(12)) {
      case 0:
        values.set(name, undefined);
        break;
      case 1:
        // Somebody edits the HPA; the controller syncs no sooner for it.
        api.update(HPAS, {
          ...structuredClone(api.get(HPAS, "default", name)!),
          metadata: { name, namespace: "default", annotations: { at: String(clock.now()) } },
        });
        break;
      case 2:
        controller.save(state);
        controller.stop();
        controller = startHpaController(context);
        break;
      default:
        values.set(name, random.int(400));
    }
  }
  controller.stop();
  return { changes, bounds };
}

function replicasOf(api: FakeApi, name: string): number {
  return api.get("deployments.apps", "default", name)!.spec.replicas;
}

function hpa(name: string, [minReplicas, maxReplicas]: [number, number], random: SeededRandom) {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas,
      maxReplicas,
      metrics: [{
        type: "External",
        external: { metric: { name }, target: { type: "AverageValue", averageValue: "30" } },
      }],
      ...(random.int(2) ? { behavior: { scaleDown: { stabilizationWindowSeconds: 30 } } } : {}),
    },
  };
}

Deno.test("no workload is scaled twice within a sync period, out of bounds, or down in the dark", () => {
  let count = 0;
  for (let seed = 1; seed <= SCENARIOS; seed++) {
    const { changes, bounds } = scenario(seed);
    count += changes.length;
    for (const name of ["a", "b", "c"]) {
      const own = changes.filter((change) => change.name === name);
      own.forEach(({ atMs, from, to, failed }, i) => {
        const about = `seed ${seed}: ${name} from ${from} to ${to} at ${
          new Date(atMs).toISOString()
        }`;
        const [min, max] = bounds.get(name)!;
        assert.ok(to >= min && to <= max, about);
        // Times are told in whole seconds.
        if (i > 0) assert.ok(atMs - own[i - 1].atMs > SYNC_MS - 1000, about);
        if (i > 0) {
          const off = (atMs - own[0].atMs) % SYNC_MS;
          assert.ok(off < 1000 || off > SYNC_MS - 1000, about);
        }
        assert.ok(!failed || to > from || from > max, about);
      });
    }
  }
  assert.ok(count > SCENARIOS * 5, `${count} changes`);
});

Deno.test("the same seed gives the same changes", () => {
  assert.deepEqual(scenario(5), scenario(5));
});
