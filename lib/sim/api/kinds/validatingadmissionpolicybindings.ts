import { checkPolicyBinding } from "../validation/mod.ts";
import { matchResources, policyBindingPrinter } from "./_admission_policies.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/admissionregistration/validatingadmissionpolicybinding/strategy.go. */
export const validatingadmissionpolicybindings = kind(
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  {
    defaults: ({ spec }) => {
      if (spec.matchResources) matchResources(spec.matchResources);
    },
    validate: checkPolicyBinding,
    printer: policyBindingPrinter,
  },
);
