import assert from "node:assert/strict";
import {
  captureGroups,
  compileAnchored,
  compileGoRegexp,
  expandTemplate,
  RegexpSyntaxError,
} from "../../lib/base/mod.ts";
import { EXPANSIONS, PATTERNS, TEXTS } from "./_go_regexp_cases.ts";
import recorded from "./testdata/go_regexp.json" with { type: "json" };

Deno.test("compileAnchored() and compileGoRegexp() match and refuse as Go does", () => {
  PATTERNS.forEach((pattern, i) => {
    const verdicts = (regexp: RegExp) => TEXTS.map((text) => regexp.test(text) ? 1 : 0).join("");
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

Deno.test("expandTemplate() replaces as Go does", () => {
  EXPANSIONS.forEach(([pattern, text, template], i) => {
    const match = compileAnchored(pattern).exec(text);
    const actual = match ? expandTemplate(template, match) : null;
    assert.equal(actual, recorded.expansions[i], `${pattern} ${template}`);
  });
});

Deno.test("captureGroups() counts groups and names them", () => {
  const rows: [pattern: string, count: number, names: string[]][] = [
    ["a", 0, []],
    ["(a)(?:b)[(]", 1, []],
    ["(?P<group>.+?)_(?<resource>.+?)(c)", 3, ["group", "resource"]],
    ["(?P<n>a)(?P<n>b)", 2, ["n", "n"]],
  ];
  for (const [pattern, count, names] of rows) {
    assert.deepEqual(captureGroups(compileGoRegexp(pattern)), { count, names }, pattern);
  }
});
