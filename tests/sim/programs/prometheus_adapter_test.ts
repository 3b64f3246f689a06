import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { prometheusAdapter } from "../../../lib/sim/programs/prometheus_adapter/mod.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const CUSTOM = "/apis/custom.metrics.k8s.io/v1beta1";
const CONFIG = `rules:
- seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
  resources:
    template: <<.Resource>>
  name:
    matches: "nginx_http_requests_total"
    as: "nginx_http_requests_total"
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;
const SERIES = {
  __name__: "nginx_http_requests_total",
  job: "web",
  namespace: "default",
  pod: "web-1",
  service: "web",
};

/** A Prometheus that lists `series` and answers every query with `vector`. */
class FakePrometheus {
  series: unknown = [SERIES];
  vector: { metric: Record<string, string>; value: string }[] = [];
  readonly asked: string[] = [];
  constructor(network: FakeNetwork, host = "prometheus") {
    network.servers.set(`${host}:9090`, {
      handler: ({ path, query }) => {
        this.asked.push(`${path} ${query.get("match[]") ?? query.get("query")}`);
        const data = path === "/api/v1/series" ? this.series : {
          resultType: "vector",
          result: this.vector.map(({ metric, value }) => ({
            metric,
            value: [START / 1000, value],
          })),
        };
        return { status: 200, headers: {}, body: JSON.stringify({ status: "success", data }) };
      },
    });
  }
}

/** What discovery gives. */
function discovery(path: string) {
  const resource = (name: string, kind: string) => ({
    name,
    singularName: kind.toLowerCase(),
    kind,
  });
  if (path === "/api") return { versions: ["v1"] };
  if (path === "/apis") {
    const batch = { groupVersion: "batch/v1", version: "v1" };
    return { groups: [{ name: "batch", versions: [batch], preferredVersion: batch }] };
  }
  if (path === "/apis/batch/v1") return { resources: [resource("jobs", "Job")] };
  return {
    resources: [
      resource("pods", "Pod"),
      resource("pods/log", "Pod"),
      resource("services", "Service"),
      resource("namespaces", "Namespace"),
      resource("nodes", "Node"),
    ],
  };
}

function setUp(options: { config?: string; args?: string[]; prometheus?: boolean } = {}) {
  const clock = new VirtualClock(START);
  const network = new FakeNetwork();
  const api = new FakeApi(() => clock.now());
  api.answer = discovery;
  for (const name of ["web-1", "web-2"]) {
    api.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels: { app: "web" } },
    });
  }
  const prometheus = options.prometheus === false ? undefined : new FakePrometheus(network);
  const container = new FakeContainer(clock, network, api, {
    args: [
      "/adapter",
      "--secure-port=6443",
      "--prometheus-url=http://prometheus:9090/",
      "--metrics-relist-interval=1m",
      "--config=/etc/adapter/config.yaml",
      ...options.args ?? [],
    ],
    files: { "/etc/adapter/config.yaml": options.config ?? CONFIG },
  });
  return { clock, network, api, container, prometheus };
}

const names = (body: any) => body.resources.map(({ name }: { name: string }) => name);

Deno.test("without Prometheus the adapter lists nothing and says why", () => {
  const { container } = setUp({ prometheus: false });
  container.start(prometheusAdapter);
  assert.deepEqual(container.get(6443, CUSTOM).body, {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: "custom.metrics.k8s.io/v1beta1",
    resources: [],
  });
  const line = container.lines.find((one) => one.startsWith("E"))!;
  assert.match(
    line,
    /^E1124 03:00:00\.000\d{3} {7}1 provider\.go:229\] unable to update list of all metrics: unable to fetch metrics for query "\{__name__=~\\"\^nginx_http_requests_total\.\*\\",namespace!=\\"\\"\}": Get "http:\/\/prometheus:9090\/api\/v1\/series\?match%5B%5D=.*&start=1795489140": dial tcp prometheus:9090: connect: connection refused$/,
  );
});

Deno.test("the list fills at the next relist, and a failing relist keeps it", () => {
  const { clock, network, container } = setUp({ prometheus: false });
  container.start(prometheusAdapter);
  const prometheus = new FakePrometheus(network);
  clock.advance(59_999);
  assert.deepEqual(names(container.get(6443, CUSTOM).body), []);
  clock.advance(1);
  const expected = ["jobs.batch", "namespaces", "pods", "services"]
    .map((resource) => `${resource}/nginx_http_requests_total`);
  assert.deepEqual(names(container.get(6443, CUSTOM).body), expected);
  assert.deepEqual(container.get(6443, CUSTOM).body.resources[0], {
    name: "jobs.batch/nginx_http_requests_total",
    singularName: "",
    namespaced: true,
    kind: "MetricValueList",
    verbs: ["get"],
  });
  network.servers.delete("prometheus:9090");
  clock.advance(60_000);
  assert.deepEqual(names(container.get(6443, CUSTOM).body), expected, "stale, not empty");
  const value = container.get(
    6443,
    `${CUSTOM}/namespaces/default/services/web/nginx_http_requests_total`,
  );
  assert.equal(value.status, 500);
  assert.equal(value.body.message, "Internal error occurred: unable to fetch metrics");
  assert.equal(prometheus.asked.length, 1);
  prometheus.series = null;
  network.servers.clear();
});

Deno.test("the lab's own path gives the value, field for field", () => {
  const { container, prometheus } = setUp();
  prometheus!.vector = [{ metric: { service: "web" }, value: "160" }];
  container.start(prometheusAdapter);
  const path = `${CUSTOM}/namespaces/default/service/web/nginx_http_requests_total`;
  assert.equal(
    JSON.stringify(container.get(6443, path).body),
    '{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta1","metadata":{},"items":' +
      '[{"describedObject":{"kind":"Service","namespace":"default","name":"web","apiVersion":"/v1"},' +
      '"metricName":"nginx_http_requests_total","timestamp":"2026-11-24T03:00:00Z","value":"160",' +
      '"selector":null}]}',
  );
  assert.equal(
    prometheus!.asked.at(-1),
    '/api/v1/query sum(nginx_http_requests_total{namespace="default",service="web"}) by (service)',
  );
  const beta2 = path.replace("v1beta1", "v1beta2");
  assert.equal(
    JSON.stringify(container.get(6443, `${beta2}?metricLabelSelector=code%3D500`).body.items[0]),
    '{"describedObject":{"kind":"Service","namespace":"default","name":"web","apiVersion":"/v1"},' +
      '"metric":{"name":"nginx_http_requests_total","selector":{"matchLabels":{"code":"500"}}},' +
      '"timestamp":"2026-11-24T03:00:00Z","value":"160"}',
  );
});

// Source: the case table of prometheus-adapter pkg/custom-provider/provider.go.
Deno.test("values and errors follow upstream", async (t) => {
  const metric = "nginx_http_requests_total";
  const rows: [
    name: string,
    path: string,
    vector: FakePrometheus["vector"],
    status: number,
    expected: string | [string, string][],
  ][] = [
    [
      "an unknown metric",
      "namespaces/default/pods/*/other",
      [],
      404,
      "the server could not find the metric other for pods",
    ],
    [
      "a selector that matches no pods",
      `namespaces/default/pods/*/${metric}?labelSelector=app%3Dnone`,
      [],
      404,
      `the server could not find the metric ${metric} for pods`,
    ],
    [
      "a named object without samples",
      `namespaces/default/services/web/${metric}`,
      [],
      404,
      `the server could not find the metric ${metric} for services web`,
    ],
    [
      "pods without samples",
      `namespaces/default/pods/*/${metric}?labelSelector=app%3Dweb`,
      [],
      200,
      [],
    ],
    [
      "all pods",
      `namespaces/default/pods/*/${metric}?labelSelector=app%3Dweb`,
      [{ metric: { pod: "web-2" }, value: "10.5" }, { metric: { pod: "web-1" }, value: "0.5" }],
      200,
      [["web-1", "500m"], ["web-2", "10500m"]],
    ],
    [
      "not a number",
      `namespaces/default/pods/web-1/${metric}`,
      [{ metric: { pod: "web-1" }, value: "NaN" }],
      200,
      [["web-1", "0"]],
    ],
    [
      "a namespace",
      `namespaces/default/metrics/${metric}`,
      [{ metric: { namespace: "default" }, value: "7" }],
      200,
      [["default", "7"]],
    ],
    [
      "a query that drops the resource label",
      `namespaces/default/services/web/${metric}`,
      [{ metric: {}, value: "160" }],
      404,
      `the server could not find the metric ${metric} for services web`,
    ],
    [
      "the wrong scope",
      `services/web/${metric}`,
      [],
      404,
      `the server could not find the metric ${metric} for services`,
    ],
  ];
  for (const [name, path, vector, status, expected] of rows) {
    await t.step(name, () => {
      const { container, prometheus } = setUp();
      prometheus!.vector = vector;
      container.start(prometheusAdapter);
      const answer = container.get(6443, `${CUSTOM}/${path}`);
      assert.equal(answer.status, status);
      if (typeof expected === "string") {
        assert.deepEqual(answer.body, {
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          message: expected,
          reason: "NotFound",
          code: 404,
        });
      } else {
        assert.deepEqual(
          answer.body.items.map((item: any) => [item.describedObject.name, item.value]),
          expected,
        );
      }
    });
  }
});

Deno.test("a dropped resource label is named in the log", () => {
  const { container, prometheus } = setUp();
  prometheus!.vector = [{ metric: {}, value: "160" }];
  container.start(prometheusAdapter);
  container.get(6443, `${CUSTOM}/namespaces/default/services/web/nginx_http_requests_total`);
  assert.match(
    container.lines.at(-1)!,
    /provider\.go:186\] None of the results returned by when fetching metric services\/nginx_http_requests_total\(namespaced\) for "default\/web" matched the resource name$/,
  );
});

Deno.test("a configuration that cannot be used ends the process", async (t) => {
  const rows: [name: string, config: string, message: RegExp][] = [
    [
      "bad YAML",
      "rules:\n- seriesQuery: 'a\n",
      /F1124 .* adapter\.go:340\] unable to load metrics discovery config: unable to load metrics discovery configuration: unable to parse metrics discovery config: yaml: line \d+: found unexpected end of stream/,
    ],
    [
      "an unknown field",
      "rules:\n- seriesQuerry: a\n",
      /yaml: unmarshal errors:\n {2}line 2: field seriesQuerry not found in type config\.DiscoveryRule/,
    ],
    [
      "a bad template",
      CONFIG.replace("<<.GroupBy>>)", "<<.GroupBy)"),
      /adapter\.go:349\] unable to construct custom metrics provider: unable to construct naming scheme from metrics rules: unable to construct metrics query .* unexpected right paren/,
    ],
  ];
  for (const [name, config, message] of rows) {
    await t.step(name, () => {
      const { container } = setUp({ config });
      container.start(prometheusAdapter);
      assert.equal(container.exitCode, 255);
      assert.match(container.lines.join("\n"), message);
    });
  }
  await t.step("a maximum age below the relist interval", () => {
    const { container } = setUp({ args: ["--metrics-max-age=30s"] });
    container.start(prometheusAdapter);
    assert.match(container.lines.at(-1)!, /max age must not be less than relist interval/);
  });
  await t.step("an unknown flag", () => {
    const { container } = setUp({ args: ["--prometheus-uri=x"] });
    container.start(prometheusAdapter);
    assert.match(container.lines.at(-1)!, /^unknown flag: --prometheus-uri$/);
  });
});

Deno.test("a resumed adapter keeps the configuration it had read and what it had found", () => {
  const { clock, network, api, container } = setUp();
  container.start(prometheusAdapter);
  const snapshot = structuredClone(container.running!.snapshot!());
  container.stop();
  network.servers.delete("prometheus:9090");
  const again = new FakeContainer(clock, network, api, {
    ...container.options,
    files: { "/etc/adapter/config.yaml": "rules: []\n" },
  });
  again.start(prometheusAdapter, snapshot);
  assert.equal(names(again.get(6443, CUSTOM).body).length, 4);
  assert.deepEqual(again.lines, []);
});

Deno.test("external rules are served beside custom ones", () => {
  const config = `${CONFIG}externalRules:
- seriesQuery: 'queue_length'
  resources: {namespaced: false}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
`;
  const { container, prometheus } = setUp({ config });
  prometheus!.series = [{ __name__: "queue_length", queue: "a" }];
  prometheus!.vector = [{ metric: { queue: "a" }, value: "12" }];
  container.start(prometheusAdapter);
  const external = "/apis/external.metrics.k8s.io/v1beta1";
  assert.deepEqual(names(container.get(6443, external).body), ["queue_length"]);
  const value = container.get(
    6443,
    `${external}/namespaces/default/queue_length?labelSelector=queue%3Da`,
  );
  assert.equal(
    JSON.stringify(value.body.items),
    '[{"metricName":"queue_length","metricLabels":{"queue":"a"},"timestamp":"2026-11-24T03:00:00Z","value":"12"}]',
  );
  assert.equal(prometheus!.asked.at(-1), '/api/v1/query sum(queue_length{queue="a"})');
});

Deno.test("probes answer", () => {
  const { container } = setUp();
  container.start(prometheusAdapter);
  for (const path of ["/healthz", "/livez", "/readyz"]) {
    assert.deepEqual(container.get(6443, path), { status: 200, body: "ok" });
  }
  assert.equal(container.get(6443, "/nothing").status, 404);
});

Deno.test("at --v=4 every request is told of: probes, the API server's checks, and who asks for a metric", () => {
  const { container, network } = setUp({ args: ["--v=4"] });
  container.start(prometheusAdapter);
  const begun = container.lines.length;
  const ask = (path: string, agent: string) =>
    void network.request({ ip: "10.244.1.1" }, {
      url: `https://10.244.1.2:6443${path}`,
      headers: { "user-agent": agent },
      insecureSkipVerify: true,
    });
  for (const _ of [1, 2]) ask("/healthz", "kube-probe/1.36");
  const hpa = "kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/0000000/" +
    "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
  const metric =
    `${CUSTOM}/namespaces/default/pods/%2A/nginx_http_requests_total?labelSelector=app`;
  for (const _ of [1, 2]) ask(metric, hpa);
  ask(CUSTOM, "Go-http-client/2.0");
  const lines = container.lines.slice(begun).filter((line) => line.includes("httplog.go:132"));
  const told = lines.map((line) => {
    const fields = [
      ...line.matchAll(/ (verb|URI|userAgent|resp|latency|audit-ID|srcIP)=("[^"]*"|\d+)/g),
    ];
    return Object.fromEntries(fields.map(([, name, value]) => [name, value]));
  });
  assert.deepEqual(told.map(({ verb, resp }) => `${verb} ${resp}`), Array(5).fill('"GET" 200'));
  assert.deepEqual(told.slice(1, 3).map(({ userAgent }) => userAgent), [
    '"kube-probe/1.36"',
    `"${hpa}"`,
  ]);
  assert.equal(told[2].URI, `"${metric}"`);
  const ports = told.map(({ srcIP }) => srcIP.split(":")[1]);
  assert.notEqual(ports[0], ports[1], "a probe opens a connection of its own each time");
  assert.equal(ports[2], ports[3], "a client that keeps its connection has one port");
  for (const { latency } of told) assert.match(latency, /^"\d+(\.\d+)?(µs|ms)"$/);
  assert.equal(new Set(told.map((one) => one["audit-ID"])).size, told.length);
});
