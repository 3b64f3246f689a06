import assert from "node:assert/strict";
import { begin, letGo } from "./_bases.ts";
import { FAILURES } from "./failures.ts";

/** Another seed gives other names, delays and loads; what breaks must break all the same. */
const SEED = Number(Deno.env.get("SCENARIO_SEED") ?? 7);

Deno.test("the catalogue has every failure once", () => {
  assert.deepEqual(
    FAILURES.map(({ number }) => number),
    Array.from({ length: 25 }, (_, i) => i + 1),
  );
});

Deno.test(`what breaks for people breaks here, is proven and mended (seed ${SEED})`, async (t) => {
  try {
    for (const failure of FAILURES) {
      await t.step(`${failure.number}. ${failure.symptom}: ${failure.cause}`, async () => {
        const lab = await begin(failure.on, SEED + failure.number % 2);
        await lab.play([
          ...failure.break,
          ...failure.shows,
          ...failure.proof,
          ...failure.fix,
          ...failure.green,
        ]);
      });
    }
  } finally {
    await letGo();
  }
});
