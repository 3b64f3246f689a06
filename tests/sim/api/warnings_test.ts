import assert from "node:assert/strict";
import { deprecationOf } from "../../../lib/sim/api/warnings.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

function requester(server: ReturnType<typeof testServer>["server"]) {
  return (method: string, path: string, body: Json = "") =>
    server.respond({
      method,
      path,
      query: new URLSearchParams(),
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
}

Deno.test("a deprecated version is warned of with every request", () => {
  const { server } = testServer("t");
  const request = requester(server);
  const warning =
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
  const endpoints = { apiVersion: "v1", kind: "Endpoints", metadata: { name: "e" } };
  const path = "/api/v1/namespaces/t/endpoints";
  assert.equal(request("POST", path, endpoints).headers.warning, warning);
  assert.equal(request("GET", path).headers.warning, warning);
  assert.equal(request("GET", `${path}/e`).headers.warning, warning);
  const refused = request("POST", path, { ...endpoints, odd: 1 });
  assert.equal(refused.status, 409);
  assert.equal(refused.headers.warning, `${warning}, 299 - "unknown field \\"odd\\""`);
  const odd = { ...endpoints, metadata: { name: "f" }, odd: 1 };
  assert.equal(
    request("POST", path, odd).headers.warning,
    `${warning}, 299 - "unknown field \\"odd\\""`,
  );
  assert.equal(request("GET", "/api/v1/namespaces/t/services").headers.warning, undefined);
});

Deno.test("a definition says which of its versions are deprecated, in its own words if it has some", () => {
  const version = (name: string, more: Json) => ({ name, served: true, storage: true, ...more });
  const rows: [version: Json, said: string | undefined][] = [
    [version("v1", {}), undefined],
    [version("v1", { deprecated: true }), "example.org/v1 Gear is deprecated"],
    [version("v1", { deprecated: true, deprecationWarning: "use v2" }), "use v2"],
  ];
  for (const [each, said] of rows) {
    const definition = { spec: { versions: [each] } };
    const type = { group: "example.org", version: "v1", kind: "Gear", definition };
    assert.equal(deprecationOf(type as Json), said);
  }
});
