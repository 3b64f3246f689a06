import assert from "node:assert/strict";
import { selectorFault } from "../../lib/autoscale/mod.ts";
import type { LabelSelector } from "../../lib/kube/mod.ts";

Deno.test("a requirement is held to upstream's operators, whatever it leaves out", () => {
  const fault = (requirement: unknown) =>
    selectorFault({ matchExpressions: [requirement] } as LabelSelector);
  assert.equal(fault({ key: "a", operator: "Exists", values: null }), undefined);
  assert.equal(fault({ key: "a", operator: "" }), '"" is not a valid label selector operator');
  assert.equal(fault({ key: "a" }), '"" is not a valid label selector operator');
  assert.match(fault({ key: "a", operator: "In", values: null })!, /values set can't be empty/);
  assert.equal(selectorFault({ matchLabels: { a: "b" } }), undefined);
});
