import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { graphemes } from "../../lib/term/mod.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const segmented = (text: string) => Array.from(segmenter.segment(text), (part) => part.segment);

/** Characters that join with those beside them, and such as do not. */
const JOINING =
  "e\u0301 \ud83d\udc69\u200d\ud83d\udcbb \ud83c\uddf0\ud83c\uddf7 \u1100\u1161\u11a8 ❤\ufe0f か\u3099 \r\n";
const ALONE = "aé–…→│가힣漢カ！";

Deno.test("graphemes() are those of Unicode, whatever stands beside each other", () => {
  const random = new SeededRandom(1);
  const characters = [...JOINING, ...ALONE];
  for (let i = 0; i < 2_000; i++) {
    const text = Array.from({ length: 6 }, () => characters[random.int(characters.length)]).join(
      "",
    );
    assert.deepEqual(graphemes(text), segmented(text), JSON.stringify(text));
  }
});

/** Up to the Japanese letters, and around the edges of the large blocks behind them. */
const BLOCKS = [[0, 0x3100], [0x4df0, 0x4e10], [0x9ff0, 0xa010], [0xabf0, 0xac10], [
  0xd790,
  0xd7b0,
], [0xff00, 0xfff0]];

Deno.test("graphemes() of a character between others are Unicode's, whichever it is", () => {
  for (const [first, end] of BLOCKS) {
    for (let code = first; code < end; code++) {
      const text = `e${String.fromCharCode(code)}가`;
      assert.deepEqual(graphemes(text), segmented(text), code.toString(16));
    }
  }
});
