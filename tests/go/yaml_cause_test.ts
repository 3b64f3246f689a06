import assert from "node:assert/strict";
import { fromYaml, parseYaml, YamlError, type YamlFault } from "../../lib/go/mod.ts";

/** Broken texts, and where it was that they broke. */
const CAUSES: [text: string, place: string, what: YamlFault][] = [
  ["a: 1\nb:\n  c: 2\n d: 3\n", "4:2", "indentation"],
  ['a: 1\nb: 2\nc: 3\nimages: {as: "x"\nd: 4\n', "4:9", "open bracket"],
  ["a: [1, 2\nb: 3\n", "1:4", "open bracket"],
  ["a: {\n", "1:4", "open bracket"],
  ["a: [1, 2\n", "1:4", "open bracket"],
  ["a: {b: [1, 2}\nc: 1\n", "1:8", "open bracket"],
  ['a: "open\nb: 1\n', "1:4", "open quote"],
  ["a: 'open\nb: 1\n", "1:4", "open quote"],
  ['a: "open\nb: "x"\nc: 1\n', "1:4", "open quote"],
  ["a: 'it's'\nb: 1\n", "1:8", "trailing text"],
  ["a: 'open\nb: 'x'\n", "1:4", "open quote"],
  ["a:\n\tb: 1\n", "2:1", "tab"],
  ["a:\n  b: 1\n\tc: 2\n", "3:1", "tab"],
  ["a: b: c\n", "1:5", "second colon"],
  ["a: 1\n  b: 2\n", "2:3", "indentation"],
  ["a:\n  b: 1\n   c: 2\n", "3:4", "indentation"],
  ["a:\n   b: 1\n  c: 2\n", "3:3", "indentation"],
  ["a\nb: 1\n", "1:1", "missing colon"],
  ["a: 1\nb\nc: 2\n", "2:1", "missing colon"],
  ["a: 1\nb c\n", "2:1", "missing colon"],
  ["- a\nb: 1\n", "2:1", "misplaced"],
  ["a:\n  - x\n - y\n", "3:2", "indentation"],
  ['a: "x" y\n', "1:8", "trailing text"],
  ["a: [1] b\n", "1:8", "trailing text"],
  ["a: {{ .Values.x }}\n", "1:5", "misplaced"],
  ["a: @b\n", "1:4", "misplaced"],
  ["a: `b`\n", "1:4", "misplaced"],
  ["a: %b\n", "1:4", "misplaced"],
  ["a: *b\n", "1:4", "misplaced"],
  ["a: *\n", "1:5", "misplaced"],
  ['a: "\\d+"\n', "1:5", "misplaced"],
  ["a: - b\n", "1:4", "misplaced"],
  ["a:\n  b: 1\n  - c\n", "3:3", "misplaced"],
  ["a: {b: 1 c: 2}\n", "1:11", "missing comma"],
  ["a: [1, 2\n  , 3\n  b: c]\n", "3:4", "missing comma"],
  ["a:\n  b: {x: 1,\n    y: 2\n  c: 1\n", "2:6", "open bracket"],
  ["a: !!int x\n", "1:4", "misplaced"],
  ["a: | x\n  b\n", "1:6", "misplaced"],
  ["<<: 1\n", "1:5", "misplaced"],
  ["a: \u0001\n", "1:4", "misplaced"],
  ["a: {b: 'x}\nc: 1\n", "1:8", "open quote"],
  ["rules:\n- name: x\n   as: y\n", "3:4", "indentation"],
  ["rules:\n- name: x\n as: y\n", "3:2", "indentation"],
  ["a: [\n  {b: 1},\n  {c: 2}\nd: 1\n", "1:4", "open bracket"],
  ["a: }\n", "1:4", "misplaced"],
  ["a: ]\nb: 1\n", "1:4", "misplaced"],
  ['a: "x""y"\n', "1:7", "trailing text"],
  ["key: value\nkey2 value2\nkey3: v\n", "2:1", "missing colon"],
];

function mistakeIn(read: () => unknown): YamlError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof YamlError, `${error}`);
    return error;
  }
}

Deno.test("a YamlError knows the place that caused it, wherever its words look", async (t) => {
  for (const [text, place, what] of CAUSES) {
    await t.step(JSON.stringify(text), () => {
      const { line, column, what: found } = mistakeIn(() => fromYaml(text))!.cause!;
      assert.deepEqual([`${line}:${column}`, found], [place, what]);
    });
  }
});

Deno.test("what is too deep or stands for too much has no one place", () => {
  assert.equal(mistakeIn(() => fromYaml("[".repeat(5_000)))!.cause, undefined);
});

Deno.test("parseYaml() words mistakes as go-yaml's v3 does where it differs from v2", () => {
  const read = (path: string) => JSON.parse(Deno.readTextFileSync(new URL(path, import.meta.url)));
  const { differing } = read("testdata/yaml_v3.json");
  const words = new Map<string, string>(differing.map(({ text, err }: any) => [text, err]));
  for (const { text, err } of read("../commands/kubectl/testdata/yaml.json").cases) {
    const ofMeaning = /map key|json: /.test(err ?? "");
    const wanted = words.get(text) ?? (ofMeaning ? undefined : err);
    assert.equal(mistakeIn(() => parseYaml(text, "v3"))?.message, wanted, JSON.stringify(text));
  }
});
