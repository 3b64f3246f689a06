import { columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/networking/ipaddress/strategy.go. */
export const ipaddresses = kind("ipaddresses.networking.k8s.io", {
  countsChanges: false,
  printer: {
    columns: columns("Name:name, ParentRef"),
    cells: ({ metadata, spec }) => {
      const { group = "", resource = "", namespace = "", name = "" } = spec?.parentRef ?? {};
      return [metadata.name, [group, resource, namespace, name].filter(Boolean).join("/")];
    },
  },
});
