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
      'let s = repeat("a", 100000); sum(map(1..10000, len(split(s, ""))))',
      'let s = repeat("a", 100000); sum(map(1..10000, len(toJSON(s))))',
      "let s = 1..100000; sum(s, sum(s, #))",
      "len(uniq(1..100000))",
      "len(toJSON(reduce(1..60, [#acc, #acc], [1])))",
      "reduce(1..60, [#acc, #acc], [1])",
      'replace(repeat("a", 999999), "", repeat("b", 900000))',
      'repeat("a", 20000) matches "(a?){1000}b"',
    ]
  ) {
    const { refused, failed, value } = answer({ source, values }, 0);
    assert.ok(refused ?? failed ?? value, source.slice(0, 60));
  }
});

Deno.test("a number of another base without digits is refused", () => {
  for (const source of ["0x", "0X", "0b", "0o", "1 + 0x"]) {
    assert.match(
      answer({ source, values: {} }, 0).refused ?? "",
      /^invalid (hex|binary|octal) literal: strconv.ParseInt: parsing "0[xXbo]": invalid syntax/,
    );
  }
  assert.match(
    answer({ source: "0xffffffffffffffff", values: {} }, 0).refused ?? "",
    /^invalid hex literal: .*value out of range/,
  );
});
