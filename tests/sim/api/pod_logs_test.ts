import assert from "node:assert/strict";
import type { LogLine } from "../../../lib/sim/seams.ts";
import { START_MS, testServer } from "./fixtures.ts";

/** A pod with three lines of log, one a second, and what follows. */
function podWithLog() {
  const { server, api, clock } = testServer("t");
  const metadata = { name: "p", namespace: "t" };
  const containers = [{ name: "c", image: "nginx" }];
  api.create("pods", { apiVersion: "v1", kind: "Pod", metadata, spec: { containers } });
  const followers = new Set<(line: LogLine) => void>();
  const lines: LogLine[] = ["one", "two", "three"]
    .map((text, i) => ({ timeMs: START_MS + (i + 1) * 1000, text }));
  server.registerLogs({
    read: () => lines,
    follow: (_namespace, _name, _container, onLine) => {
      followers.add(onLine);
      return () => void followers.delete(onLine);
    },
  });
  clock.advance(3000);
  const get = (query: string) =>
    server.respond({
      method: "GET",
      path: "/api/v1/namespaces/t/pods/p/log",
      query: new URLSearchParams(query),
      headers: {},
      body: "",
    });
  return { get, followers };
}

Deno.test("a log is cut by lines, time and bytes", () => {
  const { get } = podWithLog();
  const rows: [query: string, text: string][] = [
    ["", "one\ntwo\nthree\n"],
    ["tailLines=2", "two\nthree\n"],
    ["tailLines=0", ""],
    ["sinceSeconds=1", "two\nthree\n"],
    ["sinceTime=2026-01-01T00:00:03Z", "three\n"],
    ["limitBytes=5", "one\nt"],
    ["limitBytes=5&tailLines=1", "three"],
    ["timestamps=true&tailLines=1", "2026-01-01T00:00:03.000000000Z three\n"],
  ];
  for (const [query, text] of rows) assert.equal(get(query).body, text, query);
});

// Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodLogOptions).
Deno.test("options of a log that make no sense are refused in upstream's words", () => {
  const { get } = podWithLog();
  const rows: [query: string, code: number, message: string][] = [
    ["tailLines=-1", 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"],
    ["limitBytes=0", 422, "limitBytes: Invalid value: 0: must be greater than 0"],
    ["sinceSeconds=0", 422, "sinceSeconds: Invalid value: 0: must be greater than 0"],
    ["stream=Bogus", 422, "stream: Forbidden: may not be specified"],
    ["tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      "sinceSeconds=1&sinceTime=2026-01-01T00:00:03Z",
      422,
      "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    ],
  ];
  for (const [query, code, message] of rows) {
    const { status, body } = get(query);
    assert.equal(status, code, query);
    assert.ok(JSON.parse(body).message.endsWith(message), `${query}: ${body}`);
  }
});

Deno.test("a log that is followed ends at its limit of bytes", () => {
  const { get, followers } = podWithLog();
  let text = "";
  let ended = 0;
  const flow = { full: false, onRoom: () => {} };
  get("follow=true&limitBytes=20").stream!((more) => void (text += more), () => ended++, flow);
  for (const line of ["four", "five", "six"]) {
    for (const follow of [...followers]) follow({ timeMs: START_MS, text: line });
  }
  assert.equal(text, "one\ntwo\nthree\nfour\nf");
  assert.deepEqual([ended, followers.size], [1, 0]);
});
