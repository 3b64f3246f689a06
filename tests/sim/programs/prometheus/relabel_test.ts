import assert from "node:assert/strict";
import {
  relabel,
  relabelError,
  type RelabelRule,
  relabelRule,
  relabelSteps,
} from "../../../../lib/sim/programs/prometheus/relabel.ts";

type Fields = Partial<Omit<RelabelRule, "regex">>;

const row = (fields: Fields, input: Record<string, string>, output?: Record<string, string>) => {
  const labels = { ...input };
  const keep = relabel(labels, [relabelRule(fields)]);
  assert.equal(keep, output !== undefined, JSON.stringify(fields));
  if (output) assert.deepEqual(labels, output);
};

Deno.test("relabel() does what each action does upstream", () => {
  const abc = { a: "foo", b: "bar", c: "baz" };
  row(
    { sourceLabels: ["a"], regexText: "f(.*)", targetLabel: "d", replacement: "ch${1}-ch${1}" },
    abc,
    { ...abc, d: "choo-choo" },
  );
  row(
    {
      sourceLabels: ["a", "b"],
      regexText: "f(.*);(.*)r",
      targetLabel: "a",
      replacement: "b${1}${2}m",
    },
    abc,
    {
      ...abc,
      a: "boobam",
    },
  );
  row({ sourceLabels: ["a"], regexText: ".*o.*", action: "drop" }, abc);
  row({ sourceLabels: ["a"], regexText: "no-match", action: "drop" }, abc, abc);
  row({ sourceLabels: ["a"], regexText: "f", action: "keep" }, abc);
  row({ sourceLabels: ["a"], regexText: "f.*", action: "keep" }, abc, abc);
  row({ regexText: "(b.*)", replacement: "bar_${1}", action: "labelmap" }, {
    a: "foo",
    b1: "bar",
    b2: "baz",
  }, { a: "foo", b1: "bar", b2: "baz", bar_b1: "bar", bar_b2: "baz" });
  row({ regexText: "(b.*)", action: "labeldrop" }, { a: "foo", b1: "bar" }, { a: "foo" });
  row({ regexText: "(b.*)", action: "labelkeep" }, { a: "foo", b1: "bar" }, { b1: "bar" });
  row({ sourceLabels: ["a"], targetLabel: "u", action: "uppercase" }, { a: "Bar" }, {
    a: "Bar",
    u: "BAR",
  });
  row({ sourceLabels: ["a"], targetLabel: "u", action: "lowercase" }, { a: "Bar" }, {
    a: "Bar",
    u: "bar",
  });
  row({ sourceLabels: ["a"], targetLabel: "b", action: "keepequal" }, { a: "x", b: "x" }, {
    a: "x",
    b: "x",
  });
  row({ sourceLabels: ["a"], targetLabel: "b", action: "dropequal" }, { a: "x", b: "x" });
  row({ targetLabel: "endpoint", replacement: "web" }, {}, { endpoint: "web" });
  row({ sourceLabels: ["none"], targetLabel: "a" }, { a: "x" }, {});
});

Deno.test("relabel() hashes as upstream does", () => {
  // Source: prometheus/prometheus model/relabel/relabel_test.go.
  row({ sourceLabels: ["c"], separator: ";", targetLabel: "d", action: "hashmod", modulus: 1000 }, {
    a: "foo",
    b: "bar",
    c: "baz",
  }, { a: "foo", b: "bar", c: "baz", d: "976" });
});

Deno.test("relabelError() asks for what an action needs", () => {
  assert.equal(
    relabelError(relabelRule({ action: "hashmod", targetLabel: "x" })),
    "relabel configuration for hashmod requires non-zero modulus",
  );
  assert.equal(
    relabelError(relabelRule({ action: "replace" })),
    "relabel configuration for replace action requires 'target_label' value",
  );
  assert.equal(
    relabelError(relabelRule({ action: "labeldrop", sourceLabels: ["a"] })),
    "labeldrop action requires only 'regex', and no other fields",
  );
  assert.equal(relabelError(relabelRule({ targetLabel: "x" })), undefined);
});

Deno.test("relabelSteps() stops at the rule that drops", () => {
  const rules = [
    relabelRule({ targetLabel: "x", replacement: "1" }),
    relabelRule({ sourceLabels: ["x"], regexText: "2", action: "keep" }),
    relabelRule({ targetLabel: "y", replacement: "1" }),
  ];
  assert.deepEqual(relabelSteps({}, rules).map(({ keep, output }) => [keep, output]), [
    [true, { x: "1" }],
    [false, { x: "1" }],
  ]);
});
