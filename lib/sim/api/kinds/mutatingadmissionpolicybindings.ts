import { policyBindingPrinter } from "./_admission_policies.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/admissionregistration/mutatingadmissionpolicybinding/strategy.go. */
export const mutatingadmissionpolicybindings = kind(
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
  {
    printer: policyBindingPrinter,
  },
);
