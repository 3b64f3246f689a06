import assert from "node:assert/strict";
import { runFiles } from "./adapter_cases.ts";
import { CaseError, readCases, toCase } from "./_case_file.ts";
import { differences } from "./_case_expect.ts";
import { runCase } from "./_case_runner.ts";

const TESTDATA = new URL("./testdata/", import.meta.url);

for (const file of ["upstream.jsonl", "rules.jsonl"]) {
  Deno.test(`the adapter does what ${file} says`, async (t) => {
    const text = Deno.readTextFileSync(new URL(file, TESTDATA));
    for (const { line, raw } of readCases(file, text)) {
      const one = toCase(raw, `${file}:${line}`);
      await t.step(one.name, () => {
        assert.deepEqual(differences(one.expect!, runCase(one)), []);
      });
    }
  });
}

Deno.test("every case of rules.jsonl names its upstream path", () => {
  const text = Deno.readTextFileSync(new URL("rules.jsonl", TESTDATA));
  for (const { line, raw } of readCases("rules.jsonl", text)) {
    assert.match((raw as any).source, /^[\w-]+\/[\w-]+ \S+/, `line ${line}`);
  }
});

const CASE = {
  config: [{
    seriesQuery: "hits",
    resources: { template: "<<.Resource>>" },
    metricsQuery: "<<.Series>>{<<.LabelMatchers>>}",
  }],
  series: 'hits{namespace="default",pod="a"} 2',
  request: "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/a/hits",
};
const run = (...lines: unknown[]) =>
  runFiles(
    ["f.jsonl"],
    () => lines.map((line) => typeof line === "string" ? line : JSON.stringify(line)).join("\n"),
  );

Deno.test("adapter-cases answers a line without expect, and compares one with it", () => {
  const answered = run(CASE);
  assert.equal(answered.status, 0);
  const answer = JSON.parse(answered.lines[0]);
  assert.deepEqual(answer.promql, ['hits{namespace="default",pod="a"}']);
  assert.equal(answer.response.body.items[0].value, "2");
  assert.deepEqual(answer.rules[0].series[0].outcome, "exposed");
  assert.deepEqual(run("# a remark", "", { ...CASE, expect: { promql: answer.promql } }), {
    lines: ["1 passed, 0 failed"],
    status: 0,
  });
  assert.deepEqual(run({ ...CASE, name: "wrong", expect: { list: ["pods/hit"], exit: 1 } }), {
    lines: [
      "f.jsonl:1: wrong",
      "  exit: expected 1, is null",
      '  list of custom.metrics.k8s.io/v1beta1: expected ["pods/hit"], is nothing'.replace(
        "is nothing",
        'is ["namespaces/hits","pods/hits"]',
      ),
      "0 passed, 1 failed",
    ],
    status: 1,
  });
});

Deno.test("adapter-cases takes series, results and requests in any usual form", async (t) => {
  const rows: [name: string, changes: Record<string, unknown>, value: string][] = [
    ["YAML", {
      config:
        "rules:\n- seriesQuery: hits\n  resources: {template: <<.Resource>>}\n  metricsQuery: <<.Series>>\n",
    }, "2"],
    ["label sets", {
      series: [{ __name__: "hits", namespace: "default", pod: "a" }],
      result: [{ metric: { pod: "a" }, value: 3 }],
    }, "3"],
    ["the API's own bodies", {
      series: { data: [{ __name__: "hits", namespace: "default", pod: "a" }] },
      results: {
        "*": {
          status: "success",
          data: { resultType: "vector", result: [{ metric: { pod: "a" }, value: [0, "4"] }] },
        },
      },
    }, "4"],
    ["results in order", { results: [[{ metric: { pod: "a" }, value: "5" }]] }, "5"],
    ["samples over time", {
      config: [{ ...CASE.config[0], metricsQuery: "sum(increase(<<.Series>>[5m])) by (pod)" }],
      series: undefined,
      samples: [{
        metric: { __name__: "hits", namespace: "default", pod: "a" },
        values: [[1767225300.001, "0"], [1767225600, "6"]],
      }],
    }, "6"],
    ["a request in parts", {
      request: { path: CASE.request, query: { metricLabelSelector: "pod=a" } },
    }, "2"],
  ];
  for (const [name, changes, value] of rows) {
    await t.step(name, () => {
      const one = toCase(JSON.parse(JSON.stringify({ ...CASE, ...changes })), name);
      const { responses: [{ body }], log } = runCase(one);
      assert.equal((body as any).items?.[0]?.value, value, `${JSON.stringify(body)}\n${log}`);
    });
  }
});

Deno.test("adapter-cases says where a line is wrong and what to write", async (t) => {
  const rows: [name: string, line: unknown, message: RegExp][] = [
    ["no JSON", "{config:", /^f\.jsonl:1: not JSON: .* Write one case a line/],
    ["a list", "[]", /^f\.jsonl:1: the line is a list\. Write a JSON object/],
    ["no config", {}, /^f\.jsonl:1: config is missing\. Give the adapter's configuration/],
    ["an unknown field", { ...CASE, serie: [] }, /unknown field "serie"\. Known are name, source/],
    ["a wrong series", { ...CASE, series: 5 }, /series is a number\. Give a list of label sets/],
    [
      "a wrong label",
      { ...CASE, series: [{ __name__: "a", pod: 1 }] },
      /series\[0\]: label pod is a number/,
    ],
    ["bad exposition text", { ...CASE, series: "a{" }, /series: .* Write the text format/],
    ["a request without a path", { ...CASE, request: "pods" }, /request: "pods" has no path/],
    ["an unknown object", { ...CASE, objects: ["frobs/a"] }, /objects: "frobs\/a" names no object/],
    ["a wrong time", { ...CASE, now: "noon" }, /now: "noon" is no time\. Write RFC 3339/],
    ["an unknown expectation", { ...CASE, expect: { lists: [] } }, /expect\.lists is not compared/],
    ["a wrong result", { ...CASE, result: true }, /a result is true\. Give/],
  ];
  for (const [name, line, message] of rows) {
    await t.step(name, () => {
      assert.throws(() => run(line), (error) => {
        assert.ok(error instanceof CaseError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

Deno.test("the schema names exactly the fields that are read", () => {
  const schema = JSON.parse(
    Deno.readTextFileSync(new URL("./adapter_cases.schema.json", import.meta.url)),
  );
  const unknown = (raw: unknown) => {
    try {
      toCase(raw, "x");
      return undefined;
    } catch (error) {
      return /Known are (.*)\.$/.exec((error as Error).message)?.[1].split(", ").sort();
    }
  };
  assert.deepEqual(unknown({ nothing: 1 }), Object.keys(schema.properties).sort());
  const expectation = Object.keys(schema.properties.expect.properties).sort();
  assert.deepEqual(unknown({ config: "", expect: { nothing: 1 } }), expectation);
});
