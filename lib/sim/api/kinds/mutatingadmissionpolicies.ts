import { checkMutatingPolicy } from "../validation/mod.ts";
import { policyPrinter } from "./_admission_policies.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/admissionregistration/mutatingadmissionpolicy/strategy.go. */
export const mutatingadmissionpolicies = kind(
  "mutatingadmissionpolicies.admissionregistration.k8s.io",
  {
    validate: checkMutatingPolicy,
    printer: policyPrinter("Mutations", "mutations"),
  },
);
