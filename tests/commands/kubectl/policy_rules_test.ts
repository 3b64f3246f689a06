import assert from "node:assert/strict";
import { ruleRows } from "../../../lib/commands/kubectl/policy_rules.ts";

// Source: kubernetes/kubectl pkg/util/rbac/rbac_test.go.
Deno.test("ruleRows() joins rules of one resource, and sorts by verbs", () => {
  const rows = ruleRows([
    { apiGroups: ["", "apps"], resources: ["pods/log"], verbs: ["get"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["list", "get"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["a", "b"], verbs: ["get"] },
    { nonResourceURLs: ["/healthz", "/api/*"], verbs: ["get"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] },
  ]);
  assert.deepEqual(rows, [
    ["jobs.batch", "[]", "[]", "[create]"],
    ["pods/log", "[]", "[]", "[get list]"],
    ["", "[/api/*]", "[]", "[get]"],
    ["", "[/healthz]", "[]", "[get]"],
    ["secrets", "[]", "[a]", "[get]"],
    ["secrets", "[]", "[b]", "[get]"],
    ["pods.apps/log", "[]", "[]", "[get]"],
  ]);
});
