import assert from "node:assert/strict";
import { parseExposition } from "../../../lib/promql/mod.ts";
import { kubeStateMetrics } from "../../../lib/sim/programs/kube_state_metrics/mod.ts";
import { nodeExporter } from "../../../lib/sim/programs/node_exporter/mod.ts";
import { FakeWorld } from "./prometheus/_world.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-1",
    namespace: "default",
    uid: "u1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    ownerReferences: [{
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: "r",
      controller: true,
    }],
  },
  spec: {
    nodeName: "node",
    restartPolicy: "Always",
    containers: [{
      name: "nginx",
      image: "nginx",
      resources: { requests: { cpu: "100m", memory: "64Mi" } },
    }],
  },
  status: {
    phase: "Running",
    podIP: "10.244.1.5",
    hostIP: "172.18.0.3",
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:05Z" }],
    containerStatuses: [{
      name: "nginx",
      ready: true,
      restartCount: 2,
      image: "nginx",
      imageID: "",
      state: { running: { startedAt: "2026-01-01T00:00:03Z" } },
      lastState: {},
    }],
  },
};

const lines = (text: string, name: string) =>
  text.split("\n").filter((line) => line.startsWith(`${name}{`));

Deno.test("kube-state-metrics tells of pods in upstream's names and labels", () => {
  const world = new FakeWorld();
  world.objects.put("pods", POD);
  world.start(kubeStateMetrics, ["--port=8080", "--resources=pods,horizontalpodautoscalers"]);
  const scrape = () => world.get("http://10.244.0.9:8080/metrics").body;
  const text = scrape();
  assert.deepEqual(lines(text, "kube_pod_info"), [
    'kube_pod_info{namespace="default",pod="web-1",uid="u1",host_ip="172.18.0.3",pod_ip="10.244.1.5",node="node",created_by_kind="ReplicaSet",created_by_name="web",priority_class="",host_network="false"} 1',
  ]);
  assert.deepEqual(lines(text, "kube_pod_container_resource_requests"), [
    'kube_pod_container_resource_requests{namespace="default",pod="web-1",uid="u1",container="nginx",node="node",resource="cpu",unit="core"} 0.1',
    'kube_pod_container_resource_requests{namespace="default",pod="web-1",uid="u1",container="nginx",node="node",resource="memory",unit="byte"} 6.7108864e+07',
  ]);
  assert.deepEqual(lines(text, "kube_pod_container_status_restarts_total"), [
    'kube_pod_container_status_restarts_total{namespace="default",pod="web-1",uid="u1",container="nginx"} 2',
  ]);
  assert(parseExposition(text).length > 30);

  world.objects.put("pods", { ...POD, status: { ...POD.status, phase: "Failed" } });
  assert.deepEqual(
    lines(scrape(), "kube_pod_status_phase").filter((line) => line.endsWith(" 1")),
    ['kube_pod_status_phase{namespace="default",pod="web-1",uid="u1",phase="Failed"} 1'],
  );
  world.objects.delete("pods", "default", "web-1");
  assert.deepEqual(lines(scrape(), "kube_pod_info"), []);
});

Deno.test("kube-state-metrics tells of an autoscaler's targets", () => {
  const world = new FakeWorld();
  world.start(kubeStateMetrics, ["--resources=horizontalpodautoscalers"]);
  world.objects.put("horizontalpodautoscalers.autoscaling", {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [{
        type: "Object",
        object: { metric: { name: "hits" }, target: { type: "Value", value: "50" } },
      }],
    },
    status: { currentReplicas: 1, desiredReplicas: 2 },
  });
  const text = world.get("http://10.244.0.9:8080/metrics").body;
  assert.deepEqual(lines(text, "kube_horizontalpodautoscaler_spec_target_metric"), [
    'kube_horizontalpodautoscaler_spec_target_metric{namespace="default",horizontalpodautoscaler="web",metric_name="hits",metric_target_type="value",container=""} 50',
  ]);
  assert.deepEqual(lines(text, "kube_horizontalpodautoscaler_status_desired_replicas"), [
    'kube_horizontalpodautoscaler_status_desired_replicas{namespace="default",horizontalpodautoscaler="web"} 2',
  ]);
});

Deno.test("kube-state-metrics refuses a resource it does not know", () => {
  const world = new FakeWorld();
  world.start(kubeStateMetrics, ["--resources=nonsense"]);
  assert.equal(world.exitCode, 1);
  assert.match(world.logs[0], /resource nonsense does not exist\. Available resources: /);
});

Deno.test("node-exporter's text is whole, and its counters never fall", () => {
  const world = new FakeWorld();
  world.start(nodeExporter, ["--path.rootfs=/host/root", "--web.listen-address=[0.0.0.0]:9100"]);
  let before = new Map<string, number>();
  for (let i = 0; i < 40; i++) {
    world.clock.advance(61_000);
    const families = parseExposition(world.get("http://10.244.0.9:9100/metrics").body);
    const now = new Map<string, number>();
    let samples = 0;
    for (const family of families) {
      for (const { labels, value } of family.samples) {
        samples++;
        if (family.type === "counter") now.set(JSON.stringify(labels), value);
      }
    }
    assert(samples > 150, `${samples} samples`);
    for (const [labels, value] of now) assert(value >= (before.get(labels) ?? 0), labels);
    before = now;
  }
});
