import assert from "node:assert/strict";
import { Cluster } from "../../../lib/sim/mod.ts";
import { MemoryState } from "../fakes/mod.ts";
import { STRICT } from "../_strict.ts";

/** A cluster with a pod that runs a script in busybox. */
function running(script: string): Cluster {
  const one = Cluster.boot({
    state: new MemoryState(),
    name: "hpa-practice",
    startMs: Date.UTC(2026, 10, 24),
    ...STRICT,
  });
  one.api.client({ user: "system:admin", manager: "test" }).create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "box", namespace: "default" },
    spec: {
      containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script] }],
    },
  });
  one.clock.advance(30_000);
  return one;
}

const PODS = "https://lab/api/v1/namespaces/default/pods";
const get = (one: Cluster, path: string) =>
  one.handle(new Request(`${PODS}/box:8080/proxy${path}`));

Deno.test("httpd serves the files of a folder, and nothing beside it", async () => {
  const one = running(
    "mkdir -p /www/sub; echo héllo > /www/index.html; echo '{}' > /www/sub/a.json; " +
      "httpd -f -p 8080 -h /www",
  );
  const index = await get(one, "/");
  assert.equal(index.headers.get("content-type"), "text/html");
  assert.equal(await index.text(), "héllo\n");
  const json = await get(one, "/sub/a.json");
  assert.equal(json.headers.get("content-type"), "application/json");
  assert.equal(await json.text(), "{}\n");
  const none = await get(one, "/none");
  assert.equal(none.status, 404);
  assert.match(await none.text(), /<H1>404 Not Found<\/H1>/);
  assert.equal((await get(one, "/%2e%2e/etc/passwd")).status, 404);
  one.close();
});

Deno.test("nc -l answers one request with what it is given, and prints it", async () => {
  const one = running(
    "while true; do printf 'HTTP/1.1 200 OK\\r\\n\\r\\nhi\\n' | nc -l -p 8080; done",
  );
  for (let i = 0; i < 2; i++) {
    assert.equal(await (await get(one, "/a")).text(), "hi\n");
    one.clock.advance(1_000);
  }
  const log = await (await one.handle(new Request(`${PODS}/box/log`))).text();
  assert.match(log, /^GET \/a HTTP\/1\.1\r\n/);
  one.close();
});
