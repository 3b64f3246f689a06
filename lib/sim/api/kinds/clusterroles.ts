import { checkRole } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/rbac/clusterrole/strategy.go. */
export const clusterroles = kind("clusterroles.rbac.authorization.k8s.io", {
  specless: true,
  countsChanges: false,
  defaults: (role: { rules?: unknown }) => {
    role.rules ??= null;
  },
  validate: checkRole,
});
