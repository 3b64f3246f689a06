import { checkRole } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/rbac/role/strategy.go. */
export const roles = kind("roles.rbac.authorization.k8s.io", {
  countsChanges: false,
  validate: checkRole,
});
