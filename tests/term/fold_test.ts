import assert from "node:assert/strict";
import { Fold } from "../../lib/term/mod.ts";

/** A fold on a terminal of 20 columns and 10 rows, and what came of it. */
function folding() {
  const seen = { text: "" };
  const fold = new Fold({
    columns: 20,
    rows: 10,
    write: (text) => seen.text += text,
    note: ({ lines, characters }) => seen.text += `[${lines} lines, ${characters} characters]\n`,
  });
  return { fold, seen };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}\n`).join("");

Deno.test("a Fold shows three screens whole", () => {
  const { fold, seen } = folding();
  fold.write(numbers(1, 30));
  fold.end();
  assert.equal(seen.text, numbers(1, 30));
  assert.equal(fold.isFolded, false);
});

Deno.test("a Fold shows the first two screens at once, and of what is longer the last half screen", () => {
  const { fold, seen } = folding();
  for (let at = 1; at <= 12_454; at++) fold.write(`${at}\n`);
  assert.equal(seen.text, numbers(1, 20));
  fold.end();
  assert.equal(
    seen.text,
    `${numbers(1, 20)}[12429 lines, ${numbers(21, 12_449).length} characters]\n${
      numbers(12_450, 12_454)
    }`,
  );
  assert.equal(fold.isFolded, true);
});

Deno.test("a Fold goes by rows: one long line is folded too", () => {
  const { fold, seen } = folding();
  fold.write(`${"x".repeat(2_000)}\n`);
  fold.end();
  assert.equal(seen.text, `${"x".repeat(400)}\n[0 lines, 1500 characters]\n${"x".repeat(100)}\n`);
});

Deno.test("a Fold leaves what trickles in alone, and shows what it holds after a pause", async () => {
  const { fold, seen } = folding();
  fold.write(numbers(1, 25));
  assert.equal(seen.text, numbers(1, 20));
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(seen.text, numbers(1, 25));
  fold.write(numbers(26, 30));
  assert.equal(seen.text, numbers(1, 30));
  fold.end();
  assert.equal(fold.isFolded, false);
});

Deno.test("a Fold that was opened lets everything through", () => {
  const { fold, seen } = folding();
  fold.write(numbers(1, 21));
  fold.open();
  fold.write(numbers(22, 100));
  assert.equal(seen.text, numbers(1, 100));
});
