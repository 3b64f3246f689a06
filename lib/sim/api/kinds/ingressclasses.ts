import { age, columns } from "../tables/mod.ts";
import { checkIngressClass } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/networking/ingressclass/strategy.go. */
export const ingressclasses = kind("ingressclasses.networking.k8s.io", {
  defaults: ({ spec }) => {
    if (spec.parameters) fallback(spec.parameters, { scope: "Cluster" });
  },
  validate: checkIngressClass,
  printer: {
    columns: columns("Name:name, Controller, Parameters, Age"),
    cells: (object, nowMs) => {
      const isDefault =
        object.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
      const parameters = object.spec?.parameters;
      const group = parameters?.apiGroup ? `.${parameters.apiGroup}` : "";
      return [
        `${object.metadata.name}${isDefault ? " (default)" : ""}`,
        object.spec?.controller ?? "",
        parameters ? `${parameters.kind}${group}/${parameters.name}` : "<none>",
        age(object, nowMs),
      ];
    },
  },
});
