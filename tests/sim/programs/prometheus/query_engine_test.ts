import assert from "node:assert/strict";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { LIMITS_END_MS, limitsStore } from "../../../promql/_limits_dataset.ts";
import { FakeWorld } from "./_world.ts";

/** Some 26 seconds of the simulated CPU. */
const HEAVY = "sum_over_time(rate(http_requests_total[30m])[1h:180ms])";
const ENDLESS = "max_over_time(up[100y:1ms])";
const TIMED_OUT = "query timed out in expression evaluation";

function boot(rules: Record<string, string> = {}, flags: string[] = []): FakeWorld {
  const world = new FakeWorld(LIMITS_END_MS);
  limitsStore().save(world.storage, "series/");
  world.files["/etc/prometheus.yml"] =
    "global: {evaluation_interval: 30s}\nrule_files: [/etc/rules/*.yml]\n";
  for (const name in rules) world.files[`/etc/rules/${name}.yml`] = rules[name];
  world.start(prometheus, ["--config.file=/etc/prometheus.yml", ...flags]);
  return world;
}

function ask(world: FakeWorld, query: string, more = "") {
  const { status: code, body, durationMs = 0 } = world.get(
    `http://10.244.0.9:9090/api/v1/query?query=${encodeURIComponent(query)}${more}`,
  );
  return { code, durationMs, ...JSON.parse(body) };
}

function metric(world: FakeWorld, name: string): number {
  const text = world.get("http://10.244.0.9:9090/metrics").body;
  return text.split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

Deno.test("a query that would take for ever is refused over the API, as a timeout", () => {
  const world = boot();
  for (
    const query of [ENDLESS, "sum_over_time(vector(1)[30d:1s])", "absent_over_time(up[100y:1ms])"]
  ) {
    const { code, errorType, error } = ask(world, query);
    assert.deepEqual([code, errorType, error], [503, "timeout", TIMED_OUT], query);
  }
  assert.equal(ask(world, "up").data.result.length, 10);
});

Deno.test("prometheus tells which query it is at, and whose rule", () => {
  const rules = "groups: [{name: g, rules: [{record: a, expr: vector(1)}]}]";
  const world = boot({ "default-web-0c9ff1d8": rules });
  ask(world, "up == 0");
  assert.deepEqual(world.notes, ["query up == 0"]);
  world.clock.advance(30_000);
  assert.equal(world.notes.at(-1), "rule default-web-0c9ff1d8.yml a: vector(1)");
});

Deno.test("prometheus holds queries to its flags", () => {
  const flags = ["--query.timeout=5ms", "--query.max-samples=250", "--query.lookback-delta=10s"];
  const world = boot({}, flags);
  assert.equal(ask(world, HEAVY, "&timeout=1h").error, TIMED_OUT);
  assert.equal(
    ask(world, "max_over_time(up[1h]) + max_over_time(up[1h])").error,
    "query processing would load too many samples into memory in query execution",
  );
  assert.equal(ask(world, "up", `&time=${LIMITS_END_MS / 1000 + 9}`).data.result.length, 10);
  assert.equal(ask(world, "up", `&time=${LIMITS_END_MS / 1000 + 11}`).data.result.length, 0);
  const { error } = ask(boot({}, ["--query.timeout=0s"]), "1");
  assert.equal(error, "query timed out in query execution");
});

Deno.test("prometheus refuses flags that are no numbers, as kingpin does", () => {
  const world = new FakeWorld();
  world.start(prometheus, ["--query.max-samples=many"]);
  assert.equal(world.exitCode, 2);
  assert.equal(
    world.logs[0],
    'Error parsing command line arguments: strconv.ParseFloat: parsing "many": invalid syntax',
  );
});

Deno.test("heavy queries at one instant do not add up, and light ones go on", () => {
  const world = boot();
  const first = ask(world, HEAVY);
  assert.ok(first.durationMs > 20_000, `the heavy query takes ${first.durationMs} ms`);
  let takenMs = first.durationMs;
  for (let i = 0; i < 20; i++) takenMs += ask(world, HEAVY).durationMs;
  assert.ok(takenMs < 42_000, `${takenMs} ms of the simulated CPU`);
  assert.equal(ask(world, HEAVY).error, TIMED_OUT);
  assert.equal(ask(world, "sum(up)").data.result[0].value[1], "10");
  world.clock.advance(60_000);
  assert.equal(ask(world, HEAVY, `&time=${LIMITS_END_MS / 1000}`).durationMs, first.durationMs);
});

const failing = (count: number, expr: string) =>
  "groups:\n- name: heavy\n  rules:\n" +
  Array.from({ length: count }, (_, i) => `  - record: heavy:${i}\n    expr: ${expr}\n`).join("") +
  "- name: light\n  rules:\n  - {record: light, expr: sum(up offset 1h)}\n";

Deno.test("a rule that times out fails alone: its group and the others go on", () => {
  const world = boot({
    a: failing(1, ENDLESS).replace(
      "- name: light",
      "  - {record: after, expr: vector(1)}\n- name: light",
    ),
  });
  world.clock.advance(65_000);
  const [heavy, light] = world.json("/api/v1/rules").data.groups;
  assert.deepEqual(
    heavy.rules.map((rule: any) => [rule.name, rule.health, rule.lastError]),
    [["heavy:0", "err", TIMED_OUT], ["after", "ok", undefined]],
  );
  assert.equal(light.rules[0].health, "ok");
  const logged = world.logs.filter((line) => line.includes("Evaluating rule failed"));
  assert.equal(logged.length, 2);
  assert.match(
    logged[0],
    /name=heavy:0 index=0 .* err="query timed out in expression evaluation"$/,
  );
});

Deno.test("a group of very many heavy rules takes its time and misses iterations", () => {
  const world = boot({ a: failing(1000, HEAVY) });
  const minutes = 2;
  world.clock.advance(minutes * 60_000);
  // One rule after the other, each as long as the simulated CPU is at it.
  const [heavy, light] = world.json("/api/v1/rules").data.groups;
  const done = heavy.rules.filter((rule: any) => rule.health !== "unknown");
  assert.ok(done.length > 2 && done.length < 7, `${done.length} rules were evaluated`);
  const busySeconds = done.reduce((sum: number, rule: any) => sum + rule.evaluationTime, 0);
  assert.ok(busySeconds <= minutes * 60 + 40, `${busySeconds} s of the CPU`);
  assert.equal(
    metric(
      world,
      'prometheus_rule_group_iterations_missed_total{rule_group="/etc/rules/a.yml;heavy"}',
    ),
    3,
  );
  assert.equal(light.rules[0].health, "ok");
  assert.equal(
    metric(
      world,
      'prometheus_rule_group_iterations_missed_total{rule_group="/etc/rules/a.yml;light"}',
    ),
    0,
  );
});

Deno.test("groups and targets that ask for a millisecond get ten turns a second", () => {
  const world = boot({
    a: "groups:\n- {name: often, interval: 1ms, rules: [{record: r, expr: '1'}]}\n",
  });
  world.clock.advance(10_000);
  const iterations = metric(world, "prometheus_rule_group_iterations_total");
  assert.ok(iterations >= 99 && iterations <= 101, `${iterations} iterations`);
  assert.equal(world.json("/api/v1/rules").data.groups[0].interval, 0.001);
});
