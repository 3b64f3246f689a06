import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { applyDefaults } from "../../../lib/sim/api/defaults.ts";
import { checkFields } from "../../../lib/sim/api/field_validation.ts";
import { alwaysHas, dropUnsaid, toGoForm } from "../../../lib/sim/api/fields/go_form.ts";
import { ResourceRegistry } from "../../../lib/sim/api/resources.ts";
import { defaultCases } from "./_default_cases.ts";

const RECORDED = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/defaults.json", import.meta.url)),
);

/** An object as it is when it has been decoded. */
function decoded(registry: ResourceRegistry, resource: string, object: KubeObject): KubeObject {
  checkFields(registry.byKind(object.apiVersion, object.kind)!, object, "Ignore");
  dropUnsaid(object);
  if (object.spec === undefined && alwaysHas(object, "spec")) object.spec = {};
  applyDefaults(resource, object);
  toGoForm(object);
  return object;
}

/** Without what Kubernetes writes as null, which is left out here. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, said(inner)]),
  );
}

Deno.test(`what was not said, or is Go's zero value, is defaulted as in Kubernetes ${RECORDED.kubernetes}`, () => {
  const registry = new ResourceRegistry();
  const cases = defaultCases();
  let compared = 0;
  assert.equal(cases.length, RECORDED.objects.length, "record again");
  for (const [i, { resource, object }] of cases.entries()) {
    const wanted = RECORDED.objects[i];
    // Kubernetes cannot decode it.
    if (wanted === null) continue;
    const given = JSON.stringify(object);
    const { metadata: _, status: __, ...found } = decoded(registry, resource, object);
    const { metadata: ___, status: ____, ...recorded } = wanted;
    assert.deepEqual(said(found), said(recorded), given);
    compared++;
  }
  assert.ok(compared > 300, `${compared}`);
});
