import assert from "node:assert/strict";
import { computeQosClass } from "../../lib/kube/mod.ts";
import { QOS_CASES } from "./_qos_cases.ts";
import recorded from "./testdata/qos.json" with { type: "json" };

const classes: Record<string, string> = recorded.classes;

Deno.test("computeQosClass() gives every pod the class that Kubernetes gives it", () => {
  assert.equal(Object.keys(classes).length, QOS_CASES.length);
  for (const pod of QOS_CASES) assert.equal(computeQosClass(pod), classes[pod.name], pod.name);
});
