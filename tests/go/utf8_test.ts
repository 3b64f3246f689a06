import assert from "node:assert/strict";
import { isLongerThan, utf8Length } from "../../lib/go/utf8.ts";

Deno.test("a string's length in bytes of UTF-8", () => {
  const lengths: [text: string, bytes: number][] = [
    ["", 0],
    ["up 1\n", 5],
    ["\x7f", 1],
    ["\u0080", 2],
    ["é", 2],
    ["\u07ff", 2],
    ["\u0800", 3],
    ["파드", 6],
    ["\uffff", 3],
    ["😀", 4],
    ["a😀b", 6],
    ["\ud83d", 3],
    ["\ude00\ud83d", 6],
    ["\ud83da", 4],
  ];
  for (const [text, bytes] of lengths) {
    assert.equal(utf8Length(text), bytes, JSON.stringify(text));
    for (let bound = 0; bound <= 3 * text.length + 1; bound++) {
      assert.equal(isLongerThan(text, bound), bytes > bound, `${JSON.stringify(text)}, ${bound}`);
    }
  }
});
