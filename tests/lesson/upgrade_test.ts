import assert from "node:assert/strict";
import { UPGRADE } from "../../lib/lesson/mod.ts";
import { helmUpgradeIn } from "../../lib/lesson/values.ts";

Deno.test("helmUpgradeIn() finds the helm line of the upgrade, variables filled in", () => {
  const [, target] = UPGRADE.split(" ");
  const recipe = "\thelm repo add x\n\thelm upgrade --install r \\\n\t\t-n $(NS)\n";
  const other = "other:\n\thelm upgrade other\n";
  const line = "helm upgrade --install r -n default";
  assert.equal(helmUpgradeIn(`NS := default\n\n${target}: other\n${recipe}\n${other}`), line);
  assert.equal(helmUpgradeIn(`${target}:\n\techo\n\n${other}`), undefined);
  assert.equal(helmUpgradeIn(other), undefined);
  assert.equal(helmUpgradeIn("no makefile"), undefined);
});
