import assert from "node:assert/strict";
import { HelmError } from "../../../lib/commands/helm/_errors.ts";
import { mergeValues, overlayValues } from "../../../lib/commands/helm/_merge_values.ts";
import { decodeRelease, encodeRelease } from "../../../lib/commands/helm/_releases.ts";
import { matchesVersion } from "../../../lib/commands/helm/_repositories.ts";
import { coerce, readSet } from "../../../lib/commands/helm/_strvals.ts";
import { parseValues } from "../../../lib/commands/helm/_values.ts";

Deno.test("mergeValues() merges tables, replaces lists, and takes defaults away for null", () => {
  const { values, warnings } = mergeValues(
    "chart",
    { a: { x: 1, y: 2 }, list: [1, 2], gone: { z: 1 }, kept: true },
    { a: { y: 3 }, list: [4], gone: null, extra: "new" },
  );
  assert.deepEqual(values, { a: { x: 1, y: 3 }, list: [4], kept: true, extra: "new" });
  assert.deepEqual(warnings, []);
});

Deno.test("mergeValues() warns as helm's coalesce does, below the top level", () => {
  const defaults = { log: { operator: { level: "info" }, name: "x" } };
  assert.deepEqual(mergeValues("keda", defaults, { log: { operator: "foo" } }).warnings, [
    "warning: cannot overwrite table with non table for keda.log.operator (map[level:info])",
  ]);
  assert.deepEqual(mergeValues("keda", defaults, { log: { name: { a: 1 } } }).warnings, [
    "warning: destination for keda.log.name is a table. Ignoring non-table value (x)",
  ]);
});

Deno.test("overlayValues() lets the later file win", () => {
  assert.deepEqual(
    overlayValues({ a: { b: 1, c: 2 }, d: 1 }, { a: { b: 9 }, d: { e: 1 } }),
    { a: { b: 9, c: 2 }, d: { e: 1 } },
  );
});

Deno.test("readSet() reads --set", async (t) => {
  const cases: [text: string, values: unknown][] = [
    ["a=1", { a: 1 }],
    ["a.b=x,a.c=true", { a: { b: "x", c: true } }],
    ["a=null", { a: null }],
    ["a=007", { a: "007" }],
    ["a=1.5", { a: "1.5" }],
    ["a=", { a: "" }],
    ["list={x,2}", { list: ["x", 2] }],
    ["args={--kubelet-insecure-tls}", { args: ["--kubelet-insecure-tls"] }],
    ["rules[0].as=x,rules[1].as=y", { rules: [{ as: "x" }, { as: "y" }] }],
    ["node\\.kubernetes\\.io/role=w", { "node.kubernetes.io/role": "w" }],
    ["a=x\\,y", { a: "x,y" }],
    ["a=b=c", { a: "b=c" }],
    ["a=TRUE,b=Null", { a: true, b: null }],
    ["a={}", { a: [""] }],
    ["a={x},b=1", { a: ["x"], b: 1 }],
    ["a.", {}],
    ["a[1]=x", { a: [null, "x"] }],
    ["a[0][1].b={1}", { a: [[null, { b: [1] }]] }],
    ["constructor.__proto__=x", JSON.parse('{"constructor":{"__proto__":"x"}}')],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      const values = {};
      readSet(values, text, { read: coerce });
      assert.deepEqual(values, expected);
    });
  }
  const refused: [text: string, why: string][] = [
    ["novalue", 'key "novalue" has no value'],
    ["a={", "list must terminate with '}'"],
    ["a={x,y", "list must terminate with '}'"],
    ["a={x}y", 'key "y" has no value'],
    ["a,b=1", 'key "a" has no value (cannot end with ,)'],
    ["a[", "error parsing index: EOF"],
    ["a[x]=1", 'error parsing index: strconv.Atoi: parsing "x": invalid syntax'],
    ["a[-1]=1", "negative -1 index not allowed"],
    ["a[0]x=1", 'unexpected data at end of array index: "x"'],
    [
      "a=1,a.b=2",
      "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
    ],
    [
      "a=x,a[0]=2",
      "unable to parse key: interface conversion: interface {} is string, not []interface {}",
    ],
  ];
  for (const [text, why] of refused) {
    await t.step(text, () =>
      assert.throws(() => readSet({}, text, { read: coerce }), {
        name: "HelmError",
        message: `failed parsing --set data: ${why}`,
      }));
  }
  const literal: Record<string, unknown> = {};
  readSet(literal, "a.b={x\\,y", { read: (raw) => raw, isLiteral: true });
  assert.deepEqual(literal, { a: { b: "{x\\,y" } });
});

Deno.test("parseValues() reads YAML 1.1 as helm does", () => {
  assert.deepEqual(parseValues("on: yes\nat: 10:20\nday: 2026-01-02\nmode: 0777\n", "v"), {
    true: true,
    at: "10:20",
    day: "2026-01-02",
    mode: 511,
  });
  assert.deepEqual(parseValues("# nothing\n", "v"), {});
  assert.deepEqual(parseValues("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", "v").c, { b: 1, d: 2 });
});

Deno.test("parseValues() names file, line and column of a mistake", async (t) => {
  const cases: [text: string, said: string, place?: RegExp][] = [
    [
      "a: b: c\n",
      "yaml: mapping values are not allowed in this context",
      /^\nv\.yaml:1:5\n> 1 \| a: b: c\n/,
    ],
    [
      "a:\n\tb: 1\n",
      "yaml: line 2: found character that cannot start any token",
      /^\nv\.yaml:2:1\n/,
    ],
    ["a: 'open\nb: 1\n", "yaml: line 3: found unexpected end of stream", /^\nv\.yaml:1:4\n/],
    ["a: 1\n---\nb: {\n", "yaml: line 1: did not find expected node content", /^\nv\.yaml:3:4\n/],
    ["- a\n- b\n", "json: cannot unmarshal array into Go value of type map[string]interface {}"],
    ["just text\n", "json: cannot unmarshal string into Go value of type map[string]interface {}"],
  ];
  for (const [text, said, place] of cases) {
    await t.step(JSON.stringify(text), () => {
      assert.throws(() => parseValues(text, "v.yaml"), (error) => {
        assert.ok(error instanceof HelmError);
        const why = said.startsWith("yaml")
          ? "error converting YAML to JSON"
          : "error unmarshaling JSON: while decoding JSON";
        const whole = `failed to parse v.yaml: cannot unmarshal yaml document: ${why}: ${said}`;
        assert.equal(error.message, whole);
        if (place) assert.match(error.hint!, place);
        return true;
      });
    });
  }
});

Deno.test("encodeRelease() and decodeRelease() are each other's inverse, twice base64 around gzip", () => {
  const release = { name: "web", version: 3, manifest: "한글 ✓" } as any;
  const data = encodeRelease(release);
  assert.deepEqual(decodeRelease(data), release);
  const inner = atob(data);
  assert.match(inner, /^H4sI/, "gzip, in base64, in base64");
  assert.throws(() => decodeRelease(btoa("no release")), /failed to decode/);
});

Deno.test("matchesVersion() reads constraints", () => {
  const cases: [version: string, constraint: string | undefined, meets: boolean][] = [
    ["2.20.2", undefined, true],
    ["2.20.2", "2.20.2", true],
    ["2.20.2", "2.20.1", false],
    ["2.20.2", "2.20.x", true],
    ["2.20.2", "2", true],
    ["2.20.2", "^2.1.0", true],
    ["2.20.2", "^3.0.0", false],
    ["2.20.2", "~2.20.0", true],
    ["2.20.2", "~2.19.0", false],
    ["2.20.2", ">=2.0.0 <3.0.0", true],
    ["2.20.2", ">=2.0.0, <2.20.0", false],
    ["2.20.2", "2.0 - 2.21", true],
    ["2.20.2", "2.0 - 2.19", false],
    ["2.20.2", "=>2.0, =<2.20", true],
    ["2.20.2", "<1.0.0 || >2.0.0", true],
  ];
  for (const [version, constraint, meets] of cases) {
    assert.equal(matchesVersion(version, constraint), meets, `${version} ${constraint}`);
  }
});
