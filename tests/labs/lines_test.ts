import assert from "node:assert/strict";
import { openSandbox } from "../../lib/labs/mod.ts";

Deno.test("what was under way when a line is undone ends, and moves nothing where the lab goes", async () => {
  const homeDir = await Deno.makeTempDir();
  const lab = await openSandbox({ homeDir, startMs: Date.UTC(2026, 0, 1) });
  const ask = (method: string, path: string, body?: object) =>
    lab.api(
      new Request(`https://lab/api/v1${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: body && JSON.stringify(body),
      }),
    );
  try {
    await lab.createCluster("one", {});
    await lab.lines.begin("create the map");
    const made = await ask("POST", "/namespaces/default/configmaps", {
      metadata: { name: "map" },
    });
    assert.equal(made.status, 201);
    await lab.save();
    lab.lines.end(true);
    const beforeMs = lab.clock.now();

    const watch = (await ask("GET", "/namespaces/default/configmaps?watch=1")).body!.getReader();
    const events = (async () => {
      while (!(await watch.read()).done);
    })();
    const lost = [
      assert.rejects(events, /connection to the lab was lost: The lab goes to another time/),
      assert.rejects(lab.clock.advance(365 * 86_400_000), /The lab goes to another time/),
    ];
    assert.deepEqual(await lab.lines.undo(1), ["create the map"]);
    await Promise.all(lost);

    assert.equal((await ask("GET", "/namespaces/default/configmaps/map")).status, 404);
    const atMs = lab.clock.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(lab.clock.now(), atMs);
    assert.ok(atMs <= beforeMs + 60_000, "time goes back with the lab");
    assert.deepEqual(await lab.lines.redo(1), ["create the map"]);
    assert.equal((await ask("GET", "/namespaces/default/configmaps/map")).status, 200);
  } finally {
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});
