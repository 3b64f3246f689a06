import assert from "node:assert/strict";
import { describeHpa } from "../../../lib/commands/kubectl/describe/hpa.ts";
import { DescriptionWriter } from "../../../lib/commands/kubectl/describe/writer.ts";

const recorded = Deno.readTextFileSync(
  new URL("../../sim/api/testdata/hpa_objects.jsonl", import.meta.url),
).trim().split("\n").slice(1).map((line) => JSON.parse(line));

Deno.test("an HPA is described as stock kubectl describes it", () => {
  const shown = recorded.filter(({ shown }) => shown);
  assert.ok(shown.length > 70);
  for (const { answer: { v2 }, shown: { describe } } of shown) {
    const writer = new DescriptionWriter(0);
    describeHpa(v2, writer);
    writer.write(0, "Events:\t<none>\n");
    assert.equal(writer.finish(), describe, JSON.stringify(v2));
  }
});
