import assert from "node:assert/strict";
import { goSort } from "../../lib/go/mod.ts";

type Case = [name: string, keys: number[], order: number[]];

/** Keys of items, and the places these had before Go's sort.Sort put them in order. */
const { tool, cases }: { tool: string; cases: Case[] } = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/sort.json", import.meta.url)),
);

Deno.test(`goSort() leaves equal items where sort.Sort of ${tool} leaves them`, async (t) => {
  for (const [name, keys, order] of cases) {
    await t.step(name, () => {
      const items = keys.map((key, place) => ({ key, place }));
      assert.deepEqual(goSort(items, (a, b) => a.key < b.key).map(({ place }) => place), order);
    });
  }
});
