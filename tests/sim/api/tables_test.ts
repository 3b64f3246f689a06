import assert from "node:assert/strict";
import { fromStorage } from "../../../lib/sim/api/conversion.ts";
import { typesOf } from "../../../lib/sim/api/custom_resources.ts";
import { columnData } from "../../../lib/sim/api/_data.ts";
import { isReview, ResourceRegistry } from "../../../lib/sim/api/resources.ts";
import { tableFor } from "../../../lib/sim/api/table.ts";
import type { Cell } from "../../../lib/sim/api/tables/mod.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";

interface Recorded {
  nowMs: number;
  crd: KubeObject;
  tables: { path: string; items: KubeObject[]; columns: string[]; rows: Cell[][] }[];
}

/** Objects and the tables that kube-apiserver v1.36.3 printed of them. */
const RECORDED: Recorded = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/tables.json", import.meta.url)),
);

/** Objects were made seconds before they were printed: such ages are holes. */
function steady(cell: Cell): Cell {
  return typeof cell === "string" && /^\d+s$/.test(cell) ? "<seconds>" : cell ?? null;
}

const registry = new ResourceRegistry();
for (const type of typesOf(RECORDED.crd)) registry.add(type);

for (const { path, items, columns, rows } of RECORDED.tables) {
  const [, apiVersion, plural] = /^\/apis?\/(.*?)\/(?:namespaces\/t\/)?([^/]+)$/.exec(path)!;
  Deno.test(`tableFor() prints ${plural} of ${apiVersion} as kube-apiserver does`, () => {
    const type = registry.byPath(apiVersion, plural);
    assert(type, `${path} is served`);
    const objects = items.map((item) => ({ ...item, apiVersion, kind: type.kind }));
    const table = tableFor(type, objects, RECORDED.nowMs);
    const definitions = table.columnDefinitions.map((column) =>
      `${column.name}:${column.type}:${column.format}:${column.priority}`
    );
    assert.deepEqual(definitions, columns);
    assert.deepEqual(
      table.rows.map(({ cells }) => cells.map(steady)),
      rows.map((cells) => cells.map(steady)),
    );
  });
}

Deno.test("tableFor() has upstream's columns of every kind, and what it says of them", () => {
  const { columns, texts } = columnData();
  let compared = 0;
  for (const type of registry.all()) {
    if (type.definition || isReview(type)) continue;
    const wanted = columns[type.resource] ?? columns[""];
    const found = tableFor(type, [], 0).columnDefinitions.map((column) => [
      column.name,
      column.type,
      column.format,
      column.priority,
      column.description,
    ]);
    const recorded = wanted.map((column) => [...column.slice(0, 4), texts[column[4]]]);
    assert.deepEqual(found, recorded, type.resource);
    compared++;
  }
  assert(compared > 50, `${compared}`);
});

Deno.test("tableFor() tells whether a claim of devices is allocated, reserved, deleted", () => {
  const type = registry.byPath("resource.k8s.io/v1", "resourceclaims")!;
  const claim = (status: object, deletionTimestamp?: string): KubeObject => ({
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: { name: "c", ...(deletionTimestamp ? { deletionTimestamp } : {}) },
    status,
  });
  const held = { allocation: {}, reservedFor: [{ resource: "pods", name: "p", uid: "u" }] };
  const gone = "2026-01-01T00:00:00Z";
  const claims = [
    claim({}),
    claim({ allocation: {} }),
    claim(held),
    claim(held, gone),
    claim({}, gone),
  ];
  assert.deepEqual(
    tableFor(type, claims, 0).rows.map(({ cells }) => cells[1]),
    ["pending", "allocated", "allocated,reserved", "deleted,allocated,reserved", "deleted"],
  );
});

Deno.test("tableFor() says of a custom resource's name what it says of every name", () => {
  const type = registry.byPath("example.org/v1", "widgets")!;
  const { columnDefinitions: [name, next] } = tableFor(type, [], 0);
  assert.match(name.description, /^Name must be unique within a namespace/);
  assert.notEqual(next.description, "");
});

Deno.test("tableFor() marks the rows of finished pods", () => {
  const pods = RECORDED.tables.find(({ path }) => path.endsWith("/pods"))!.items;
  const table = tableFor(registry.byPath("v1", "pods")!, pods, RECORDED.nowMs);
  const reasons = table.rows.map(({ conditions }) =>
    (conditions?.[0] as { reason: string } | undefined)?.reason
  );
  assert.deepEqual(
    reasons.filter(Boolean),
    pods.map(({ status }) => status.phase).filter((p) => p === "Succeeded" || p === "Failed"),
  );
});

Deno.test("tableFor() calls a pod that is being deleted Terminating, unless it is over", () => {
  const type = registry.byPath("v1", "pods")!;
  const pod = (phase: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", deletionTimestamp: "2026-01-01T00:00:00Z" },
    spec: { containers: [{ name: "a" }] },
    status: { phase },
  });
  const states = tableFor(type, [pod("Running"), pod("Succeeded")], 0).rows.map((r) => r.cells[2]);
  assert.deepEqual(states, ["Terminating", "Succeeded"]);
});

Deno.test("tableFor() prints a HorizontalPodAutoscaler alike in every version", () => {
  const [v1, v2] = ["autoscaling/v1", "autoscaling/v2"].map((version) =>
    registry.byPath(version, "horizontalpodautoscalers")!
  );
  const { items, rows } = RECORDED.tables.find(({ path }) => path.includes("autoscaling/v2"))!;
  const objects = items.map((item) => ({ ...item, apiVersion: "autoscaling/v2", kind: v2.kind }));
  const table = tableFor(v1, objects.map((item) => fromStorage(v1, item)), RECORDED.nowMs);
  const targets = (cells: Cell[]) => [cells[0], cells[2]];
  const single = (cells: Cell[]) => !String(cells[2]).includes(",");
  assert.deepEqual(
    table.rows.map(({ cells }) => cells).filter(single).map(targets),
    rows.filter(single).map(targets),
  );
});
