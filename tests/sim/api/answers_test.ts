import assert from "node:assert/strict";
import { testServer } from "./fixtures.ts";

type Json = any;

const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
const AGGREGATED = {
  accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
};
const MAPS = "/api/v1/namespaces/t/configmaps";

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Json;
}

function asker(): (
  method: string,
  path: string,
  body?: Json,
  headers?: Record<string, string>,
) => Promise<Answer> {
  const { server } = testServer("t");
  return async (method, path, body, headers = {}) => {
    const answer = await server.handle(
      new Request(`https://lab${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}),
      }),
    );
    const text = await answer.text();
    const json = text.startsWith("{") ? JSON.parse(text) : undefined;
    return { status: answer.status, headers: answer.headers, text, json };
  };
}

Deno.test("health is told check by check", async () => {
  const ask = asker();
  const { text } = await ask("GET", "/readyz?verbose&exclude=etcd");
  assert.match(text, /^\[\+\]ping ok\n\[\+\]log ok\n\[\+\]etcd excluded: ok\n/);
  assert.match(text, /\n\[\+\]poststarthook\/rbac\/bootstrap-roles ok\n/);
  assert.match(text, /\n\[\+\]shutdown ok\nreadyz check passed\n$/);
  assert.equal((await ask("GET", "/livez/poststarthook/rbac/bootstrap-roles")).text, "ok");
  assert.equal((await ask("GET", "/livez/none")).status, 404);
  const unknown = await ask("GET", "/livez?verbose&exclude=y&exclude=ping&exclude=x");
  assert.match(
    unknown.text,
    /\nwarn: some health checks cannot be excluded: no matches for "x","y"\nlivez check passed\n$/,
  );
  assert.equal(unknown.headers.get("x-content-type-options"), "nosniff");
  assert.equal((await ask("GET", "/livez?exclude=x")).text, "ok");
});

Deno.test("who takes the last finalizer away is answered with what it wrote", async () => {
  const ask = asker();
  const maps = "/api/v1/namespaces/t/configmaps";
  await ask("POST", maps, { metadata: { name: "held", finalizers: ["example.org/a"] } });
  const held = await ask("DELETE", `${maps}/held`);
  const patch = { "content-type": "application/merge-patch+json" };
  const freed = await ask("PATCH", `${maps}/held`, { metadata: { finalizers: null } }, patch);
  assert.equal(freed.status, 200);
  const { finalizers, resourceVersion, deletionTimestamp } = freed.json.metadata;
  assert.equal(finalizers, undefined);
  assert.equal(resourceVersion, held.json.metadata.resourceVersion);
  assert.equal(deletionTimestamp, held.json.metadata.deletionTimestamp);
  assert.equal((await ask("GET", `${maps}/held`)).status, 404);
});

Deno.test("what is served nowhere is not found in plain words, and the root names all that is", async () => {
  const ask = asker();
  const none = await ask("GET", "/foo/bar");
  assert.equal(none.status, 404);
  assert.equal(none.text, "404 page not found\n");
  // Behind custom resources there is nobody either, but built-in groups answer for themselves.
  for (const path of ["/apis/none.org", "/apis/none.org/v1", "/apis/none.org/v1/nones/a"]) {
    const { status, text, headers } = await ask("GET", path);
    assert.deepEqual([status, text], [404, "404 page not found\n"], path);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
  for (const path of ["/apis/apps/v1/nones", "/apis/apps/v9", "/api/v9", "/api/v1/nones"]) {
    const { status, json } = await ask("GET", path);
    const message = "the server could not find the requested resource";
    assert.deepEqual([status, json.message, json.details], [404, message, {}], path);
  }
  const { paths } = (await ask("GET", "/")).json;
  for (const path of ["/apis/apps/v1", "/healthz/ping", "/openapi/v3", "/metrics"]) {
    assert(paths.includes(path), path);
  }
});

Deno.test("discovery and OpenAPI are sent once to a client that keeps them", async () => {
  const ask = asker();
  for (
    const [path, headers] of [["/apis", AGGREGATED], ["/api", AGGREGATED], [
      "/openapi/v3/apis/apps/v1",
      {},
    ], ["/openapi/v2", {}]] as const
  ) {
    const first = await ask("GET", path, undefined, headers);
    const etag = first.headers.get("etag")!;
    assert.match(etag, /^"[0-9A-F]{128}"$/);
    const again = await ask("GET", path, undefined, { ...headers, "if-none-match": etag });
    assert.equal(again.status, 304);
    assert.equal(again.text, "");
    const other = await ask("GET", path, undefined, { ...headers, "if-none-match": '"X"' });
    assert.equal(other.status, 200);
  }
});

Deno.test("an OpenAPI document may be kept by its hash, and an old hash leads to the new", async () => {
  const ask = asker();
  const { paths } = (await ask("GET", "/openapi/v3")).json;
  const url = paths["apis/apps/v1"].serverRelativeURL;
  const found = await ask("GET", url);
  assert.equal(found.headers.get("cache-control"), "public, immutable, max-age=31536000");
  const old = await ask("GET", "/openapi/v3/apis/apps/v1?hash=0");
  assert.deepEqual([old.status, old.headers.get("location")], [301, url]);
  assert.equal((await ask("GET", "/openapi/v3/apis/apps/v1")).headers.get("cache-control"), null);
});

Deno.test("OpenAPI has the status and the scale of a kind that has them", async () => {
  const ask = asker();
  const { paths } = (await ask("GET", "/openapi/v3/apis/apps/v1")).json;
  const root = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
  assert.equal(paths[`${root}/status`].get.operationId, "getNamespacedDeploymentStatus");
  assert.deepEqual(paths[`${root}/scale`].patch["x-kubernetes-group-version-kind"], {
    group: "autoscaling",
    version: "v1",
    kind: "Scale",
  });
  assert(!("/apis/apps/v1/namespaces/{namespace}/controllerrevisions/{name}/status" in paths));
});

Deno.test("OpenAPI of version 2 has the schemas", async () => {
  const ask = asker();
  const { swagger, definitions } = (await ask("GET", "/openapi/v2")).json;
  assert.equal(swagger, "2.0");
  const { properties } = definitions["io.k8s.api.core.v1.PodSpec"];
  assert.equal(properties.containers.items.$ref, "#/definitions/io.k8s.api.core.v1.Container");
  assert(definitions["io.k8s.api.core.v1.Container"].properties.image.description);
});

Deno.test("options that are wrong are told before the body that is", async () => {
  const ask = asker();
  const body = { metadata: { name: "e" }, unknown: 1 };
  for (const [method, path, kind] of [["POST", MAPS, "Create"], ["PUT", `${MAPS}/e`, "Update"]]) {
    const { json } = await ask(method, `${path}?fieldValidation=Bogus`, body);
    assert.equal(
      json.message,
      `${kind}Options.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Bogus": ` +
        'supported values: "", "Ignore", "Strict", "Warn"',
    );
  }
});

Deno.test("what a strict reader finds is in the order of the text", async () => {
  const ask = asker();
  const strict = `${MAPS}?fieldValidation=Strict`;
  const text = '{"metadata":{"name":"q","name":"q"},"b":1,"a":2,"data":{"x":"1","x":"2"}}';
  const json = await ask("POST", strict, text);
  assert.match(
    json.json.message,
    /strict decoding error: duplicate field "metadata.name", unknown field "b", unknown field "a", duplicate field "data.x"$/,
  );
  const yaml = await ask(
    "POST",
    strict,
    "metadata:\n  name: y\n  name: z\ndata:\n  a: b\n  a: c\nc: 1\n",
    { "content-type": "application/yaml" },
  );
  assert.equal(
    yaml.json.message,
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n' +
      '  line 3: key "name" already set in map\n  line 6: key "a" already set in map, unknown field "c"',
  );
});

Deno.test("reviews are written like other objects: by their options, and by whom", async () => {
  const ask = asker();
  const reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const asked = { spec: { resourceAttributes: { verb: "get", resource: "pods" } } };
  const review = await ask("POST", `${reviews}?fieldManager=me`, asked);
  assert.deepEqual(review.json.metadata.managedFields, [{
    manager: "me",
    operation: "Update",
    apiVersion: "authorization.k8s.io/v1",
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:spec": { "f:resourceAttributes": { ".": {}, "f:resource": {}, "f:verb": {} } },
    },
  }]);
  assert.equal((await ask("POST", `${reviews}?fieldValidation=Bogus`, asked)).status, 422);
  const unknown = await ask("POST", reviews, { ...asked, speck: {} });
  assert.equal(unknown.headers.get("warning"), '299 - "unknown field \\"speck\\""');
  const whoami = await ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  assert.deepEqual(whoami.json.metadata, { creationTimestamp: "2026-01-01T00:00:00Z" });
});

Deno.test("a scale is shown as a table, a review is not", async () => {
  const ask = asker();
  const review = await ask(
    "POST",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    { spec: { resourceAttributes: { verb: "get", resource: "pods" } } },
    TABLE,
  );
  assert.equal(review.status, 201);
  assert.equal(review.json.kind, "SelfSubjectAccessReview");
  const labels = { a: "b" };
  await ask("POST", "/apis/apps/v1/namespaces/t/deployments", {
    metadata: { name: "d" },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  });
  const scale = await ask(
    "GET",
    "/apis/apps/v1/namespaces/t/deployments/d/scale",
    undefined,
    TABLE,
  );
  assert.deepEqual(
    scale.json.columnDefinitions.map(({ name, type, format, description }: Json) =>
      [name, type, format, description.slice(0, 20)].join("|")
    ),
    [
      "Name|string||Name must be unique ",
      "Desired|integer||replicas is the desi",
      "Available|integer||replicas is the actu",
      "Age|string||CreationTimestamp is",
    ],
  );
  assert.deepEqual(scale.json.rows[0].cells.slice(0, 3), ["d", 3, 0]);
});

Deno.test("an event through events.k8s.io has its time, and keeps what it says", async () => {
  const ask = asker();
  const events = "/apis/events.k8s.io/v1/namespaces/t/events";
  const event = {
    metadata: { name: "e" },
    regarding: { kind: "Pod", name: "x", namespace: "t" },
    reason: "R",
    type: "Normal",
    action: "A",
    reportingController: "lab.io/x",
    reportingInstance: "i",
    note: "n",
  };
  const without = await ask("POST", events, event);
  assert.equal(
    without.json.message,
    'Event.events.k8s.io "e" is invalid: eventTime: Required value',
  );
  const eventTime = "2026-01-01T00:00:00.000001Z";
  const made = await ask("POST", events, { ...event, eventTime });
  assert.equal(made.status, 201);
  const changed = await ask("PUT", `${events}/e`, { ...made.json, reason: "Other" });
  assert.equal(
    changed.json.message,
    'Event.events.k8s.io "e" is invalid: reason: Invalid value: "Other": field is immutable',
  );
  const old = await ask("POST", "/api/v1/namespaces/t/events", {
    metadata: { name: "o" },
    involvedObject: { kind: "Pod", name: "x", namespace: "other" },
  });
  assert.match(
    old.json.message,
    /involvedObject.namespace: Invalid value: "other": does not match/,
  );
});

Deno.test("what is gone is neither replaced nor applied to by its old uid", async () => {
  const ask = asker();
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.lab.io" },
    spec: {
      group: "lab.io",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object" } },
      }],
    },
  };
  await ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  const widget = { apiVersion: "lab.io/v1", kind: "Widget", metadata: { name: "w" } };
  const gone = await ask("PUT", "/apis/lab.io/v1/namespaces/t/widgets/w", widget);
  assert.equal(gone.json.message, 'widgets.lab.io "w" not found');
  const applied = await ask(
    "PATCH",
    `${MAPS}/new?fieldManager=m`,
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new", uid: "abc" } },
    { "content-type": "application/apply-patch+yaml" },
  );
  assert.equal(applied.json.code, 409);
  assert.equal(
    applied.json.message,
    'Operation cannot be fulfilled on configmaps "new": uid mismatch: the provided object specified uid abc, and no existing object was found',
  );
  const unread = await ask(
    "PATCH",
    `${MAPS}/new?fieldManager=m`,
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new", uid: [{ a: "b" }] } },
    { "content-type": "application/apply-patch+yaml" },
  );
  assert.match(unread.json.message, /\.metadata\.uid: expected string, got/);
});

Deno.test("a strategic patch that does not keep to its own lists is refused", async () => {
  const ask = asker();
  const deployments = "/apis/apps/v1/namespaces/t/deployments";
  const labels = { a: "b" };
  const containers = [{ name: "c", image: "i" }, { name: "d", image: "j" }];
  await ask("POST", deployments, {
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  });
  const patch = (spec: Json) =>
    ask("PATCH", `${deployments}/d`, { spec }, {
      "content-type": "application/strategic-merge-patch+json",
    });
  const ordered = (order: string[], names: string[]) =>
    patch({
      template: {
        spec: {
          "$setElementOrder/containers": order.map((name) => ({ name })),
          containers: names.map((name) => ({ name, image: "k" })),
        },
      },
    });
  const wrong = await ordered(["c", "d"], ["d", "c"]);
  assert.equal(wrong.status, 500);
  assert.equal(
    wrong.json.message,
    "The order in patch list:\n[map[image:k name:d] map[image:k name:c]]\n doesn't match $setElementOrder list:\n" +
      "[map[name:c] map[name:d]]\n",
  );
  assert.equal((await ordered(["c"], ["d"])).status, 500);
  assert.equal((await ordered(["d", "c"], ["c"])).status, 200);
  const keys = await patch({
    strategy: { $retainKeys: ["type"], type: "Recreate", rollingUpdate: {} },
  });
  assert.equal(keys.status, 400);
  assert.equal(keys.json.message, "invalid patch format of retainKeys");
});
