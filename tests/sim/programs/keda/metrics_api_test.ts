import assert from "node:assert/strict";
import recorded from "./testdata/paths.json" with { type: "json" };
import { answer, comparable } from "./_paths.ts";
import { condition, hpaOf, started, statusOf, valueOf, type World } from "./_world.ts";

const CHECK = "failed to ensure HPA is correctly created for ScaledObject: ";
const METADATA = { url: "http://app:8080/stats", valueLocation: "tasks.pending", targetValue: "5" };

interface Asked {
  url: string;
  headers: Record<string, string>;
}

/** A cluster where `app:8080` answers, and what it was asked. */
function withApp(
  metadata: Record<string, string>,
  body: string,
  options: { status?: number; authenticationRef?: { name: string } } = {},
): { world: World; name: string; asked: Asked[] } {
  const { status = 200, ...more } = options;
  const asked: Asked[] = [];
  const trigger = { type: "metrics-api", metadata: { ...METADATA, ...metadata }, ...more };
  const world = started({ triggers: [trigger] });
  const handler = ({ url, headers = {} }: { url: string; headers?: Record<string, string> }) => {
    asked.push({ url, headers });
    return { status, headers: {}, body };
  };
  for (const address of ["app:8080", "10.244.1.20:8080", "10.244.1.21:8080"]) {
    world.network.servers.set(address, { handler });
  }
  world.clock.advance(31_000);
  const [name] = statusOf(world).externalMetricNames ?? [];
  return { world, name, asked };
}

Deno.test("a path leads where gjson goes", () => {
  const differ = recorded.rows.filter(({ document, path, ...theirs }) => {
    const ours = JSON.stringify(comparable(answer({ document, path })));
    return ours !== JSON.stringify(comparable(theirs));
  });
  assert.deepEqual(differ, []);
  assert.ok(recorded.rows.length > 700);
});

Deno.test("metrics-api makes an external metric of a number that an application tells", () => {
  const { world, name } = withApp({ activationTargetValue: "6" }, '{"tasks":{"pending":7}}');
  assert.equal(name, "s0-metric-api-tasks-pending");
  assert.deepEqual(hpaOf(world)!.spec.metrics, [{
    type: "External",
    external: {
      metric: { name, selector: { matchLabels: { "scaledobject.keda.sh/name": "web" } } },
      target: { type: "AverageValue", averageValue: "5" },
    },
  }]);
  assert.equal(valueOf(world, name), "7");
  assert.equal(condition(world.api, "Active"), "True ScalerActive");
});

const PAGE = `# TYPE jobs_waiting gauge
jobs_waiting{queue="mail"} 12
jobs_waiting{queue="sms"} 3
# TYPE took_seconds histogram
took_seconds_bucket{le="+Inf"} 4
took_seconds_sum 1
took_seconds_count 4
plain 2.5`;

Deno.test("a value is read from each format, and what is none is told in upstream's words", async (t) => {
  const asked = "error requesting metrics endpoint: ";
  const noNumber = (location: string, type: string) =>
    `${asked}valueLocation "${location}" must point to a numeric value or a string parseable as a ` +
    `Quantity, got ${type}`;
  const rows: [name: string, metadata: Record<string, string>, body: string, value: string][] = [
    ["JSON", {}, '{"tasks":{"pending":0.25}}', "250m"],
    ["a quantity", {}, '{"tasks":{"pending":"12k"}}', "12k"],
    ["below zero", {}, '{"tasks":{"pending":-3}}', "0"],
    ["no such field", {}, '{"tasks":{}}', noNumber("tasks.pending", "Null")],
    ["an object", {}, '{"tasks":{"pending":{}}}', noNumber("tasks.pending", "JSON")],
    ["a truth", {}, '{"tasks":{"pending":true}}', noNumber("tasks.pending", "True")],
    ["a page for people", {}, "<html>", noNumber("tasks.pending", "Null")],
    [
      "a word",
      {},
      '{"tasks":{"pending":"many"}}',
      `${asked}valueLocation "tasks.pending" points to a string that is not parseable as a Quantity`,
    ],
    ["YAML", { format: "yaml" }, "tasks:\n  pending: 9\n", "9"],
    [
      "YAML's list",
      { format: "yaml", valueLocation: "q.1.size" },
      "q:\n- size: 1\n- size: 2\n",
      "2",
    ],
    [
      "YAML without it",
      { format: "yaml" },
      "tasks: {}\n",
      `${asked}key 'pending' not found in path 'tasks.pending'`,
    ],
    [
      "the length of YAML's list",
      { format: "yaml", valueLocation: "q.length" },
      "q:\n- size: 1\n",
      `${asked}key 'length' not found in path 'q.length'`,
    ],
    [
      "YAML's map",
      { format: "yaml", valueLocation: "tasks" },
      "tasks:\n  pending: 9\n",
      `${asked}path 'tasks' does not lead to a value`,
    ],
    ["XML", { format: "xml" }, "<a>1</a>", `${asked}unknown type map[string]interface {}`],
    ["metrics", { format: "prometheus", valueLocation: "plain" }, PAGE, "2500m"],
    ["a label", { format: "prometheus", valueLocation: 'jobs_waiting{queue="sms"}' }, PAGE, "3"],
    [
      "no such label",
      { format: "prometheus", valueLocation: 'jobs_waiting{queue="fax"}' },
      PAGE,
      `${asked}value jobs_waiting{queue="fax"} not found`,
    ],
    [
      "a counter that is declared without its ending",
      { format: "prometheus", valueLocation: "jobs_total" },
      "# TYPE jobs counter\njobs_total 4\n",
      "4",
    ],
    [
      "a part of a histogram",
      { format: "prometheus", valueLocation: "took_seconds_count" },
      PAGE,
      `${asked}metric 'took_seconds_count' not found`,
    ],
    [
      "a histogram",
      { format: "prometheus", valueLocation: "took_seconds" },
      PAGE,
      `${asked}value took_seconds not found`,
    ],
  ];
  for (const [name, metadata, body, value] of rows) {
    await t.step(name, () => {
      const { world, name: metric } = withApp(metadata, body);
      const told = valueOf(world, metric);
      if (!value.startsWith(asked)) return assert.equal(told, value);
      const { lines } = world.operator;
      assert.ok(
        lines.some((line) => line.includes(JSON.stringify(value).slice(1, -1))),
        lines.slice(-3).join("\n"),
      );
    });
  }
});

Deno.test("a query of GJSON is said to be beyond the lab", () => {
  const { world } = withApp({ valueLocation: 'queues.#(name=="mail").length' }, '{"queues":[]}');
  assert.ok(world.operator.lines.some((line) => line.includes("are not simulated in this lab")));
});

Deno.test("an endpoint that refuses is named by its path", () => {
  const { world } = withApp({}, "", { status: 404 });
  assert.ok(
    world.operator.lines.some((line) => line.includes("/stats: api returned 404")),
    world.operator.lines.slice(-3).join("\n"),
  );
});

Deno.test("a key goes into a header, or into the query", () => {
  const key = { authMode: "apiKey", apiKey: "word" };
  const header = withApp(key, '{"tasks":{"pending":1}}').asked[0];
  assert.equal(header.headers["X-API-KEY"], "word");
  const named = withApp({ ...key, keyParamName: "X-Mine" }, '{"tasks":{"pending":1}}').asked[0];
  assert.equal(named.headers["X-Mine"], "word");
  const query = withApp({ ...key, method: "query" }, '{"tasks":{"pending":1}}').asked[0];
  assert.equal(query.url, "http://app:8080/stats?api_key=word");
});

Deno.test("the ready endpoints of a Service are asked one by one", async (t) => {
  const rows: [type: string | undefined, value: string][] = [
    [undefined, "7"],
    ["sum", "14"],
    ["max", "7"],
    ["min", "7"],
  ];
  for (const [aggregationType, value] of rows) {
    await t.step(aggregationType ?? "average", () => {
      const { world, name } = withApp({
        url: "http://app.default.svc:8080/stats",
        aggregateFromKubeServiceEndpoints: "true",
        ...(aggregationType ? { aggregationType } : {}),
      }, '{"tasks":{"pending":7}}');
      world.api.create("endpointslices.discovery.k8s.io", {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: "app-1",
          namespace: "default",
          labels: { "kubernetes.io/service-name": "app" },
        },
        addressType: "IPv4",
        endpoints: [
          { addresses: ["10.244.1.20"], conditions: { ready: true } },
          { addresses: ["10.244.1.21"], conditions: { ready: true } },
          { addresses: ["10.244.1.22"], conditions: { ready: false } },
        ],
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      });
      assert.equal(valueOf(world, name), value);
    });
  }
});

Deno.test("a metrics-api trigger that cannot be built says why", async (t) => {
  const prefix = "error parsing metric API metadata: ";
  const own = `${prefix}error parsing metrics API metadata: `;
  const rows: [name: string, metadata: Record<string, string>, message: string][] = [
    ["no target", { targetValue: "" }, `${prefix}no targetValue given in metadata`],
    ["no url", { url: "" }, `${own}missing required parameter "url" in [triggerMetadata]`],
    [
      "a format that is none",
      { format: "csv" },
      `${own}parameter "format" value "csv" must be one of [prometheus json xml yaml]`,
    ],
    [
      "a key that is missing",
      { authMode: "apiKey" },
      `${own}apiKey is required when apiKey auth is enabled`,
    ],
  ];
  for (const [name, metadata, message] of rows) {
    await t.step(name, () => {
      const { world } = withApp(metadata, "{}");
      const conditions: { type: string; message: string }[] = statusOf(world).conditions;
      const ready = conditions.find(({ type }) => type === "Ready")!;
      assert.equal(ready.message, CHECK + message);
    });
  }
});
