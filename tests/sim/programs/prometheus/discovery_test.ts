import assert from "node:assert/strict";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { exposition, FakeWorld } from "./_world.ts";

const CONFIG = `
global: {scrape_interval: 30s}
scrape_configs:
- job_name: web
  kubernetes_sd_configs:
  - role: endpoints
    namespaces: {names: [default]}
  relabel_configs:
  - {action: keep, source_labels: [__meta_kubernetes_service_label_app, __meta_kubernetes_service_labelpresent_app], regex: (web);true}
  - {action: keep, source_labels: [__meta_kubernetes_endpoint_port_name], regex: metrics}
  - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
  - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
- job_name: pods
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
  - {action: drop, source_labels: [__meta_kubernetes_pod_container_port_number], regex: ".+"}
`;

function pod(name: string, ip: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: `uid-${name}`, labels: { app: "web" } },
    spec: {
      nodeName: "node",
      containers: [
        { name: "nginx", image: "nginx", ports: [{ containerPort: 80, name: "http" }] },
        { name: "exporter", image: "exporter", ports: [{ containerPort: 9113 }] },
      ],
    },
    status: { podIP: ip, phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  };
}

function boot(): FakeWorld {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = CONFIG;
  world.objects.put("pods", pod("web-1", "10.244.1.5"));
  world.objects.put("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", labels: { app: "web" } },
  });
  world.objects.put("endpoints", endpoints(["web-1", "10.244.1.5"]));
  for (const ip of ["10.244.1.5", "10.244.1.6"]) {
    world.servers.set(`${ip}:9113`, exposition(() => "hits_total 1\n"));
  }
  world.start(prometheus, ["--config.file=/etc/prometheus.yml"]);
  return world;
}

function endpoints(...pods: [name: string, ip: string][]) {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web", namespace: "default" },
    subsets: [{
      addresses: pods.map(([name, ip]) => ({
        ip,
        nodeName: "node",
        targetRef: { kind: "Pod", namespace: "default", name },
      })),
      ports: [{ name: "http", port: 80 }, { name: "metrics", port: 9113 }],
    }],
  };
}

const targets = (world: FakeWorld) => world.json("/api/v1/targets?scrapePool=web").data;

Deno.test("prometheus discovers a Service's endpoints and drops the other ports", () => {
  const world = boot();
  world.clock.advance(40_000);
  const { activeTargets, droppedTargets, droppedTargetCounts } = targets(world);
  assert.deepEqual(activeTargets.map((one: any) => one.labels), [
    { container: "exporter", instance: "10.244.1.5:9113", job: "web", pod: "web-1" },
  ]);
  assert.equal(activeTargets[0].health, "up");
  assert.equal(activeTargets[0].discoveredLabels.__meta_kubernetes_pod_phase, "Running");
  assert.equal(droppedTargets.length, 1);
  assert.equal(droppedTargets[0].discoveredLabels.__meta_kubernetes_endpoint_port_name, "http");
  // The second pool's targets are all dropped: every container of the pod has a port.
  assert.deepEqual(droppedTargetCounts, { pods: 2, web: 1 });
});

Deno.test("prometheus follows pods that come, and ends the series of those that go", () => {
  const world = boot();
  world.clock.advance(40_000);
  world.objects.put("pods", pod("web-2", "10.244.1.6"));
  world.objects.put("endpoints", endpoints(["web-1", "10.244.1.5"], ["web-2", "10.244.1.6"]));
  world.clock.advance(40_000);
  const count = () => world.json("/api/v1/query?query=count(hits_total)").data.result[0]?.value[1];
  assert.equal(count(), "2");
  world.objects.delete("pods", "default", "web-2");
  world.objects.put("endpoints", endpoints(["web-1", "10.244.1.5"]));
  world.clock.advance(70_000);
  assert.equal(count(), "1");
  assert.equal(world.json("/api/v1/query?query=up").data.result.length, 1);
});

Deno.test("a Service that loses its label loses its targets", () => {
  const world = boot();
  world.clock.advance(40_000);
  world.objects.put("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", labels: { app: "other" } },
  });
  world.clock.advance(10_000);
  assert.deepEqual(targets(world).activeTargets, []);
});

Deno.test("the steps of a relabeling can be asked for", () => {
  const world = boot();
  world.clock.advance(10_000);
  const labels = encodeURIComponent(JSON.stringify({
    __meta_kubernetes_service_label_app: "web",
    __meta_kubernetes_service_labelpresent_app: "true",
    __meta_kubernetes_endpoint_port_name: "http",
  }));
  const { steps } = world.json(
    `/api/v1/targets/relabel_steps?scrapePool=web&labels=${labels}`,
  ).data;
  assert.deepEqual(steps.map((step: any) => step.keep), [true, false, false, false]);
  assert.deepEqual(steps[1].output, {});
});

Deno.test("the page of discovery says which step drops a target, and what it looked at", () => {
  const world = boot();
  world.clock.advance(10_000);
  const { body } = world.get("http://10.244.0.9:9090/service-discovery");
  const told = body.replaceAll(/<[^>]+>/g, "\n").split("\n").filter((line) => line.trim() !== "");
  const drops = told.flatMap((line, at) =>
    line.startsWith("dropped") ? [told.slice(at, at + 6)] : []
  );
  assert.deepEqual(drops[0], [
    "dropped by relabeling step 2 of 4",
    "action: keep",
    "source_labels: [__meta_kubernetes_endpoint_port_name]",
    "regex: metrics",
    "it has ",
    "__meta_kubernetes_endpoint_port_name=&#34;http&#34;",
  ]);
  assert.deepEqual(drops.map(([step]) => step).slice(1), [
    "dropped by relabeling step 1 of 1",
    "dropped by relabeling step 1 of 1",
  ]);
});
