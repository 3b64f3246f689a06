import assert from "node:assert/strict";
import { Cluster } from "../../lib/sim/mod.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";

const START_MS = Date.parse("2026-01-01T00:00:00Z");
type State = ReturnType<typeof memoryState>;

function boot(state: State): Cluster {
  return Cluster.boot({ state, name: "lab", startMs: START_MS, seed: 1 });
}

async function send(cluster: Cluster, path: string, body?: unknown) {
  const response = await cluster.handle(
    new Request(`https://lab${path}`, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json" },
      body: body ? JSON.stringify(body) : undefined,
    }),
  );
  return { status: response.status, body: await response.json() };
}

/** A lab with two pods and a ConfigMap, as it was saved. */
async function saved(): Promise<State> {
  const state = memoryState();
  const cluster = boot(state);
  for (const name of ["one", "two"]) {
    const containers = [{ name: "main", image: "nginx" }];
    await send(cluster, "/api/v1/namespaces/default/pods", {
      metadata: { name },
      spec: { containers },
    });
  }
  await send(cluster, "/api/v1/namespaces/default/configmaps", { metadata: { name: "map" } });
  cluster.clock.advance(30_000);
  cluster.save();
  cluster.close();
  return state;
}

/** Changes what is stored under the first key that `is` finds. */
function spoil(
  state: State,
  is: (key: string, text: string) => boolean,
  to: (text: string) => string,
) {
  const [key, text] = [...state.entries("")].find(([key, text]) => is(key, text))!;
  state.put(key, to(text));
  state.commit();
}

const ready = async (cluster: Cluster, name: string) =>
  (await send(cluster, `/api/v1/namespaces/default/pods/${name}`)).body.status.containerStatuses
    ?.[0].ready;

Deno.test("a pod whose record makes its kubelet throw is told of by its name, and the others run on", async () => {
  const state = await saved();
  spoil(
    state,
    (key, text) => key.startsWith("kubelet/pod/") && text.includes('"name":"one"'),
    (text) => JSON.stringify({ ...JSON.parse(text), containers: null }),
  );
  const cluster = boot(state);
  assert.deepEqual([...new Set(cluster.faults.map(({ label }) => label))], ["kubelet default/one"]);
  cluster.clock.advance(60_000);
  assert.equal(await ready(cluster, "two"), true);
  assert.equal((await send(cluster, "/api/v1/namespaces/default/pods/one")).status, 200);
  cluster.close();
});

Deno.test("an object that cannot be read is left out and told of by its name, and stays in the state", async () => {
  const state = await saved();
  let spoilt = "";
  spoil(
    state,
    (key) => key.endsWith("configmaps/default/map"),
    (text) => {
      const object = JSON.parse(text);
      return spoilt = JSON.stringify({
        ...object,
        metadata: { ...object.metadata, managedFields: 7 },
      });
    },
  );
  const cluster = boot(state);
  const [fault] = cluster.faults;
  assert.deepEqual([fault.label, cluster.faults.length], ["api server configmaps default/map", 1]);
  const path = "/api/v1/namespaces/default/configmaps";
  assert.equal((await send(cluster, `${path}/map`)).status, 404);
  assert.equal((await send(cluster, `${path}/kube-root-ca.crt`)).status, 200);
  cluster.clock.advance(60_000);
  assert.equal(await ready(cluster, "one"), true);
  cluster.save();
  assert.ok([...state.entries("")].some(([, text]) => text === spoilt));
  cluster.close();
});
