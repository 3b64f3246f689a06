import assert from "node:assert/strict";
import { fromYaml, MAX_DEPTH } from "../../lib/go/mod.ts";

const DEEP = "yaml: exceeded max depth of 10000";
const laughs = ["a: &a [1,1,1,1,1,1,1,1,1]"];
for (const [i, key] of [..."bcdefghi"].entries()) {
  laughs.push(`${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(",")}]`);
}
const REFUSED: Record<string, [text: string, message: string]> = {
  "brackets without end": [`a: ${"[".repeat(2_900_000)}`, DEEP],
  "braces without end": ["{".repeat(2_900_000), DEEP],
  "entries within entries": ["- ".repeat(1_000_000), DEEP],
  "keys within keys": ["? ".repeat(1_000_000), DEEP],
  "ever deeper indentation": [
    Array.from({ length: MAX_DEPTH + 2 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    DEEP.replace("yaml: ", `yaml: line ${MAX_DEPTH + 1}: `),
  ],
  "aliases that double": [laughs.join("\n"), "yaml: document contains excessive aliasing"],
  "an alias within its own anchor": ["a: &a [*a]", "yaml: anchor 'a' value contains itself"],
  "an alias of nothing": ["a: *b", "yaml: unknown anchor 'b' referenced"],
};

Deno.test("fromYaml() refuses what would take without end, in Go's words", async (t) => {
  for (const [name, [text, message]] of Object.entries(REFUSED)) {
    await t.step(name, () => assert.throws(() => fromYaml(text), { name: "YamlError", message }));
  }
});

Deno.test("fromYaml() refuses aliases that nest deeper than text may", () => {
  const chain = Array.from({ length: 1_200 }, (_, i) => `- &a${i + 1} [*a${i}]`);
  assert.throws(() => fromYaml(`- &a0 [${"1,".repeat(1_000_000)}]\n${chain.join("\n")}`));
  const few = Array.from({ length: 30 }, (_, i) => `- &a${i + 1} [*a${i}]`);
  assert.equal((fromYaml(`- &a0 1\n${few.join("\n")}`) as unknown[]).length, 31);
});

Deno.test("fromYaml() reads two hundred thousand keys, and a million items", () => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`);
  assert.equal(Object.keys(fromYaml(lines.join("\n")) as object).length, 200_000);
  const deep = `${"[".repeat(500)}${"1,".repeat(1_000_000)}${"]".repeat(500)}`;
  assert.equal((fromYaml(deep) as unknown[]).flat(499 as 1).length, 1_000_000);
});

Deno.test("fromYaml() tells of keys that come twice, by the lines of their values", () => {
  const told: string[] = [];
  fromYaml("a: 1\nb: {x: 1, x: 2}\na:\n  c: 1\n", told);
  assert.deepEqual(told, [
    'line 2: key "x" already set in map',
    'line 4: key "a" already set in map',
  ]);
});

Deno.test("fromYaml() keeps integers that no float holds as text, and __proto__ as a key", () => {
  assert.deepEqual(fromYaml(`a: ${"9".repeat(400)}`), { a: "9".repeat(400) });
  assert.deepEqual(Object.keys(fromYaml("__proto__: {a: 1}") as object), ["__proto__"]);
});
