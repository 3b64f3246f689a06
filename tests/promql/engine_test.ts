import assert from "node:assert/strict";
import {
  type ApiData,
  evaluateInstant,
  evaluateRange,
  EvaluationError,
  PromqlSyntaxError,
  type SeriesStore,
  toApiData,
} from "../../lib/promql/mod.ts";
import { loadedStore } from "./_dataset.ts";
import { queries, type Query } from "./_queries.ts";
import recorded from "./testdata/engine.json" with { type: "json" };

/** What a real Prometheus gave, or what this one gives, in one form. */
interface Answer {
  error?: string;
  resultType?: string;
  result?: unknown;
  warnings?: string[];
  infos?: string[];
}

/** Queries that give their result an order. */
const ORDERED = /^(?:sort|topk|bottomk|limitk)/;
/** Functions that Go computes by another method: the last digits may differ. */
const APPROXIMATE = /^(?:sin|tan|atan|tanh)\(|atan2/;
const KNOWN_DIFFERENCES: Record<string, string> = {
  "histogram_quantile(0.5, bent_bucket) over a range":
    "upstream adds the count of forced samples to itself at every step; here each counts once",
};

Deno.test("evaluate*() answers as Prometheus v3 recorded it", () => {
  const store = loadedStore();
  const all = queries();
  const answers = recorded.answers as (Answer & { expr: string })[];
  assert.deepEqual(all.map(({ expr }) => expr), answers.map(({ expr }) => expr));
  const passedUnexpectedly = new Set(Object.keys(KNOWN_DIFFERENCES));
  all.forEach((query, i) => {
    const { expr: _, ...answer } = answers[i];
    const expected = canonical(answer, query);
    const actual = canonical(ask(store, query), query);
    const name = query.t === undefined ? `${query.expr} over a range` : query.expr;
    if (KNOWN_DIFFERENCES[name]) {
      if (JSON.stringify(actual) !== JSON.stringify(expected)) passedUnexpectedly.delete(name);
      return;
    }
    if (APPROXIMATE.test(query.expr) && expected.resultType === "vector") {
      return assertClose(actual, expected);
    }
    assert.deepEqual(actual, expected, `${name} at ${query.t ?? query.start}`);
  });
  assert.deepEqual(Array.from(passedUnexpectedly), [], "no longer differ: take them off the list");
});

function ask(store: SeriesStore, query: Query): Answer {
  const options = { enableExperimentalFunctions: query.experimental };
  try {
    const answer = query.t !== undefined
      ? evaluateInstant(store, query.expr, query.t, options)
      : evaluateRange(
        store,
        query.expr,
        { startMs: query.start!, endMs: query.end!, stepMs: query.step! },
        options,
      );
    const { warnings, infos } = answer;
    return { ...toApiData(answer), warnings, infos };
  } catch (error) {
    if (error instanceof PromqlSyntaxError || error instanceof EvaluationError) {
      return { error: error.message };
    }
    throw error;
  }
}

/** The answer with what upstream leaves to chance (orders of maps) put in order. */
function canonical({ error, warnings, infos, ...data }: Answer, query: Query): Answer {
  if (error !== undefined) return { error };
  const { resultType, result } = structuredClone(data) as ApiData;
  if (resultType === "vector" && !ORDERED.test(query.expr)) {
    result.sort((a, b) => labelText(a.metric) < labelText(b.metric) ? -1 : 1);
  }
  const sorted = (texts: string[] | undefined) => (texts ?? []).slice().sort();
  return { resultType, result, warnings: sorted(warnings), infos: sorted(infos) };
}

function labelText(metric: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metric).sort());
}

function assertClose(actual: Answer, expected: Answer): void {
  type Row = { metric: unknown; value: [number, string] };
  const [left, right] = [actual.result as Row[], expected.result as Row[]];
  assert.deepEqual(left.map(({ metric }) => metric), right.map(({ metric }) => metric));
  left.forEach(({ value: [, text] }, i) => {
    const wanted = Number(right[i].value[1]);
    assert.ok(Math.abs(Number(text) - wanted) <= Math.abs(wanted) * 4e-15, `${text} ${wanted}`);
  });
}
