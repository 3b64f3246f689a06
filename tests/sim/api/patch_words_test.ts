import assert from "node:assert/strict";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

/** As kube-apiserver v1.36.3 said it on 2026-11-30, after `patch: Invalid value: "map[…]": `. */
const SAID: readonly [spec: unknown, says: string][] = [
  [{ replicas: "two" }, "unrecognized type: int32"],
  [{ replicas: 1.5 }, "cannot convert float64 to int32"],
  [{ paused: 3 }, "unrecognized type: bool"],
  [{ paused: "true" }, "unrecognized type: bool"],
  [{ template: 5 }, "cannot restore struct from: int64"],
  [{ template: { spec: { containers: "x" } } }, "cannot restore slice from string"],
  [{ template: { metadata: { labels: ["a"] } } }, "cannot restore map from slice"],
  [{ selector: { matchLabels: "x" } }, "cannot restore map from string"],
  [{ selector: { matchLabels: { a: 1 } } }, "cannot convert int64 to string"],
];

Deno.test("a strategic patch with a value of another type is refused in the words of who reads a map", () => {
  const { server } = testServer("v");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } };
  send(server, { method: "POST", path: "/api/v1/namespaces", body: namespace });
  const path = "/apis/apps/v1/namespaces/default/deployments";
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "a" }] } };
  const body = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { selector: { matchLabels: labels }, template },
  };
  assert.equal(send(server, { method: "POST", path, body }).status, 201);
  for (const [spec, says] of SAID) {
    const type = "application/strategic-merge-patch+json";
    const { status, json } = send(server, {
      method: "PATCH",
      path: `${path}/web`,
      type,
      body: { spec },
    });
    assert.equal(status, 422);
    assert.equal(json.message.split('": ').at(-1), says);
  }
});
