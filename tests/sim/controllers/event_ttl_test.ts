import assert from "node:assert/strict";
import { startEventTtl } from "../../../lib/sim/controllers/event_ttl.ts";
import { SeededRandom } from "../../../lib/base/mod.ts";
import { testServer } from "../api/fixtures.ts";

Deno.test("an event lives an hour from its last write, whatever its writer's clock says", () => {
  const { api, clock, network, state } = testServer("t");
  const context = { api, clock, network, state, random: new SeededRandom(1) };
  const stop = startEventTtl(context);
  const about = { apiVersion: "v1", kind: "ServiceAccount", name: "default", namespace: "t" };
  const wallText = "2025-12-31T20:00:00Z";
  const made = api.create("events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "foreign", namespace: "t" },
    involvedObject: about,
    firstTimestamp: wallText,
    lastTimestamp: wallText,
  });
  const own = api.get("serviceaccounts", "t", "default")!;
  const tell = () =>
    api.event(own, { type: "Normal", reason: "Again", message: "m", component: "test" });
  tell();
  clock.advance(40 * 60_000);
  assert.equal(api.list("events").length, 2);
  tell();
  api.update("events", { ...structuredClone(made), message: "more" });
  clock.advance(40 * 60_000);
  assert.equal(api.list("events").length, 2);
  clock.advance(30 * 60_000);
  assert.deepEqual(api.list("events"), []);
  stop();
});
