import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import type { ApiServer } from "../../../lib/sim/api/mod.ts";
import { MANIFESTS } from "./_manifests.ts";
import { JUNK, mutated } from "./_mutations.ts";
import { type Answer, GEARS, seeds, send, type Sent } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

/*
 * Requests that are wrong in every way that a seed can think of: each is answered by a well-formed Status or a
 * success, the server lives, and what it has stored can be listed, read, printed and written back.
 * FUZZ_REQUESTS=100000 sends that many from each seed; FUZZ_SEEDS==7 runs the seventh seed alone.
 */

const REQUESTS = Number(Deno.env.get("FUZZ_REQUESTS") ?? 1_200);
const SEEDS = seeds("FUZZ_SEEDS", 2);
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const PATCHES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];
const TYPES = [
  ...PATCHES,
  "application/json",
  "application/yaml",
  "text/plain",
  "",
  "a/b;q=\u0000",
];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"];
const QUERIES = [
  "dryRun=All",
  "dryRun=Some",
  "fieldManager=fuzz",
  "fieldManager=%00",
  "force=true",
  "fieldValidation=Strict",
  "fieldValidation=Ignore",
  "fieldValidation=x",
  "labelSelector=a%3Db",
  "labelSelector=%3D%3D",
  "labelSelector=a%20in%20(",
  "fieldSelector=metadata.name%3Dx",
  "fieldSelector=nope%3Dx",
  "limit=2",
  "limit=-1",
  "limit=x",
  "continue=abc",
  "resourceVersion=0",
  "resourceVersion=x",
  "resourceVersion=99999999",
  "resourceVersionMatch=Exact",
  "watch=1&timeoutSeconds=0",
  "propagationPolicy=Orphan",
  "propagationPolicy=x",
  "gracePeriodSeconds=-1",
  "gracePeriodSeconds=x",
  "pretty=true",
];
const SUBRESOURCES = ["status", "scale", "log", "binding", "eviction", "token", "finalize", "nope"];

function bodyOf(random: SeededRandom, object: Json): unknown {
  let body: Json = object;
  for (let i = random.int(4); i > 0; i--) body = mutated(random, body);
  switch (random.int(30)) {
    case 0: {
      const text = JSON.stringify(body) ?? "";
      return text.slice(0, random.int(text.length + 1));
    }
    case 1:
      return Array.from({ length: random.int(60) }, () => String.fromCharCode(random.int(256)))
        .join("");
    case 2:
      return random.pick([
        "",
        "null",
        "[]",
        "{}",
        "0",
        '"x"',
        "a: b: c",
        "&a [*a]",
        "? - :",
        "---",
      ]);
    case 3:
      return Array.from({ length: 1 + random.int(3) }, () => ({
        op: random.pick(["add", "remove", "replace", "move", "copy", "test", "nope"]),
        path: random.pick(["", "/", "/metadata", "/spec/replicas", "/spec/x/y", "/a~1b", "/-", 5]),
        from: random.pick(["/metadata/name", "/spec", "", "/nope"]),
        value: random.pick(JUNK),
      }));
    default:
      return body;
  }
}

function requestOf(random: SeededRandom): Sent {
  const [collection, object] = random.pick(MANIFESTS);
  let path = collection;
  const onObject = random.int(3) > 0;
  const method = random.int(8) === 0
    ? random.pick(METHODS)
    : random.pick(onObject ? ["PUT", "PATCH", "PATCH", "PATCH", "DELETE", "GET"] : ["POST"]);
  if (onObject) {
    const name = random.int(10) === 0 ? random.pick(["x", "%ff", "%2F", "..", "A_B", ""]) : object
      .metadata.name;
    path += `/${name}`;
    if (random.int(5) === 0) path += `/${random.pick(SUBRESOURCES)}`;
  }
  if (random.int(30) === 0) path = path.slice(0, random.int(path.length)) || "/";
  if (random.int(40) === 0) path = path.replace("/v1/", `/${random.pick(["v2", "", "v1beta1"])}/`);
  // The namespace that everything is in must stay.
  if (method === "DELETE" && /namespaces(\/v)?\/*$/.test(path)) path = "/";
  const query = Array.from({ length: random.int(3) }, () => random.pick(QUERIES));
  const type = random.int(8) === 0
    ? random.pick(TYPES)
    : method === "PATCH"
    ? random.pick(PATCHES)
    : "application/json";
  if (type === "application/apply-patch+yaml" && random.int(6) > 0) {
    query.push("fieldManager=fuzz", "force=true");
  }
  const accept = random.pick([
    "application/json",
    "application/json;as=Table;g=meta.k8s.io;v=v1",
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
    "*/*",
  ]);
  return {
    method,
    path: query.length > 0 ? `${path}?${query.join("&")}` : path,
    type,
    headers: { accept },
    ...(method === "GET" || method === "HEAD" ? {} : { body: bodyOf(random, object) }),
  };
}

function checkAnswer({ status, json, text }: Answer): void {
  if (status < 400) {
    assert.ok(status >= 200, `status ${status}`);
    return;
  }
  // Outside of the API itself upstream answers in plain text.
  if (status === 404 && text === "404 page not found\n") return;
  assert.ok(json, `${status} without JSON: ${text.slice(0, 200)}`);
  assert.equal(json.kind, "Status");
  assert.equal(json.apiVersion, "v1");
  assert.equal(json.status, "Failure");
  assert.equal(json.code, status);
  assert.equal(typeof json.message, "string");
  assert.ok(json.message.length > 0);
  assert.ok(!/undefined|\[object |is not a function|Cannot read/.test(json.message), json.message);
  for (const cause of json.details?.causes ?? []) assert.equal(typeof cause.message, "string");
}

/** Whatever is stored lists, reads, prints and passes its own validation. */
function checkStored(server: ApiServer): void {
  const paths = new Set(MANIFESTS.map(([path]) => path));
  for (const path of paths) {
    const list = send(server, { method: "GET", path });
    if (list.status === 404) continue;
    assert.equal(list.status, 200, `${path}: ${list.text.slice(0, 300)}`);
    const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    const table = send(server, { method: "GET", path, headers: { accept } });
    assert.equal(table.json.rows.length, list.json.items.length, path);
    for (const { cells } of table.json.rows) {
      assert.equal(cells.length, table.json.columnDefinitions.length, path);
    }
    for (const { metadata } of list.json.items) {
      const own = `${path}/${encodeURIComponent(metadata.name)}`;
      const { status, json } = send(server, { method: "GET", path: own });
      assert.equal(status, 200, own);
      const again = send(server, { method: "PUT", path: `${own}?dryRun=All`, body: json });
      assert.equal(again.status, 200, `${own}: ${again.json?.message}\n${JSON.stringify(json)}`);
    }
  }
}

for (const seed of SEEDS) {
  Deno.test(`nothing that is sent breaks the API server (seed ${seed}, ${REQUESTS} requests)`, () => {
    const random = new SeededRandom(seed);
    const { server } = testServer("v");
    send(server, { method: "POST", path: DEFINITIONS, body: GEARS });
    for (const [path, body] of MANIFESTS) {
      const { status, text } = send(server, { method: "POST", path, body });
      assert.equal(status, 201, text);
    }
    for (let i = 1; i <= REQUESTS; i++) {
      const request = requestOf(random);
      try {
        checkAnswer(send(server, request));
      } catch (error) {
        const shown = JSON.stringify(request).slice(0, 3_000);
        throw new Error(`request ${i} of seed ${seed}: ${shown}`, { cause: error });
      }
      if (i % 400 === 0 || i === REQUESTS) checkStored(server);
    }
  });
}
