import assert from "node:assert/strict";
import {
  evaluateInstant,
  evaluateRange,
  formatSample,
  parse,
  parseSelector,
  type QueryValue,
  SeriesStore,
} from "../../lib/promql/mod.ts";

/*
 * What PromQL means, in the form upstream's own tests have: `load <interval>` and series with a
 * sequence of values (`1 2 _ 4`, `0+10x5`, `stale`), then `eval instant at <time> <expression>`
 * and what is expected of it, by series.
 */

const CASES: Record<string, string> = {
  "a counter's rate survives a restart": `
    load 15s
      requests_total 0+30x4 30+30x4
    eval instant at 2m round(rate(requests_total[1m]), 0.01)
      {} 2
    eval instant at 1m30s increase(requests_total[1m])
      {} 120
  `,
  "a range is open at its start": `
    load 15s
      m 1+1x8
    eval instant at 1m count_over_time(m[30s])
      {} 2
    eval instant at 1m m[30s]
      m 4@45 5@60
    eval instant at 1m rate(m[15s])
  `,
  "a selector looks back five minutes, not more": `
    load 1m
      m 1 _ _ _ _ _ _
    eval instant at 4m59s m
      m 1
    eval instant at 5m m
  `,
  "a quantile is weighed between two values, though one of them is infinite": `
    load 1m
      m{a="1"} 1
      m{a="2"} 2
    eval instant at 0 quantile(1, m / (m - 1))
      {} NaN
    eval instant at 0 quantile(0, m / (m - 1))
      {} NaN
    eval instant at 0 quantile(0.5, m / (m - 1))
      {} +Inf
  `,
  "a staleness marker ends a series at once": `
    load 15s
      m 1 2 stale _ 5
    eval instant at 29s m
      m 2
    eval instant at 30s m
    eval instant at 45s m
    eval instant at 1m m
      m 5
    eval instant at 1m sum_over_time(m[90s])
      {} 8
  `,
  "aggregations group by labels": `
    load 1m
      m{pod="a",node="1"} 1
      m{pod="b",node="1"} 2
      m{pod="c",node="2"} 4
    eval instant at 0 sum(m) by (node)
      {node="1"} 3
      {node="2"} 4
    eval instant at 0 sum without (pod, node) (m)
      {} 7
    eval instant at 0 topk(2, m)
      m{pod="c",node="2"} 4
      m{pod="b",node="1"} 2
    eval instant at 0 count(m > 1)
      {} 2
  `,
  "an operator keeps, joins or drops labels": `
    load 1m
      used{pod="a"} 50
      used{pod="b"} 90
      limit{pod="a"} 100
      limit{pod="b"} 100
      owner{pod="a",team="red"} 1
    eval instant at 0 used / limit
      {pod="a"} 0.5
      {pod="b"} 0.9
    eval instant at 0 used > 60
      used{pod="b"} 90
    eval instant at 0 used * on (pod) group_left (team) owner
      {pod="a",team="red"} 50
    eval instant at 0 used unless on (pod) owner
      used{pod="b"} 90
    eval instant at 0 sum(nothing) or vector(0)
      {} 0
  `,
  "offset and @ move a selector": `
    load 1m
      m 0+1x10
    eval instant at 10m m offset 4m
      m 6
    eval instant at 10m m @ 120
      m 2
    eval instant at 10m m - m offset 3m
      {} 3
    eval instant at 10m max_over_time(m[3m] offset 2m)
      {} 8
  `,
  "a subquery evaluates on a grid of its own": `
    load 30s
      c_total 0+30x20
    eval instant at 5m10s max_over_time(rate(c_total[1m])[2m:1m])
      {} 1
    eval instant at 5m10s count_over_time(c_total[2m:30s])
      {} 4
  `,
  "a histogram's quantile is interpolated": `
    load 1m
      d_bucket{le="1"} 10
      d_bucket{le="2"} 30
      d_bucket{le="+Inf"} 40
    eval instant at 0 histogram_quantile(0.5, d_bucket)
      {} 1.5
    eval instant at 0 histogram_quantile(0.99, d_bucket)
      {} 2
  `,
};

for (const [name, script] of Object.entries(CASES)) {
  Deno.test(`PromQL: ${name}`, () => run(script));
}

function run(script: string): void {
  const store = new SeriesStore();
  let stepMs = 0;
  let check: { query: string; tMs: number; rows: string[] } | undefined;
  const finish = () => {
    if (!check) return;
    const { value } = evaluateInstant(store, check.query, check.tMs);
    assert.deepEqual(rowsOf(value), check.rows, check.query);
    check = undefined;
  };
  for (const line of script.split("\n").map((text) => text.trim()).filter((text) => text !== "")) {
    const load = /^load (\w+)$/.exec(line);
    const evaluation = /^eval instant at (\w+) (.*)$/.exec(line);
    if (load) stepMs = milliseconds(load[1]);
    else if (evaluation) {
      finish();
      check = { query: evaluation[2], tMs: milliseconds(evaluation[1]), rows: [] };
    } else if (check) check.rows.push(line);
    else loadSeries(store, line, stepMs);
  }
  finish();
}

function milliseconds(duration: string): number {
  const expr = parse(duration);
  assert.ok(expr.kind === "number");
  return expr.value * 1000;
}

function loadSeries(store: SeriesStore, line: string, stepMs: number): void {
  const [, selector, sequence] = /^(\S+) (.*)$/.exec(line)!;
  const labels = Object.fromEntries(
    parseSelector(selector).map(({ name, value }) => [name, value]),
  );
  const ref = store.series(labels);
  let index = 0;
  for (const item of sequence.split(" ")) {
    const run = /^(-?\d+)\+(\d+)x(\d+)$/.exec(item);
    const [start, step, times] = run ? run.slice(1).map(Number) : [Number(item), 0, 0];
    for (let i = 0; i <= times; i++, index++) {
      if (item === "stale") store.appendStale(ref, index * stepMs);
      else if (item !== "_") store.append(ref, index * stepMs, start + i * step);
    }
  }
}

/** A value's series as the scripts write them. */
function rowsOf(value: QueryValue): string[] {
  const series = ({ __name__ = "", ...labels }: Readonly<Record<string, string>>) => {
    const pairs = Object.entries(labels).map(([name, text]) => `${name}="${text}"`);
    return __name__ !== "" && pairs.length === 0 ? __name__ : `${__name__}{${pairs.join(",")}}`;
  };
  if (value.type === "vector") {
    return value.samples.map((sample) => `${series(sample.metric)} ${formatSample(sample.value)}`);
  }
  assert.ok(value.type === "matrix");
  return value.series.map(({ metric, points }) =>
    [series(metric), ...points.map((point) => `${point.value}@${point.tMs / 1000}`)].join(" ")
  );
}

Deno.test("evaluateRange() evaluates every step and leaves gaps where there is nothing", () => {
  const store = new SeriesStore();
  loadSeries(store, "m 1 2 stale _ 5", 60_000);
  const range = { startMs: 0, endMs: 300_000, stepMs: 60_000 };
  const { value } = evaluateRange(store, "m", range);
  assert.deepEqual(rowsOf(value), ["m 1@0 2@60 5@240 5@300"]);
  assert.throws(() => evaluateRange(store, "m", { ...range, stepMs: 0 }), RangeError);
});

Deno.test("evaluate*() takes a subquery's default step and the lookback from its options", () => {
  const store = new SeriesStore();
  loadSeries(store, "m 1 1 1 1 1 1 1 1 1", 60_000);
  const count = (defaultStepMs?: number) =>
    rowsOf(evaluateInstant(store, "count_over_time(m[4m:])", 480_000, { defaultStepMs }).value);
  assert.deepEqual(count(), ["{} 4"]);
  assert.deepEqual(count(30_000), ["{} 8"]);
  assert.deepEqual(
    rowsOf(evaluateInstant(store, "m", 540_000, { lookbackMs: 60_000 }).value),
    [],
  );
});

Deno.test("parse() gives equal texts one tree, and errors their place", () => {
  assert.equal(parse("sum(up)"), parse("sum(up)"));
  assert.throws(
    () => parse("sum(\n  rate(up)\n) by (pod)"),
    {
      name: "PromqlSyntaxError",
      message: /^2:8: parse error: expected type range vector/,
      start: 12,
    },
  );
});

Deno.test("parseSelector() takes selectors alone", () => {
  assert.deepEqual(parseSelector('up{job="web"}').map(String), ['job="web"', '__name__="up"']);
  assert.deepEqual(parseSelector("{}"), []);
  for (const text of ["sum(up)", "up[5m]", "up offset 5m", "up @ 5", "1", ""]) {
    assert.throws(() => parseSelector(text), { name: "PromqlSyntaxError" }, text);
  }
});

Deno.test("formatSample() writes floats as Prometheus's JSON does", () => {
  const table: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [0.1, "0.1"],
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
    [1e-6, "0.000001"],
    [1e-7, "1e-07"],
    [1.5e-10, "1.5e-10"],
    [5e-324, "5e-324"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [1 / 3, "0.3333333333333333"],
  ];
  for (const [value, text] of table) assert.equal(formatSample(value), text);
});
