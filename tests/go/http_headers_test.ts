import assert from "node:assert/strict";
import { basicAuth, fromHeaderBytes, headersInBytes, toHeaderBytes } from "../../lib/go/mod.ts";

Deno.test("any text becomes a header's value, and comes back", () => {
  for (const text of ["plain", '299 - "unknown field \\"메모\\""', "é", "🦕", "tab\tbed"]) {
    const headers = new Headers({ warning: toHeaderBytes(text) });
    assert.equal(fromHeaderBytes(headers.get("warning")!), text);
  }
});

Deno.test("what ends a header's line becomes a space, as in Go", () => {
  const headers = new Headers(headersInBytes({ location: "/a\r\nset-cookie: b\0" }));
  assert.deepEqual([...headers], [["location", "/a  set-cookie: b"]]);
});

Deno.test("a name and a password are sent as UTF-8", () => {
  assert.equal(basicAuth("user", "비밀"), "Basic dXNlcjrruYTrsIA=");
});
