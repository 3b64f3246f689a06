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

Deno.test("what learners leave out or write twice is told in upstream's words, at its place", () => {
  // Source: prometheus/prometheus promql/parser/lex.go, generated_parser.y.
  const table: [query: string, message: string][] = [
    ["rate(m[5m", "1:10: parse error: unclosed left parenthesis"],
    ["m[5", "1:4: parse error: unclosed left bracket"],
    ["m[", "1:3: parse error: unexpected end of input in duration expression"],
    ["@@", "1:1: parse error: unexpected <op:@>"],
    ["m @@ 5", "1:4: parse error: unexpected <op:@> in @, expected timestamp"],
    ["foo start()", '1:5: parse error: unexpected "start"'],
    ["f(a, =)", "1:4: parse error: trailing commas not allowed in function call args"],
    ["m[1.5h]", '1:3: parse error: unknown unit "." in duration "1.5h"'],
    ["x[5m] anchored", "1:1: parse error: anchored modifier is experimental and not enabled"],
    ["a => 1", '1:3: parse error: unexpected "="'],
    ["a || b", "1:3: parse error: unexpected character: '|'"],
    ["m{a=b}", '1:5: parse error: unexpected identifier "b" in label matching, expected string'],
    [
      'up{job="a" job="b"}',
      '1:12: parse error: unexpected identifier "job" in label matching, expected "," or "}"',
    ],
    ["m{a=~5..}", "1:6: parse error: unexpected character inside braces: '5'"],
    [
      "sum(m) by job",
      '1:11: parse error: unexpected identifier "job" in grouping opts, expected "("',
    ],
    ["sum(rate(m[5m]) by (job)", "1:17: parse error: unexpected <by> in aggregation"],
    ["m[5min]", '1:3: parse error: bad number or duration syntax: "5mi"'],
    ["m[5 m]", "1:5: parse error: unexpected character: 'm', expected ':'"],
    ["1 == 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
    ["m[5m]]", "1:6: parse error: unexpected right bracket ']'"],
    ["1/0)", "1:5: parse error: unexpected right parenthesis ')'"],
  ];
  for (const [query, message] of table) assert.equal(mistake(query), message, query);
  assert.throws(() => parse("info(up)"), /1:1: parse error: function "info" is not enabled/);
});
