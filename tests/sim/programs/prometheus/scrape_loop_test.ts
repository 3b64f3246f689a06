import assert from "node:assert/strict";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { exposition, FakeWorld, START_MS } from "./_world.ts";

const RULES_OF_GROWTH = Array.from(
  { length: 40 },
  () => "  - {source_labels: [l], regex: '(.*)', target_label: l, replacement: '$1$1'}\n",
).join("");

/** A server with the target `odd` that says `text`, beside one that says `fine 1`. */
function boot(text: string, more = "", interval = "10s"): FakeWorld {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = `
global: {scrape_interval: ${interval}, scrape_timeout: ${interval}}
scrape_configs:
- job_name: fine
  static_configs: [{targets: ["fine:8080"]}]
- job_name: odd
  static_configs: [{targets: ["odd:8080"], labels: {l: ab}}]
${more}`;
  world.servers.set("fine:8080", exposition(() => "fine 1\n"));
  world.servers.set("odd:8080", exposition(() => text));
  world.start(prometheus, ["--config.file=/etc/prometheus.yml"]);
  return world;
}

function healthOf(world: FakeWorld): Record<string, string> {
  return Object.fromEntries(
    world.json("/api/v1/targets").data.activeTargets
      .map((one: any) => [one.labels.job, one.lastError || one.health]),
  );
}

function count(world: FakeWorld, query: string): number {
  const { result } = world.json(`/api/v1/query?query=${encodeURIComponent(query)}`).data;
  return Number(result[0]?.value[1] ?? 0);
}

Deno.test("a target whose text is too much or none at all fails alone", async (t) => {
  const far = "9".repeat(400);
  const table: [name: string, text: string, more: string, error: string][] = [
    ["too long", "a 1\n".repeat(3 << 20), "", "body size limit exceeded"],
    ["longer than its limit", "a 1\n", "  body_size_limit: 1B\n", "body size limit exceeded"],
    ["longer in bytes", "# é\n", "  body_size_limit: 4B\n", "body size limit exceeded"],
    ["too many samples", "a 1\nb 1\n", "  sample_limit: 1\n", "sample limit exceeded"],
    [
      "too many labels",
      'a{b="c",d="e"} 1\n',
      "  label_limit: 2\n",
      "label_limit exceeded (metric: a, number of labels: 6, limit: 2)",
    ],
    [
      "a time beyond all",
      `a 1 ${far}\n`,
      "",
      `strconv.ParseInt: parsing "${far}": value out of range while parsing: "a 1 ${far}"`,
    ],
    [
      "an endless string",
      `a{b="${"x".repeat(1 << 20)}\n`,
      "",
      'expected label value, got "\\"',
    ],
    [
      "labels that grow",
      "a 1\n",
      `  metric_relabel_configs:\n${RULES_OF_GROWTH}`,
      "relabeling makes a value longer than 1048576 characters",
    ],
  ];
  for (const [name, text, more, error] of table) {
    await t.step(name, () => {
      const world = boot(text, more);
      world.clock.advance(45_000);
      const { fine, odd } = healthOf(world);
      assert.equal(fine, "up");
      assert.equal(odd.slice(0, error.length), error);
      assert.equal(count(world, "sum(fine)"), 1);
      assert.equal(count(world, 'count({__name__=~"a|b"})'), 0);
    });
  }
});

Deno.test("a target whose labels grow without end in relabeling is left out alone", () => {
  const world = boot("a 1\n", `  relabel_configs:\n${RULES_OF_GROWTH}`);
  world.clock.advance(45_000);
  assert.deepEqual(healthOf(world), { fine: "up" });
});

Deno.test("samples from far ahead are left out", () => {
  const nowMs = START_MS + 20_000;
  const world = boot(`soon 1 ${nowMs}\nlater 1 ${nowMs + 3_600_000}\nnever 1 999999999999999\n`);
  world.clock.advance(45_000);
  assert.equal(healthOf(world).odd, "up");
  assert.equal(count(world, "count(soon)"), 1);
  assert.equal(count(world, 'count({__name__=~"later|never"} offset -1h)'), 0);
});

Deno.test("a target is asked ten times a second at most", () => {
  const world = boot("a 1\n", "", "1ms");
  let asked = 0;
  const answer = world.servers.get("odd:8080")!;
  world.servers.set("odd:8080", (request) => {
    asked++;
    return answer(request);
  });
  world.clock.advance(15_000);
  assert.ok(asked >= 95 && asked <= 101, `asked ${asked} times`);
});

Deno.test("a server takes no more series than it can hold", () => {
  const line = (i: number) => `s{i="${i}"} 1\n`;
  const half = Array.from({ length: 110_000 }, (_, i) => line(i)).join("");
  const world = boot(half, '- job_name: other\n  static_configs: [{targets: ["other:8080"]}]\n');
  world.servers.set("other:8080", exposition(() => half));
  world.clock.advance(25_000);
  const { fine, odd, other } = healthOf(world);
  assert.equal(fine, "up");
  assert.deepEqual([odd, other].sort(), ["sample limit exceeded", "up"]);
  assert.equal(count(world, "count(s)"), 110_000);
});

Deno.test("a job has no more targets than it can ask", () => {
  const targets = Array.from({ length: 10_001 }, (_, i) => `"t${i}:8080"`).join(",");
  const world = boot("a 1\n", `- job_name: many\n  static_configs: [{targets: [${targets}]}]\n`);
  world.clock.advance(20_000);
  const many = world.json("/api/v1/targets?scrapePool=many").data.activeTargets;
  assert.equal(many.length, 10_000);
  assert.equal(
    many[0].lastError,
    "target_limit exceeded (number of targets: 10001, limit: 10000)",
  );
  assert.equal(healthOf(world).fine, "up");
});
