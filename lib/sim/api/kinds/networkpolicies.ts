import { formatSelector } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkNetworkPolicy } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/networking/networkpolicy/strategy.go. */
export const networkpolicies = kind("networkpolicies.networking.k8s.io", {
  defaults: ({ spec }) => {
    if (!spec.policyTypes?.length) {
      spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
    }
    for (const rule of [...spec.ingress ?? [], ...spec.egress ?? []]) {
      for (const port of rule.ports ?? []) fallback(port, { protocol: "TCP" });
    }
  },
  validate: checkNetworkPolicy,
  printer: {
    columns: columns("Name:name, Pod-Selector, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      formatSelector(object.spec?.podSelector),
      age(object, nowMs),
    ],
  },
});
