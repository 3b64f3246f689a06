import { checkRoleBinding } from "../validation/mod.ts";
import { kind } from "./_kind.ts";
import { bindingDefaults, bindingPrinter } from "./_role_bindings.ts";

/** Source: kubernetes/kubernetes pkg/registry/rbac/rolebinding/strategy.go. */
export const rolebindings = kind("rolebindings.rbac.authorization.k8s.io", {
  specless: true,
  countsChanges: false,
  defaults: bindingDefaults,
  validate: checkRoleBinding,
  printer: bindingPrinter,
});
