import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { evaluateInstant, evaluateRange, type Labels, SeriesStore } from "../../lib/promql/mod.ts";

/** What a range query gives, and what instant queries at its steps give, alike as texts. */
function bothWays(
  store: SeriesStore,
  query: string,
  range: { startMs: number; endMs: number; stepMs: number },
): [string[], string[]] {
  const row = (labels: Labels, tMs: number, value: number) =>
    `${JSON.stringify(Object.entries(labels).sort())} ${tMs} ${value}`;
  const whole = evaluateRange(store, query, range).value;
  assert.ok(whole.type === "matrix");
  const ranged = whole.series.flatMap(({ metric, points }) =>
    points.map(({ tMs, value }) => row(metric, tMs, value))
  );
  const single: string[] = [];
  for (let tMs = range.startMs; tMs <= range.endMs; tMs += range.stepMs) {
    const { value } = evaluateInstant(store, query, tMs);
    assert.ok(value.type === "vector");
    for (const { metric, value: sample } of value.samples) single.push(row(metric, tMs, sample));
  }
  return [ranged.sort(), single.sort()];
}

const QUERIES = [
  "rate(m_total[2m])",
  "max_over_time(m_total[90s] offset 20s)",
  "count_over_time(m_total[10m])",
  "last_over_time(m_total[31s])",
  "sum by (a) (increase(m_total[1m]))",
  "sum by (a) (m_total)",
  "count without (b) (m_total) > 1",
  "avg_over_time(rate(m_total[1m])[3m:20s])",
  "max_over_time(rate(m_total[5m])[4m:10s] offset 1m)",
  "sum_over_time(max_over_time(rate(m_total[2m])[2m:30s])[5m:2m])",
  "rate(m_total[1m]) / ignoring (b) group_left () sum by (a) (rate(m_total[5m]))",
  "quantile_over_time(0.3, m_total[2m])",
];

Deno.test("a range query gives at each step what an instant query gives there", () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = new SeededRandom(seed);
    const store = new SeriesStore();
    for (let i = 0; i < 6; i++) {
      const ref = store.series({ __name__: "m_total", a: `${i % 2}`, b: `${i}` });
      // Steady and unsteady scrapes, gaps, ends, restarts; more than a chunk.
      const isSteady = random.int(2) === 0;
      let tMs = random.int(60_000);
      let value = 0;
      for (let sample = 0; sample < 300; sample++) {
        tMs += isSteady ? 15_000 : 1_000 + random.int(20_000);
        if (random.int(60) === 0) tMs += 200_000;
        value = random.int(30) === 0 ? 0 : value + random.int(9);
        if (random.int(25) === 0) store.appendStale(ref, tMs);
        else store.append(ref, tMs, value);
      }
    }
    const stepMs = [1_000, 15_000, 17_000, 60_000, 400_000][random.int(5)];
    const startMs = random.int(600_000);
    const range = { startMs, endMs: startMs + 80 * stepMs, stepMs };
    for (const query of QUERIES) {
      const [ranged, single] = bothWays(store, query, range);
      assert.deepEqual(ranged, single, `Seed ${seed}, step ${stepMs}: ${query}`);
    }
  }
});

Deno.test("a range query over more samples than are kept between steps gives the same", () => {
  const store = new SeriesStore();
  const samples = 8_000;
  for (let i = 0; i < 130; i++) {
    const ref = store.series({ __name__: "m_total", a: `${i}` });
    for (let at = 0; at < samples; at++) store.append(ref, at * 1_000, (at * (i + 1)) % 977);
  }
  const endMs = samples * 1_000;
  const range = { startMs: endMs - 20_000, endMs, stepMs: 10_000 };
  const [ranged, single] = bothWays(store, "sum(changes(m_total[3h]))", range);
  assert.equal(ranged.length, 3);
  assert.deepEqual(ranged, single);
});
