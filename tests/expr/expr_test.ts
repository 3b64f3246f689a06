import assert from "node:assert/strict";
import { type Answer, answer, comparable } from "./_answer.ts";
import { VALUES } from "./_expressions.ts";
import recorded from "./testdata/expr.json" with { type: "json" };

type Row = Answer & { source: string };

Deno.test(`expressions come out as ${recorded.tool} ${recorded.version} has them`, () => {
  for (const { source, ...theirs } of recorded.rows as Row[]) {
    const ours = answer({ source, values: VALUES }, Date.now());
    assert.deepEqual(ours, comparable(theirs), source);
  }
});

Deno.test("an expression takes time and room in step with its length", () => {
  const values = { a: 1 };
  const many = 100_000;
  for (
    const source of [
      "{".repeat(many),
      "a?.b".repeat(many),
      `"${"x".repeat(many)}" matches "${"(x*)*".repeat(1000)}y"`,
      `date("${"1".repeat(many)}", "${"_2".repeat(1000)}")`,
      'repeat("xxxxxxxxxx", 999999)',
      "map(1..999, map(1..999, map(1..999, #)))",
      "bitshl(1, 9223372036854775807)",
      "flatten([1..499999, 1..499999, 1..499999])",
    ]
  ) {
    const { refused, failed, value } = answer({ source, values }, 0);
    assert.ok(refused ?? failed ?? value, source.slice(0, 60));
  }
});
