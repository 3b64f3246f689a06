import assert from "node:assert/strict";
import { conditionOf, type KubeObject } from "../../../lib/kube/mod.ts";
import { testServer } from "../api/fixtures.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
const GEARS = "gears.example.org";

const DEFINITION: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: GEARS },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "gears", kind: "Gear" },
    versions: [{
      name: "v1",
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: "object" } },
    }],
  },
};

function gear(name: string, finalizers?: string[]): KubeObject {
  const metadata = { name, namespace: "t", ...(finalizers ? { finalizers } : {}) };
  return { apiVersion: "example.org/v1", kind: "Gear", metadata };
}

Deno.test("a definition goes when the last of its objects has gone", () => {
  const { api, clock } = testServer("t");
  api.create(DEFINITIONS, DEFINITION);
  api.create(GEARS, gear("held", ["example.org/hold"]));
  api.create(GEARS, gear("free"));
  api.delete(DEFINITIONS, "", GEARS);
  const reasonOf = () => conditionOf(api.get(DEFINITIONS, "", GEARS), "Terminating")?.reason;
  assert.equal(reasonOf(), "InstanceDeletionPending");
  clock.advance(1000);
  assert.equal(reasonOf(), "InstanceDeletionInProgress");
  assert.deepEqual(api.list(GEARS).map(({ metadata }) => metadata.name), ["held"]);
  assert.ok(api.get(GEARS, "t", "held")!.metadata.deletionTimestamp);
  assert.throws(() => api.create(GEARS, gear("late")), {
    code: 405,
    message: "create not allowed while custom resource definition is terminating",
  });
  api.patch(GEARS, "t", "held", { metadata: { finalizers: null } });
  clock.advance(6000);
  assert.equal(api.get(DEFINITIONS, "", GEARS), undefined);
  assert.equal(api.serves(GEARS), false);
  api.create(DEFINITIONS, DEFINITION);
  assert.deepEqual(api.list(GEARS), []);
});
