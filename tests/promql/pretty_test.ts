import assert from "node:assert/strict";
import { parse, prettyExpr, PromqlSyntaxError, writtenExpr } from "../../lib/promql/mod.ts";
import { queries } from "./_queries.ts";

Deno.test("writtenExpr() writes an expression as upstream does", () => {
  // Source: prometheus/prometheus promql/parser/printer.go.
  const table: [query: string, written: string][] = [
    ["sum(up) by (job)", "sum by (job) (up)"],
    ["SUM by () (up)", "sum(up)"],
    ["sum without () (up)", "sum without () (up)"],
    ['topk by ("a b", job) (3, up)', 'topk by ("a b", job) (3, up)'],
    ["a*on(x)group_left b", "a * on (x) group_left () b"],
    ["a and ignoring(x) b or c", "a and ignoring (x) b or c"],
    ["a==bool 1", "a == bool 1"],
    ["-(a+-b)", "-(a + -b)"],
    ["+1 - -2", "1 - -2"],
    ["1e3 + 0x1F + .5 + 1e21", "1000 + 31 + 0.5 + 1000000000000000000000"],
    ["Inf - NaN", "+Inf - NaN"],
    ["1h30m + 90s", "1h30m + 1m30s"],
    ['up{job="a", instance!~"b.*"}', 'up{instance!~"b.*",job="a"}'],
    ['{__name__="up"}', '{__name__="up"}'],
    ['{"up",job="a"}', '{__name__="up",job="a"}'],
    ['up{"a b"=\'c"\'}', 'up{"a b"="c\\""}'],
    ["up[90s] offset -60s @ 1.5", "up[1m30s] @ 1.500 offset -1m"],
    ["up @ start() offset 5m", "up @ start() offset 5m"],
    ["rate(up[5m])[30m:] offset 1h", "rate(up[5m])[30m:] offset 1h"],
    ["rate(up[5m])[30m:60]", "rate(up[5m])[30m:1m]"],
    ["up[5m*2]", "up[5m * 2]"],
    ["up[(step()+5m)*2]", "up[(step() + 5m) * 2]"],
    ["up[((5m+5m))]", "up[(5m + 5m)]"],
    ["up[max_of(step(),5m)] offset (range()/2)", "up[max_of(step(), 5m)] offset (range() / 2)"],
    ["up offset -(5m)", "up offset -(5m)"],
    ['label_replace(up,"a","x  y","","")', 'label_replace(up, "a", "x  y", "", "")'],
    ["`a\\d`", '"a\\\\d"'],
  ];
  for (const [query, written] of table) assert.equal(writtenExpr(parse(query)), written, query);
});

Deno.test("prettyExpr() spreads what is longer than a line", () => {
  // Source: prometheus/prometheus promql/parser/prettier.go.
  const long = `m{path="${"x".repeat(60)}"}`;
  const table: [query: string, pretty: string][] = [
    ["# a comment\nsum(\n  up # another\n)", "sum(up)"],
    [`${long} + ${long}`, `  ${long}\n+\n  ${long}`],
    [
      `sum by(job)(rate(${long}[5m])/on(job) ${long})`,
      `sum by (job) (\n    rate(${long}[5m])\n  / on (job)\n    ${long}\n)`,
    ],
    [`topk(3, ${long} > ${long})`, `topk(\n  3,\n    ${long}\n  >\n    ${long}\n)`],
    [
      `-(clamp(${long}, 123456789012345, 234567890123456))`,
      `-(\n  clamp(\n    ${long},\n    123456789012345,\n    234567890123456\n  )\n)`,
    ],
    [
      `max_over_time(sum(rate(${long}[5m]) + vector(1111111111111))[1h:5m] offset 5m)`,
      `max_over_time(\n  sum(\n      rate(${long}[5m])\n    +\n      vector(1111111111111)\n  )[1h:5m] offset 5m\n)`,
    ],
  ];
  for (const [query, pretty] of table) assert.equal(prettyExpr(parse(query)), pretty, query);
});

Deno.test("an expression that is written anew is the same expression", () => {
  let count = 0;
  for (const query of new Set(queries().map(({ expr }) => expr))) {
    let written: string;
    try {
      written = writtenExpr(parse(query, { enableExperimentalFunctions: true }));
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      continue;
    }
    count++;
    const again = (text: string) => writtenExpr(parse(text, { enableExperimentalFunctions: true }));
    assert.equal(again(written), written, query);
    assert.equal(again(prettyExpr(parse(query, { enableExperimentalFunctions: true }))), written);
  }
  assert.ok(count > 400, `${count} expressions`);
});
