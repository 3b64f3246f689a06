import assert from "node:assert/strict";
import {
  compileAnchored,
  compileGoRegexp,
  GoRegexp,
  RegexpExhausted,
  RegexpSyntaxError,
} from "../../lib/go/mod.ts";
import { EXPANSIONS, PATTERNS, TEXTS } from "./_regexp_cases.ts";
import recorded from "./testdata/regexp.json" with { type: "json" };

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

Deno.test("the steps of searches are told, and end all matches in a text together", () => {
  const text = "a".repeat(2_000);
  let steps = 0;
  const onSteps = (more: number) => void (steps += more);
  assert.equal([...new GoRegexp("a*b|a", { longest: true, onSteps }).matches(text)].length, 2_000);
  assert.ok(steps > 2_000_000, `${steps} steps`);
  steps = 0;
  const bounded = new GoRegexp("a*b|a", { longest: true, maxSteps: 50_000, onSteps });
  assert.equal(bounded.exec(text)?.[0], "a");
  const one = steps;
  assert.throws(() => [...bounded.matches(text)], RegexpExhausted);
  assert.ok(steps - one > 50_000 && steps - one < 60_000, `${steps - one} steps`);
});
