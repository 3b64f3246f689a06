import assert from "node:assert/strict";
import { evaluateInstant, evaluateRange, SeriesStore } from "../../lib/promql/mod.ts";

/** One series and three, each with a sample every ten seconds. */
function dataset(): SeriesStore {
  const store = new SeriesStore();
  const series = [
    { __name__: "one" },
    ...["1", "2", "3"].map((a) => ({ __name__: "three", a, b: a === "1" ? "1" : "2" })),
  ];
  for (const labels of series) {
    const ref = store.series(labels);
    for (let i = 0; i <= 100; i++) store.append(ref, i * 10_000, i + 1);
  }
  return store;
}

Deno.test("a query tells how many samples it looked at, read and held", () => {
  // Source: prometheus/prometheus util/stats/query_stats.go (QuerySamples), promql/engine.go.
  const store = dataset();
  const at: [query: string, atS: number, looked: number, read: number, peak: number][] = [
    ["1", 21, 0, 0, 1],
    ["one", 21, 1, 1, 1],
    ["one @ 15", 21, 1, 1, 1],
    ["timestamp(one)", 21, 1, 1, 2],
    ["three", 21, 3, 3, 3],
    ["three[60s]", 201, 18, 18, 18],
    ["max_over_time(three[60s])", 201, 18, 18, 9],
    ["absent_over_time(one[60s])", 201, 6, 6, 7],
    ["sum by (b) (max_over_time(three[60s] @ 30))", 201, 12, 12, 7],
    // Of a subquery that is the result, what it was made of; of one in a function, its points.
    ["one[60s:5s]", 201, 12, 12, 12],
    ["max_over_time(one[60s])[20s:5s]", 201, 24, 8, 10],
    ["max_over_time(three[60s:5s])", 201, 36, 36, 51],
    ["rate(sum_over_time(one[30s])[1m:30s])", 240, 2, 6, 5],
  ];
  for (const [query, atS, ...wanted] of at) {
    const { samples } = evaluateInstant(store, query, atS * 1000);
    assert.deepEqual(Object.values(samples), wanted, query);
  }
  const over: [query: string, looked: number, read: number, peak: number][] = [
    ["three", 12, 12, 12],
    // Windows look at what they have in common each, and it is read once.
    ["max_over_time(three[60s])", 72, 21, 18],
    ["max_over_time(three[60s] @ 30)", 48, 12, 12],
    ["max_over_time(three[60s:5s])", 144, 45, 69],
    ["sum(max_over_time(three[60s:5s])) + sum(max_over_time(one[60s:5s]))", 192, 60, 69],
  ];
  for (const [query, ...wanted] of over) {
    const range = { startMs: 201_000, endMs: 220_000, stepMs: 5_000 };
    assert.deepEqual(Object.values(evaluateRange(store, query, range).samples), wanted, query);
  }
});
