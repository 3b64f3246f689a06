import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { metricsServer } from "../../../lib/sim/programs/metrics_server/mod.ts";
import { decodeBatch } from "../../../lib/sim/programs/metrics_server/points.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const METRICS = "/apis/metrics.k8s.io/v1beta1";
const ARGS = ["--secure-port=10250", "--metric-resolution=15s", "--kubelet-use-node-status-port"];

/** A kubelet with one pod that uses 50m and 64Mi, on a node that uses 200m. */
function setUp(options: { args?: string[]; certificateError?: string } = {}) {
  const clock = new VirtualClock(START);
  const network = new FakeNetwork();
  const api = new FakeApi(() => clock.now());
  api.create("nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "worker" },
    status: {
      addresses: [{ type: "InternalIP", address: "172.18.0.3" }, {
        type: "Hostname",
        address: "worker",
      }],
      conditions: [{ type: "Ready", status: "True" }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  });
  api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default", labels: { app: "web" } },
    status: { phase: "Running" },
  });
  const labels = 'container="app",namespace="default",pod="web"';
  network.servers.set("172.18.0.3:10250", {
    certificateError: options.certificateError,
    handler: () => {
      const age = (clock.now() - START) / 1000 + 100;
      const body = [
        "# TYPE node_cpu_usage_seconds_total counter",
        `node_cpu_usage_seconds_total ${age * 0.2} ${clock.now()}`,
        `node_memory_working_set_bytes 1.048576e+09 ${clock.now()}`,
        `container_cpu_usage_seconds_total{${labels}} ${age * 0.05} ${clock.now()}`,
        `container_memory_working_set_bytes{${labels}} 6.7108864e+07 ${clock.now()}`,
        `container_start_time_seconds{${labels}} ${START / 1000 - 100}`,
      ].join("\n");
      return { status: 200, headers: {}, body: `${body}\n` };
    },
  });
  const args = [
    ...ARGS,
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    ...options.args ?? [],
  ];
  const container = new FakeContainer(clock, network, api, { args });
  return { clock, network, api, container };
}

Deno.test("usage is what changed between two scrapes", () => {
  const { clock, container } = setUp();
  container.start(metricsServer);
  assert.deepEqual(container.get(10250, `${METRICS}/nodes`).body.items, []);
  assert.equal(container.get(10250, "/readyz").status, 500);
  assert.match(
    container.lines.at(-1)!,
    /^I1124 03:00:00\.00[01]\d{3} {7}1 server\.go:192\] "Failed probe" probe="metric-storage-ready" err="no metrics to serve"$/,
  );
  clock.advance(15_000);
  assert.equal(container.get(10250, "/readyz").body, "ok");
  const [node] = container.get(10250, `${METRICS}/nodes`).body.items;
  assert.deepEqual(node.usage, { cpu: "200m", memory: "1000Mi" });
  assert.deepEqual([node.timestamp, node.window], ["2026-11-24T03:00:15Z", "15s"]);
  const pods =
    container.get(10250, `${METRICS}/namespaces/default/pods?labelSelector=app%3Dweb`).body;
  assert.deepEqual(pods.items, [{
    metadata: {
      name: "web",
      namespace: "default",
      creationTimestamp: "2026-11-24T03:00:15Z",
      labels: { app: "web" },
    },
    timestamp: "2026-11-24T03:00:15Z",
    window: "15s",
    containers: [{ name: "app", usage: { cpu: "50m", memory: "64Mi" } }],
  }]);
  assert.equal(container.get(10250, `${METRICS}/nodes/worker`).body.kind, "NodeMetrics");
  assert.equal(
    container.get(10250, `${METRICS}/nodes/other`).body.message,
    'node "other" not found',
  );
});

Deno.test("a kubelet that cannot be verified keeps metrics-server unready, and it says so", () => {
  const why =
    "x509: cannot validate certificate for 172.18.0.3 because it doesn't contain any IP SANs";
  const { clock, container } = setUp({ certificateError: why });
  container.start(metricsServer);
  clock.advance(60_000);
  assert.equal(container.get(10250, "/readyz").status, 500);
  const line = container.lines.find((one) => one.startsWith("E"));
  assert.equal(
    line?.replace(/\.00[01]\d{3} /, ".00… "),
    'E1124 03:00:00.00…       1 scraper.go:149] "Failed to scrape node" err="Get ' +
      '\\"https://172.18.0.3:10250/metrics/resource\\": tls: failed to verify certificate: ' +
      `${why}" node="worker"`,
  );
  const insecure = setUp({ certificateError: why, args: ["--kubelet-insecure-tls"] });
  insecure.container.start(metricsServer);
  insecure.clock.advance(15_000);
  assert.equal(insecure.container.get(10250, "/readyz").body, "ok");
});

Deno.test("a resumed metrics-server has what it had", () => {
  const { clock, network, api, container } = setUp();
  container.start(metricsServer);
  clock.advance(15_000);
  const snapshot = JSON.parse(JSON.stringify(container.running!.snapshot!()));
  container.stop();
  const again = new FakeContainer(clock, network, api, container.options);
  again.start(metricsServer, snapshot);
  assert.equal(again.get(10250, `${METRICS}/nodes`).body.items.length, 1);
});

Deno.test("wrong flags end the process", async (t) => {
  const rows: [args: string[], message: string][] = [
    [["--kubelet-insecure-tsl"], "Error: unknown flag: --kubelet-insecure-tsl"],
    [
      ["--metric-resolution=5s"],
      "Error: metric-resolution should be a time duration at least 10s, but value 5s provided",
    ],
    [
      ["--metric-resolution=15"],
      'Error: invalid argument "15" for "--metric-resolution" flag: time: missing unit in duration "15"',
    ],
  ];
  for (const [args, message] of rows) {
    await t.step(message, () => {
      const { container } = setUp({ args });
      container.start(metricsServer);
      assert.deepEqual(container.lines, [message]);
      assert.equal(container.exitCode, 1);
    });
  }
});

// Source: kubernetes-sigs/metrics-server pkg/scraper/client/resource/decode.go.
Deno.test("decodeBatch() leaves out a pod with a container that has no CPU yet", () => {
  const line = (name: string, container: string, value: number) =>
    `${name}{container="${container}",namespace="n",pod="p"} ${value} 1000\n`;
  const text = line("container_cpu_usage_seconds_total", "a", 1) +
    line("container_memory_working_set_bytes", "a", 1) +
    line("container_cpu_usage_seconds_total", "b", 0) +
    line("container_memory_working_set_bytes", "b", 1);
  assert.equal(decodeBatch(text, 0).pods.size, 0);
});
