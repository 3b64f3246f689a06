import assert from "node:assert/strict";
import { type Answer, GEARS, send, type Sent } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/t/deployments";
const PODS = "/api/v1/namespaces/t/pods";
const MERGE = "application/merge-patch+json";

function asker(): (method: string, path: string, more?: Partial<Sent>) => Answer {
  const { server, api } = testServer("t");
  api.create("customresourcedefinitions.apiextensions.k8s.io", structuredClone(GEARS));
  const ask = (method: string, path: string, more: Partial<Sent> = {}) =>
    send(server, { method, path, ...more });
  const labels = { app: "d" };
  const spec = { containers: [{ name: "c", image: "i" }] };
  const made = ask("POST", DEPLOYMENTS, {
    body: {
      metadata: { name: "d" },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  });
  assert.equal(made.status, 201, made.text);
  assert.equal(ask("POST", PODS, { body: { metadata: { name: "p" }, spec } }).status, 201);
  return ask;
}

Deno.test("a scale is read, replaced and patched as an object of its own, and nothing else", () => {
  const ask = asker();
  const scale = `${DEPLOYMENTS}/d/scale`;
  // The kind need not be said.
  const put = (body: object, query = "") => ask("PUT", `${scale}${query}`, { body });
  assert.equal(put({ metadata: { name: "d" }, spec: { replicas: 2 } }).json.spec.replicas, 2);
  assert.match(
    put({ metadata: { name: "x" }, spec: { replicas: 2 } }).json.message,
    /^the name of the object \(x\) does not match the name on the URL \(d\)$/,
  );
  assert.equal(put({ metadata: { name: "d", resourceVersion: "1" }, spec: {} }).status, 409);
  assert.match(
    put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } }).json.message,
    /^Deployment in version "v1" cannot be handled as a Scale: /,
  );
  const odd = { metadata: { name: "d" }, spec: { replicas: 2, size: 1 } };
  assert.equal(put(odd).headers.warning, '299 - "unknown field \\"spec.size\\""');
  const strict = put(odd, "?fieldValidation=Strict");
  assert.match(strict.json.message, /strict decoding error: unknown field "spec.size"$/);
  const patch = (body: unknown, type = MERGE, query = "") =>
    ask("PATCH", `${scale}${query}`, { body, type });
  assert.equal(patch({ spec: { replicas: 3 } }).json.spec.replicas, 3);
  assert.equal(
    patch({ spec: { replicas: 4 } }, "application/strategic-merge-patch+json").json.spec.replicas,
    4,
  );
  assert.equal(
    patch({ spec: { size: 1 } }).headers.warning,
    '299 - "unknown field \\"spec.size\\""',
  );
  assert.equal(patch({ spec: { size: 1 } }, MERGE, "?fieldValidation=Strict").status, 422);
  assert.equal(patch({ spec: { replicas: "x" } }).status, 422);
  assert.equal(patch({ metadata: { name: "x" } }).status, 400);
  assert.equal(patch({ spec: { replicas: 1 } }, "application/json").status, 415);
  for (const method of ["POST", "DELETE"]) {
    assert.equal(ask(method, scale, { body: {} }).status, 405, method);
  }
  assert.equal(ask("GET", `${DEPLOYMENTS}/d`).json.spec.replicas, 4);
});

Deno.test("an eviction is read as one, in either version", () => {
  const ask = asker();
  const evict = (body: object, query = "") => ask("POST", `${PODS}/p/eviction${query}`, { body });
  const meta = { metadata: { name: "p" } };
  const dry = { ...meta, deleteOptions: { dryRun: ["All"] } };
  assert.match(
    evict({ apiVersion: "v1", kind: "Pod", ...meta }).json.message,
    /^Pod in version "v1" cannot be handled as a Eviction: /,
  );
  assert.equal(evict({ ...dry, size: 1 }).headers.warning, '299 - "unknown field \\"size\\""');
  assert.match(
    evict({ ...dry, size: 1 }, "?fieldValidation=Strict").json.message,
    /strict decoding error: unknown field "size"$/,
  );
  assert.match(evict({ metadata: { name: "x" } }).json.message, /^name in URL does not match name/);
  assert.equal(evict({ apiVersion: "policy/v1beta1", kind: "Eviction", ...dry }).status, 201);
  assert.equal(evict({ apiVersion: "policy/v1", kind: "Eviction", ...meta }).status, 201);
  assert.equal(ask("GET", `${PODS}/p`).status, 404);
});

Deno.test("a binding assigns its pod by either path, and is stored nowhere", () => {
  const ask = asker();
  const bindings = "/api/v1/namespaces/t/bindings";
  const metadata = { name: "p", labels: { zone: "a" }, annotations: { by: "me" } };
  const binding = (target: object) => ({ body: { metadata, target } });
  const none = ask("POST", bindings, binding({ kind: "Pod" }));
  assert.deepEqual([none.status, none.json.message], [
    500,
    '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]',
  ]);
  assert.equal(ask("POST", `${PODS}/x/binding`, binding({ name: "n" })).status, 400);
  const node = binding({ kind: "Node", name: "n" });
  assert.equal(ask("POST", `${bindings}?dryRun=All`, node).status, 201);
  assert.equal(ask("GET", `${PODS}/p`).json.spec.nodeName, undefined);
  const bound = ask("POST", bindings, node);
  assert.deepEqual([bound.status, bound.json.status], [201, "Success"]);
  const { spec, metadata: held, status } = ask("GET", `${PODS}/p`).json;
  assert.deepEqual([spec.nodeName, held.labels, held.annotations], [
    "n",
    { zone: "a" },
    { by: "me" },
  ]);
  assert.deepEqual(status.conditions, [{
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  }]);
  for (const path of [bindings, `${PODS}/p/binding`]) {
    const { json } = ask("POST", path, node);
    assert.match(json.message, /: pod p is already assigned to node "n"$/, path);
  }
});

Deno.test("a status from outside holds together, or is refused", () => {
  const ask = asker();
  const why = (status: object) => {
    const answer = ask("PATCH", `${DEPLOYMENTS}/d/status`, { type: MERGE, body: { status } });
    return answer.status === 200 ? "" : answer.json.message.replace(/^\S+ "d" is invalid: /, "");
  };
  assert.equal(why({ replicas: 3, readyReplicas: 2, availableReplicas: 1, collisionCount: 2 }), "");
  assert.equal(
    why({ replicas: -1, readyReplicas: 0, availableReplicas: 0 }),
    "[status.replicas: Invalid value: -1: must be greater than or equal to 0, " +
      "status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas, " +
      "status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas, " +
      "status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas]",
  );
  assert.equal(
    why({ availableReplicas: 3 }),
    "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
  );
  assert.equal(
    why({ collisionCount: 1 }),
    "status.collisionCount: Invalid value: 1: cannot be decremented",
  );
  const hpas = "/apis/autoscaling/v2/namespaces/t/horizontalpodautoscalers";
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
  ask("POST", hpas, {
    body: { metadata: { name: "h" }, spec: { scaleTargetRef, maxReplicas: 2 } },
  });
  const hpa = ask("PATCH", `${hpas}/h/status`, {
    type: MERGE,
    body: { status: { desiredReplicas: -1 } },
  });
  assert.match(hpa.json.message, /: status.desiredReplicas: Invalid value: -1: must be greater/);
});
