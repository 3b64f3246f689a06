import assert from "node:assert/strict";
import { parse } from "yaml";
import { type Answer, GEARS, send, type Sent } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

const MAPS = "/api/v1/namespaces/t/configmaps";
const GEARS_PATH = "/apis/example.org/v1/namespaces/t/gears";
const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";

function asker(): (method: string, path: string, more?: Partial<Sent>) => Answer {
  const { server, api } = testServer("t", "other");
  api.create("customresourcedefinitions.apiextensions.k8s.io", structuredClone(GEARS));
  return (method, path, more = {}) => send(server, { method, path, ...more });
}

const configMap = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});

Deno.test("a body is read as what its Content-Type says, and refused as anything else", async (t) => {
  const ask = asker();
  const text = JSON.stringify(configMap("a"));
  const yaml = "metadata: {name: a}\n";
  const unknown =
    "the body of the request was in an unknown format - accepted media types include: " +
    "application/json, application/yaml, application/vnd.kubernetes.protobuf";
  const json = (said: string) =>
    `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ${said}`;
  const CASES: [type: string, body: string, status: number, message?: string][] = [
    [JSON_TYPE, text, 201],
    ["Application/JSON; charset=utf-8", text, 201],
    ["", text, 201],
    [YAML_TYPE, text, 201],
    [YAML_TYPE, yaml, 201],
    // What curl says of --data.
    ["application/x-www-form-urlencoded", text, 415, unknown],
    ["text/plain;charset=UTF-8", text, 415, unknown],
    ["application/cbor", text, 415, unknown],
    ["application/json;bogus", text, 415, unknown],
    [
      JSON_TYPE,
      yaml,
      400,
      json(
        "invalid character 'm' looking for beginning of value (6d657461646174613a207b6e616d653a20617d0a)",
      ),
    ],
    [JSON_TYPE, "", 400, json("unexpected end of JSON input (<empty>)")],
    [JSON_TYPE, "null", 422],
    [YAML_TYPE, "", 422],
  ];
  for (const [type, body, status, message] of CASES) {
    await t.step(`${JSON.stringify(type)} ${body.slice(0, 20)}`, () => {
      const headers = { "content-type": type };
      const answer = ask("POST", `${MAPS}?dryRun=All`, { body, headers });
      assert.equal(answer.status, status, answer.text);
      if (message) assert.equal(answer.json.message, message);
      if (status !== 415) return;
      assert.equal(answer.json.reason, "UnsupportedMediaType");
      const elsewhere: [string, string][] = [
        ["POST", GEARS_PATH],
        ["PUT", `${MAPS}/a`],
        ["POST", "/api/v1/namespaces/t/pods/p/eviction"],
        ["POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"],
      ];
      for (const [method, path] of elsewhere) {
        assert.equal(ask(method, path, { body, headers }).status, 415, path);
      }
    });
  }
});

Deno.test("an object of another kind or version is refused by what it is", () => {
  const ask = asker();
  const hpas = "/apis/autoscaling/v2/namespaces/t/horizontalpodautoscalers";
  const events = "/apis/events.k8s.io/v1/namespaces/t/events";
  const CASES: [path: string, apiVersion: string, kind: string, message: string][] = [
    [
      MAPS,
      "apps/v1",
      "Deployment",
      'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to (core.ConfigMap): unknown conversion',
    ],
    [
      MAPS,
      "v1",
      "Secret",
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ],
    [
      MAPS,
      "v1",
      "ConfigMaps",
      'ConfigMaps in version "v1" cannot be handled as a ConfigMap: no kind "ConfigMaps" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      hpas,
      "autoscaling/v2beta2",
      "HorizontalPodAutoscaler",
      'HorizontalPodAutoscaler in version "v2beta2" cannot be handled as a HorizontalPodAutoscaler: no kind "HorizontalPodAutoscaler" is registered for version "autoscaling/v2beta2" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      hpas,
      "autoscaling/v1",
      "HorizontalPodAutoscaler",
      "the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)",
    ],
    [
      events,
      "v1",
      "Event",
      "the API version in the data (v1) does not match the expected API version (events.k8s.io/v1)",
    ],
  ];
  for (const [path, apiVersion, kind, message] of CASES) {
    const { status, json } = ask("POST", path, {
      body: { apiVersion, kind, metadata: { name: "a" } },
    });
    assert.deepEqual([status, json.message], [400, message]);
  }
});

Deno.test("an answer comes as YAML for who asks for it, a watch does not", () => {
  const ask = asker();
  ask("POST", MAPS, { body: configMap("a", { data: { k: "v" } }) });
  const read = (path: string, accept: string) => ask("GET", path, { headers: { accept } });
  const one = read(`${MAPS}/a`, YAML_TYPE);
  assert.equal(one.headers["content-type"], YAML_TYPE);
  assert.match(one.text, /^apiVersion: v1\ndata:\n {2}k: v\nkind: ConfigMap\n/);
  assert.deepEqual(parse(one.text), read(`${MAPS}/a`, JSON_TYPE).json);
  assert.equal(
    parse(read(MAPS, `text/html, ${YAML_TYPE}, ${JSON_TYPE}`).text).kind,
    "ConfigMapList",
  );
  assert.equal(read(MAPS, `${JSON_TYPE}, ${YAML_TYPE}`).json.kind, "ConfigMapList");
  const table = parse(read(MAPS, `${YAML_TYPE};as=Table;g=meta.k8s.io;v=v1`).text);
  assert.deepEqual([table.kind, table.rows[0].cells[0]], ["Table", "a"]);
  assert.equal(parse(read(`${MAPS}/none`, YAML_TYPE).text).reason, "NotFound");
  assert.equal(parse(read("/apis", YAML_TYPE).text).kind, "APIGroupList");
  assert.equal(read("/version", YAML_TYPE).json.minor, "36");
  const watch = read(`${MAPS}?watch=true`, YAML_TYPE);
  assert.equal(watch.status, 406);
  assert.match(
    watch.text,
    /only the following media types are accepted: application\/json;stream=watch,/,
  );
});

Deno.test("an answer that its client does not take is refused before anything is written", () => {
  const ask = asker();
  const headers = { accept: "text/html" };
  assert.equal(ask("POST", MAPS, { body: configMap("a"), headers }).status, 406);
  assert.equal(ask("GET", `${MAPS}/a`).status, 404);
  ask("POST", MAPS, { body: configMap("a") });
  const patch = { type: "application/merge-patch+json", body: { data: { k: "v" } }, headers };
  assert.equal(ask("PATCH", `${MAPS}/a`, patch).status, 406);
  assert.equal(ask("DELETE", `${MAPS}/a`, { headers }).status, 406);
  assert.equal(ask("DELETE", MAPS, { headers }).status, 406);
  assert.equal(ask("GET", `${MAPS}/a`).json.data, undefined);
});

Deno.test("what is in all namespaces is read alone", () => {
  const ask = asker();
  ask("POST", MAPS, { body: configMap("a") });
  for (const method of ["POST", "DELETE", "PUT", "PATCH"]) {
    const answer = ask(method, "/api/v1/configmaps", { body: configMap("b") });
    assert.deepEqual([answer.status, answer.json.reason], [405, "MethodNotAllowed"], method);
    // Of custom resources nobody is there to answer.
    const custom = ask(method, "/apis/example.org/v1/gears", { body: {} });
    assert.deepEqual([custom.status, custom.text], [404, "404 page not found\n"], method);
  }
  assert.equal(ask("GET", "/api/v1/configmaps").json.items[0].metadata.name, "a");
});

Deno.test("a collection is deleted by selector and page, and the answer is the list of what was there", () => {
  const ask = asker();
  for (const name of ["a", "b", "c"]) {
    const labels = { app: name === "c" ? "y" : "x" };
    ask("POST", MAPS, { body: { ...configMap(name), metadata: { name, labels } } });
  }
  const names = ({ json }: Answer) => json.items.map(({ metadata }: any) => metadata.name);
  const left = () => names(ask("GET", MAPS));
  const dry = ask("DELETE", `${MAPS}?labelSelector=app=x`, { body: { dryRun: ["All"] } });
  assert.deepEqual([dry.json.kind, names(dry)], ["ConfigMapList", ["a", "b"]]);
  assert.equal(dry.json.items[0].kind, undefined, "an item of a list does not say what it is");
  assert.deepEqual(left(), ["a", "b", "c"]);
  assert.equal(ask("DELETE", `${MAPS}?resourceVersionMatch=Exact`).status, 422);
  const page = ask("DELETE", `${MAPS}?labelSelector=app=x&limit=1`);
  assert.deepEqual(names(page), ["a"]);
  assert.equal(typeof page.json.metadata.continue, "string");
  assert.deepEqual(left(), ["b", "c"]);
  const hpa = {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
    maxReplicas: 2,
  };
  const path = "/apis/autoscaling/v1/namespaces/t/horizontalpodautoscalers";
  const made = ask("POST", path, { body: { metadata: { name: "h" }, spec: hpa } });
  assert.equal(made.status, 201, made.text);
  const { json } = ask("DELETE", path);
  assert.equal(json.apiVersion, "autoscaling/v1");
  assert.equal(json.items[0].spec.metrics, undefined, "in the version that was asked for");
  assert.deepEqual(names(ask("GET", path)), []);
});

Deno.test("a deletion is meant as its body says, or as its query where it has none", () => {
  const ask = asker();
  const { uid } = ask("POST", MAPS, { body: configMap("a") }).json.metadata;
  const gone = (query: string, body?: object) => {
    const { status } = ask("DELETE", `${MAPS}/a?${query}`, body ? { body } : {});
    const isGone = ask("GET", `${MAPS}/a`).status === 404;
    if (isGone) ask("POST", MAPS, { body: { ...configMap("a"), metadata: { name: "a" } } });
    return [status, isGone];
  };
  assert.deepEqual(gone("dryRun=All"), [200, false]);
  assert.deepEqual(gone("", { dryRun: ["All"] }), [200, false]);
  assert.deepEqual(gone("uid=other"), [409, false]);
  assert.deepEqual(gone("resourceVersion=1"), [409, false]);
  assert.deepEqual(gone("propagationPolicy=Bogus"), [422, false]);
  assert.deepEqual(gone("dryRun=Some"), [422, false]);
  assert.deepEqual(gone(`uid=${uid}`), [200, true]);
  // The query of a deletion with a body is not looked at.
  assert.deepEqual(gone("dryRun=All&propagationPolicy=Bogus", { kind: "DeleteOptions" }), [
    200,
    true,
  ]);
});

Deno.test("some deletions are answered with what went, others with a Status", () => {
  const ask = asker();
  const spec = { containers: [{ name: "c", image: "i" }] };
  const pods = "/api/v1/namespaces/t/pods";
  const made = ask("POST", pods, { body: { metadata: { name: "p" }, spec } }).json.metadata;
  const dry = ask("DELETE", `${pods}/p?dryRun=All`).json;
  assert.deepEqual([dry.kind, dry.metadata.resourceVersion], ["Pod", made.resourceVersion]);
  const { kind, metadata } = ask("DELETE", `${pods}/p`).json;
  assert.deepEqual([kind, metadata.uid, metadata.deletionGracePeriodSeconds, metadata.generation], [
    "Pod",
    made.uid,
    0,
    2,
  ]);
  assert.equal(metadata.deletionTimestamp, "2026-01-01T00:00:00Z");
  assert.ok(Number(metadata.resourceVersion) > Number(made.resourceVersion));
  assert.equal(ask("GET", `${pods}/p`).status, 404);
  const kinds = (path: string, body: object) => {
    assert.equal(ask("POST", path, { body }).status, 201, path);
    return ask("DELETE", `${path}/x`).json;
  };
  const service = kinds("/api/v1/namespaces/t/services", {
    metadata: { name: "x" },
    spec: { ports: [{ port: 80 }] },
  });
  assert.deepEqual([service.kind, service.metadata.deletionTimestamp], ["Service", undefined]);
  const map = kinds(MAPS, configMap("x"));
  assert.deepEqual([map.kind, map.details.kind, map.details.name], ["Status", "configmaps", "x"]);
});

Deno.test("an eviction is tried alone by its query as by its options", () => {
  const ask = asker();
  const pods = "/api/v1/namespaces/t/pods";
  ask("POST", pods, {
    body: { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } },
  });
  const evict = (query: string, deleteOptions?: object) =>
    ask("POST", `${pods}/p/eviction?${query}`, {
      body: { metadata: { name: "p" }, ...(deleteOptions ? { deleteOptions } : {}) },
    }).status;
  assert.equal(evict("dryRun=All"), 201);
  assert.equal(evict("", { dryRun: ["All"] }), 201);
  assert.equal(evict("dryRun=All", { gracePeriodSeconds: 0 }), 201);
  assert.equal(ask("GET", `${pods}/p`).status, 200);
  assert.equal(evict(""), 201);
  assert.equal(ask("GET", `${pods}/p`).status, 404);
});

Deno.test("an object is read at a revision that there is", () => {
  const ask = asker();
  ask("POST", MAPS, { body: configMap("a") });
  const read = (name: string, revision: string) =>
    ask("GET", `${MAPS}/${name}?resourceVersion=${revision}`);
  assert.equal(read("a", "0").status, 200);
  const odd = read("a", "x").json;
  assert.deepEqual([odd.code, odd.message], [
    500,
    'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
  ]);
  // The cache waits for the revision before it looks.
  for (const name of ["a", "none"]) {
    assert.match(read(name, "99999").json.message, /^Timeout: Too large resource version: 99999, /);
  }
});

Deno.test("discovery and the version are read alone", () => {
  const ask = asker();
  for (const path of ["/version", "/api", "/api/v1", "/apis", "/apis/apps/v1"]) {
    for (const method of ["POST", "DELETE", "HEAD", "OPTIONS", "TRACE"]) {
      assert.equal(ask(method, path).status, 405, `${method} ${path}`);
    }
    assert.equal(ask("GET", path).status, 200, path);
  }
});
