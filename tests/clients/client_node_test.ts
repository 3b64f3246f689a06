import assert from "node:assert/strict";
import type { Manifest } from "../../lib/kube/mod.ts";
import { type Listener, startListener } from "../../lib/sim/api/listener.ts";
import { testServer } from "../sim/api/fixtures.ts";

/**
 * A client library that nobody here wrote, unchanged, over the TLS door with the kubeconfig that is given to people.
 * Run by tests/clients_test.ts with a configuration of its own, so that nobody who learns has to fetch it.
 */
const load = () => import("@kubernetes/client-node");
type K8s = Awaited<ReturnType<typeof load>>;

interface Stage {
  k8s: K8s;
  config: InstanceType<K8s["KubeConfig"]>;
  lab: ReturnType<typeof testServer>;
  listener: Listener;
}

async function onStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  const k8s = await load();
  const folder = await Deno.makeTempDir();
  const lab = testServer("t");
  const listener = await startListener({
    handle: (request) => lab.server.handle(request),
    kubeconfigPath: `${folder}/kubeconfig`,
  });
  try {
    const config = new k8s.KubeConfig();
    config.loadFromFile(`${folder}/kubeconfig`);
    await work({ k8s, config, lab, listener });
  } finally {
    await listener.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Resolves when `ready` holds, looking again whenever something is told. */
class Waiting {
  #check: (() => void) | undefined;
  tell = () => this.#check?.();
  until(ready: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#check = () => ready() && resolve();
      this.tell();
    });
  }
}

const map = (name: string, data: Record<string, string> = {}): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "t" },
  data,
});

Deno.test("client-node reads, lists in pages, and refuses as it does against any server", () =>
  onStage(async ({ k8s, config, lab }) => {
    for (let i = 0; i < 5; i++) lab.api.create("configmaps", map(`m${i}`));
    const core = config.makeApiClient(k8s.CoreV1Api);
    const first = await core.listNamespacedConfigMap({ namespace: "t", limit: 2 });
    assert.equal(first.items.length, 2);
    assert.equal(first.metadata?.remainingItemCount, 3);
    const rest = await core.listNamespacedConfigMap({
      namespace: "t",
      _continue: first.metadata?._continue,
    });
    assert.deepEqual(rest.items.map(({ metadata }) => metadata?.name), ["m2", "m3", "m4"]);
    const missing = core.readNamespacedConfigMap({ name: "none", namespace: "t" });
    await assert.rejects(missing, (error: { code: number; body: string }) => {
      assert.equal(error.code, 404);
      assert.match(error.body, /configmaps \\?"none\\?" not found/);
      return true;
    });
    const replaced = core.replaceNamespacedConfigMap({
      name: "m0",
      namespace: "t",
      body: { ...map("m0"), metadata: { name: "m0", resourceVersion: "1" } },
    });
    await assert.rejects(replaced, { code: 409 });
  }));

Deno.test("client-node's informer keeps what the server has", () =>
  onStage(async ({ k8s, config, lab }) => {
    lab.api.create("configmaps", map("before", { v: "1" }));
    const core = config.makeApiClient(k8s.CoreV1Api);
    const path = "/api/v1/namespaces/t/configmaps";
    const informer = k8s.makeInformer(
      config,
      path,
      () => core.listNamespacedConfigMap({ namespace: "t" }),
    );
    const told: string[] = [];
    const waiting = new Waiting();
    const note = (what: string) => (object: { metadata?: { name?: string } }) => {
      told.push(`${what} ${object.metadata?.name}`);
      waiting.tell();
    };
    informer.on("add", note("add"));
    informer.on("update", note("update"));
    informer.on("delete", note("delete"));
    const watching = lab.server.watches;
    informer.on("connect", waiting.tell);
    await informer.start();
    await waiting.until(() => told.includes("add before"));
    while (lab.server.watches === watching) await new Promise((resolve) => setTimeout(resolve, 5));
    lab.api.create("configmaps", map("after"));
    lab.api.patch("configmaps", "t", "before", { data: { v: "2" } });
    lab.api.delete("configmaps", "t", "after");
    await waiting.until(() => told.length >= 4);
    assert.deepEqual(told, ["add before", "add after", "update before", "delete after"]);
    assert.equal(informer.get("before", "t")?.data?.v, "2");
    assert.equal(informer.list().length, 1);
    await informer.stop();
  }));

Deno.test("client-node's watch is told of a beginning that is too old, and of bookmarks", () =>
  onStage(async ({ k8s, config, lab }) => {
    const watch = new k8s.Watch(config);
    const made = lab.api.create("configmaps", map("a"));
    for (let i = 0; i < 5_000; i++) {
      lab.api.patch("configmaps", "t", "a", { data: { i: String(i) } });
    }
    const old = { resourceVersion: made.metadata.resourceVersion };
    const phases: string[] = [];
    await new Promise<void>((resolve) => {
      void watch.watch("/api/v1/configmaps", old, (phase, object) => {
        phases.push(`${phase} ${object.code}`);
      }, () => resolve());
    });
    assert.deepEqual(phases, ["ERROR 410"]);
    const seen: string[] = [];
    const waiting = new Waiting();
    const query = {
      allowWatchBookmarks: true,
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      labelSelector: "x=y",
    };
    const abort = await watch.watch("/api/v1/configmaps", query as never, (phase, object) => {
      seen.push(phase);
      if (phase === "BOOKMARK") {
        assert.equal(object.metadata.annotations["k8s.io/initial-events-end"], "true");
      }
      waiting.tell();
    }, () => {});
    await waiting.until(() => seen.length > 0);
    assert.deepEqual(seen, ["BOOKMARK"]);
    abort.abort();
  }));

Deno.test("client-node applies, patches and deletes through its object API", () =>
  onStage(async ({ k8s, config }) => {
    const client = k8s.KubernetesObjectApi.makeApiClient(config);
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "t" },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "nginx", image: "nginx" }] },
        },
      },
    };
    const apply = (spec: object, manager: string, force?: boolean) =>
      client.patch(
        { ...deployment, spec: { ...deployment.spec, ...spec } },
        undefined,
        undefined,
        manager,
        force,
        k8s.PatchStrategy.ServerSideApply,
      ) as Promise<typeof deployment & { metadata: { uid: string } }>;
    const made = await apply({}, "one");
    assert.equal(made.spec.replicas, 1);
    assert.equal((await apply({ replicas: 2 }, "one")).spec.replicas, 2);
    await assert.rejects(apply({ replicas: 3 }, "two"), { code: 409 });
    assert.equal((await apply({ replicas: 3 }, "two", true)).spec.replicas, 3);
    const read = await client.read(deployment) as typeof made;
    assert.equal(read.metadata.uid, made.metadata.uid);
    const listed = await client.list("apps/v1", "Deployment", "t");
    assert.equal(listed.items.length, 1);
    await client.delete(deployment);
    await assert.rejects(client.read(deployment), { code: 404 });
  }));

Deno.test("client-node is told 401 without the token of this run", () =>
  onStage(async ({ k8s, config }) => {
    const user = config.getCurrentUser()!;
    config.users = [{ ...user, token: "another" }];
    const core = config.makeApiClient(k8s.CoreV1Api);
    await assert.rejects(core.listNamespace(), { code: 401 });
  }));
