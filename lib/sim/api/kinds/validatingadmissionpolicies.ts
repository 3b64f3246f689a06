import { checkPolicy } from "../validation/mod.ts";
import { matchResources, policyPrinter } from "./_admission_policies.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/admissionregistration/validatingadmissionpolicy/strategy.go. */
export const validatingadmissionpolicies = kind(
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  {
    defaults: ({ spec }) => {
      fallback(spec, { failurePolicy: "Fail" });
      if (spec.matchConstraints) matchResources(spec.matchConstraints);
    },
    validate: checkPolicy,
    printer: policyPrinter("Validations", "validations"),
  },
);
