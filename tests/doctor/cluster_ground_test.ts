import assert from "node:assert/strict";
import { readRecording, toKeda, tryRules, whyMetric } from "../../lib/doctor/mod.ts";
import { fromYaml } from "../../lib/go/mod.ts";
import type { KubeObject } from "../../lib/kube/mod.ts";
import { ReplayCluster } from "./_replay_cluster.ts";

const EXAMPLES = new URL("../../examples/04_what_if/", import.meta.url);
const example = (name: string) => Deno.readTextFileSync(new URL(name, EXAMPLES));
const HPAS = "horizontalpodautoscalers.autoscaling";
const MORNING_MS = 9 * 3600_000;

/** A cluster at nine in the morning of the recorded day, whose HPA works. */
async function morning() {
  const source = readRecording(example("recorded-day.json"), "recorded-day.json");
  const cluster = new ReplayCluster(source, example("rules.yaml"));
  cluster.addWorkload({ name: "web", replicas: 2 });
  const atMs = source.startMs() + MORNING_MS;
  cluster.until(atMs - 20 * 60_000);
  cluster.apply([fromYaml(example("hpa.yaml")) as KubeObject]);
  cluster.until(atMs);
  const ground = cluster.ground();
  const trialGround = {
    source: await ground.source(),
    mapper: await ground.mapper(),
    hpas: await ground.hpas(),
  };
  return { cluster, ground, trialGround };
}

Deno.test("a cluster's adapter, Prometheus and HPAs are found, and its rules tried on them", async () => {
  const { cluster, ground, trialGround } = await morning();
  const file = await ground.rules();
  assert.equal(file.form, "configuration");
  assert.deepEqual(file.maxAge, { text: "1m" });
  assert.equal(await ground.serverAddress(), "http://prometheus.default.svc:9090");
  assert.equal(trialGround.source.name, "the lab, default/prometheus");

  const { rules: [rule], hpas } = await tryRules(file, trialGround);
  assert.deepEqual(rule.exposes.map(({ metric }) => metric), ["http_requests_per_second"]);
  const [answer] = hpas;
  const hpa = cluster.api.get(HPAS, "shop", "web")!;
  const { averageValue } = hpa.status.currentMetrics[0].object.current;
  // The status has what each of its pods gets.
  const each = Math.ceil(milli(answer.value!) / hpa.status.currentReplicas);
  assert.equal(milli(averageValue), each);
  const why = await whyMetric("http_requests_total", file, trialGround);
  assert.match(why.almost[0].said.en, /calls it http_requests_per_second/);
  cluster.cluster.close();
});

/** A quantity in thousandths. */
function milli(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;
}

Deno.test("on the way over to KEDA the workload has one HPA that works, at every second", async () => {
  const { cluster, ground, trialGround } = await morning();
  const serverAddress = await ground.serverAddress();
  const [scaling] = await toKeda(await ground.rules(), trialGround, { serverAddress });
  assert.deepEqual(scaling.missing, []);
  assert.match(
    scaling.steps.map(({ commands }) => commands?.[0] ?? "-").join("\n"),
    /^helm.*\nkubectl apply/,
  );
  const { uid } = cluster.api.get(HPAS, "shop", "web")!.metadata;
  const replicas = new Set<number>();
  const watch = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      cluster.cluster.clock.advance(1000);
      const hpas = cluster.api.list(HPAS, { namespace: "shop" });
      assert.deepEqual(hpas.map(({ metadata }) => [metadata.name, metadata.uid]), [["web", uid]]);
      replicas.add(cluster.replicas("web"));
    }
    return cluster.api.get(HPAS, "shop", "web")!;
  };
  cluster.installKeda();
  watch(120);
  cluster.apply([scaling.scaledObject as unknown as KubeObject]);
  const taken = watch(120);
  assert.equal(taken.metadata.ownerReferences?.[0].kind, "ScaledObject");
  assert.equal(taken.spec.metrics[0].type, "External");
  const active = taken.status.conditions.find(({ type }: { type: string }) =>
    type === "ScalingActive"
  );
  assert.equal(active.status, "True");
  assert.ok(Math.max(...replicas) - Math.min(...replicas) <= 1, [...replicas].join());
  // An hour on, the adapter is gone and the workload still scales.
  const deployment = cluster.api.list("deployments.apps", { namespace: "default" })
    .find(({ metadata }) => metadata.name.includes("adapter"))!;
  cluster.api.delete("deployments.apps", "default", deployment.metadata.name);
  const before = cluster.replicas("web");
  watch(3600);
  assert.ok(cluster.replicas("web") > before);
  cluster.cluster.close();
});

Deno.test("an adapter that no API leads to, and that has no pod, is found by its Deployment", async () => {
  const { cluster } = await morning();
  const apis = "apiservices.apiregistration.k8s.io";
  for (const { metadata: { name } } of cluster.api.list(apis)) {
    if (name.endsWith(".metrics.k8s.io")) cluster.api.delete(apis, "", name);
  }
  const deployment = cluster.api.list("deployments.apps", { namespace: "default" })
    .find(({ metadata }) => metadata.name.includes("adapter"))!;
  cluster.api.update("deployments.apps", {
    ...deployment,
    spec: { ...deployment.spec, replicas: 0 },
  });
  cluster.cluster.clock.advance(60_000);
  const ground = cluster.ground();
  assert.equal((await ground.rules()).rules.length, 1);
  assert.equal((await ground.source()).name, "the lab, default/prometheus");
  cluster.cluster.close();
});
