import assert from "node:assert/strict";
import { parse, PromqlSyntaxError } from "../../lib/promql/mod.ts";

/** What is wrong with a query, with its place. */
function mistake(query: string): string | undefined {
  try {
    parse(query, { enableExperimentalFunctions: true });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PromqlSyntaxError, String(error));
    return error.message;
  }
}

Deno.test("what stands in a query and can be nothing is refused when it is read", () => {
  // Source: prometheus/prometheus promql/parser/parse.go, generated_parser.y.
  const table: [query: string, message: string | undefined][] = [
    [
      "up + 1e400",
      '1:6: parse error: error parsing number: strconv.ParseFloat: parsing "1e400": value out of range',
    ],
    ["up + Inf", undefined],
    ["up[step()/0d]", "1:10: parse error: division by zero"],
    ["up[5m%0]", "1:6: parse error: modulo by zero"],
    ['info(up, {a="b"} == 1)', "1:10: parse error: expected label selectors only"],
    [
      'info(up, b{a="b"})',
      "1:10: parse error: expected label selectors only, got vector selector instead",
    ],
    ['info(up, {a=~".*"})', undefined],
    ["start_timestamp(up)", undefined],
  ];
  for (const [query, message] of table) assert.equal(mistake(query), message, query);
  assert.throws(
    () => parse("start_timestamp(up)"),
    /1:1: parse error: function "start_timestamp" is not enabled/,
  );
});
