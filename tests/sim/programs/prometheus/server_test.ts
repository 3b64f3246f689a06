import assert from "node:assert/strict";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { exposition, FakeWorld, START_MS } from "./_world.ts";

const CONFIG = `
global:
  scrape_interval: 30s
  evaluation_interval: 30s
  external_labels: {prometheus: default/test}
rule_files: ["/etc/rules/*.yaml"]
scrape_configs:
- job_name: web
  static_configs:
  - targets: ["10.0.0.1:8080", "10.0.0.2:8080"]
  metric_relabel_configs:
  - {source_labels: [__name__], regex: "secret_.*", action: drop}
`;

const RULES = `
groups:
- name: web.rules
  rules:
  - record: job:requests:rate1m
    expr: sum by (job) (rate(requests_total[1m]))
  - alert: Down
    expr: up == 0
    for: 1m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.instance }} is down, value {{ $value | humanize }}"}
`;

function boot(): { world: FakeWorld; state: { count: number; extra: boolean } } {
  const world = new FakeWorld();
  const state = { count: 0, extra: true };
  world.files["/etc/prometheus.yml"] = CONFIG;
  world.files["/etc/rules/a.yaml"] = RULES;
  world.servers.set(
    "10.0.0.1:8080",
    exposition(() =>
      `# TYPE requests_total counter\nrequests_total{job="inner"} ${++state
        .count}\nsecret_key 1\n` +
      (state.extra ? "temperature 21.5\n" : "")
    ),
  );
  world.start(prometheus, ["--config.file=/etc/prometheus.yml", "--web.enable-lifecycle"]);
  return { world, state };
}

const values = (world: FakeWorld, query: string): [Record<string, string>, string][] =>
  world.json(`/api/v1/query?query=${encodeURIComponent(query)}`).data.result
    .map((one: any) => [one.metric, one.value[1]]);

Deno.test("prometheus scrapes its targets and says how it went", () => {
  const { world } = boot();
  world.clock.advance(65_000);
  assert.deepEqual(values(world, "up"), [
    [{ __name__: "up", instance: "10.0.0.1:8080", job: "web" }, "1"],
    [{ __name__: "up", instance: "10.0.0.2:8080", job: "web" }, "0"],
  ]);
  assert.deepEqual(values(world, "requests_total"), [[{
    __name__: "requests_total",
    exported_job: "inner",
    instance: "10.0.0.1:8080",
    job: "web",
  }, "2"]]);
  assert.deepEqual(values(world, "secret_key"), []);
  assert.deepEqual(
    values(world, "scrape_samples_scraped").map(([, value]) => value),
    ["3", "0"],
  );
  assert.deepEqual(
    values(world, "scrape_samples_post_metric_relabeling").map(([, value]) => value),
    ["2", "0"],
  );
  const [up, down] = world.json("/api/v1/targets").data.activeTargets;
  assert.equal(up.health, "up");
  assert.equal(
    down.lastError,
    'Get "http://10.0.0.2:8080/metrics": dial tcp 10.0.0.2:8080: connect: connection refused',
  );
});

Deno.test("a series that is no longer exposed goes stale at the next scrape", () => {
  const { world, state } = boot();
  world.clock.advance(60_000);
  assert.equal(values(world, "temperature").length, 1);
  state.extra = false;
  world.clock.advance(30_000);
  assert.equal(values(world, "temperature").length, 0);
  assert.equal(values(world, "requests_total").length, 1);
});

Deno.test("a failed scrape makes all series of the target stale but not up", () => {
  const { world } = boot();
  world.clock.advance(60_000);
  world.servers.delete("10.0.0.1:8080");
  world.clock.advance(30_000);
  assert.deepEqual(values(world, "requests_total"), []);
  assert.deepEqual(values(world, "up").map(([, value]) => value), ["0", "0"]);
});

Deno.test("prometheus evaluates recording and alerting rules", () => {
  const { world } = boot();
  world.clock.advance(300_000);
  const [[labels, rate]] = values(world, "job:requests:rate1m");
  assert.deepEqual(labels, { __name__: "job:requests:rate1m", job: "web" });
  assert(Math.abs(Number(rate) - 1 / 30) < 1e-6, rate);
  const [alert] = world.json("/api/v1/alerts").data.alerts;
  assert.equal(alert.state, "firing");
  assert.deepEqual(alert.annotations, { summary: "10.0.0.2:8080 is down, value 0" });
  assert.equal(alert.value, "0e+00");
  assert.deepEqual(values(world, "ALERTS").map(([metric]) => metric.alertstate), ["firing"]);
});

Deno.test("a reload that fails keeps the old configuration", () => {
  const { world } = boot();
  world.files["/etc/prometheus.yml"] = "scrape_configs: [{job_name: a, nonsense: 1}]";
  const answer = world.get("http://10.244.0.9:9090/-/reload", { method: "POST" });
  assert.equal(answer.status, 500);
  assert.equal(
    answer.body,
    'failed to reload config: couldn\'t load configuration (--config.file="/etc/prometheus.yml"): ' +
      "parsing YAML file /etc/prometheus.yml: yaml: unmarshal errors:\n" +
      "  line 1: field nonsense not found in type config.ScrapeConfig\n",
  );
  assert.deepEqual(world.json("/api/v1/scrape_pools").data.scrapePools, ["web"]);
  world.files["/etc/prometheus.yml"] = CONFIG.replace("job_name: web", "job_name: net");
  assert.equal(world.get("http://10.244.0.9:9090/-/reload", { method: "POST" }).status, 200);
  assert.deepEqual(world.json("/api/v1/scrape_pools").data.scrapePools, ["net"]);
});

Deno.test("prometheus ends with the reason when its first configuration will not load", () => {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = "global: {scrape_interval: 5x}";
  world.start(prometheus, ["--config.file=/etc/prometheus.yml"]);
  assert.equal(world.exitCode, 2);
  assert.match(
    world.logs.at(-1)!,
    /level=ERROR source=main.go:751 msg="Error loading config \(--config.file=\/etc\/prometheus.yml\)" file=\/etc\/prometheus.yml err="parsing YAML file \/etc\/prometheus.yml: unknown unit \\"x\\" in duration \\"5x\\""$/,
  );
});

Deno.test("a resumed prometheus goes on as if nothing had happened", () => {
  const query = "/api/v1/query?query=" + encodeURIComponent('{__name__=~".+"}[1h]');
  const whole = boot();
  whole.world.clock.advance(20 * 60_000);

  const first = boot();
  first.world.clock.advance(10 * 60_000);
  first.world.running.save!();
  const snapshot = JSON.parse(JSON.stringify(first.world.running.snapshot!()));
  first.world.kill();
  first.world.start(
    prometheus,
    ["--config.file=/etc/prometheus.yml", "--web.enable-lifecycle"],
    snapshot,
    START_MS,
  );
  first.world.clock.advance(10 * 60_000);
  const sorted = (world: FakeWorld) =>
    world.json(query).data.result.map((one: any) => JSON.stringify(one)).sort();
  assert.deepEqual(sorted(first.world), sorted(whole.world));
});

Deno.test("alerts of a lab that is taken up again are known by their expression as its file has it", () => {
  const { world } = boot();
  world.files["/etc/rules/a.yaml"] = RULES.replace("up == 0", "up==0").replace(
    "for: 1m",
    "for: 9m",
  );
  world.get("http://10.244.0.9:9090/-/reload", { method: "POST" });
  world.clock.advance(5 * 60_000);
  const [pending] = world.json("/api/v1/alerts").data.alerts;
  assert.equal(pending.state, "pending");
  world.running.save!();
  const snapshot = JSON.stringify(world.running.snapshot!());
  assert(snapshot.includes("up==0"), "the saved state names the rule as its file does");
  world.kill();
  world.start(prometheus, ["--config.file=/etc/prometheus.yml"], JSON.parse(snapshot), START_MS);
  world.clock.advance(5 * 60_000);
  const [firing] = world.json("/api/v1/alerts").data.alerts;
  assert.equal(firing.state, "firing");
  assert.equal(firing.activeAt, pending.activeAt);
  assert.equal(world.json("/api/v1/rules?type=alert").data.groups[0].rules[0].query, "up == 0");
});

Deno.test("prometheus answers errors in upstream's words", () => {
  const { world } = boot();
  // Recorded from Prometheus 2.42.
  const table: [path: string, status: number, body: unknown][] = [
    ["/api/v1/query?query=up&time=abc", 400, {
      status: "error",
      errorType: "bad_data",
      error:
        'invalid parameter "time": invalid time value for \'time\': cannot parse "abc" to a valid timestamp',
    }],
    ["/api/v1/query_range?query=up&start=1&end=0&step=1", 400, {
      status: "error",
      errorType: "bad_data",
      error: 'invalid parameter "end": end timestamp must not be before start time',
    }],
    ["/api/v1/series", 400, {
      status: "error",
      errorType: "bad_data",
      error: "no match[] parameter provided",
    }],
  ];
  for (const [path, status, body] of table) {
    const answer = world.get(`http://10.244.0.9:9090${path}`);
    assert.equal(answer.status, status);
    assert.deepEqual(JSON.parse(answer.body), body);
  }
  assert.equal(world.get("http://10.244.0.9:9090/api/v1/foo").body, "404 page not found\n");
  assert.equal(
    world.get("http://10.244.0.9:9090/-/healthy").body,
    "Prometheus Server is Healthy.\n",
  );
});

Deno.test("prometheus takes a query as a form", () => {
  const { world } = boot();
  const answer = world.get("http://10.244.0.9:9090/api/v1/query", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "query=vector(1)&time=1",
  });
  assert.deepEqual(JSON.parse(answer.body), {
    status: "success",
    data: { resultType: "vector", result: [{ metric: {}, value: [1, "1"] }] },
  });
});

Deno.test("every page is whole and the root leads to the query page", () => {
  const { world } = boot();
  world.clock.advance(60_000);
  const root = world.get("http://10.244.0.9:9090/");
  assert.deepEqual([root.status, root.headers.location], [302, "/query"]);
  const paths = "/query /targets /service-discovery /config /status /tsdb-status /rules".split(" ");
  for (const path of paths) {
    const answer = world.get(`http://10.244.0.9:9090${path}`);
    assert.equal(answer.status, 200);
    assert(answer.body.endsWith("</html>\n"));
    assert(!/ (?:src|href)="https?:\/\/(?!10\.)/.test(answer.body), path);
  }
  const { headStats, seriesCountByMetricName: [most] } =
    JSON.parse(world.get("http://10.244.0.9:9090/api/v1/status/tsdb").body).data;
  const stored = world.get("http://10.244.0.9:9090/tsdb-status").body;
  assert.match(stored, new RegExp(`<td>Number of Series</td><td>${headStats.numSeries}</td>`));
  assert.match(stored, new RegExp(`<td>${most.name}</td><td>${most.value}</td>`));
});
