import assert from "node:assert/strict";
import {
  evaluateInstant,
  evaluateRange,
  EvaluationError,
  parse,
  PromqlSyntaxError,
  QueryBudget,
  QueryTimeoutError,
  SeriesStore,
  TooManySamplesError,
} from "../../lib/promql/mod.ts";
import { LIMITS_END_MS, limitsStore } from "./_limits_dataset.ts";
import recorded from "./testdata/limits.json" with { type: "json" };

const TIMED_OUT = "query timed out in expression evaluation";
/** What two seconds of the simulated CPU are in steps, and the longest evaluation. */
const TWO_SECONDS = 2_400_000;
const MAX_STEPS = 48_000_000;

Deno.test("a query holds as many samples as upstream's engine, to the sample", async (t) => {
  const store = limitsStore();
  const knownDifferences: Record<string, number> = {
    // The scalar and the vector made of it are one after the other there, and held together here.
    "vector(1) in steps of 60000 ms": 32,
  };
  for (const { expr, stepMs, samples } of recorded.samples) {
    const name = `${expr} in steps of ${stepMs} ms`;
    const expected = knownDifferences[name] ?? samples;
    const ask = (maxSamples: number) => {
      const budget = new QueryBudget({ maxSamples });
      if (stepMs === 0) return evaluateInstant(store, expr, LIMITS_END_MS, { budget });
      const range = { startMs: LIMITS_END_MS - 1_800_000, endMs: LIMITS_END_MS, stepMs };
      return evaluateRange(store, expr, range, { budget });
    };
    await t.step(name, () => {
      ask(expected);
      assert.throws(() => ask(expected - 1), TooManySamplesError);
    });
  }
});

Deno.test("a query that would take too long is refused before it begins to", async (t) => {
  const store = limitsStore();
  const table = [
    "max_over_time(up[100y:1ms])",
    "sum_over_time(vector(1)[30d:1s])",
    "max_over_time(vector(1)[200y:1ms])",
    "max_over_time(up[1m:1ms] @ 9e15) + max_over_time(up[100y:1ms] @ 9e15)",
    "count_over_time(absent(nope)[1y:1s])",
    "max_over_time(max_over_time(up[10y:1m])[10y:1m])",
    "absent_over_time(up[100y:1ms])",
    "up[100y:1ms]",
  ];
  for (const expr of table) {
    await t.step(expr, () => {
      const budget = new QueryBudget();
      assert.throws(
        () => evaluateInstant(store, expr, LIMITS_END_MS, { budget }),
        new QueryTimeoutError(),
      );
      assert.ok(budget.elapsedMs <= 40_000);
      const labels = store.metrics.size;
      assert.ok(labels < 1000, `${labels} label sets were made`);
    });
  }
});

Deno.test("every loop of the evaluator counts, and none goes on past its time", async (t) => {
  const store = new SeriesStore();
  for (let i = 0; i < 300; i++) {
    const labels = { pod: `pod-${i}`, a: "x".repeat(50), le: `${i}` };
    const series = store.series({ __name__: "m_bucket", ...labels });
    for (let scrape = 0; scrape < 480; scrape++) store.append(series, scrape * 15_000, scrape * i);
  }
  const nested = (before: string, after: string, count: number, inner = "m_bucket") =>
    before.repeat(count) + inner + after.repeat(count);
  const table = [
    "m_bucket",
    "-m_bucket",
    "m_bucket + m_bucket",
    "m_bucket and m_bucket",
    "m_bucket or m_bucket",
    "m_bucket * on (pod) group_left (a) m_bucket",
    "sum without (a) (m_bucket)",
    "quantile by (pod) (0.5, m_bucket)",
    "stddev by (pod) (m_bucket)",
    "topk(5, m_bucket)",
    'count_values("v", m_bucket)',
    "sort(m_bucket)",
    "abs(m_bucket)",
    "year(m_bucket)",
    "timestamp(m_bucket)",
    "histogram_quantile(0.9, m_bucket)",
    "rate(m_bucket[1h])",
    "quantile_over_time(0.5, m_bucket[1h])",
    "mad_over_time(m_bucket[1h])",
    "predict_linear(m_bucket[1h], 60)",
    "max_over_time(m_bucket[1h:15s])",
    "max_over_time(sum(m_bucket)[2h:1s])",
    'label_replace(m_bucket, "b", "$1", "pod", "(.*)")',
    'label_join(m_bucket, "b", ",", "pod", "a")',
    "absent(m_bucket)",
    "absent_over_time(m_bucket[1h])",
    "1 + 2 * time()",
    nested("abs(", ")", 200),
    nested("sum without (le) (", ")", 200),
    nested("label_join(", ', "a", ",", "a", "pod")', 200),
    Array(200).fill("m_bucket").join(" or "),
  ];
  for (const expr of table) {
    await t.step(expr.length > 60 ? `${expr.slice(0, 60)}…` : expr, () => {
      const budget = new QueryBudget({ maxSamples: 1e12, timeoutMs: 2000 });
      const range = { startMs: 0, endMs: 11_000 * 15_000, stepMs: 15_000 };
      const evaluate = () =>
        evaluateRange(store, expr, range, { budget, enableExperimentalFunctions: true });
      let failed = false;
      try {
        evaluate();
      } catch (error) {
        assert.ok(error instanceof QueryTimeoutError, `${error}`);
        failed = true;
      }
      // At least a step for every instant, and little more than the last count past the end.
      assert.ok(budget.steps > 11_000, `${budget.steps} steps`);
      assert.ok(failed ? budget.steps < 2 * TWO_SECONDS : budget.steps <= TWO_SECONDS);
    });
  }
});

Deno.test("labels cannot grow without end", () => {
  const store = limitsStore();
  const doubled = (times: number) =>
    "label_replace(".repeat(times) + "up" + ', "job", "$1$1", "job", "(.*)")'.repeat(times);
  const budget = new QueryBudget();
  const { value } = evaluateInstant(store, doubled(10), LIMITS_END_MS, { budget });
  assert.equal(value.type === "vector" && value.samples[0].metric.job.length, 1024);
  const message = { message: TIMED_OUT };
  assert.throws(() => evaluateInstant(store, doubled(40), LIMITS_END_MS), message);
  const joined = "label_join(".repeat(40) + "up" + ', "job", "", "job", "job")'.repeat(40);
  assert.throws(() => evaluateInstant(store, joined, LIMITS_END_MS), message);
  const wide = `label_replace(up, "a", "${"$1".repeat(100_000)}", "job", "((?:.|\\n)*)")`;
  const long = `label_replace(up, "job", "${"x".repeat(10_000)}", "job", ".*")`;
  assert.throws(
    () => evaluateInstant(store, wide.replace("(up", `(${long}`), LIMITS_END_MS),
    message,
  );
});

Deno.test("a timeout is steps of evaluation: the same query ends at the same place every time", () => {
  const store = limitsStore();
  const ask = (timeoutMs: number) => {
    const budget = new QueryBudget({ timeoutMs });
    try {
      evaluateInstant(
        store,
        "max_over_time(rate(http_requests_total[5m])[30m:15s])",
        LIMITS_END_MS,
        {
          budget,
        },
      );
      return budget.steps;
    } catch (error) {
      if (error instanceof QueryTimeoutError) return `timed out after ${budget.steps}`;
      throw error;
    }
  };
  assert.equal(ask(120_000), ask(30_000));
  assert.equal(typeof ask(120_000), "number");
  assert.match(String(ask(1)), /^timed out after/);
  assert.equal(ask(1), ask(1));
});

Deno.test("no timeout lets a query go on past the longest evaluation", () => {
  const store = limitsStore();
  const budget = new QueryBudget({ timeoutMs: 1e15 });
  const range = { startMs: 0, endMs: 1e12, stepMs: 1000 };
  assert.throws(() => evaluateRange(store, "vector(time())", range, { budget }), {
    message: TIMED_OUT,
  });
  assert.ok(budget.steps > MAX_STEPS && budget.steps < MAX_STEPS + 1000, `${budget.steps} steps`);
});

Deno.test("what never changes is evaluated once over a range", () => {
  const store = limitsStore();
  const stepsOf = (expr: string) => {
    const budget = new QueryBudget();
    const range = { startMs: LIMITS_END_MS - 600_000, endMs: LIMITS_END_MS, stepMs: 1000 };
    evaluateRange(store, expr, range, { budget });
    return budget.steps;
  };
  const fixed = stepsOf("sum_over_time(sum(up)[1h:15s] @ end())");
  assert.ok(fixed * 5 < stepsOf("sum_over_time(sum(up)[1h:15s])"));
});

Deno.test("expressions nest and go on only so far, and a step is a millisecond at least", async (t) => {
  const store = limitsStore();
  const tooDeep = /: parse error: expression is nested too deeply$/;
  const table: [name: string, expr: (count: number) => string, least: number][] = [
    ["parentheses", (n) => "(".repeat(n) + "1" + ")".repeat(n), 100],
    ["calls", (n) => "abs(".repeat(n) + "up" + ")".repeat(n), 100],
    ["aggregations", (n) => "sum(".repeat(n) + "up" + ")".repeat(n), 100],
    ["signs", (n) => "-".repeat(n) + "up", 100],
    ["powers", (n) => Array(n).fill("1").join(" ^ "), 100],
    ["sums", (n) => Array(n).fill("1").join(" + "), 900],
    ["alternatives", (n) => Array(n).fill("up").join(" or "), 900],
    ["subqueries", (n) => "max_over_time(".repeat(n) + "up" + "[1m:1m])".repeat(n), 100],
    ["subqueries of subqueries", (n) => "up" + "[1m:1m]".repeat(n), 0],
    ["durations", (n) => `max_over_time(up[${"(".repeat(n)}1m${")".repeat(n)}])`, 100],
  ];
  for (const [name, expr, least] of table) {
    await t.step(name, () => {
      if (least > 0) evaluateInstant(store, expr(least), LIMITS_END_MS);
      for (const count of [2000, 10_000]) {
        assert.throws(() => parse(expr(count)), (error) => {
          assert.ok(error instanceof PromqlSyntaxError);
          assert.match(error.message, tooDeep);
          return true;
        });
      }
    });
  }
  assert.throws(() => parse(`up + ${" ".repeat(300_000)}1`), /longer than 262144 characters/);
  const noStep = new EvaluationError("unexpected error: runtime error: integer divide by zero");
  assert.throws(() => evaluateInstant(store, "up[5m:0.0001]", LIMITS_END_MS), noStep);
});

Deno.test("a vector of very many elements is chosen from as one of few", () => {
  const store = new SeriesStore();
  for (let i = 0; i < 150_000; i++) {
    store.append(store.series({ __name__: "m", i: `${i}` }), 1000, i);
  }
  const budget = new QueryBudget();
  const { value } = evaluateInstant(store, "count(topk(140000, m))", 1000, { budget });
  assert.deepEqual(value.type === "vector" && value.samples.map((one) => one.value), [140_000]);
});
