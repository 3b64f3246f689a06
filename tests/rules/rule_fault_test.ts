import assert from "node:assert/strict";
import { type DiscoveryRule } from "../../lib/adapter/mod.ts";
import { standardMapper } from "../../lib/kube/mod.ts";
import { ruleFaults, type RuleKind } from "../../lib/rules/mod.ts";

const QUERY = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)";
const RIGHT: DiscoveryRule = {
  seriesQuery: '{__name__=~"^hits_.*",namespace!=""}',
  seriesFilters: [{ is: "^hits_", isNot: "" }, { is: "", isNot: "_seen$" }],
  resources: { overrides: { namespace: { resource: "namespace" }, shop: { resource: "service" } } },
  name: { matches: "^(.*)_total$", as: "$1" },
  metricsQuery: QUERY,
};

/** A change of a right rule, and what is found of it first. */
const FAULTS: [
  what: string,
  change: Partial<DiscoveryRule>,
  found: [cause: string, field: string, starts: boolean],
  hint?: RegExp,
][] = [
  ["an expression in seriesQuery", { seriesQuery: '{__name__=~"hits_(.*"}' }, [
    "regexp",
    "seriesQuery",
    true,
  ]],
  ["the second filter", { seriesFilters: [{ is: "a" }, { isNot: "b[" }] }, [
    "regexp",
    "seriesFilters.1.isNot",
    false,
  ]],
  ["name.matches", { name: { matches: "^(.*", as: "x" } }, ["regexp", "name.matches", false]],
  ["an open template", { metricsQuery: "sum(<<.Series)" }, [
    "template",
    "metricsQuery",
    false,
  ], /has `<<` without `>>`/],
  ["other brackets", { metricsQuery: QUERY.replace("<<.Series>>", "{{ .Series }}") }, [
    "template",
    "metricsQuery",
    true,
  ], /between << and >>, and here/],
  ["a misspelt field", { metricsQuery: QUERY.replace("GroupBy", "GroupBuy") }, [
    "template",
    "metricsQuery",
    true,
  ], /the field's name is <<\.GroupBy>>/],
  ["a missing bracket", { metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}" }, [
    "query",
    "metricsQuery",
    true,
  ], /^a `\)` is missing$/],
  ["an operator turned round", { seriesQuery: '{__name__~="hits"}' }, [
    "query",
    "seriesQuery",
    true,
  ], /`=~` is/],
  ["what is no label", { resources: { overrides: { "na(me": { resource: "pod" } } } }, [
    "label",
    "resources.overrides.na(me",
    true,
  ]],
  ["what is no resource", { resources: { overrides: { shop: { resource: "shop" } } } }, [
    "resource",
    "resources.overrides.shop.resource",
    false,
  ]],
  ["two filters in one", { seriesFilters: [{ is: "a", isNot: "b" }] }, [
    "refused",
    "seriesFilters",
    false,
  ]],
  ["two groups without as", { name: { matches: "^(.*)_(.*)$", as: "" } }, [
    "refused",
    "name.matches",
    false,
  ]],
  ["a label template without a resource", { resources: { template: "kube_<<.Group>>" } }, [
    "refused",
    "resources.template",
    false,
  ]],
];

function faultsOf(change: Partial<DiscoveryRule>, kind: RuleKind = "custom") {
  return ruleFaults({ ...RIGHT, ...change }, kind, standardMapper());
}

Deno.test("a rule that is right has no fault, of either API", () => {
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(faultsOf({}, "external"), []);
  assert.deepEqual(faultsOf({ resources: {} }), [], "one that asks of no resource is never asked");
});

Deno.test("each fault is found with its field, what is meant, and whether the adapter starts", async (t) => {
  for (const [what, change, [cause, field, starts], hint] of FAULTS) {
    await t.step(what, () => {
      const [found] = faultsOf(change);
      assert.deepEqual([found.cause, found.field, found.refusal === undefined], [
        cause,
        field,
        starts,
      ]);
      if (hint) assert.match(found.hint!.en, hint);
      else assert.equal(found.hint, undefined);
    });
  }
});

Deno.test("of several faults an expression comes before a template, and that before a query", () => {
  const causes = faultsOf({
    seriesQuery: "{",
    name: { matches: "(", as: "x" },
    metricsQuery: "<<",
  }).map(({ cause }) => cause);
  assert.deepEqual(causes, ["regexp", "template", "query"]);
});

Deno.test("a refusal is told of what is refused, and of nothing beside it", () => {
  const found = faultsOf({
    resources: { overrides: { shop: { resource: "shop" } } },
    metricsQuery: QUERY.replace("<<.Series>>", "{{ .Series }}"),
  });
  assert.deepEqual(found.map(({ cause, refusal }) => [cause, refusal !== undefined]), [
    ["template", false],
    ["resource", true],
  ]);
});

Deno.test("the culprit of an expression is where its other half is missing", () => {
  for (const [expression, at] of [["a(b(c)", 1], ["ab)c", 2], ["a[b", 1], ["a|*b", 1]] as const) {
    const [found] = faultsOf({ name: { matches: expression, as: "x" } });
    assert.equal(found.at, at, expression);
  }
});
