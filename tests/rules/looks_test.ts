import assert from "node:assert/strict";
import { parseYaml, YamlError } from "../../lib/go/mod.ts";
import { standardMapper } from "../../lib/kube/mod.ts";
import { evaluateInstant, SeriesStore } from "../../lib/promql/mod.ts";
import {
  deadOverrides,
  exposes,
  filterOf,
  queryFor,
  QueryLooks,
  tryOn,
  whyNothing,
  yamlSlip,
} from "../../lib/rules/mod.ts";
import { querySlip } from "../../lib/rules/_slips.ts";

const SERIES = { __name__: "hits_total", namespace: "shop", service: "web" };
const SERVICES = { group: "", resource: "services" };

function triedWith(overrides: Record<string, { resource: string }>, is = "") {
  const rule = {
    seriesQuery: "hits_total",
    seriesFilters: [{ isNot: "x" }, ...is ? [{ is }] : []],
    resources: { overrides },
    name: { matches: "", as: "hits" },
    metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
  };
  return tryOn("custom", rule, [SERIES], standardMapper());
}

const NAMESPACE = { namespace: { resource: "namespace" } };

Deno.test("a rule is asked as the adapter asks, or says why not", () => {
  const asked = { metric: "hits", namespace: "shop", resource: SERVICES, names: ["web"] };
  const right = triedWith({ ...NAMESPACE, service: { resource: "service" } });
  assert.ok(exposes(right, asked));
  assert.deepEqual(queryFor(right, asked), {
    promql: 'sum(hits_total{namespace="shop",service="web"}) by (service)',
  });
  const unscoped = queryFor(triedWith({ service: { resource: "service" } }), asked);
  assert.match("why" in unscoped ? unscoped.why : "", /namespaces into label/);
});

Deno.test("an override that no series bears out is dead; a filter is known by its field", () => {
  const dead = triedWith({ ...NAMESPACE, svc: { resource: "service" } });
  assert.deepEqual(deadOverrides(dead, SERVICES).map(({ label }) => label), ["svc"]);
  assert.deepEqual(deadOverrides(dead, { group: "", resource: "pods" }), []);
  const kept = triedWith(NAMESPACE, "^seen");
  assert.deepEqual(filterOf(kept, kept.trial.series[0]), {
    field: "seriesFilters.1.is",
    expression: "^seen",
    isName: false,
  });
});

Deno.test("a query is looked at for what may keep it empty", () => {
  const looks = new QueryLooks('rate(hits{shop="a",namespace="x",namespace="y"}[30s]) / seen');
  assert.equal(looks.missingLabel(SERIES)?.label, "shop");
  assert.equal(looks.unmet({ shop: "a", namespace: "y" })?.value, "x");
  assert.equal(looks.unmet({ shop: "b" })?.label, "shop");
  assert.deepEqual(looks.contradiction(), { label: "namespace", values: ["x", "y"] });
  assert.equal(looks.unknownName(["hits"]), "seen");
  assert.equal(looks.shortWindow(20_000)?.text, "[30s]");
  assert.equal(looks.shortWindow(15_000), undefined);
  assert.equal(looks.shortWindow(undefined), undefined);
});

Deno.test("whyNothing() names the condition that keeps all out, or the names that are near", async () => {
  const asked: string[] = [];
  const place = (finds: string) => ({
    count: (selector: string) => {
      asked.push(selector);
      return Promise.resolve(selector.includes(finds) ? 3 : 0);
    },
    names: () => Promise.resolve(["hits_total", "up"]),
  });
  assert.deepEqual(
    await whyNothing('hits_total{job="a",shop="b"}', place('{job="a",__name__')),
    { condition: 'shop="b"', label: "shop", count: 3 },
  );
  assert.deepEqual(await whyNothing('hitz_total{job="a"}', place("none")), {
    near: ["hits_total"],
  });
  asked.length = 0;
  await whyNothing('{job="a",shop!=""}', place("none"));
  assert.deepEqual(asked, ['{job="a"}'], "a selector that may be empty is not asked");
  asked.length = 0;
  await whyNothing('{job="a",shop=~".*"}', place("none"));
  await whyNothing('{job="a",shop=""}', place("none"));
  assert.deepEqual(asked, ['{job="a"}', '{job="a"}'], "nor one that an empty label meets");
});

Deno.test("a comparison is to blame where it empties what the query gives", async () => {
  const op = async (promql: string, answers: Record<string, number>) =>
    (await new QueryLooks(promql).emptyingComparison((part) =>
      Promise.resolve(new Array(answers[part] ?? 0).fill({ value: 3 }))
    ))?.op;
  assert.equal(await op("sum(hits > 9) by (pod)", { hits: 2 }), ">");
  assert.equal(await op("(9 < hits)", { hits: 2 }), "<");
  assert.equal(await op("hits > 9", { "hits": 2, "hits > 9": 1 }), undefined);
  assert.equal(await op("hits > 9", {}), undefined);
  assert.equal(await op("hits > bool 9", { hits: 2 }), undefined);
  assert.equal(await op("sum(a) / (sum(b) > 0)", { "sum(b)": 1 }), undefined);
});

Deno.test("a comparison is to blame within whatever operator, where the query gives something without it", async () => {
  const store = new SeriesStore();
  for (const pod of ["x", "y"]) {
    store.append(store.series({ __name__: "hits", pod }), 0, 3);
    store.append(store.series({ __name__: "errors", pod }), 0, 1);
  }
  store.append(store.series({ __name__: "quiet" }), 0, 0);
  const asked: string[] = [];
  const ask = (promql: string) => {
    asked.push(promql);
    const { value } = evaluateInstant(store, promql, 0);
    assert.ok(value.type === "vector");
    return Promise.resolve(value.samples);
  };
  const cases: [promql: string, op: string | undefined][] = [
    ["(hits > 5) * 2", ">"],
    ["2 * sum(hits > 5)", ">"],
    ["round(hits > 5)", ">"],
    ["sum(hits) / sum(errors > 5)", ">"],
    ["hits and (errors >= 9)", ">="],
    ["(hits > 5) * on (pod) (errors == 7)", ">"],
    ["(hits < 5) * on (pod) (errors == 7)", "=="],
    ["-(hits > 5)", ">"],
    ["(hits > 2) * 2", undefined],
    ["hits or (errors > 9)", undefined],
    ["hits unless (errors < 9)", undefined],
    ["(hits > 5) * on (pod) none", undefined],
    ["sum(quiet) / (sum(quiet) > 0)", undefined],
    ["sum(hits) / (sum(quiet) > 0)", undefined],
    ["(sum(quiet) / sum(quiet)) > 5", undefined],
    ["sum(quiet) / (sum(hits) > 9)", ">"],
  ];
  for (const [promql, expected] of cases) {
    assert.equal((await new QueryLooks(promql).emptyingComparison(ask))?.op, expected, promql);
  }
  asked.length = 0;
  await new QueryLooks("(hits > 5) + (hits > 6) + (hits > 7) + (hits > 8) + (hits > 9)")
    .emptyingComparison(ask);
  assert.deepEqual(asked, [...new Set(asked)], "a question is asked once");
  const gates: [promql: string, text: string, isGate: boolean][] = [
    ["hits and (errors >= 9)", "errors >= 9", true],
    ["hits and on () (sum(errors) > 9)", "sum(errors) > 9", true],
    ["(hits > 5) and errors", "hits > 5", false],
    ["(hits > 5) * 2", "hits > 5", false],
  ];
  for (const [promql, text, isGate] of gates) {
    const found = await new QueryLooks(promql).emptyingComparison(ask);
    assert.deepEqual([found?.text, found?.isGate], [text, isGate], promql);
  }
});

Deno.test("a condition is unmet where none of the series meets it", () => {
  const looks = new QueryLooks('hits{shop="a",pod=""}');
  const unmet = looks.unmetByEach([{ shop: "b", pod: "x" }, { shop: "a", pod: "y" }]);
  assert.deepEqual(unmet.map(({ label }) => label), ["pod"]);
});

Deno.test("what is taken to be wrong with a query is looked for beside its texts, and not at other operators", () => {
  const says = (written: string) =>
    querySlip("metricsQuery", { written, made: written, reason: "" })?.en ?? "";
  assert.equal(says('sum(x{a="b="} y)'), "");
  assert.equal(says('sum(x{a="~="} y)'), "");
  for (const op of ["unless", "and", "or"]) {
    assert.equal(says(`sum(a) ${op} (<<.GroupBy>>)`), "");
  }
  assert.equal(says("sum(a) / on (<<.GroupBy>>) b"), "");
  assert.match(says('x{a="b" c="d"}'), /^a comma is missing/);
  assert.match(says("x{<<.LabelMatchers>> c='d'}"), /^a comma is missing/);
  assert.match(says("sum(a) bye (<<.GroupBy>>)"), /stands `by`/);
  assert.match(says('x{a=="b"}'), /^`==` compares numbers/);
});

Deno.test("where YAML is broken, only what is there is told", () => {
  const says = (text: string) => {
    try {
      parseYaml(text);
    } catch (error) {
      if (error instanceof YamlError) return yamlSlip(error, text).is.en;
    }
  };
  assert.match(says("image:\n  tag: v1\n rules:\n  custom: []\n")!, /is indented by 1/);
  assert.match(says("prometheus:\n  port: 1\n rules:\n  custom: []\n")!, /right of `prometheus:`/);
  assert.match(says("-b: 1\nc: 'open\n")!, /quote/);
  assert.doesNotMatch(says("a: 1\nb: ]\n")!, /yaml:|line \d/);
});
