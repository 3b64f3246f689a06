import assert from "node:assert/strict";
import {
  compileAnchored,
  compileGoRegexp,
  type GoMatch,
  GoRegexp,
  RegexpSyntaxError,
} from "../../lib/base/mod.ts";
import recorded from "./testdata/go_regexp_random.json" with { type: "json" };

interface Answers {
  first: unknown;
  longest: unknown;
  whole: unknown;
  all: string[] | null;
  replaced: string;
  split: string[] | null;
}

const shown = (match: GoMatch | null) =>
  match && { at: match.index, groups: [...match].map((group) => group ?? null) };

function answers(pattern: string, text: string): Answers {
  const regexp = compileGoRegexp(pattern);
  const all = [...regexp.matches(text)].map(([found]) => found);
  return {
    first: shown(regexp.exec(text)),
    longest: shown(new GoRegexp(pattern, { longest: true }).exec(text)),
    whole: shown(compileAnchored(pattern).exec(text)),
    all: all.length > 0 ? all : null,
    replaced: regexp.replaceAll(text, (match) => regexp.expand("<$1>", match)),
    split: regexp.split(text),
  };
}

Deno.test("expressions made by chance are read, refused and matched as Go does", async (t) => {
  for (const { pattern, error, texts, answers: expected } of recorded.patterns) {
    await t.step(pattern.slice(0, 60), () => {
      try {
        compileGoRegexp(pattern);
      } catch (thrown) {
        assert.ok(thrown instanceof RegexpSyntaxError, String(thrown));
        assert.equal(thrown.message, error);
        return;
      }
      assert.equal(error, undefined);
      texts?.forEach((text, i) => {
        const actual = answers(pattern, text);
        assert.deepEqual(actual, expected![i], `on ${JSON.stringify(text)}`);
        assert.equal(compileGoRegexp(pattern).test(text), actual.first !== null);
        assert.equal(compileAnchored(pattern).test(text), actual.whole !== null);
      });
    });
  }
});
