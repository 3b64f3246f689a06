import assert from "node:assert/strict";
import {
  compileAnchored,
  compileGoRegexp,
  type GoRegexp,
  RegexpSyntaxError,
} from "../../lib/base/mod.ts";
import { EXPANSIONS, PATTERNS, TEXTS } from "./_go_regexp_cases.ts";
import recorded from "./testdata/go_regexp.json" with { type: "json" };

Deno.test("compileAnchored() and compileGoRegexp() match and refuse as Go does", () => {
  PATTERNS.forEach((pattern, i) => {
    const verdicts = (regexp: GoRegexp) => TEXTS.map((text) => regexp.test(text) ? 1 : 0).join("");
    let actual: unknown;
    try {
      actual = {
        anchored: verdicts(compileAnchored(pattern)),
        unanchored: verdicts(compileGoRegexp(pattern)),
      };
    } catch (error) {
      assert.ok(error instanceof RegexpSyntaxError, `${pattern}: ${error}`);
      actual = { error: error.message };
    }
    assert.deepEqual(actual, recorded.patterns[i], `Pattern ${JSON.stringify(pattern)}`);
  });
});

Deno.test("expand() replaces as Go does", () => {
  EXPANSIONS.forEach(([pattern, text, template], i) => {
    const regexp = compileAnchored(pattern);
    const match = regexp.exec(text);
    const actual = match ? regexp.expand(template, match) : null;
    assert.equal(actual, recorded.expansions[i], `${pattern} ${template}`);
  });
});

Deno.test("an expression knows its groups and their names", () => {
  const rows: [pattern: string, names: string[]][] = [
    ["a", []],
    ["(a)(?:b)[(]", [""]],
    ["(?P<group>.+?)_(?<resource>.+?)(c)", ["group", "resource", ""]],
    ["(?P<n>a)(?P<n>b)", ["n", "n"]],
  ];
  for (const [pattern, names] of rows) {
    assert.deepEqual(compileGoRegexp(pattern).names, names, pattern);
  }
});
