import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { deployment, idle, podOf, World } from "../kubelet/_world.ts";

const BUDGETS = "poddisruptionbudgets.policy";

function budget(spec: object, name = "web"): KubeObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  };
}

function statusOf(world: World): any {
  return world.api.get(BUDGETS, "default", "web")!.status;
}

async function evict(world: World, name: string): Promise<{ code: number; body: any }> {
  const response = await world.server.handle(
    new Request(`https://lab/api/v1/namespaces/default/pods/${name}/eviction`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name, namespace: "default" },
      }),
    }),
  );
  return { code: response.status, body: await response.json() };
}

Deno.test("a budget allows as many disruptions as its pods can spare", async (t) => {
  const rows: [object, desired: number, allowed: number][] = [
    [{ minAvailable: 3 }, 3, 1],
    [{ minAvailable: "75%" }, 3, 1],
    [{ minAvailable: "60%" }, 3, 1],
    [{ maxUnavailable: 1 }, 3, 1],
    [{ maxUnavailable: "50%" }, 2, 2],
    [{ maxUnavailable: "30%" }, 2, 2],
    [{ minAvailable: 9 }, 9, 0],
  ];
  for (const [spec, desired, allowed] of rows) {
    await t.step(JSON.stringify(spec), () => {
      const world = new World();
      world.create(deployment("web", idle(), { replicas: 4 }));
      world.wait(30).create(budget(spec));
      const { conditions, ...status } = statusOf(world);
      assert.deepEqual(status, {
        currentHealthy: 4,
        desiredHealthy: desired,
        disruptionsAllowed: allowed,
        expectedPods: 4,
        observedGeneration: 1,
      });
      assert.equal(conditions[0].reason, allowed > 0 ? "SufficientPods" : "InsufficientPods");
    });
  }
});

Deno.test("an eviction spends the budget, and is refused when nothing is left", async () => {
  const world = new World();
  world.create(deployment("web", idle(), { replicas: 3 }));
  world.create(budget({ minAvailable: 2 }));
  world.wait(30);
  const [first, second] = world.pods("web").map(({ metadata }) => metadata.name);
  assert.equal((await evict(world, first)).code, 201);
  const condition = world.pod(first)!.status!.conditions!
    .find(({ type }) => type === "DisruptionTarget") as any;
  assert.equal(condition.message, "Eviction API: evicting");
  const { code, body } = await evict(world, second);
  assert.equal(code, 429);
  assert.equal(
    body.message,
    "Cannot evict pod as it would violate the pod's disruption budget.",
  );
  assert.deepEqual(body.details.causes, [{
    reason: "DisruptionBudget",
    message: "The disruption budget web needs 2 healthy pods and has 2 currently",
  }]);
  world.wait(30);
  assert.equal(statusOf(world).disruptionsAllowed, 1);
  assert.equal((await evict(world, second)).code, 201);
});

Deno.test("a pod that is not ready is guarded unless the budget says otherwise", async () => {
  const world = new World();
  const readinessProbe = { tcpSocket: { port: 80 } };
  world.create(deployment("web", idle([], { readinessProbe }), { replicas: 2 }));
  world.create(budget({ minAvailable: 1 }));
  world.wait(30);
  const [{ metadata: { name } }] = world.pods("web");
  assert.equal((await evict(world, name)).code, 429);
  world.api.patch(BUDGETS, "default", "web", {
    spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" },
  });
  world.clock.drain();
  assert.equal((await evict(world, name)).code, 201);
});

Deno.test("a pod under two budgets cannot be evicted, one under none can", async () => {
  const world = new World();
  world.create(podOf("web", idle()));
  world.create(podOf("other", idle()));
  world.create(budget({ minAvailable: 0 }));
  world.create(budget({ minAvailable: 0 }, "again"));
  world.wait(30);
  const { code, body } = await evict(world, "web");
  assert.equal(code, 500);
  assert.match(body.message, /^This pod has more than one PodDisruptionBudget/);
  assert.equal((await evict(world, "other")).code, 201);
});

Deno.test("a share of pods that nobody scales is told of", () => {
  const world = new World();
  world.create(podOf("web", idle()));
  world.wait(20).create(budget({ maxUnavailable: 1 }));
  assert.match(world.events("web").at(-1)!, /^UnmanagedPods: Pods selected by this PodDisruption/);
  assert.equal(statusOf(world).disruptionsAllowed, 0);
});
