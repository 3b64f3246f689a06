import type { EndpointSlice } from "../../../kube/mod.ts";
import { age, columns, firstOf } from "../tables/mod.ts";
import { checkEndpointSlice } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/discovery/endpointslice/strategy.go. */
export const endpointslices = kind("endpointslices.discovery.k8s.io", {
  specless: true,
  defaults: ({ ports }) => {
    for (const port of ports ?? []) fallback(port, { name: "", protocol: "TCP" });
  },
  validate: checkEndpointSlice,
  printer: {
    columns: columns("Name:name, AddressType, Ports, Endpoints, Age"),
    cells: (object: EndpointSlice, nowMs) => [
      object.metadata.name,
      object.addressType,
      firstOf(
        (object.ports ?? []).map(({ port, name }) => String(port ?? name ?? "*")),
        3,
      ) || "<unset>",
      firstOf(
        (object.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
        3,
      ) ||
      "<unset>",
      age(object, nowMs),
    ],
  },
});
