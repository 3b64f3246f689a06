import assert from "node:assert/strict";
import { SeededRandom } from "../../../../lib/base/mod.ts";
import { matches, parseSelector } from "../../../../lib/kube/mod.ts";
import { SelectorIndex } from "../../../../lib/sim/controllers/hpa/selector_index.ts";

Deno.test("SelectorIndex finds what looking at every selector would find", () => {
  const random = new SeededRandom(Number(Deno.env.get("SEED") ?? 1));
  const all = new Map<string, { namespace: string; name: string; selector: string }>();
  const index = new SelectorIndex();
  const label = () => `${random.pick(["a", "b", "c"])}=${random.int(3)}`;
  for (let i = 0; i < 400; i++) {
    const hpa = { namespace: random.pick(["x", "y"]), name: `h${random.int(12)}` };
    const key = `${hpa.namespace}/${hpa.name}`;
    if (random.int(5) === 0) {
      index.delete(key);
      all.delete(key);
    } else {
      const selector = random.pick([
        label(),
        `${label()},${label()}`,
        "a in (1,2)",
        "!b",
        "c",
        "a!=1",
      ]);
      index.put(hpa, selector);
      all.set(key, { ...hpa, selector });
    }
    const labels = Array.from(
      { length: random.int(3) },
      () => Object.fromEntries([label(), label()].map((one) => one.split("="))),
    );
    const expected = [...all.values()]
      .filter(({ namespace, selector }) =>
        namespace === "x" && labels.some((one) => matches(parseSelector(selector), one))
      )
      .map(({ name }) => name).sort();
    assert.deepEqual(index.selecting("x", labels).map(({ name }) => name), expected, `step ${i}`);
  }
});
