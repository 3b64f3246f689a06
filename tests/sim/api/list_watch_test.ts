import assert from "node:assert/strict";
import { ApiError, type KubeObject } from "../../../lib/kube/mod.ts";
import { parseFieldSelector } from "../../../lib/sim/api/field_selector.ts";
import type { ApiServer } from "../../../lib/sim/api/mod.ts";
import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { ObjectReader } from "../../../lib/sim/api/object_reader.ts";
import type { ApiRequest } from "../../../lib/sim/api/requests.ts";
import { ResourceServer } from "../../../lib/sim/api/resource_server.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";
import { START_MS, testServer } from "./fixtures.ts";

type Json = any;

function configMap(name: string, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "t", labels } };
}

async function get(
  server: ApiServer,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: Json; headers: Headers }> {
  const response = await server.handle(new Request(`https://lab${path}`, { headers }));
  return { status: response.status, json: await response.json(), headers: response.headers };
}

const MAPS = "/api/v1/namespaces/t/configmaps";
const names = (list: Json) => list.items.map(({ metadata }: KubeObject) => metadata.name).join(" ");

/** Every request, with the code and text of the answer. */
const REFUSED: [query: string, code: number, message: string | RegExp][] = [
  [
    "resourceVersionMatch=Exact",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    "resourceVersionMatch=Exact&resourceVersion=0",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  [
    "resourceVersionMatch=Newest&resourceVersion=1",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""',
  ],
  [
    "sendInitialEvents=true",
    422,
    'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
  ],
  [
    "watch=1&sendInitialEvents=true",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
  [
    "watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1",
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  ],
  [
    "watch=1&resourceVersion=x",
    500,
    'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
  ],
  ["limit=ten", 400, 'strconv.ParseInt: parsing "ten": invalid syntax'],
  ["resourceVersion=999999", 504, /^Timeout: Too large resource version: 999999, current: \d+$/],
  [
    "resourceVersion=999999&resourceVersionMatch=Exact",
    504,
    /^Timeout: Too large resource version: 999999, current: \d+$/,
  ],
  [
    "continue=%25%25",
    400,
    "invalid continue token: continue key is not valid: illegal base64 data at input byte 0",
  ],
  [
    `continue=${btoa('{"v":"v0","rv":1,"start":"a"}').replace(/=/g, "")}`,
    400,
    "invalid continue token: continue key is not valid: server does not recognize this encoded version v0",
  ],
  [
    `continue=${btoa('{"v":"meta.k8s.io/v1","rv":1,"start":"../x"}').replace(/=/g, "")}`,
    400,
    "invalid continue token: continue key is not valid: ../x",
  ],
  [
    "fieldSelector=data.x%3D1",
    400,
    '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [
    "labelSelector=a%3D%3D%3Db",
    400,
    "unable to parse requirement: found '=', expected: identifier",
  ],
];

Deno.test("lists and watches that make no sense are refused in upstream's words", async (t) => {
  const { server } = testServer("t");
  for (const [query, code, message] of REFUSED) {
    await t.step(query.slice(0, 60), async () => {
      const { json } = await get(server, `${MAPS}?${query}`);
      assert.equal(json.code, code);
      if (typeof message === "string") assert.equal(json.message, message);
      else assert.match(json.message, message);
    });
  }
  const { json, headers } = await get(server, `${MAPS}?resourceVersion=999999`);
  assert.equal(headers.get("retry-after"), "1");
  assert.deepEqual(json.details, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
});

Deno.test("parseFieldSelector() splits and refuses as fields.ParseSelector did", () => {
  const { fields } = JSON.parse(
    Deno.readTextFileSync(new URL("../../kube/testdata/selectors.json", import.meta.url)),
  );
  const definition = {
    spec: {
      versions: [{
        name: "v1",
        selectableFields: ["a", "b", "c"].map((f) => ({ jsonPath: `.${f}` })),
      }],
    },
  } as unknown as KubeObject;
  const type = { resource: "x.y", group: "y", kind: "X", version: "v1", definition };
  for (const { Text: text, Error: refused, Parsed: parsed } of fields) {
    try {
      const terms = parseFieldSelector(type, text.replace(/^=/, "a="));
      const shown = terms.map(({ field, equal, value }) =>
        `${field}${equal ? "=" : "!="}${value.replace(/[\\,=]/g, "\\$&")}`
      ).join(",");
      assert.equal(shown, parsed.replace(/^=/, "a="), text);
    } catch (error) {
      assert(error instanceof ApiError, text);
      assert.equal(error.message, refused, text);
    }
  }
});

Deno.test("each kind has the selectable fields it has upstream", () => {
  const table: [resource: string, kind: string, label: string, refused?: string][] = [
    ["pods", "Pod", "spec.nodeName"],
    ["pods", "Pod", "spec.host"],
    ["pods", "Pod", "spec.priority", "field label not supported: spec.priority"],
    ["nodes", "Node", "spec.unschedulable"],
    ["nodes", "Node", "metadata.namespace", "field label not supported: metadata.namespace"],
    ["events", "Event", "involvedObject.uid"],
    ["secrets", "Secret", "type"],
    ["services", "Service", "spec.type"],
    ["namespaces", "Namespace", "status.phase"],
    ["jobs.batch", "Job", "status.successful"],
    ["jobs.batch", "Job", "status.failed", 'field label "status.failed" not supported for Job'],
    [
      "replicasets.apps",
      "ReplicaSet",
      "status.replicas",
      '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ];
  for (const [resource, kind, label, refused] of table) {
    const parse = () => parseFieldSelector({ resource, kind, group: "" }, `${label}=x`);
    if (refused) assert.throws(parse, { message: refused }, label);
    else assert.equal(parse().length, 1, label);
  }
  const events = { resource: "events", kind: "Event", group: "events.k8s.io" };
  assert.equal(parseFieldSelector(events, "regarding.name=x")[0].field, "involvedObject.name");
  assert.throws(() => parseFieldSelector(events, "involvedObject.name=x"), {
    message: "field label not supported: involvedObject.name",
  });
});

Deno.test("fields that are absent compare as upstream fills them", async () => {
  const { server, api } = testServer("t");
  api.create("nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "n" }, spec: {} });
  api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "t" },
    spec: { containers: [{ name: "c", image: "nginx" }] },
  });
  const table: [string, number][] = [
    ["/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse", 1],
    ["/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue", 0],
    ["/api/v1/pods?fieldSelector=spec.hostNetwork%3Dfalse,spec.nodeName%3D", 1],
    ["/api/v1/pods?fieldSelector=metadata.namespace%3Dt,status.phase!%3DRunning", 1],
    ["/api/v1/pods?fieldSelector=metadata.namespace%3Du", 0],
  ];
  for (const [path, count] of table) {
    assert.equal((await get(server, path)).json.items.length, count, path);
  }
});

Deno.test("pages are of one revision, and count what remains only where nothing is selected", async () => {
  const { server, api } = testServer("t");
  for (const name of "abcdef") api.create("configmaps", configMap(name, { x: "1" }));
  const first = (await get(server, `${MAPS}?limit=2`)).json;
  assert.equal(names(first), "a b");
  assert.equal(first.metadata.remainingItemCount, 4);
  api.delete("configmaps", "t", "c");
  api.create("configmaps", configMap("cc"));
  api.patch("configmaps", "t", "d", { data: { changed: "yes" } });
  const second = (await get(server, `${MAPS}?limit=3&continue=${first.metadata.continue}`)).json;
  assert.equal(names(second), "c d e");
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(second.metadata.remainingItemCount, 1);
  assert.equal(second.items[1].data, undefined, "as it was");
  const last = (await get(server, `${MAPS}?limit=3&continue=${second.metadata.continue}`)).json;
  assert.equal(names(last), "f");
  assert.deepEqual(last.metadata, { resourceVersion: first.metadata.resourceVersion });
  const selected = (await get(server, `${MAPS}?limit=1&labelSelector=x%3D1`)).json;
  assert(selected.metadata.continue);
  assert.equal(selected.metadata.remainingItemCount, undefined);
  const any = (await get(server, `${MAPS}?limit=1&resourceVersion=0`)).json;
  assert.equal(any.items.length, 6, "any revision comes whole");
});

Deno.test("a list is of the very revision that is asked for, or at least of it", async () => {
  const { server, api } = testServer("t");
  const made = api.create("configmaps", configMap("a"));
  api.create("configmaps", configMap("b"));
  const asked = `${MAPS}?resourceVersion=${made.metadata.resourceVersion}`;
  assert.equal(names((await get(server, `${asked}&resourceVersionMatch=Exact`)).json), "a");
  assert.equal(names((await get(server, `${asked}&limit=9`)).json), "a");
  assert.equal(
    names((await get(server, `${asked}&resourceVersionMatch=NotOlderThan`)).json),
    "a b",
  );
  assert.equal(names((await get(server, asked)).json), "a b");
});

Deno.test("a page that is too old says so, and how to go on", async () => {
  const { server, api } = testServer("t");
  for (const name of "abc") api.create("configmaps", configMap(name));
  const first = (await get(server, `${MAPS}?limit=1`)).json;
  for (let i = 0; i < 5_000; i++) api.patch("configmaps", "t", "c", { data: { i: String(i) } });
  const { json } = await get(server, `${MAPS}?limit=1&continue=${first.metadata.continue}`);
  assert.deepEqual([json.code, json.reason], [410, "Expired"]);
  assert.match(json.message, /^The provided continue parameter is too old to display a consistent/);
  const rest = (await get(server, `${MAPS}?continue=${json.metadata.continue}`)).json;
  assert.equal(names(rest), "b c");
  const exact =
    `${MAPS}?resourceVersionMatch=Exact&resourceVersion=${first.metadata.resourceVersion}`;
  const old = (await get(server, exact)).json;
  assert.deepEqual([old.code, old.message], [
    410,
    "The resourceVersion for the provided list is too old.",
  ]);
});

Deno.test("objects come as metadata alone for those who ask for that", async () => {
  const { server, api } = testServer("t");
  api.create("configmaps", { ...configMap("a"), data: { secret: "x" } });
  const as = (form: string) => ({ accept: `application/json;as=${form};g=meta.k8s.io;v=v1` });
  const protobufFirst =
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1," +
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  const list = (await get(server, MAPS, { accept: protobufFirst })).json;
  assert.equal(list.kind, "PartialObjectMetadataList");
  assert.equal(list.apiVersion, "meta.k8s.io/v1");
  assert.deepEqual(Object.keys(list.items[0]).sort(), ["apiVersion", "kind", "metadata"]);
  assert.equal(list.items[0].kind, "PartialObjectMetadata");
  const one = (await get(server, `${MAPS}/a`, as("PartialObjectMetadata"))).json;
  assert.equal(one.kind, "PartialObjectMetadata");
  assert.equal(one.metadata.name, "a");
  for (
    const [path, accept] of [
      [MAPS, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"],
      [`${MAPS}/a`, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"],
      [MAPS, "text/html"],
    ]
  ) {
    assert.equal((await get(server, path, { accept })).json.code, 406, `${path} ${accept}`);
  }
});

Deno.test("a long answer is compressed for those who ask for that", async () => {
  const { server, api } = testServer("t");
  const headers = { "accept-encoding": "gzip" };
  const short = await server.handle(new Request(`https://lab${MAPS}`, { headers }));
  assert.equal(short.headers.get("content-encoding"), null);
  await short.body?.cancel();
  for (let i = 0; i < 20; i++) {
    api.create("configmaps", { ...configMap(`m${i}`), data: { x: "y".repeat(10_000) } });
  }
  const long = await server.handle(new Request(`https://lab${MAPS}`, { headers }));
  assert.equal(long.headers.get("content-encoding"), "gzip");
  assert.equal(long.headers.get("vary"), "Accept-Encoding");
  const plain = long.body!.pipeThrough(new DecompressionStream("gzip"));
  const list = await new Response(plain).json();
  assert.equal(list.items.length, 20);
});

/** A watch whose lines can be waited for. */
function watch(server: ApiServer, query: string, accept?: string) {
  const abort = new AbortController();
  const opening = server.handle(
    new Request(`https://lab${MAPS}?watch=true&${query}`, {
      signal: abort.signal,
      headers: accept ? { accept } : {},
    }),
  );
  let reader: ReadableStreamDefaultReader<string> | undefined;
  let text = "";
  const next = async (): Promise<Json> => {
    reader ??= (await opening).body!.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const end = text.indexOf("\n");
      if (end >= 0) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  };
  return {
    opened: () => opening,
    next,
    async seen(count: number): Promise<string[]> {
      const out: string[] = [];
      for (let i = 0; i < count; i++) {
        const { type, object } = await next();
        out.push(`${type} ${object.metadata?.name ?? object.code ?? ""}`.trim());
      }
      return out;
    },
    stop: () => abort.abort(),
  };
}

Deno.test("initial events end with a bookmark, and bookmarks come every minute", async () => {
  const { server, api, clock } = testServer("t");
  api.create("configmaps", configMap("a"));
  const made = api.create("configmaps", configMap("b"));
  const query = "allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
  const w = watch(server, query);
  assert.deepEqual(await w.seen(2), ["ADDED a", "ADDED b"]);
  assert.deepEqual(await w.next(), {
    type: "BOOKMARK",
    object: {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: {
        resourceVersion: made.metadata.resourceVersion,
        annotations: { "k8s.io/initial-events-end": "true" },
      },
    },
  });
  const later = api.create("configmaps", configMap("c"));
  assert.deepEqual(await w.seen(1), ["ADDED c"]);
  clock.advance(60_000);
  const { type, object } = await w.next();
  assert.equal(type, "BOOKMARK");
  assert.deepEqual(object.metadata, { resourceVersion: later.metadata.resourceVersion });
  w.stop();
});

Deno.test("an object that leaves or enters a selection is deleted or added for its watch", async () => {
  const { server, api } = testServer("t");
  api.create("configmaps", configMap("a", { on: "yes" }));
  const w = watch(server, "labelSelector=on%3Dyes");
  assert.deepEqual(await w.seen(1), ["ADDED a"]);
  const out = api.patch("configmaps", "t", "a", { metadata: { labels: { on: "no" } } });
  const { type, object } = await w.next();
  assert.equal(type, "DELETED");
  assert.equal(object.metadata.labels.on, "yes", "as it was selected");
  assert.equal(object.metadata.resourceVersion, out.metadata.resourceVersion);
  api.patch("configmaps", "t", "a", { data: { unseen: "1" } });
  api.patch("configmaps", "t", "a", { metadata: { labels: { on: "yes" } } });
  api.patch("configmaps", "t", "a", { data: { seen: "1" } });
  api.delete("configmaps", "t", "a");
  assert.deepEqual(await w.seen(3), ["ADDED a", "MODIFIED a", "DELETED a"]);
  w.stop();
});

Deno.test("a watch begins after its revision, even one that is to come, or is told it cannot", async () => {
  const { server, api } = testServer("t");
  const made = api.create("configmaps", configMap("a"));
  const now = Number(made.metadata.resourceVersion);
  const later = watch(server, `resourceVersion=${now + 1}`);
  await later.opened();
  api.create("configmaps", configMap("b"));
  api.create("configmaps", configMap("c"));
  assert.deepEqual(await later.seen(1), ["ADDED c"]);
  later.stop();
  const fresh = watch(
    server,
    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999",
  );
  const { type, object } = await fresh.next();
  assert.deepEqual([type, object.code, object.reason], ["ERROR", 504, "Timeout"]);
  assert.equal(await fresh.next(), undefined, "and ends");
  const none = watch(
    server,
    "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0",
  );
  await none.opened();
  api.create("configmaps", configMap("d"));
  assert.deepEqual(await none.seen(1), ["ADDED d"]);
  none.stop();
});

Deno.test("timeoutSeconds ends a watch, and nothing is left of it", async () => {
  const { server, clock } = testServer("t");
  const before = server.watches;
  const w = watch(server, "timeoutSeconds=30&resourceVersion=1&allowWatchBookmarks=1");
  await w.opened();
  assert.equal(server.watches, before + 1);
  clock.advance(29_000);
  clock.advance(1_000);
  assert.equal((await w.next()).type, "BOOKMARK");
  assert.equal(await w.next(), undefined);
  assert.equal(server.watches, before);
});

Deno.test("a table's watch has headers once, and rows after", async () => {
  const { server, api } = testServer("t");
  api.create("configmaps", configMap("a"));
  api.create("configmaps", configMap("b"));
  const w = watch(server, "includeObject=None", "application/json;as=Table;v=v1;g=meta.k8s.io");
  const [first, second] = [await w.next(), await w.next()];
  assert.equal(first.object.columnDefinitions[0].name, "Name");
  assert.deepEqual(second.object.columnDefinitions, []);
  assert.deepEqual([first, second].map(({ object }) => object.rows[0].cells[0]), ["a", "b"]);
  assert.equal(first.object.rows[0].object, null);
  w.stop();
});

Deno.test("a client that stops reading costs a bounded backlog, and is then dropped", async () => {
  const { server, api } = testServer("t");
  const before = server.watches;
  api.create("configmaps", { ...configMap("a"), data: { fill: "x".repeat(20_000) } });
  const w = watch(server, "resourceVersion=0");
  const response = await w.opened();
  assert.equal(server.watches, before + 1);
  for (let i = 0; i < 7_000 && server.watches > before; i++) {
    api.patch("configmaps", "t", "a", { data: { i: String(i) } });
  }
  assert.equal(server.watches, before, "it was dropped");
  let bytes = 0;
  for await (const chunk of response.body!) bytes += chunk.byteLength;
  assert(bytes < 2 ** 20, `${bytes} bytes lay waiting`);
});

Deno.test("a watch replays to the list, from wherever it began and at whatever pace it is read", async () => {
  const seed = 11;
  const random = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random.int(items.length)];
  const { server, api, clock } = testServer("t");
  interface Replay {
    selector: string;
    state: Map<string, Json>;
    /** The last revision it was told of. */
    revision: string;
    w: ReturnType<typeof watch>;
    /** Of one that is read as it comes; others are read late. */
    reading?: Promise<void>;
  }
  const replays: Replay[] = [];
  const readAll = async (one: Replay) => {
    while (await replay(one));
  };
  const begin = async (selector: string, from: string, state = new Map<string, Json>()) => {
    const w = watch(server, `${selector}&${from}&timeoutSeconds=600&allowWatchBookmarks=true`);
    await w.opened();
    const revision = from.startsWith("resourceVersion=") ? from.slice(16) : "";
    const one: Replay = { selector, state, revision, w };
    replays.push(one);
    if (random.int(2) === 0) one.reading = readAll(one);
  };
  /** Takes one message; gives whether there was one. */
  const replay = async (one: Replay): Promise<boolean> => {
    const message = await one.w.next();
    if (!message) return false;
    const { type, object } = message;
    const { name } = object.metadata;
    // Initial objects come in the order of their names, and with a bookmark after.
    if (type === "BOOKMARK" || one.revision) one.revision = object.metadata.resourceVersion;
    if (type === "BOOKMARK") return true;
    const told = `seed ${seed}, ${one.selector}: ${type} ${name}`;
    assert.equal(one.state.has(name), type !== "ADDED", told);
    if (type === "DELETED") one.state.delete(name);
    else one.state.set(name, object);
    return true;
  };
  for (let step = 0; step < 1_500; step++) {
    const name = `m${random.int(30)}`;
    const there = api.get("configmaps", "t", name);
    const labels = { on: pick(["yes", "no"]) };
    if (!there) api.create("configmaps", { ...configMap(name, labels), data: { s: String(step) } });
    else if (random.int(3) === 0) api.delete("configmaps", "t", name);
    else api.patch("configmaps", "t", name, { metadata: { labels }, data: { s: String(step) } });
    if (step % 150 === 0) {
      for (const selector of ["", "labelSelector=on%3Dyes", "fieldSelector=metadata.name%3Dm3"]) {
        await begin(selector, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
        const { json } = await get(server, `${MAPS}?${selector}`);
        const state = new Map(json.items.map((item: Json) => [item.metadata.name, item]));
        const from = `resourceVersion=${json.metadata.resourceVersion}`;
        await begin(selector, from, state as Map<string, Json>);
      }
    }
    if (step % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  clock.advance(600_000);
  for (const one of replays) {
    // What a watch had not sent when its time was over is found again from the last revision it told of.
    await (one.reading ?? readAll(one));
    for (;;) {
      const from = `${one.selector}&resourceVersion=${one.revision}&timeoutSeconds=1`;
      one.w = watch(server, from);
      await one.w.opened();
      clock.advance(1_000);
      if (!await replay(one)) break;
      while (await replay(one));
    }
    const { json } = await get(server, `${MAPS}?${one.selector}`);
    const expected = json.items.map((item: Json) => `${item.metadata.name} ${item.data.s}`);
    const replayed = [...one.state].map(([name, { data }]) => `${name} ${data.s}`).sort();
    assert.deepEqual(replayed, expected.sort(), `seed ${seed}, ${one.selector}`);
  }
});

Deno.test("an object is made into JSON once for all who list and watch it", async () => {
  const clock = new VirtualClock(START_MS);
  const random = new SeededRandom(1);
  const server = new ResourceServer({ clock, random, state: memoryState() });
  const reader = new ObjectReader(server, clock);
  const type = server.registry.byPath("v1", "configmaps")!;
  const request = (query: string): ApiRequest => ({
    method: "GET",
    path: MAPS,
    query: new URLSearchParams(query),
    headers: {},
    body: "",
  });
  let told = 0;
  const flow = { full: false, onRoom: () => {} };
  for (let i = 0; i < 200; i++) {
    reader.watch(request("resourceVersion=1"), type, undefined, undefined)
      .stream!(() => told++, () => {}, flow);
  }
  let made = 0;
  const data = {
    get counted() {
      return String(made++);
    },
  };
  server.store.put("configmaps", { ...configMap("a"), data });
  const frozen = made;
  assert.equal(told, 200);
  reader.list(request(""), type, "t");
  reader.list(request("labelSelector=!x"), type, undefined);
  reader.answer(request(""), type, server.get(type, "t", "a"));
  assert.equal(made, frozen, "read again after the event had been told");
  assert(frozen <= 3, `${frozen} times`);
});

Deno.test("a client that goes away is forgotten at once", async () => {
  const { server } = testServer("t");
  const before = server.watches;
  const w = watch(server, "resourceVersion=0");
  const response = await w.opened();
  assert.equal(server.watches, before + 1);
  w.stop();
  assert.equal(server.watches, before);
  await response.body?.cancel();
  const other = await watch(server, "resourceVersion=0").opened();
  await other.body!.cancel();
  assert.equal(server.watches, before);
});

Deno.test("people are answered on lines of their own, and everybody with Go's escapes", async () => {
  const { server, api } = testServer("t");
  api.create("configmaps", { ...configMap("a"), data: { page: "<b> & 'c'" } });
  const read = async (query: string, agent: string) => {
    const headers = { "user-agent": agent };
    const response = await server.handle(new Request(`https://lab${MAPS}/a${query}`, { headers }));
    return await response.text();
  };
  const plain = await read("", "kubectl/v1.36.3");
  assert.match(plain, /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{/);
  assert.match(plain, /"page":"\\u003cb\\u003e \\u0026 'c'"/);
  assert(plain.endsWith("}\n"));
  for (
    const [query, agent] of [["", "curl/8.5.0"], ["?pretty=true", "x"], ["", "Mozilla/5.0 (X)"]]
  ) {
    const pretty = await read(query, agent);
    assert.match(pretty, /^\{\n {2}"kind": "ConfigMap",\n {2}"apiVersion": "v1",/, agent);
    assert.match(pretty, /"page": "\\u003cb\\u003e \\u0026 'c'"/);
    assert(pretty.endsWith("\n}"), agent);
  }
  assert.equal(await read("?pretty=false", "curl/8.5.0"), plain);
});

Deno.test("the paths by which old clients watch still lead to watches", async () => {
  const { server, api } = testServer("t");
  api.create("configmaps", configMap("a"));
  const abort = new AbortController();
  const { signal } = abort;
  const path = "/api/v1/watch/namespaces/t/configmaps";
  const response = await server.handle(new Request(`https://lab${path}`, { signal }));
  const { value } = await response.body!.pipeThrough(new TextDecoderStream()).getReader().read();
  assert.equal(JSON.parse(value!).object.metadata.name, "a");
  abort.abort();
});
