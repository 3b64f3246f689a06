import assert from "node:assert/strict";
import { KubeClient } from "../../../lib/kube/mod.ts";
import { openForward } from "../../../lib/labs/context/forwards.ts";
import { othersOf } from "../../../lib/labs/ports.ts";

const listen = (port: number) => Deno.listen({ hostname: "127.0.0.1", port });

Deno.test("a page of the lab has a port also where it and all in its place are taken", () => {
  // One with others above it.
  const first = [...Array(50)].map(() => listen(0));
  const own = first.find(({ addr }) => othersOf(addr.port).length === 5)!;
  const { port } = own.addr;
  const others = othersOf(port).flatMap((other) => {
    try {
      return [listen(other)];
    } catch {
      return []; // It is taken already.
    }
  });
  const way = {
    client: new KubeClient(() => Promise.reject(new TypeError("nobody asks"))),
    stream: () => Promise.reject(new TypeError("nobody streams")),
  };
  const forward = openForward(port, way);
  try {
    assert.equal(forward.state, "open");
    assert.ok(forward.at !== undefined && ![port, ...othersOf(port)].includes(forward.at));
  } finally {
    for (const one of [forward, ...first, ...others]) one.close();
  }
});
