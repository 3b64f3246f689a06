import assert from "node:assert/strict";
import { parseExposition } from "../../../../lib/promql/mod.ts";
import { AppWorld } from "./_world.ts";

Deno.test("an app without a configuration says so, and counts its requests", () => {
  const world = new AppWorld();
  const container = world.start(undefined);
  assert.deepEqual(container.lines, [
    "no /etc/app/app.yaml: this is /usr/share/app/default.yaml",
    "listening on :8080",
  ]);
  assert.equal(world.ask("web:8080/").body, "Hello from pod-1\n");
  assert.equal(world.ask("web:8080/fail").status, 500);
  assert.equal(container.lines.at(-1), "GET /fail 500 0s");
  const metrics = world.metrics();
  assert.equal(metrics['http_requests_total{code="200",method="GET",path="/"}'], 1);
  assert.equal(metrics['http_requests_total{code="500",method="GET",path="/fail"}'], 1);
  assert.equal(world.ask("web:8080/healthz").body, "ok\n");
  assert.equal(world.ask("web:8080/nowhere").status, 404);
});

Deno.test("what an app shows is read by Prometheus", () => {
  const world = new AppWorld();
  world.start(`
routes: {/: hi}
metrics:
  orders_total: {type: counter, help: "Orders, \\"all\\" of\\nthem.", labels: {shop: 'a"b\\c'}}
  took: {type: histogram, labels: {path: $path}, buckets: [0.1, 1]}
queues: {jobs: {length: 3}}
workers: [{queue: jobs}]
`);
  world.ask("web:8080/");
  const families = parseExposition(world.ask("web:8080/metrics").body);
  assert.deepEqual(families.map(({ name, type }) => `${name} ${type}`), [
    "orders_total counter",
    "took histogram",
    "queue_added_total counter",
    "queue_length gauge",
    "queue_refused_total counter",
    "queue_taken_total counter",
    "worker_busy gauge",
    "worker_items_total counter",
  ]);
  assert.equal(families[0].samples[0].labels.shop, 'a"b\\c');
});

Deno.test("metrics move with requests and with time", () => {
  const world = new AppWorld();
  world.start(`
routes:
  /order: ok
  /cart/$n: ok
  /level/$n: ok
metrics:
  orders_total: {type: counter, on: /order}
  items_total: {type: counter, on: {/cart/$n: $n}}
  sold_total: {type: counter, perSecond: 2}
  carts: {type: gauge, start: 5, on: {/order: -1, /cart/$n: 1}, min: 0}
  level: {type: gauge, sets: {/level/$n: $n}, perSecond: -1, min: 0}
  tide: {type: gauge, wave: {low: 10, high: 30, period: 1h}}
  value: {type: histogram, on: {/cart/$n: $n}, buckets: [1, 10]}
`);
  world.ask("web:8080/order");
  world.ask("web:8080/cart/4");
  world.ask("web:8080/cart/40");
  world.ask("web:8080/level/90");
  world.clock.advance(30_000);
  const { tide, ...others } = world.metrics();
  assert.equal(tide.toFixed(6), "10.013705");
  assert.deepEqual(others, {
    orders_total: 1,
    items_total: 44,
    sold_total: 60,
    carts: 6,
    level: 60,
    'value_bucket{le="1"}': 0,
    'value_bucket{le="10"}': 1,
    'value_bucket{le="+Inf"}': 2,
    value_sum: 44,
    value_count: 2,
  });
  for (let i = 0; i < 9; i++) world.ask("web:8080/order");
  assert.equal(world.metrics().carts, 0);
  world.clock.advance(90_000);
  assert.equal(world.metrics().level, 0);
  // A period begins at a full hour, at its lowest; half an hour later it is at its highest.
  world.clock.advance(28 * 60_000);
  assert.equal(world.metrics().tide, 30);
});

Deno.test("a metric or a part of a path may be called as what objects inherit", () => {
  const config = `
routes: {/x/$__proto__: "$__proto__"}
metrics:
  constructor: {type: gauge, start: 1}
  toString: {type: counter, on: /x/$__proto__}
  __proto__: {type: gauge, start: 2}
`;
  const world = new AppWorld();
  const container = world.start(config);
  assert.equal(world.ask("web:8080/x/hat").body, "hat");
  const shown = Object.entries({ constructor: 1, toString: 1, ["__proto__"]: 2 }).sort();
  assert.deepEqual(Object.entries(world.metrics()).sort(), shown);
  assert.deepEqual(Object.keys(Object), []);
  const kept = JSON.parse(JSON.stringify(container.running!.snapshot!()));
  container.stop();
  world.start(config, { resumed: kept });
  assert.deepEqual(Object.entries(world.metrics()).sort(), shown);
});

Deno.test("an amount that a request gives and is none is a bad request", () => {
  const world = new AppWorld();
  world.start(`
routes: {/wait/$time: {latency: $time, body: "waited $time"}}
`);
  const { status, durationMs, body } = world.ask("web:8080/wait/250ms");
  assert.deepEqual([status, durationMs, body], [200, 250, "waited 250ms"]);
  const bad = world.ask("web:8080/wait/soon");
  assert.deepEqual([bad.status, bad.body], [
    400,
    '"soon" is no duration up to 1h: write it as 20ms or 1.5s\n',
  ]);
});

Deno.test("beyond its concurrency requests wait for their turn, and some find no room", () => {
  const world = new AppWorld();
  world.start(`
concurrency: 2
routes: {/: {latency: 100ms}}
metrics: {now: {type: gauge, of: requests}}
`);
  const times = Array.from({ length: 5 }, () => world.ask("web:8080/").durationMs);
  assert.deepEqual(times, [100, 100, 200, 200, 300]);
  assert.equal(world.metrics().now, 5);
  world.clock.advance(150);
  assert.equal(world.metrics().now, 3);
  for (let i = 0; i < 999; i++) world.ask("web:8080/");
  assert.equal(world.ask("web:8080/").status, 503);
});

Deno.test("without a concurrency none waits, and beyond a thousand under way there is no room", () => {
  const world = new AppWorld();
  world.start("routes: {/: {latency: 1h}}");
  for (let i = 0; i < 1_000; i++) assert.equal(world.ask("web:8080/").durationMs, 3_600_000);
  assert.equal(world.ask("web:8080/").status, 503);
  world.clock.advance(3_600_000);
  assert.equal(world.ask("web:8080/").status, 200);
});

Deno.test("the size in a log is in bytes", () => {
  const world = new AppWorld();
  const container = world.start('log: $size\nroutes: {/: "안녕"}');
  world.ask("web:8080/");
  assert.equal(container.lines.at(-1), "6");
});

Deno.test("the nearest route answers", () => {
  const world = new AppWorld();
  world.start(`
routes:
  /*: any
  /shop/*: shop
  /shop/$item: item $item
  /shop/cart: cart
  /shop/$item/$size: two
`);
  const told = ["/", "/x/y", "/shop/cart", "/shop/hat", "/shop/hat/xl", "/shop/a/b/c", "/shop/"];
  assert.deepEqual(told.map((path) => world.ask(`web:8080${path}`).body), [
    "any",
    "any",
    "cart",
    "item hat",
    "two",
    "shop",
    "shop",
  ]);
  // A route for any path does not hide what every app has.
  assert.equal(world.ask("web:8080/healthz").body, "ok\n");
  assert.match(world.ask("web:8080/metrics").body, /^# HELP http_request/);
});

Deno.test("a queue fills from requests and by itself, and another app's workers empty it", () => {
  const world = new AppWorld();
  world.start(
    `
port: 80
routes: {/upload: {puts: jobs}, /bulk/$n: {puts: {jobs: $n}}}
queues: {jobs: {length: 2, arrives: 3, max: 500}}
metrics: {backlog: {type: gauge, of: queues/jobs}}
`,
    { ip: "broker" },
  );
  world.ask("broker/upload");
  world.ask("broker/bulk/7");
  world.clock.advance(10_000);
  assert.equal(world.metrics("broker").backlog, 40);
  assert.equal(
    world.ask("broker/queues/jobs?count=60", "POST").body,
    '{"queue":"jobs","length":100,"added":60}\n',
  );
  const worker = world.start(
    `
workers: [{queue: http://broker/queues/jobs, count: 10, takes: 500ms}]
`,
    { ip: "worker" },
  );
  world.clock.advance(20_000);
  const { worker_busy, worker_items_total } = Object.fromEntries(
    Object.entries(world.metrics("worker:8080")).map(([key, value]) => [key.split("{")[0], value]),
  );
  // 160 have come by then; ten workers do twenty a second.
  assert.ok(worker_items_total > 140 && worker_items_total <= 160, `${worker_items_total} items`);
  assert.ok(worker_busy >= 0 && worker_busy <= 10);
  assert.ok(world.metrics("broker").backlog < 10);
  assert.equal(world.ask("broker/queues/jobs", "DELETE").status, 200);
  assert.equal(world.ask("broker/bulk/600").body, "jobs is full\n");
  assert.equal(world.metrics("broker").backlog, 500);
  assert.equal(world.ask("broker/queues/jobs?count=x", "POST").status, 400);
  assert.equal(worker.exitCode, undefined);
});

Deno.test("workers whose queue is away say so once, and when it is back", () => {
  const world = new AppWorld();
  const worker = world.start(`
workers: [{queue: http://broker/queues/jobs}]
`);
  world.clock.advance(5_000);
  world.start("port: 80\nqueues: {jobs: {}}", { ip: "broker" });
  world.clock.advance(5_000);
  assert.deepEqual(worker.lines.slice(1), [
    "POST http://broker/queues/jobs/take?count=1: dial tcp broker:80: connect: connection refused",
    "http://broker/queues/jobs answers again",
  ]);
});

Deno.test("an answer that is no queue's is trouble, which is told once over a restart too", () => {
  const config = "workers: [{queue: http://broker/queues/jobs}]";
  const trouble = "POST http://broker/queues/jobs/take?count=1: its answer is no JSON object";
  for (const answer of ["null", "[]", "3"]) {
    const world = new AppWorld();
    world.start(`port: 80\nroutes: {/*: "${answer}"}`, { ip: "broker" });
    const worker = world.start(config);
    world.clock.advance(3_000);
    assert.deepEqual(worker.lines.slice(1), [trouble]);
    const kept = JSON.parse(JSON.stringify(worker.running!.snapshot!()));
    worker.stop();
    const resumed = world.start(config, { resumed: kept });
    world.clock.advance(3_000);
    assert.deepEqual(resumed.lines, []);
  }
});

Deno.test("an app that is taken up again goes on where it was", () => {
  const config = `
routes: {/: {latency: 10s}}
metrics: {n_total: {type: counter, on: /}, now: {type: gauge, of: requests}}
queues: {jobs: {arrives: 1, length: 50}}
workers: [{queue: jobs, count: 2, takes: 4s}]
`;
  const world = new AppWorld();
  const container = world.start(config);
  world.ask("web:8080/");
  world.clock.advance(5_500);
  const before = world.metrics();
  const kept = JSON.parse(JSON.stringify(container.running!.snapshot!()));
  container.stop();
  world.start("port: 99", { resumed: kept });
  assert.deepEqual(world.metrics(), before);
  world.clock.advance(5_500);
  const after = world.metrics();
  assert.equal(after.now, 0);
  assert.equal(after['queue_added_total{queue="jobs"}'], 61);
  assert.equal(after['worker_items_total{queue="jobs"}'], 4);
});

Deno.test("an app may take its time to start, fail by chance, and end", () => {
  const world = new AppWorld();
  const container = world.start(`
start: 5s
routes: {/: {fails: 50%}, /quit: {exits: 3}}
`);
  assert.throws(() => world.ask("web:8080/"), /connection refused/);
  world.clock.advance(5_000);
  const failed = Array.from({ length: 200 }, () => world.ask("web:8080/"))
    .filter(({ status }) => status === 500).length;
  assert.ok(failed > 60 && failed < 140, `${failed} of 200`);
  world.ask("web:8080/quit");
  world.clock.advance(10);
  assert.equal(container.exitCode, 3);
});

Deno.test("an app that was asked to end does so after it was taken up again too", () => {
  const config = "routes: {/quit: {exits: 3, latency: 30s}}";
  const world = new AppWorld();
  const container = world.start(config);
  world.ask("web:8080/quit");
  world.clock.advance(10_000);
  const kept = JSON.parse(JSON.stringify(container.running!.snapshot!()));
  container.stop();
  const resumed = world.start(config, { resumed: kept });
  world.clock.advance(19_000);
  assert.equal(resumed.exitCode, undefined);
  world.clock.advance(2_000);
  assert.equal(resumed.exitCode, 3);
  assert.deepEqual(resumed.lines, ["/quit was asked for: exits with status 3"]);
});
