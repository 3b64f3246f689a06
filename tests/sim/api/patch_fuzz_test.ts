import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import { MANIFESTS } from "./_manifests.ts";
import { JUNK } from "./_mutations.ts";
import { seeds, send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

/*
 * Patches of every sort with a value of a wrong type somewhere: each makes an object or is refused, and none breaks the
 * server. PATCH_FUZZ_RUNS=50000 sends that many from each seed; PATCH_FUZZ_SEEDS==7 runs the seventh seed alone.
 */

const RUNS = Number(Deno.env.get("PATCH_FUZZ_RUNS") ?? 3_000);
const SEEDS = seeds("PATCH_FUZZ_SEEDS", 2);
const REFUSED = "the server rejected our request due to an error in our request";
const CONTAINER = "map[image:nginx imagePullPolicy:Always name:web " +
  "ports:[map[containerPort:80 protocol:TCP]] resources:map[] " +
  "terminationMessagePath:/dev/termination-log terminationMessagePolicy:File]";

/** `[name, sort, patch, status, message]`; the object is a Deployment with one container that has two ports. */
const CASES: [name: string, sort: string, patch: Json, status: number, message?: string][] = [
  [
    "a copy from null",
    "json",
    [{ op: "copy", from: null, path: "/metadata/labels" }],
    422,
    REFUSED,
  ],
  ["a move from nowhere", "json", [{ op: "move", path: "/metadata/labels" }], 422, REFUSED],
  ["an operation that is null", "json", [null], 422, REFUSED],
  ["an operation of no kind", "json", [{ op: null, path: "/spec" }], 422, REFUSED],
  ["an unknown operation", "json", [{ op: "nope", path: "/spec" }], 422, REFUSED],
  [
    "a list with null and a number after a directive",
    "strategic-merge",
    podPatch({ containers: [{ $patch: "replace" }, null, 1] }),
    500,
    `list element types are not identical: [[${CONTAINER}] [map[$patch:replace] <nil> 1]]`,
  ],
  [
    "a list of scalars where objects are",
    "strategic-merge",
    podPatch({ containers: ["x"] }),
    500,
    `list element types are not identical: [[${CONTAINER}] [x]]`,
  ],
  [
    "an item without its key",
    "strategic-merge",
    podPatch({ containers: [{ image: "x" }] }),
    500,
    "map: map[image:x] does not contain declared merge key: name",
  ],
  [
    "an unknown directive in a list",
    "strategic-merge",
    podPatch({ containers: [{ $patch: "merge", name: "web" }] }),
    500,
    "merging lists cannot yet be specified in the patch",
  ],
  [
    "another unknown directive in a list",
    "strategic-merge",
    podPatch({ containers: [{ $patch: { a: 1 }, name: "web" }] }),
    500,
    "unknown patch type: map[a:%!s(int64=1)] in map: map[$patch:map[a:1] name:web]",
  ],
  [
    "a directive without its key",
    "strategic-merge",
    podPatch({ containers: [{ $patch: "delete" }] }),
    500,
    "map: map[$patch:delete] does not contain declared merge key: name",
  ],
  [
    "an order to merge a map",
    "strategic-merge",
    podPatch({ $patch: "merge" }),
    500,
    "unknown patch type: merge in map: map[$patch:merge]",
  ],
  [
    "an unknown directive",
    "strategic-merge",
    podPatch({ $patch: 5 }),
    500,
    "unknown patch type: %!s(int64=5) in map: map[$patch:5]",
  ],
  [
    "an order with null",
    "strategic-merge",
    podPatch({ "$setElementOrder/containers": [null] }),
    422,
    REFUSED,
  ],
  [
    "a replaced list",
    "strategic-merge",
    podPatch({ containers: [{ $patch: "replace" }, { name: "b", image: "b" }] }),
    200,
  ],
  [
    "a directive for what is not there",
    "strategic-merge",
    podPatch({ affinity: { $patch: "delete" } }),
    200,
  ],
];

function podPatch(spec: Json): Json {
  return { spec: { template: { spec } } };
}

Deno.test("patches of wrong types are refused as kube-apiserver refuses them", async (t) => {
  const [path, body] = MANIFESTS.find(([, { kind }]) => kind === "Deployment")!;
  for (const [name, sort, patch, status, message] of CASES) {
    await t.step(name, () => {
      const { server } = testServer("v");
      send(server, { method: "POST", path, body });
      const type = `application/${sort}-patch+json`;
      const answer = send(server, {
        method: "PATCH",
        path: `${path}/${body.metadata.name}`,
        type,
        body: patch,
      });
      assert.equal(answer.status, status, answer.text);
      if (message !== undefined) assert.equal(answer.json.message, message);
    });
  }
});

/** A part of an object as a patch may name it: spoiled here and there. */
function part(random: SeededRandom, value: Json, depth: number): Json {
  if (random.int(12) === 0) return structuredClone(random.pick(JUNK));
  if (Array.isArray(value)) {
    const items = value.map((item) => part(random, item, depth + 1));
    if (random.int(4) === 0) {
      const odd = [null, 1, "x", [], {}, { $patch: "replace" }, { $patch: "delete", name: "web" }];
      items.splice(random.int(items.length + 1), 0, random.pick(odd));
    }
    return items;
  }
  if (value === null || typeof value !== "object") return value;
  const out: Json = {};
  for (const [key, item] of Object.entries(value)) {
    if (random.int(3) === 0) continue;
    out[key] = part(random, item, depth + 1);
    if (random.int(20) === 0) out[`$setElementOrder/${key}`] = random.pick([[null], [item], 5]);
    if (random.int(20) === 0) out[`$deleteFromPrimitiveList/${key}`] = random.pick([["x"], null]);
  }
  const directives: Json[] = [{ $patch: random.pick(JUNK) }, { $retainKeys: random.pick(JUNK) }];
  return random.int(20) === 0 ? { ...out, ...random.pick(directives) } : out;
}

/** Paths to everything in an object, as JSON patches name them. */
function pointers(value: Json, at = ""): string[] {
  if (value === null || typeof value !== "object") return [at];
  return [at, ...Object.keys(value).flatMap((key) => pointers(value[key], `${at}/${key}`))];
}

function operations(random: SeededRandom, object: Json): Json {
  const paths = [...pointers(object), "/constructor", "/__proto__/x", "/spec/-", null, 5];
  return Array.from({ length: 1 + random.int(3) }, () => ({
    op: random.pick(["add", "remove", "replace", "move", "copy", "test", null, 7]),
    path: random.pick(paths),
    ...(random.int(2) === 0 ? { from: random.pick(paths) } : {}),
    value: structuredClone(random.pick(JUNK)),
  }));
}

for (const seed of SEEDS) {
  Deno.test(`no patch of a wrong type breaks the server (seed ${seed}, ${RUNS} runs)`, () => {
    const random = new SeededRandom(seed);
    const { server } = testServer("v");
    for (const [path, body] of MANIFESTS) send(server, { method: "POST", path, body });
    for (let i = 0; i < RUNS; i++) {
      const [path, object] = random.pick(MANIFESTS);
      const sort = random.pick(["json", "merge", "strategic-merge", "strategic-merge"]);
      const live = send(server, { method: "GET", path: `${path}/${object.metadata.name}` });
      if (live.status !== 200) {
        send(server, { method: "POST", path, body: object });
        continue;
      }
      const body = sort === "json" ? operations(random, live.json) : part(random, live.json, 0);
      const type = `application/${sort}-patch+json`;
      const sent = { method: "PATCH", path: `${path}/${object.metadata.name}`, type, body };
      const answer = send(server, sent);
      const story = `seed ${seed}, run ${i}: ${JSON.stringify(sent)}: ${answer.text}`;
      // Upstream answers 500 as well to a resourceVersion that is no number.
      assert.notEqual(answer.json?.reason, "InternalError", story);
      const list = send(server, {
        method: "GET",
        path,
        headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
      });
      assert.equal(list.status, answer.status === 404 ? list.status : 200, story);
    }
  });
}
