import assert from "node:assert/strict";
import { Cluster } from "../../lib/sim/cluster.ts";
import type { StateFile } from "../../lib/sim/seams.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";
import { STRICT } from "./_strict.ts";

const START_MS = Date.parse("2026-01-01T00:00:00Z");

function boot(state: StateFile, seed = 7): Cluster {
  return Cluster.boot({ state, name: "hpa-practice", startMs: START_MS, seed, ...STRICT });
}

async function api(cluster: Cluster, path: string, init?: RequestInit): Promise<any> {
  const response = await cluster.handle(new Request(`https://lab${path}`, init));
  return await response.json();
}

async function create(cluster: Cluster, path: string, object: unknown): Promise<any> {
  return await api(cluster, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(object),
  });
}

/** Everything stored, which a trace leads to. */
async function everything(cluster: Cluster): Promise<unknown> {
  const paths = ["/api/v1/pods", "/api/v1/nodes", "/api/v1/events", "/apis/apps/v1/deployments"];
  return await Promise.all(paths.map((path) => api(cluster, path)));
}

const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [{ name: "nginx", image: "nginx:1.29", ports: [{ containerPort: 80 }] }],
      },
    },
  },
};

Deno.test("a container that only sleeps has used some CPU to begin, and little more", async () => {
  const cluster = boot(memoryState());
  cluster.clock.advance(10_000);
  await create(cluster, "/api/v1/namespaces/default/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "idle" },
    spec: { containers: [{ name: "c", image: "busybox:1.36", command: ["sleep", "100000"] }] },
  });
  cluster.clock.advance(30_000);
  const used = async () => {
    const path = "/api/v1/nodes/hpa-practice-worker/proxy/metrics/resource";
    const text = await (await cluster.handle(new Request(`https://lab${path}`))).text();
    return Number(/^container_cpu_usage_seconds_total\{.*pod="idle"\} (\S+)/m.exec(text)?.[1]);
  };
  const first = await used();
  assert.ok(first > 0 && first < 0.1, `${first}`);
  cluster.clock.advance(600_000);
  const later = await used();
  assert.ok(later >= first && later < 0.5, `${later}`);
});

Deno.test("a booted cluster has what schedulers and servers of others start with", async () => {
  const cluster = boot(memoryState());
  const { data } = await api(
    cluster,
    "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
  );
  assert.match(data["client-ca-file"], /^-----BEGIN CERTIFICATE-----/);
  assert.equal(data["requestheader-username-headers"], '["X-Remote-User"]');
  const tracking = "kube-apiserver-legacy-service-account-token-tracking";
  const since = await api(cluster, `/api/v1/namespaces/kube-system/configmaps/${tracking}`);
  assert.deepEqual(since.data, { since: "2026-01-01" });
  const there: [path: string, names: RegExp][] = [
    ["/apis/networking.k8s.io/v1/servicecidrs", /^kubernetes$/],
    ["/apis/storage.k8s.io/v1/csinodes", /^hpa-practice-control-plane hpa-practice-worker$/],
    ["/api/v1/componentstatuses", /^controller-manager etcd-0 scheduler$/],
    ["/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", /^catch-all .*system-nodes/],
    ["/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations", /^catch-all exempt /],
    ["/apis/resource.k8s.io/v1/deviceclasses", /^$/],
    ["/apis/resource.k8s.io/v1/namespaces/default/resourceclaims", /^$/],
    ["/apis/resource.k8s.io/v1/resourceslices", /^$/],
  ];
  for (const [path, names] of there) {
    const { items } = await api(cluster, path);
    assert.match(items.map(({ metadata }: any) => metadata.name).sort().join(" "), names, path);
  }
});

Deno.test("a booted cluster has two Ready nodes and every system pod running", async () => {
  const cluster = boot(memoryState());
  cluster.clock.advance(60_000);
  const nodes = await api(cluster, "/api/v1/nodes");
  assert.deepEqual(
    nodes.items.map((node: any) => [
      node.metadata.name,
      node.status.conditions.find((condition: any) => condition.type === "Ready").status,
    ]),
    [["hpa-practice-control-plane", "True"], ["hpa-practice-worker", "True"]],
  );
  const pods = await api(cluster, "/api/v1/namespaces/kube-system/pods");
  assert.ok(pods.items.length >= 9);
  assert.deepEqual([...new Set(pods.items.map((pod: any) => pod.status.phase))], ["Running"]);
  cluster.close();
});

Deno.test("the same seed and the same requests give the same trace", async () => {
  const traces = [];
  for (let run = 0; run < 2; run++) {
    const cluster = boot(memoryState());
    cluster.clock.advance(30_000);
    await create(cluster, "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT);
    cluster.clock.advance(120_000);
    traces.push(await everything(cluster));
    cluster.close();
  }
  assert.deepEqual(traces[0], traces[1]);
});

Deno.test("another seed gives other names", async () => {
  const names = [];
  for (const seed of [1, 2]) {
    const cluster = boot(memoryState(), seed);
    cluster.clock.advance(1_000);
    const pods = await api(cluster, "/api/v1/pods");
    names.push(pods.items.map((pod: any) => pod.metadata.name).join());
    cluster.close();
  }
  assert.notEqual(names[0], names[1]);
});

Deno.test("a cluster taken up again from its state file goes on where it was saved", async () => {
  const state = memoryState();
  const first = boot(state);
  await create(first, "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT);
  first.clock.advance(120_000);
  first.save();
  const before = await everything(first);
  // The first is not closed: a killed process closes nothing.
  const second = boot(state);
  assert.equal(second.clock.now(), first.clock.now());
  assert.deepEqual(await everything(second), before);
  second.clock.advance(600_000);
  const pods = await api(second, "/api/v1/namespaces/default/pods");
  assert.deepEqual(
    pods.items.map((pod: any) => [pod.status.phase, pod.status.containerStatuses[0].restartCount]),
    [["Running", 0], ["Running", 0]],
  );
});

Deno.test("a cluster resumed and one that never stopped live the same life", async () => {
  const state = memoryState();
  const straight = boot(memoryState());
  const stopped = boot(state);
  for (const cluster of [straight, stopped]) {
    await create(cluster, "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT);
    cluster.clock.advance(90_000);
  }
  stopped.save();
  const resumed = boot(state);
  const scale = {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ spec: { replicas: 3 } }),
  };
  for (const cluster of [straight, resumed]) {
    await api(cluster, "/apis/apps/v1/namespaces/default/deployments/web", scale);
    cluster.clock.advance(90_000);
  }
  const shape = async (cluster: Cluster) =>
    (await api(cluster, "/api/v1/namespaces/default/pods")).items.map((pod: any) => [
      pod.metadata.name,
      pod.status.podIP,
      pod.status.startTime,
      pod.status.phase,
    ]);
  assert.deepEqual(await shape(resumed), await shape(straight));
});

Deno.test("objects saved without what the nodes did are taken up, and come to rest", async () => {
  const state = memoryState();
  const first = boot(state);
  const web = "/apis/apps/v1/namespaces/default/deployments";
  const pods = "/api/v1/namespaces/default/pods";
  await create(first, web, DEPLOYMENT);
  first.clock.advance(90_000);
  first.save();
  const running = await api(first, pods);
  // After the last whole save: pods go, others come, and some are about to.
  await api(first, `${pods}/${running.items[0].metadata.name}`, { method: "DELETE" });
  const other = structuredClone(DEPLOYMENT);
  other.metadata.name = "other";
  await create(first, web, other);
  first.clock.advance(60_000);
  await api(first, `${web}/web`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ spec: { replicas: 4 } }),
  });
  first.clock.advance(1_500);
  first.save({ objectsOnly: true });

  const second = boot(state);
  assert.equal(second.clock.now(), first.clock.now());
  const uids = async (cluster: Cluster) =>
    (await api(cluster, pods)).items.map(({ metadata }: any) => metadata.uid);
  assert.deepEqual(await uids(second), await uids(first));
  second.clock.advance(300_000);
  const { items } = await api(second, pods);
  const unique = (of: (pod: any) => unknown) => new Set(items.map(of)).size;
  assert.equal(items.length, 6);
  assert.equal(unique((pod) => pod.metadata.uid), 6);
  assert.equal(unique((pod) => pod.status.podIP), 6);
  for (const { status } of items) {
    assert.equal(status.phase, "Running");
    assert.equal(status.containerStatuses[0].ready, true);
  }
  const deployments = await api(second, web);
  assert.deepEqual(
    deployments.items.map(({ metadata, status }: any) => [metadata.name, status.availableReplicas]),
    [["other", 2], ["web", 4]],
  );
});

Deno.test("a save of objects alone stages what changed and nothing else", async () => {
  const state = memoryState();
  const cluster = boot(state);
  await create(cluster, "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT);
  cluster.clock.advance(90_000);
  cluster.save();
  const staged: string[] = [];
  const put = state.put.bind(state);
  state.put = (key, value) => {
    staged.push(key);
    put(key, value);
  };
  await create(cluster, "/api/v1/namespaces/default/configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "one", namespace: "default" },
  });
  cluster.save({ objectsOnly: true });
  assert.deepEqual(
    staged.filter((key) => !key.startsWith("api/fieldset/")),
    ["object/configmaps/default/one", "api/revision", "cluster"],
  );
});

Deno.test("clusters that begin at other moments are known apart, and alike in all else", async () => {
  const begun = (startMs: number) =>
    Cluster.boot({ state: memoryState(), name: "hpa-practice", startMs, seed: 7, ...STRICT });
  const uids = async (cluster: Cluster) =>
    new Map<string, string>(
      (await api(cluster, "/api/v1/namespaces")).items
        .map(({ metadata }: any) => [metadata.name, metadata.uid]),
    );
  const [first, again, later] = await Promise.all(
    [START_MS, START_MS, START_MS + 1].map((startMs) => uids(begun(startMs))),
  );
  assert.deepEqual(first, again);
  assert.notEqual(first.get("kube-system"), later.get("kube-system"));
  first.delete("kube-system");
  later.delete("kube-system");
  assert.deepEqual(first, later);
});
