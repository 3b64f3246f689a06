import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";

Deno.test("SeededRandom repeats itself from its state", () => {
  const one = new SeededRandom(7);
  one.suffix();
  const state = one.state;
  const rest = [one.next(), one.uuid(), one.suffix()];
  const two = new SeededRandom(0);
  two.state = state;
  assert.deepEqual([two.next(), two.uuid(), two.suffix()], rest);
});
