import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../../../lib/sim/programs/prometheus/config.ts";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { parseRuleFile } from "../../../../lib/sim/programs/prometheus/rule_files.ts";
import { exposition, FakeWorld } from "./_world.ts";

const JUNK: unknown[] = [null, 5, -1, 1.5, "x", "", "1ms", true, [], [null], [5], [[]], {}, {
  x: null,
}];

const CONFIG = {
  global: {
    scrape_interval: "30s",
    scrape_timeout: "10s",
    evaluation_interval: "30s",
    rule_query_offset: "0s",
    external_labels: { cluster: "a" },
    sample_limit: 100,
  },
  runtime: { gogc: 50 },
  storage: { tsdb: { retention: { time: "1d" } } },
  rule_files: ["/etc/rules/*.yml"],
  scrape_configs: [{
    job_name: "web",
    scrape_interval: "20s",
    scrape_timeout: "5s",
    metrics_path: "/metrics",
    scheme: "http",
    honor_labels: true,
    params: { module: ["a"] },
    body_size_limit: "1MB",
    sample_limit: 10,
    label_limit: 10,
    target_limit: 10,
    tls_config: { insecure_skip_verify: true },
    basic_auth: { username: "u", password: "p" },
    static_configs: [{ targets: ["web:8080"], labels: { a: "b" } }],
    kubernetes_sd_configs: [{
      role: "pod",
      namespaces: { names: ["default"] },
      selectors: [{ role: "pod", label: "a=b" }],
      attach_metadata: { node: true },
    }],
    relabel_configs: [
      { source_labels: ["a"], regex: "(.*)", target_label: "c", replacement: "$1" },
      { source_labels: ["a"], modulus: 3, target_label: "d", action: "hashmod" },
    ],
    metric_relabel_configs: [{ regex: "z.*", action: "labeldrop" }],
  }],
};

const RULES = {
  groups: [{
    name: "g",
    interval: "30s",
    query_offset: "1s",
    limit: 10,
    labels: { team: "a" },
    rules: [
      { record: "r", expr: "sum(up)", labels: { a: "b" } },
      {
        alert: "A",
        expr: "up",
        for: "1m",
        keep_firing_for: "1m",
        labels: { severity: "page" },
        annotations: { summary: "{{ $labels.job | toUpper }} {{ $value | humanize }}" },
      },
    ],
  }],
};

/** Copies of a value with each of its parts, in turn, in place of which stands something else. */
function* spoilt(value: unknown): Generator<{ path: string; value: unknown }> {
  for (const junk of JUNK) yield { path: `: ${JSON.stringify(junk)}`, value: junk };
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const one of spoilt(part)) {
      const copy: any = structuredClone(value);
      copy[key] = one.value;
      yield { path: `.${key}${one.path}`, value: copy };
    }
  }
}

function boot(config: unknown, rules: unknown): FakeWorld {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = JSON.stringify(config);
  world.files["/etc/rules/r.yml"] = JSON.stringify(rules);
  world.servers.set("web:8080", exposition(() => "a_total 1\n"));
  world.start(prometheus, ["--config.file=/etc/prometheus.yml", "--web.enable-lifecycle"]);
  return world;
}

Deno.test("whatever stands in prometheus.yml, it loads or is refused, and a reload keeps the old", () => {
  let refused = 0;
  let loaded = 0;
  for (const { path, value } of spoilt(CONFIG)) {
    try {
      loadConfig(JSON.stringify(value));
    } catch (error) {
      assert.ok(error instanceof ConfigError, `${path}: ${error}`);
      assert.match(error.message, /^\S/);
      refused++;
      continue;
    }
    loaded++;
    const world = boot(value, RULES);
    world.clock.advance(40_000);
    assert.equal(world.get("http://10.244.0.9:9090/-/ready").status, 200, path);
    for (const page of ["/targets", "/config", "/service-discovery", "/api/v1/status/config"]) {
      assert.equal(world.get(`http://10.244.0.9:9090${page}`).status, 200, `${path} at ${page}`);
    }
  }
  assert.ok(refused > 200 && loaded > 100, `${refused} refused, ${loaded} loaded`);
});

Deno.test("whatever stands in a rule file, its groups load or the file is refused", () => {
  const world = boot(CONFIG, RULES);
  let refused = 0;
  let loaded = 0;
  for (const { path, value } of spoilt(RULES)) {
    try {
      parseRuleFile(JSON.stringify(value), "r.yml");
      loaded++;
    } catch (error) {
      assert.ok(error instanceof ConfigError, `${path}: ${error}`);
      refused++;
    }
    world.files["/etc/rules/r.yml"] = JSON.stringify(value);
    const { status } = world.get("http://10.244.0.9:9090/-/reload", { method: "POST" });
    assert.ok(status === 200 || status === 500, path);
    world.clock.advance(40_000);
    assert.equal(world.get("http://10.244.0.9:9090/rules").status, 200, path);
    assert.equal(world.get("http://10.244.0.9:9090/api/v1/rules").status, 200, path);
  }
  assert.ok(refused > 50 && loaded > 50, `${refused} refused, ${loaded} loaded`);
});

Deno.test("YAML that nests without end or stands for too much is refused, as Go refuses it", () => {
  const deep = new ConfigError("yaml: exceeded max depth of 10000");
  assert.throws(() => loadConfig(`a: ${"[".repeat(500_000)}`), deep);
  assert.throws(() => loadConfig(`a: ${"{a: ".repeat(20_000)}`), deep);
  const levels = "bcdefghij".split("").map((name, i) =>
    `${name}: &${name} [${Array(10).fill(`*${"abcdefghi"[i]}`).join(",")}]\n`
  );
  assert.throws(
    () => loadConfig(`a: &a [x]\n${levels.join("")}`),
    new ConfigError("yaml: document contains excessive aliasing"),
  );
  assert.throws(
    () => loadConfig("a: *nope"),
    new ConfigError("yaml: unknown anchor 'nope' referenced"),
  );
});

Deno.test("whatever a request says, it is answered", () => {
  const world = boot(CONFIG, RULES);
  world.clock.advance(40_000);
  const values = [
    "",
    "x",
    "0",
    "-1",
    "1e300",
    "-1e300",
    "NaN",
    "Inf",
    "1e18",
    "9e15",
    "9e12",
    "0.0001",
    "1e-9",
    "[]",
    "{}",
    "null",
    '{"a":1}',
    "up",
    "up[",
    "up[5m]",
    '{a=~"("}',
    '{__name__=~".+"}',
    "vector(1)",
    "[".repeat(3000),
    "(".repeat(3000),
    "%",
    "\u0000",
    "\ud800",
    "2026-01-01T00:00:00Z",
    "1y",
  ];
  const endpoints: [path: string, parameters: string[]][] = [
    ["query", ["query", "time", "timeout", "limit", "lookback_delta"]],
    ["query_range", ["query", "start", "end", "step", "timeout", "limit"]],
    ["series", ["match[]", "start", "end", "limit"]],
    ["labels", ["match[]", "start", "end", "limit"]],
    ["label/job/values", ["match[]", "start", "end", "limit"]],
    ["label/%zz/values", ["match[]"]],
    ["format_query", ["query"]],
    ["targets", ["state", "scrapePool"]],
    ["targets/metadata", ["match_target", "metric", "limit"]],
    ["targets/relabel_steps", ["scrapePool", "labels"]],
    ["metadata", ["metric", "limit", "limit_per_metric"]],
    ["rules", ["type", "rule_name[]", "file[]"]],
    ["status/tsdb", ["limit"]],
  ];
  const usual: Record<string, string> = {
    query: "up",
    start: "0",
    end: "100",
    step: "10",
    "match[]": "up",
    scrapePool: "web",
    labels: "{}",
  };
  for (const [path, parameters] of endpoints) {
    for (const name of parameters) {
      for (const value of values) {
        const form = new URLSearchParams(
          parameters.filter((one) => usual[one]).map((one) => [one, usual[one]]),
        );
        form.set(name, value);
        const { status, body } = world.get(`http://10.244.0.9:9090/api/v1/${path}?${form}`);
        const what = `${path} with ${name}=${value.slice(0, 20)}`;
        assert.ok([200, 400, 404, 422, 503].includes(status), `${what}: ${status}`);
        assert.equal(JSON.parse(body).status, status === 200 ? "success" : "error", what);
      }
    }
  }
});

Deno.test("a form that is too long is refused", () => {
  const world = boot(CONFIG, RULES);
  const { status, body } = world.get("http://10.244.0.9:9090/api/v1/query", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `query=${"x".repeat(11 << 20)}`,
  });
  assert.equal(status, 400);
  assert.equal(JSON.parse(body).error, "error parsing form values: http: POST too large");
});
