import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../../../lib/sim/programs/prometheus/config.ts";
import { configYaml } from "../../../../lib/sim/programs/prometheus/config_yaml.ts";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import type { HttpRequest, HttpResponse } from "../../../../lib/sim/seams.ts";
import { FakeWorld, START_MS } from "./_world.ts";

type Answer = (request: HttpRequest) => Partial<HttpResponse>;

/** A server whose target `odd` answers as told, asked every ten seconds. */
function boot(answer: Answer, more = "", globals = ""): FakeWorld {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = `
global: {scrape_interval: 10s, scrape_timeout: 10s${globals}}
scrape_configs:
- job_name: odd
  static_configs: [{targets: ["odd:8080"], labels: {l: ab}}]
${more}`;
  world.servers.set("odd:8080", (request) => ({
    status: 200,
    headers: { "Content-Type": "text/plain" },
    body: "",
    ...answer(request),
  }));
  world.start(prometheus, ["--config.file=/etc/prometheus.yml"]);
  return world;
}

const says = (body: string, type = "text/plain; version=0.0.4"): Answer => () => ({
  body,
  headers: { "Content-Type": type },
});
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

function error(world: FakeWorld): string {
  return world.json("/api/v1/targets").data.activeTargets[0].lastError;
}

function value(world: FakeWorld, query: string): number | undefined {
  const { result } = world.json(`/api/v1/query?query=${encodeURIComponent(query)}`).data;
  return result[0] === undefined ? undefined : Number(result[0].value[1]);
}

Deno.test("a target is read by its Content-Type, or by the fallback, or is down", () => {
  const none = "and no fallback_scrape_protocol";
  const table: [type: string, body: string, more: string, error: string][] = [
    [OPENMETRICS, "a 1\n# EOF\n", "", ""],
    [OPENMETRICS, "a 1\n", "", "data does not end with # EOF"],
    ["text/plain", "a 1\n", "", ""],
    ["Text/Plain;charset=utf-8 ;", "a 1\n", "", ""],
    [
      "",
      "a 1\n",
      "",
      `non-compliant scrape target sending blank Content-Type ${none} specified for target`,
    ],
    [
      "application/json",
      "a 1\n",
      "",
      `received unsupported Content-Type "application/json" ${none} specified for target`,
    ],
    [
      "plain",
      "a 1\n",
      "",
      `received unsupported Content-Type "plain" ${none} specified for target`,
    ],
    [
      "text/plain; version",
      "a 1\n",
      "",
      `cannot parse Content-Type "text/plain; version" ${none} for target\nmime: invalid media parameter`,
    ],
    [
      "text/",
      "a 1\n",
      "",
      `cannot parse Content-Type "text/" ${none} for target\nmime: expected token after slash`,
    ],
    [
      "text/plain; a=1; A=2",
      "a 1\n",
      "",
      `cannot parse Content-Type "text/plain; a=1; A=2" ${none} for target\nmime: duplicate parameter name`,
    ],
    ["", "a 1\n", "  fallback_scrape_protocol: PrometheusText0.0.4\n", ""],
    ["application/json", "a 1\n# EOF\n", "  fallback_scrape_protocol: OpenMetricsText1.0.0\n", ""],
    [
      "application/json",
      "a 1\n",
      "  fallback_scrape_protocol: OpenMetricsText1.0.0\n",
      "data does not end with # EOF",
    ],
    [
      "application/vnd.google.protobuf",
      "a 1\n",
      "",
      "clientpb: insufficient length of buffer, expected at least 98 bytes, got 4 bytes",
    ],
  ];
  for (const [type, body, more, message] of table) {
    const world = boot(says(body, type), more);
    world.clock.advance(25_000);
    assert.equal(error(world), message, type);
    assert.equal(value(world, "a"), message === "" ? 1 : undefined, type);
  }
});

Deno.test("OpenMetrics brings times in seconds, units and series of creation", () => {
  const atMs = START_MS + 5_000;
  const world = boot(says(
    "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds How long.\n" +
      `a_seconds_total 3 ${atMs / 1000} # {trace_id="x"} 1\na_seconds_created 17\n# EOF\n`,
    OPENMETRICS,
  ));
  world.clock.advance(25_000);
  assert.equal(value(world, "timestamp(a_seconds_total)"), atMs / 1000);
  assert.equal(value(world, "a_seconds_created"), 17);
  assert.deepEqual(world.json("/api/v1/metadata").data, {
    a_seconds: [{ type: "counter", unit: "seconds", help: "How long." }],
  });
});

Deno.test("a scrape asks for the protocols of its configuration, in their order", () => {
  const asked = (more: string, globals = "") => {
    let accept = "";
    const world = boot(
      ({ headers }) => {
        accept = headers?.accept ?? "";
        assert.equal(headers?.["accept-encoding"], "gzip");
        return {};
      },
      more,
      globals,
    );
    world.clock.advance(15_000);
    return accept;
  };
  assert.equal(
    asked(""),
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
      "application/openmetrics-text;version=0.0.1;q=0.5," +
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  );
  assert.equal(
    asked("  scrape_protocols: [PrometheusText0.0.4]\n"),
    "text/plain;version=0.0.4;q=0.6,*/*;q=0.5",
  );
  assert.equal(
    asked("", ", scrape_protocols: [OpenMetricsText1.0.0], metric_name_validation_scheme: legacy"),
    "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,*/*;q=0.5",
  );
});

Deno.test("protocols that nobody knows are refused when the configuration is read", () => {
  const job = 'scrape config with job name "a"';
  const known = "supported: [OpenMetricsText0.0.1 OpenMetricsText1.0.0 PrometheusProto " +
    "PrometheusText0.0.4 PrometheusText1.0.0]";
  const table: [text: string, error: string][] = [
    ["global: {scrape_protocols: []}", "scrape_protocols cannot be empty for global config"],
    [
      "scrape_configs: [{job_name: a, scrape_protocols: [PrometheusProto, PrometheusProto]}]",
      `duplicated protocol in scrape_protocols, got [PrometheusProto PrometheusProto] for ${job}`,
    ],
    [
      "scrape_configs: [{job_name: a, scrape_protocols: [text]}]",
      `scrape_protocols: unknown scrape protocol text, ${known} for ${job}`,
    ],
    [
      "scrape_configs: [{job_name: a, fallback_scrape_protocol: text}]",
      `invalid fallback_scrape_protocol for ${job}: unknown scrape protocol text, ${known}`,
    ],
    [
      "scrape_configs: [{job_name: a, metric_name_validation_scheme: legacy, metric_name_escaping_scheme: allow-utf-8}]",
      "utf8 metric names requested but validation scheme is not set to UTF8",
    ],
  ];
  for (const [text, message] of table) {
    assert.throws(() => loadConfig(text), new ConfigError(message), text);
  }
});

Deno.test("a line that the storage refuses fails its scrape, and the scrape's numbers tell how far it came", () => {
  const far = "9".repeat(400);
  const table: [
    body: string,
    more: string,
    error: string,
    numbers: [scraped: number, kept: number],
  ][] = [
    ['a 1\nb{c="1",c="2"} 1\nd 1\n', "", 'label name "c" is not unique: invalid sample', [2, 1]],
    ['a{__name__="b"} 1\n', "", 'label name "__name__" is not unique: invalid sample', [1, 0]],
    // A target's own label takes the place of both, and a dropped label is not there at all.
    ['a{l="1",l="2"} 1\n', "", "", [1, 1]],
    ['a{c="1",c="2"} 1\n', "  metric_relabel_configs: [{regex: c, action: labeldrop}]\n", "", [
      1,
      1,
    ]],
    [
      "a 1\nb 1e400\n",
      "",
      'strconv.ParseFloat: parsing "1e400": value out of range while parsing: "b 1e400"',
      [1, 1],
    ],
    [
      `a ${far}\n`,
      "",
      `strconv.ParseFloat: parsing "${far}": value out of range while parsing: "a ${far}"`,
      [0, 0],
    ],
    ["a 1\nb x\n", "", 'strconv.ParseFloat: parsing "x": invalid syntax while parsing: "b x"', [
      1,
      1,
    ]],
    ["a 1\nb 1\nc 1\n", "  sample_limit: 2\n", "sample limit exceeded", [3, 3]],
    [
      '{"é"} 1\n',
      "  metric_name_validation_scheme: legacy\n",
      'invalid metric name or label names: {__name__="é", instance="odd:8080", job="odd", l="ab"}',
      [1, 0],
    ],
    [
      'a{é="x"} 1\n'.replace("é", '"é"'),
      "  label_name_length_limit: 8\n  label_value_length_limit: 3\n",
      'label_value_length_limit exceeded (metric: a, label name: instance, value: "odd:8080", length: 8, limit: 3)',
      [1, 0],
    ],
    [
      'a{long_name="x"} 1\n',
      "  label_name_length_limit: 8\n",
      "label_name_length_limit exceeded (metric: a, label name: long_name, length: 9, limit: 8)",
      [1, 0],
    ],
  ];
  for (const [body, more, message, numbers] of table) {
    const world = boot(says(body), more);
    world.clock.advance(25_000);
    assert.equal(error(world), message, body);
    assert.equal(value(world, "up"), message === "" ? 1 : 0, body);
    assert.deepEqual(
      [
        value(world, "scrape_samples_scraped"),
        value(world, "scrape_samples_post_metric_relabeling"),
      ],
      numbers,
      body,
    );
    if (message !== "") {
      assert.equal(value(world, 'count({l="ab",__name__=~"a|b|c|d"})'), undefined);
    }
  }
});

Deno.test("samples that are too old, too late or there twice are left out, counted and told", () => {
  let turn = 0;
  const world = boot(() => {
    turn++;
    const nowMs = world.clock.now();
    return {
      body: `${turn === 1 ? "" : "old 1 1000\n"}ahead 1 ${
        nowMs + 3_600_000
      }\ntwice 1\ntwice 2\nback 1 ${nowMs - turn * 20_000}\n`,
    };
  });
  world.clock.advance(25_000);
  assert.equal(error(world), "");
  assert.equal(value(world, "twice"), 1);
  assert.deepEqual(
    world.json("/api/v1/label/__name__/values").data.filter((name: string) =>
      !/^(up|scrape_)/.test(name)
    ),
    ["back", "twice"],
  );
  assert.equal(value(world, "scrape_samples_scraped"), 5);
  assert.equal(value(world, "scrape_samples_post_metric_relabeling"), 5);
  const own = world.get("http://10.244.0.9:9090/metrics").body;
  assert.match(own, /^prometheus_target_scrapes_sample_out_of_bounds_total 3$/m);
  assert.match(own, /^prometheus_target_scrapes_sample_duplicate_timestamp_total 2$/m);
  assert.match(own, /^prometheus_target_scrapes_sample_out_of_order_total 1$/m);
  const told = world.logs.filter((line) => line.includes("Error on ingesting"));
  assert.match(
    told.at(-1)!,
    /level=WARN .*too old or are too far into the future" component="scrape manager" scrape_pool=odd target=http:\/\/odd:8080\/metrics num_dropped=2$/,
  );
});

Deno.test("whose labels and whose times count is as the job says", () => {
  const exposed = () => `a{job="x",l="y",exported_l="z"} 1 ${START_MS + 7_000}\n`;
  const labels = (more: string) => {
    const world = boot(() => ({ body: exposed() }), more);
    world.clock.advance(25_000);
    const { metric, value } = world.json("/api/v1/query?query=a").data.result[0];
    const time = world.json("/api/v1/query?query=timestamp(a)").data.result[0].value[1];
    return { metric, value: value[1], isOwn: Number(time) === START_MS / 1000 + 7 };
  };
  assert.deepEqual(labels(""), {
    metric: {
      __name__: "a",
      instance: "odd:8080",
      job: "odd",
      l: "ab",
      exported_job: "x",
      exported_exported_l: "y",
      exported_l: "z",
    },
    value: "1",
    isOwn: true,
  });
  assert.deepEqual(labels("  honor_labels: true\n  honor_timestamps: false\n"), {
    metric: { __name__: "a", instance: "odd:8080", job: "x", l: "y", exported_l: "z" },
    value: "1",
    isOwn: false,
  });
});

Deno.test("a series with its own times goes stale only where the job says so", () => {
  const present = (more: string) => {
    let isThere = true;
    const world: FakeWorld = boot(
      () => ({ body: isThere ? `a 1 ${world.clock.now()}\n` : "b 1\n" }),
      more,
    );
    world.clock.advance(15_000);
    isThere = false;
    world.clock.advance(20_000);
    return value(world, "a");
  };
  assert.equal(present(""), 1);
  assert.equal(present("  track_timestamps_staleness: true\n"), undefined);
});

Deno.test("series that come back after a failure are not new, and go stale once", () => {
  let isBroken = false;
  const world = boot(() => ({ body: isBroken ? "a 1\n?\n" : "a 1\nb 1\n" }));
  world.clock.advance(15_000);
  assert.equal(value(world, "scrape_series_added"), 2);
  isBroken = true;
  world.clock.advance(30_000);
  assert.equal(value(world, "count({l='ab',__name__=~'a|b'})"), undefined);
  isBroken = false;
  world.clock.advance(10_000);
  assert.equal(value(world, "scrape_series_added"), 0);
  assert.equal(value(world, "count({l='ab',__name__=~'a|b'})"), 2);
});

Deno.test("a scrape follows where it is sent, ten times, and not at all where it may not", () => {
  const sent: Answer = ({ url }) =>
    url.endsWith("/metrics")
      ? { status: 301, headers: { Location: "/metrics/" } }
      : { body: "a 1\n" };
  const follows = boot(sent);
  follows.clock.advance(15_000);
  assert.equal(error(follows), "");
  assert.equal(value(follows, "a"), 1);
  const stays = boot(sent, "  follow_redirects: false\n");
  stays.clock.advance(15_000);
  assert.equal(error(stays), "server returned HTTP status 301 Moved Permanently");
  const circles = boot(() => ({ status: 302, headers: { location: "/metrics" } }));
  circles.clock.advance(15_000);
  assert.equal(error(circles), 'Get "http://odd:8080/metrics": stopped after 10 redirects');
});

Deno.test("extra_scrape_metrics tells of the timeout, the limit and the size", () => {
  const world = boot(says("a 1\n"), "  extra_scrape_metrics: true\n  sample_limit: 7\n");
  world.clock.advance(15_000);
  assert.equal(value(world, "scrape_timeout_seconds"), 10);
  assert.equal(value(world, "scrape_sample_limit"), 7);
  assert.equal(value(world, "scrape_body_size_bytes"), 4);
  const short = boot(says("a 1\n"), "  extra_scrape_metrics: true\n  body_size_limit: 4B\n");
  short.clock.advance(15_000);
  assert.equal(error(short), "body size limit exceeded");
  assert.equal(value(short, "scrape_body_size_bytes"), -1);
});

Deno.test("metadata tells of what the text declares, and of nothing else", () => {
  const world = boot(says("# HELP a What.\na 1\n# TYPE b gauge\nb 1\nc 1\n"));
  world.clock.advance(15_000);
  assert.deepEqual(world.json("/api/v1/metadata").data, {
    a: [{ type: "unknown", unit: "", help: "What." }],
    b: [{ type: "gauge", unit: "", help: "" }],
  });
});

Deno.test("status/config shows every default that a release shows", () => {
  // Source: prometheus/prometheus config/config.go, the fields of GlobalConfig, ScrapeConfig and OTLPConfig.
  const shown = configYaml(
    loadConfig("scrape_configs: [{job_name: a, body_size_limit: 1536KB}]"),
    86_400_000,
  );
  assert.equal(
    shown,
    `global:
  scrape_interval: 1m
  scrape_timeout: 10s
  evaluation_interval: 1m
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme: allow-utf-8
  scrape_native_histograms: false
  extra_scrape_metrics: false
runtime:
  gogc: 75
scrape_configs:
- job_name: a
  honor_timestamps: true
  track_timestamps_staleness: false
  scrape_interval: 1m
  scrape_timeout: 10s
  scrape_protocols:
  - OpenMetricsText1.0.0
  - OpenMetricsText0.0.1
  - PrometheusText1.0.0
  - PrometheusText0.0.4
  scrape_native_histograms: false
  always_scrape_classic_histograms: false
  convert_classic_histograms_to_nhcb: false
  metrics_path: /metrics
  scheme: http
  enable_compression: true
  body_size_limit: 1MiB512KiB
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme: allow-utf-8
  extra_scrape_metrics: false
  follow_redirects: true
  enable_http2: true
storage:
  tsdb:
    retention:
      time: 1d
otlp:
  translation_strategy: UnderscoreEscapingWithSuffixes
  label_name_underscore_sanitization: true
  label_name_preserve_multiple_underscores: true
`,
  );
});
