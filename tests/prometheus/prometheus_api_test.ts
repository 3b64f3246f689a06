import assert from "node:assert/strict";
import { apiPath, dataOf, intervalMsOf, PrometheusApi } from "../../lib/prometheus/mod.ts";

/** A Prometheus that answers everything alike, and the paths that it was asked. */
function answering(body: unknown, code = 200) {
  const paths: string[] = [];
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const api = new PrometheusApi((path) => {
    paths.push(path);
    return Promise.resolve({ code, text });
  });
  return { api, paths };
}

const success = (data: unknown) => ({ status: "success", data });

Deno.test("what is refused, and what somebody else says, are answers", async () => {
  const refused = answering({ status: "error", error: "parse error" }, 400).api;
  assert.deepEqual(await refused.query("("), { refused: "parse error" });
  const status = answering({ kind: "Status", message: "no endpoints available" }, 503).api;
  assert.deepEqual(await status.names(), { down: "no endpoints available", code: 503 });
  const page = answering("<html>\n<body>", 404).api;
  assert.deepEqual(await page.targets(), { down: "<html>", code: 404 });
});

Deno.test("whatever answers at the address, it is data as the API has it or somebody else's words", async () => {
  const strange: unknown[] = [
    "",
    "null",
    "<html>",
    { status: "success" },
    { status: "error" },
    { status: "error", error: 1 },
    success(null),
    success([null]),
    success([{ a: 1 }]),
    success({ resultType: "vector", result: "x" }),
    success({ resultType: "vector", result: [{ metric: {}, value: ["1", 1] }] }),
    success({ resultType: "matrix", result: [{ metric: {}, values: [["x", "y"]] }] }),
    success({ resultType: "vector", result: [null] }),
    success({ activeTargets: [{}] }),
  ];
  const questions: ((api: PrometheusApi) => Promise<object>)[] = [
    (api) => api.query("up"),
    (api) => api.samples("up", 1000),
    (api) => api.range("up", { startMs: 0, endMs: 1, stepMs: 1 }),
    (api) => api.series("up", 0),
    (api) => api.names(),
    (api) => api.targets(),
  ];
  for (const body of strange) {
    for (const ask of questions) {
      const answer = await ask(answering(body).api);
      assert.ok("down" in answer, `${JSON.stringify(body)} gives ${JSON.stringify(answer)}`);
    }
  }
  const nameless = answering(success([{ pod: "a" }])).api;
  assert.deepEqual(await nameless.series("up", 0), { data: [{ __name__: "", pod: "a" }] });
});

Deno.test("a vector and a scalar are samples; a matrix is none", async () => {
  const vector = answering(success({
    resultType: "vector",
    result: [{ metric: { pod: "a" }, value: [1767225600.5, "1.5"] }],
  }));
  assert.deepEqual(dataOf(await vector.api.query("up", 2000)), [
    { metric: { pod: "a" }, tMs: 1767225600500, value: 1.5 },
  ]);
  assert.deepEqual(vector.paths, ["/api/v1/query?query=up&time=2"]);
  const scalar = answering(success({ resultType: "scalar", result: [1, "+Inf"] })).api;
  assert.equal(dataOf(await scalar.query("1"))?.[0].value, Infinity);
  const matrix = answering(success({ resultType: "matrix", result: [] })).api;
  assert.deepEqual(await matrix.query("up[1m]"), { refused: "it gives a matrix" });
});

Deno.test("native histograms are passed over, and what stands beside them is read", async () => {
  const histogram = { count: "3", sum: "1.5", buckets: [[0, "0.5", "1", "3"]] };
  const vector = answering(success({
    resultType: "vector",
    result: [
      { metric: { pod: "a" }, histogram: [1, histogram] },
      { metric: { pod: "b" }, value: [1, "2"] },
    ],
  })).api;
  assert.deepEqual(dataOf(await vector.query("up")), [
    { metric: { pod: "b" }, tMs: 1000, value: 2 },
  ]);
  const matrix = answering(success({
    resultType: "matrix",
    result: [
      { metric: { pod: "a" }, histograms: [[1, histogram]] },
      { metric: { pod: "b" }, values: [[1, "2"]], histograms: [[2, histogram]] },
    ],
  })).api;
  const b = [{ metric: { pod: "b" }, points: [{ tMs: 1000, value: 2 }] }];
  assert.deepEqual(dataOf(await matrix.samples("up", 1000)), b);
  assert.deepEqual(dataOf(await matrix.range("up", { startMs: 0, endMs: 1, stepMs: 1 })), b);
  const neither = answering(success({ resultType: "matrix", result: [{ metric: {} }] })).api;
  assert.ok("down" in await neither.samples("up", 1000));
});

Deno.test("a long span is asked in parts, and its series are put together", async () => {
  const { api, paths } = answering(success({
    resultType: "matrix",
    result: [{ metric: { pod: "a" }, values: [[1, "1"]] }],
  }));
  const found = dataOf(await api.range("up", { startMs: 0, endMs: 11_000_000, stepMs: 1000 }));
  assert.deepEqual(paths, [
    "/api/v1/query_range?query=up&start=0&end=10999&step=1",
    "/api/v1/query_range?query=up&start=11000&end=11000&step=1",
  ]);
  assert.deepEqual(found?.map(({ points }) => points.length), [2]);
});

Deno.test("a path has its blanks as a person would copy them; a target says how often it is scraped", () => {
  assert.equal(apiPath("query", { query: "a + b" }), "/api/v1/query?query=a%20%2B%20b");
  assert.equal(apiPath("targets"), "/api/v1/targets");
  const target = (scrapeInterval: string) => intervalMsOf({ scrapeInterval } as never);
  assert.equal(target("1m30s"), 90_000);
  assert.equal(target(""), undefined);
});
