import assert from "node:assert/strict";
import { customPrinter } from "../../../lib/sim/api/tables/_custom.ts";

// Source: apiextensions-apiserver v0.36 pkg/registry/customresource/tableconvertor/tableconvertor.go; the texts are
// recorded from client-go v0.36.3 util/jsonpath.
Deno.test("columns of custom resources are what kubectl's JSONPath finds", () => {
  const rows: [type: string, jsonPath: string, cell: unknown][] = [
    ["string", ".spec.text", "a"],
    ["string", ".spec.none", "<no value>"],
    ["string", ".spec.missing.x", null],
    ["string", ".spec.list", '["a",1]'],
    ["string", ".spec.list[*]", "a"],
    ["string", ".spec.list[9]", null],
    ["string", ".spec.map", '{"a":"\\u003c","b":1}'],
    ["string", ".spec.half", "1.5"],
    ["string", '.status.conditions[?(@.type=="Ready")].status', "True"],
    ["string", ".status.conditions[?(@.type==]", null],
    ["string", ".metadata.labels.app\\.kubernetes\\.io/name", "web"],
    ["integer", ".spec.half", 1],
    ["integer", ".spec.text", null],
    ["boolean", ".spec.on", true],
    ["date", ".metadata.creationTimestamp", "60s"],
    ["date", ".spec.text", "<invalid>"],
  ];
  const columns = rows.map(([type, jsonPath], i) => ({ name: `C${i}`, type, jsonPath }));
  const definition = { spec: { versions: [{ name: "v1", additionalPrinterColumns: columns }] } };
  const object = {
    metadata: {
      name: "x",
      labels: { "app.kubernetes.io/name": "web" },
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { text: "a", none: null, list: ["a", 1], map: { b: 1, a: "<" }, half: 1.5, on: true },
    status: { conditions: [{ type: "Live", status: "False" }, { type: "Ready", status: "True" }] },
  };
  const printer = customPrinter(definition as never, "v1");
  const cells = printer.cells(object as never, Date.parse("2026-01-01T00:01:00Z"));
  assert.deepEqual(cells, ["x", ...rows.map(([, , cell]) => cell)]);
});
