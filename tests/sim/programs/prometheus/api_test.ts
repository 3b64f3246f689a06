import assert from "node:assert/strict";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { exposition, FakeWorld } from "./_world.ts";

const CONFIG = `
global:
  scrape_interval: 30s
  evaluation_interval: 30s
  external_labels: {cluster: lab}
rule_files: ["/etc/rules/*.yaml"]
scrape_configs:
- job_name: web
  static_configs: [{targets: ["10.0.0.1:8080"]}]
`;

const RULES = `
groups:
- name: a
  rules:
  - {record: "job:up:sum", expr: "sum(up) by(job)", labels: {team: one}}
- name: b
  rules:
  - {alert: Up, expr: up == 1, labels: {team: two}}
- name: c
  rules:
  - {record: "x", expr: vector(1)}
`;

function boot(...flags: string[]): FakeWorld {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = CONFIG;
  world.files["/etc/rules/a.yaml"] = RULES;
  world.servers.set("10.0.0.1:8080", exposition(() => 'm{path="a\\"b"} 2\n'));
  world.start(prometheus, ["--config.file=/etc/prometheus.yml", ...flags]);
  world.clock.advance(65_000);
  return world;
}

const encoded = encodeURIComponent;
const HOST = "http://10.244.0.9:9090";

Deno.test("a scalar is written without an exponent, a vector's value with one", () => {
  const world = boot();
  const value = (query: string) => world.json(`/api/v1/query?query=${encoded(query)}`).data.result;
  assert.equal(value("1e-7")[1], "0.0000001");
  assert.equal(value("1e21")[1], "1000000000000000000000");
  assert.equal(value("vector(1e21)")[0].value[1], "1e+21");
});

Deno.test("stats= tells how long a query took, and warns of a value that is going", () => {
  const world = boot();
  const given = world.json("/api/v1/query?query=up&stats=true");
  assert.equal(typeof given.data.stats.timings.evalTotalTime, "number");
  assert.deepEqual(given.data.stats.samples, {
    totalQueryableSamples: 1,
    samplesRead: 1,
    peakSamples: 1,
  });
  assert.equal(given.warnings, undefined);
  assert.deepEqual(world.json("/api/v1/query?query=up&stats=1").warnings, [
    'value "1" for parameter "stats" is deprecated and will be rejected in the next major ' +
    'release, use "true" or "all"',
  ]);
  assert.equal(world.json("/api/v1/query?query=up").data.stats, undefined);
});

Deno.test("rules are chosen by their labels, shown without alerts, and page by page", () => {
  const world = boot();
  const names = (query: string) =>
    world.json(`/api/v1/rules?${query}`).data.groups.map(({ name }: { name: string }) => name);
  assert.deepEqual(names(""), ["a", "b", "c"]);
  assert.deepEqual(names(`match[]=${encoded('{team=~"one|two"}')}`), ["a", "b"]);
  const [group] = world.json("/api/v1/rules?type=alert&exclude_alerts=true").data.groups;
  assert.equal(group.rules[0].alerts, null);
  const first = world.json("/api/v1/rules?group_limit=2").data;
  assert.deepEqual(first.groups.map(({ name }: { name: string }) => name), ["a", "b"]);
  const rest = world.json(
    `/api/v1/rules?group_limit=2&group_next_token=${first.groupNextToken}`,
  ).data;
  assert.deepEqual(rest.groups.map(({ name }: { name: string }) => name), ["c"]);
  assert.equal(rest.groupNextToken, undefined);
  const refusals: Record<string, string> = {
    "exclude_alerts=maybe": 'invalid parameter "exclude_alerts": error converting ' +
      'exclude_alerts: strconv.ParseBool: parsing "maybe": invalid syntax',
    "group_limit=0": 'invalid parameter "group_limit": group_limit needs to be greater than 0',
    "group_next_token=x": 'invalid parameter "group_next_token": group_limit needs to be present ' +
      "in order to paginate over the groups",
    "group_limit=1&group_next_token=x": 'invalid parameter "group_next_token": invalid ' +
      "group_next_token 'x'. were rule groups changed?",
    "match[]={}": "match[] must contain at least one non-empty matcher",
  };
  for (const [query, error] of Object.entries(refusals)) {
    assert.equal(world.json(`/api/v1/rules?${query}`).error, error);
  }
});

Deno.test("format_query and the rules write expressions as upstream does", () => {
  const world = boot();
  const formatted = (query: string) => world.json(`/api/v1/format_query?query=${encoded(query)}`);
  assert.equal(
    formatted('label_replace(up,"a","x  y","","")').data,
    'label_replace(up, "a", "x  y", "", "")',
  );
  assert.equal(formatted("# a comment\nup").data, "up");
  assert.equal(
    formatted("sum(").error,
    'invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
  );
  const [group] = world.json("/api/v1/rules?rule_name[]=job:up:sum").data.groups;
  assert.equal(group.rules[0].query, "sum by (job) (up)");
});

Deno.test("parse_query gives the tree of an expression", () => {
  const world = boot();
  const tree = (query: string) => world.json(`/api/v1/parse_query?query=${encoded(query)}`).data;
  const selector = {
    type: "vectorSelector",
    name: "m",
    offset: 60_000,
    offsetExpr: null,
    matchers: [{ name: "a", value: "b", type: "=~" }, { name: "__name__", value: "m", type: "=" }],
    timestamp: 5000,
    startOrEnd: null,
    anchored: false,
    smoothed: false,
  };
  assert.deepEqual(tree('m{a=~"b"} offset 1m @ 5'), selector);
  const sum = tree("sum by (a) (rate(m[5m])) / on (a) group_left (z) b");
  assert.deepEqual(sum.matching, {
    card: "many-to-one",
    labels: ["a"],
    on: true,
    include: ["z"],
    fillValues: { lhs: null, rhs: null },
  });
  assert.deepEqual(sum.lhs.grouping, ["a"]);
  assert.deepEqual(sum.lhs.expr.func, {
    name: "rate",
    argTypes: ["matrix"],
    variadic: 0,
    returnType: "vector",
  });
  assert.equal(sum.lhs.expr.args[0].range, 300_000);
  assert.deepEqual(tree("-(1e-7) + m").matching, null);
  assert.deepEqual(tree("m[5m:1m] @ end()").startOrEnd, "end");
  assert.match(
    world.json("/api/v1/parse_query?query=sum(").error,
    /^invalid parameter "query": 1:5: parse error: /,
  );
});

Deno.test("a form is read as Go reads it, in the URL, in the body and in parts", () => {
  const world = boot();
  const ask = (path: string, headers: Record<string, string> = {}, body?: string) => {
    const method = body === undefined ? "GET" : "POST";
    return world.get(`${HOST}/api/v1/${path}`, { method, headers, body });
  };
  const names = (answer: { body?: string }) =>
    JSON.parse(answer.body!).data.result.map((one: any) => one.metric.__name__);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  assert.deepEqual(names(ask("query", form, "query=m%7Bpath%3D~%22a.*%22%7D")), ["m"]);
  // What is in the body comes first.
  assert.deepEqual(names(ask("query?query=up", form, "query=m")), ["m"]);
  assert.deepEqual(names(ask("query?query=up", form, "limit=1")), ["up"]);
  assert.deepEqual(ask("query", form, "?query=m").status, 400);
  const parts = '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\nm\r\n--x--\r\n';
  const multipart = { "content-type": "multipart/form-data; boundary=x" };
  assert.deepEqual(names(ask("query", multipart, parts)), ["m"]);
  const nothing =
    'invalid parameter "query": unknown position: parse error: no expression found in input';
  const table: [path: string, status: number, error: string][] = [
    ["query?query=5%25%202%", 400, nothing],
    ["query?query=up;limit=1", 400, nothing],
    ["query??query=up", 400, nothing],
    ["series?match[]%4=1&match[]=up", 400, 'error parsing form values: invalid URL escape "%4"'],
    ["rules?a=%&b;c", 400, "error parsing form values: invalid semicolon separator in query"],
    ["series?match[]=up%zz", 400, 'error parsing form values: invalid URL escape "%zz"'],
    ["rules?type=alert;x", 400, "error parsing form values: invalid semicolon separator in query"],
  ];
  for (const [path, status, error] of table) {
    const answer = ask(path);
    assert.equal(answer.status, status, path);
    assert.equal(JSON.parse(answer.body!).error, error, path);
  }
  const federated = world.get(`${HOST}/federate?match[]=up%`);
  assert.equal(federated.status, 400);
  assert.equal(federated.body, 'error parsing form values: invalid URL escape "%"\n');
});

Deno.test("a method that an endpoint has not is told with those that it has", () => {
  const world = boot();
  const answer = (method: string, path: string) => {
    const { status, headers } = world.get(HOST + path, { method });
    return [status, headers.allow];
  };
  assert.deepEqual(answer("PUT", "/api/v1/query"), [405, "GET, OPTIONS, POST"]);
  assert.deepEqual(answer("DELETE", "/api/v1/series"), [405, "GET, OPTIONS, POST"]);
  assert.deepEqual(answer("POST", "/api/v1/rules"), [405, "GET, OPTIONS"]);
  assert.deepEqual(answer("GET", "/api/v1/write"), [405, "OPTIONS, POST"]);
  assert.deepEqual(answer("GET", "/api/v1/admin/tsdb/snapshot"), [405, "OPTIONS, POST, PUT"]);
  assert.deepEqual(answer("OPTIONS", "/api/v1/anything"), [204, undefined]);
  // A query of numbers alone has no exemplars, and not even none.
  assert.deepEqual(answer("GET", "/api/v1/query_exemplars?query=1"), [204, undefined]);
});

Deno.test("a label name that had to be escaped in a path is read back", () => {
  const world = boot();
  world.servers.set("10.0.0.1:8080", exposition(() => 'm{"a.b_c"="x"} 2\n'));
  world.clock.advance(30_000);
  const values = (name: string) => world.json(`/api/v1/label/${name}/values`).data;
  assert.deepEqual(values("a.b_c"), ["x"]);
  assert.deepEqual(values("U__a_2e_b__c"), ["x"]);
  assert.deepEqual(values("U__a_2e_b_c"), []);
});

Deno.test("--enable-feature opens experimental functions, and drops names at a query's end", () => {
  const query = (world: FakeWorld, text: string) =>
    world.json(`/api/v1/query?query=${encoded(text)}`);
  const stock = boot();
  const sorted = 'sort_by_label(up, "job")';
  assert.match(query(stock, sorted).error, /function "sort_by_label" is not enabled$/);
  // The path label tells them apart until it is dropped too.
  const both = 'sum(abs(label_replace({job="web",__name__=~"up|m"}, "path", "", "", "")))';
  assert.match(query(stock, both).error, /^vector cannot contain metrics with the same labelset/);
  const open = boot("--enable-feature=promql-experimental-functions", "--enable-feature=x");
  assert.equal(query(open, sorted).data.result.length, 1);
  assert.equal(
    open.json(`/api/v1/format_query?query=${encoded(sorted)}`).data,
    'sort_by_label(up, "job")',
  );
  assert.match(open.logs.join("\n"), /level=INFO .*msg="Experimental PromQL functions enabled\."/);
  assert.match(
    open.logs.join("\n"),
    /level=WARN .*msg="Unknown option for --enable-feature" option=x/,
  );
  const late = boot("--enable-feature=promql-delayed-name-removal,promql-experimental-functions");
  assert.deepEqual(query(late, both).data.result[0].value[1], "3");
  assert.deepEqual(query(late, "abs(up)").data.result[0].metric.__name__, undefined);
});

Deno.test("--enable-feature tells of each option, and extra-scrape-metrics is the default of its setting", () => {
  const world = boot("--enable-feature=extra-scrape-metrics,exemplar-storage,st-storage");
  const log = world.logs.join("\n");
  assert.match(
    log,
    /level=WARN source=main.go:246 msg="This option .* phased out\..*" option=extra-scrape-metrics/,
  );
  assert.match(log, /level=INFO .*msg="Experimental in-memory exemplar storage enabled"\n/);
  assert.match(log, /global\.scrape_protocols="\[PrometheusProto OpenMetricsText1\.0\.0 /);
  const query = "/api/v1/query?query=scrape_timeout_seconds";
  assert.equal(world.json(query).data.result.length, 1);
  assert.match(world.json("/api/v1/status/config").data.yaml, /^ {2}extra_scrape_metrics: true$/m);
  const without = boot("--enable-feature=exemplar-storage");
  assert.equal(without.json(query).data.result.length, 0);
});

Deno.test("doors that are closed upstream are closed here, and what is left out says so", () => {
  const world = boot();
  const answer = (path: string, method = "GET") => world.get(HOST + path, { method });
  assert.equal(
    answer("/api/v1/write", "POST").body,
    "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n",
  );
  assert.equal(answer("/api/v1/write", "POST").status, 404);
  assert.equal(answer("/api/v1/otlp/v1/metrics", "POST").status, 404);
  const admin = answer("/api/v1/admin/tsdb/delete_series?match[]=m", "POST");
  assert.equal(admin.status, 500);
  assert.deepEqual(JSON.parse(admin.body!), {
    status: "error",
    errorType: "unavailable",
    error: "admin APIs disabled",
  });
  assert.deepEqual(world.json("/api/v1/query_exemplars?query=m").data, []);
  assert.deepEqual(world.json("/api/v1/status/tsdb/blocks").data, { blocks: [] });
  assert.deepEqual(world.json("/api/v1/notifications").data, []);
  assert.match(answer("/api/v1/features").body!, /is not simulated in this lab/);
  assert.match(answer("/debug/pprof/heap").body!, /is not simulated in this lab/);
  assert.equal(answer("/api/v1/nothing").status, 404);
});

Deno.test("pages and health are asked by the methods that Prometheus 3.14.0 takes", () => {
  const world = boot("--web.enable-lifecycle");
  const answer = (path: string, method: string) => world.get(HOST + path, { method });
  const rows: [method: string, path: string, status: number, allow: string | undefined][] = [
    ["POST", "/query", 405, "GET, OPTIONS"],
    ["HEAD", "/query", 405, "GET, OPTIONS"],
    ["OPTIONS", "/query", 200, "GET, OPTIONS"],
    ["HEAD", "/-/healthy", 200, undefined],
    ["POST", "/-/ready", 405, "GET, HEAD, OPTIONS"],
    ["DELETE", "/-/reload", 405, "GET, OPTIONS, POST, PUT"],
    ["GET", "/-/reload", 405, undefined],
    ["POST", "/nope", 404, undefined],
  ];
  for (const [method, path, status, allow] of rows) {
    const { headers, ...given } = answer(path, method);
    assert.deepEqual([given.status, headers?.allow], [status, allow], `${method} ${path}`);
  }
  assert.equal(answer("/nope", "GET").headers!["x-content-type-options"], "nosniff");
});

Deno.test("/federate gives the newest samples as text, with the server's own labels", () => {
  const world = boot();
  const at = (selector: string) => world.get(`${HOST}/federate?match[]=${encoded(selector)}`);
  const { status, body } = at('{__name__=~"m|up"}');
  assert.equal(status, 200);
  assert.match(
    body!,
    /^# TYPE m untyped\nm\{instance="10\.0\.0\.1:8080",job="web",path="a\\"b",cluster="lab"\} 2 \d+\n# TYPE up untyped\nup\{instance="10\.0\.0\.1:8080",job="web",cluster="lab"\} 1 \d+\n$/,
  );
  assert.equal(at("m + 1").status, 400);
  assert.equal(at("m + 1").headers!["x-content-type-options"], "nosniff");
  // A selector may take everything; the one without matchers takes nothing.
  assert.match(at('{__name__=~".*"}').body!, /\n# TYPE m untyped\n/);
  assert.deepEqual([at("{}").status, at("{}").body], [200, ""]);
  assert.equal(world.get(`${HOST}/federate`).body, "");
});
