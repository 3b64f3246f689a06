import assert from "node:assert/strict";
import {
  compileAnchored,
  compileGoRegexp,
  type GoMatch,
  GoRegexp,
  RegexpSyntaxError,
} from "../../lib/go/mod.ts";
import { parseGoRegexp } from "../../lib/go/_regexp_parser.ts";
import { search } from "../../lib/go/_pike_machine.ts";
import { Program } from "../../lib/go/_regexp_program.ts";
import recorded from "./testdata/regexp_random.json" with { type: "json" };

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

Deno.test("the machine alone finds what JavaScript's engine finds where that is used", () => {
  for (const { pattern, error, texts } of recorded.patterns) {
    if (error !== undefined || !texts) continue;
    const { node, names } = parseGoRegexp(pattern);
    const program = new Program(node, names.length);
    for (const text of texts) {
      const at = search(program, text, 0, {
        slots: 2 * names.length + 2,
        longest: false,
        left: Infinity,
      });
      const groups = at && Array.from(
        { length: names.length + 1 },
        (_, i) => at[2 * i + 1] < 0 ? null : text.slice(at[2 * i], at[2 * i + 1]),
      );
      assert.deepEqual(
        groups ? { at: at![0], groups } : null,
        shown(compileGoRegexp(pattern).exec(text)),
        `${pattern} on ${JSON.stringify(text)}`,
      );
    }
  }
});
