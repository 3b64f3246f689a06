import assert from "node:assert/strict";
import {
  goJson,
  goStructJson,
  isTooDeep,
  JsonError,
  MAX_DEPTH,
  parseJson,
  scanJson,
} from "../../lib/go/mod.ts";

/** What Go's encoding/json says, and how many bytes it had read. */
const MISTAKES: [text: string, message: string, offset: number][] = [
  ["", "unexpected end of JSON input", 0],
  ["{", "unexpected end of JSON input", 1],
  ['{"a":', "unexpected end of JSON input", 5],
  ['"a', "unexpected end of JSON input", 2],
  ["{a: 1}", "invalid character 'a' looking for beginning of object key string", 2],
  ['{"a" 1}', "invalid character '1' after object key", 6],
  ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair", 8],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string", 8],
  ["[1 2]", "invalid character '2' after array element", 4],
  ["[1,]", "invalid character ']' looking for beginning of value", 4],
  ["01", "invalid character '1' after top-level value", 2],
  ["{} x", "invalid character 'x' after top-level value", 4],
  ["-x", "invalid character 'x' in numeric literal", 2],
  ["1.x", "invalid character 'x' after decimal point in numeric literal", 3],
  ["1ex", "invalid character 'x' in exponent of numeric literal", 3],
  ["nul", "invalid character ' ' in literal null (expecting 'l')", 3],
  ["1.", "invalid character ' ' after decimal point in numeric literal", 2],
  ['"\\', "invalid character ' ' in string escape code", 2],
  ["trup", "invalid character 'p' in literal true (expecting 'e')", 4],
  ['"\u0001"', "invalid character '\\x01' in string literal", 2],
  ['"\\x"', "invalid character 'x' in string escape code", 3],
  ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape", 6],
  ["'a'", "invalid character '\\'' looking for beginning of value", 1],
  ["메모", "invalid character 'ë' looking for beginning of value", 1],
];

Deno.test("parseJson() words mistakes as Go does", async (t) => {
  for (const [text, message, offset] of MISTAKES) {
    await t.step(JSON.stringify(text), () => {
      assert.throws(() => parseJson(text), (error) => {
        assert.ok(error instanceof JsonError);
        assert.equal(error.message, message);
        assert.equal(error.offset, offset);
        return true;
      });
    });
  }
});

Deno.test("parseJson() reads what is nested as deeply as it may be, and refuses one level more", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.ok(Array.isArray(parseJson(nested(MAX_DEPTH))));
  const message = "invalid character '[' exceeded max depth";
  assert.throws(() => parseJson(nested(MAX_DEPTH + 1)), { message });
  assert.throws(() => parseJson("[".repeat(3_000_000)), { message });
  assert.deepEqual(parseJson('{"a":"[[[\\"{{{"}'), { a: '[[["{{{' });
});

Deno.test("scanJson() finds where a value ends in a stream of them", () => {
  const text = ' {"a":[1,{"b":"}"}]} [2]';
  assert.equal(scanJson(text, 0), 20);
  assert.equal(scanJson(text, 20), text.length);
});

Deno.test("isTooDeep() stops where it knows", () => {
  let value: unknown = 1;
  for (let i = 0; i < MAX_DEPTH; i++) value = { a: value };
  assert.equal(isTooDeep(value), false);
  assert.equal(isTooDeep([value]), true);
  for (let i = 0; i < 100_000; i++) value = [value];
  assert.equal(isTooDeep(value), true);
});

Deno.test("JSON is written as encoding/json writes it: a struct's fields in their order, a map's sorted", () => {
  const value = { b: ["<&>\u2028\x7f", 1e21, 1e-7, null], a: {}, c: undefined };
  assert.equal(
    goStructJson(value),
    '{"b":["\\u003c\\u0026\\u003e\\u2028\x7f",1e+21,1e-7,null],"a":{}}',
  );
  assert.equal(goJson({ b: 1, a: ["<"] }), '{"a":["\\u003c"],"b":1}');
  assert.equal(goStructJson({ b: [9223372036854775807n] }), '{"b":[9223372036854775807]}');
  assert.equal(goStructJson({ b: [1], a: [] }, "  "), '{\n  "b": [\n    1\n  ],\n  "a": []\n}');
  assert.equal(goJson({ b: [1], a: [] }, "  "), '{\n  "a": [],\n  "b": [\n    1\n  ]\n}');
});
