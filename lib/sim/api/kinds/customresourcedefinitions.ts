import { checkDefinition } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go. */
export const customresourcedefinitions = kind("customresourcedefinitions.apiextensions.k8s.io", {
  defaults: ({ spec }) => {
    fallback(spec, { conversion: { strategy: "None" }, names: { plural: "", kind: "" } });
    const { kind } = spec.names;
    if (kind) fallback(spec.names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  },
  validate: checkDefinition,
});
