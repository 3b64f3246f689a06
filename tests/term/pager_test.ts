import assert from "node:assert/strict";
import { type Key, pageText, styleFor } from "../../lib/term/mod.ts";

const SPACE: Key = { kind: "text", text: " " };
const ENTER: Key = { kind: "key", name: "enter" };

/** What pageText() shows on a screen of 20 columns and 5 rows, with each prompt as `|`. */
async function shown(text: string, keys: Key[]): Promise<string> {
  let written = "";
  await pageText(text, {
    columns: 20,
    rows: 5,
    style: styleFor({ color: false, plain: true }),
    write: (part) => void (written += part),
    nextKey: () => Promise.resolve(keys.shift()),
  });
  return written.replaceAll("\r\x1b[K", "").replaceAll(
    /--More--\(\d+%\) \[Space, Enter, b, q\]/g,
    "|",
  );
}

const lines = (count: number) => Array.from({ length: count }, (_, i) => `${i}\n`).join("");

Deno.test("pageText() turns pages by Space, goes on by Enter and stops at q, Ctrl-C or no key", async () => {
  const cases: [text: string, keys: Key[], shown: string][] = [
    ["", [], "\n"],
    [lines(4), [], lines(4)],
    [lines(6), [SPACE], "0\n1\n2\n3\n|4\n5\n"],
    [lines(6), [ENTER, ENTER], "0\n1\n2\n3\n|4\n|5\n"],
    [lines(6), [{ kind: "text", text: "x" }, { kind: "text", text: "q" }], "0\n1\n2\n3\n|"],
    [lines(6), [{ kind: "key", name: "ctrl-c" }], "0\n1\n2\n3\n|"],
    [lines(6), [], "0\n1\n2\n3\n|"],
  ];
  for (const [text, keys, expected] of cases) assert.equal(await shown(text, keys), expected);
});

Deno.test("pageText() goes a page back by b, and to the first page from it", async () => {
  const B: Key = { kind: "text", text: "b" };
  const four = "0\n1\n2\n3\n";
  assert.equal(await shown(lines(9), [SPACE, B]), `${four}|4\n5\n6\n7\n|${four}|`);
  assert.equal(await shown(lines(6), [ENTER, B]), `${four}|4\n|${four}|`);
  assert.equal(await shown(lines(6), [B, SPACE]), `${four}|${four}|4\n5\n`);
  const tall = "x".repeat(70);
  assert.equal(
    await shown(`${tall}\n${tall}\nend\n`, [SPACE, B]),
    `${tall}\n|${tall}\n|${tall}\n|`,
  );
});

Deno.test("pageText() counts the rows that long and Korean lines take", async () => {
  const wide = "메".repeat(15);
  assert.equal(await shown(`${wide}\n${wide}\nend\n`, [SPACE]), `${wide}\n${wide}\n|end\n`);
  const taller = "x".repeat(200);
  assert.equal(await shown(`${taller}\nend\n`, [SPACE]), `${taller}\n|end\n`);
});
