import assert from "node:assert/strict";
import { fromYaml, goJson, toYaml, YamlError } from "../../../lib/go/mod.ts";

interface Recorded {
  tool: string;
  date: string;
  cases: { text: string; json?: string; yaml?: string; err?: string }[];
}

const recorded: Recorded = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/yaml.json", import.meta.url)),
);

Deno.test(`fromYaml() and toYaml() do as ${recorded.tool} did on ${recorded.date}`, () => {
  for (const { text, json, yaml, err } of recorded.cases) {
    if (err !== undefined) {
      assert.throws(
        () => fromYaml(text),
        { name: "YamlError", message: err },
        JSON.stringify(text),
      );
      continue;
    }
    const value = fromYaml(text);
    assert.equal(goJson(value), json, JSON.stringify(text));
    assert.equal(toYaml(value), yaml, JSON.stringify(text));
  }
});

Deno.test("fromYaml() reads anchors, aliases and merge keys", () => {
  const text = "base: &b {a: 1, c: 2}\nother:\n  <<: *b\n  c: 3\nlist: [*b]\n";
  assert.deepEqual(fromYaml(text), {
    base: { a: 1, c: 2 },
    other: { a: 1, c: 3 },
    list: [{ a: 1, c: 2 }],
  });
});

Deno.test("fromYaml() refuses aliases that multiply without end", () => {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 0; i < 9; i++) {
    const [from, to] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)];
    lines.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(", ")}]`);
  }
  assert.throws(() => fromYaml(lines.join("\n")), /excessive aliasing/);
});

Deno.test("fromYaml() names the line of a mistake", () => {
  const error = catchError(() => fromYaml("a: 1\nb:\n  c: 2\n d: 3\n"));
  assert.ok(error instanceof YamlError);
  assert.equal(error.line, 3);
  assert.equal(error.message, "yaml: line 3: did not find expected key");
});

function catchError(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
}
