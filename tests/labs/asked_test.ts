import assert from "node:assert/strict";
import { watched } from "../../lib/labs/mod.ts";
import { fakeLab } from "./fake_lab.ts";

Deno.test("what is asked again stands where it was first asked since the last change", async () => {
  let printed = 0;
  const { lab, asked } = watched(fakeLab(), () => printed);
  const at = async (position: number, work: () => Promise<unknown>) => {
    printed = position;
    await work();
  };
  const read = () => lab.api(new Request("https://lab/api/v1/pods")).catch(() => {});
  await at(3, read);
  await at(5, read);
  assert.deepEqual(asked().map(({ printed }) => printed), [3]);
  await at(5, () => lab.clock.advance(1_000));
  await at(7, read);
  assert.deepEqual(asked().map(({ printed }) => printed), [5, 7]);
  await at(8, () => lab.clock.advance(1_000));
  await at(9, read);
  await at(20, read);
  assert.deepEqual(asked(), [
    { target: "clock", writes: true, printed: 8 },
    { target: "/api/v1/pods", writes: false, printed: 9 },
  ]);
});
