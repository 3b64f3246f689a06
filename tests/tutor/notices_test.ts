import assert from "node:assert/strict";
import { Notices } from "../../lib/tutor/mod.ts";
import { WORDS } from "../../lib/tutor/words.ts";

Deno.test("Where the ports lie is told once, as it is when there is a prompt to say it above", () => {
  const notices = new Notices();
  const moved = (at: number) => ({ port: 30950, at, state: "open" as const });
  notices.add({ kind: "ports", ports: [moved(31450)] });
  notices.add({ kind: "page", port: moved(31353) });
  notices.add({ kind: "idle" });
  notices.add({ kind: "ports", ports: [moved(31150)] });
  const told = notices.take(WORDS.en);
  assert.equal(told.length, 3);
  assert.match(told.join("\n"), /31353[^]*stopped[^]*31150/);
  assert.doesNotMatch(told.join("\n"), /31450/);
  notices.add({ kind: "ports", ports: [moved(31450)] });
  assert.match(notices.take(WORDS.en).join("\n"), /31450/);
});
