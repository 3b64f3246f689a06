import assert from "node:assert/strict";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import type { Transport } from "../../../lib/labs/lab.ts";
import { fakeIo } from "./_lab.ts";

const COLUMNS = [{ name: "Name", type: "string", format: "name" }, {
  name: "Ready",
  type: "string",
}];
const DISCOVERY: Record<string, unknown> = {
  "/api": {
    kind: "APIGroupDiscoveryList",
    items: [{
      metadata: {},
      versions: [{
        version: "v1",
        resources: [{
          resource: "pods",
          responseKind: { group: "", version: "v1", kind: "Pod" },
          scope: "Namespaced",
          verbs: ["list", "watch"],
        }],
      }],
    }],
  },
  "/apis": { kind: "APIGroupDiscoveryList", items: [] },
};

function table(name: string, ready: string, withColumns = true) {
  return {
    kind: "Table",
    metadata: { resourceVersion: "5" },
    ...(withColumns ? { columnDefinitions: COLUMNS } : {}),
    rows: [{ cells: [name, ready], object: { metadata: { name } } }],
  };
}

/** A stream that stays open after its lines until the request is aborted. */
function open(lines: string[], signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const line of lines) controller.enqueue(encoder.encode(line));
        signal.addEventListener("abort", () => controller.close());
      },
    }),
  );
}

Deno.test("get -w prints changes under the first table until Ctrl-C, and then ends with 130", async () => {
  const interrupt = new AbortController();
  const events = [
    { type: "MODIFIED", object: table("web-1", "1/1", false) },
    { type: "BOOKMARK", object: {} },
    { type: "DELETED", object: table("web-1", "1/1", false) },
  ];
  const api: Transport = (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (DISCOVERY[pathname]) return Promise.resolve(Response.json(DISCOVERY[pathname]));
    if (!searchParams.has("watch")) return Promise.resolve(Response.json(table("web-1", "0/1")));
    assert.equal(searchParams.get("resourceVersion"), "5");
    setTimeout(() => interrupt.abort(), 20);
    return Promise.resolve(
      open(events.map((event) => JSON.stringify(event) + "\n"), request.signal),
    );
  };
  const io = fakeIo({ api, signal: interrupt.signal });
  assert.equal(await kubectl.execute(["get", "pods", "-w"], io), 130);
  assert.equal(io.stdout, "NAME    READY\nweb-1   0/1\nweb-1   1/1\nweb-1   1/1\n");
});

Deno.test("logs -f with a selector follows every pod without mixing lines", async () => {
  const interrupt = new AbortController();
  const pod = (name: string) => ({
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "c" }] },
  });
  const queries: string[] = [];
  const api: Transport = (request) => {
    const { pathname, search } = new URL(request.url);
    if (DISCOVERY[pathname]) return Promise.resolve(Response.json(DISCOVERY[pathname]));
    if (!pathname.endsWith("/log")) {
      return Promise.resolve(Response.json({ kind: "PodList", items: [pod("a"), pod("b")] }));
    }
    queries.push(search);
    setTimeout(() => interrupt.abort(), 20);
    const name = pathname.split("/").at(-2)!;
    return Promise.resolve(open([`${name} one\n${name} t`, `wo\n`], request.signal));
  };
  const io = fakeIo({ api, signal: interrupt.signal });
  assert.equal(await kubectl.execute(["logs", "-f", "-l", "app=x", "--prefix"], io), 130);
  const lines = io.stdout.split("\n").filter(Boolean).sort();
  assert.deepEqual(lines, [
    "[pod/a/c] a one",
    "[pod/a/c] a two",
    "[pod/b/c] b one",
    "[pod/b/c] b two",
  ]);
  assert.deepEqual(queries, Array(2).fill("?container=c&follow=true&tailLines=10"));
});

Deno.test("kubectl says that no server is there", async () => {
  const io = fakeIo();
  assert.equal(await kubectl.execute(["get", "pods"], io), 1);
  assert.equal(
    io.stderr,
    "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
  );
});

Deno.test("kubectl passes on a bug of the lab instead of calling it a refused connection", async () => {
  const api: Transport = () => Promise.reject(new TypeError("x is undefined"));
  await assert.rejects(kubectl.execute(["get", "pods"], fakeIo({ api })), /x is undefined/);
});
