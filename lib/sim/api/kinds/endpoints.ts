import type { ObjectOf } from "../../../kube/mod.ts";
import { age, columns, firstOf } from "../tables/mod.ts";
import { checkEndpoints } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/endpoint/strategy.go. */
export const endpoints = kind("endpoints", {
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  specless: true,
  countsChanges: false,
  defaults: ({ subsets }) => {
    for (const { ports } of subsets ?? []) {
      for (const port of ports ?? []) fallback(port, { protocol: "TCP" });
    }
  },
  validate: checkEndpoints,
  printer: {
    columns: columns("Name:name, Endpoints, Age"),
    cells: (object, nowMs) => [object.metadata.name, endpointsText(object), age(object, nowMs)],
  },
});

function endpointsText({ subsets = [] }: ObjectOf<"endpoints">): string {
  if (subsets.length === 0) return "<none>";
  return firstOf(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map(({ ip }) => ip)
        : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)
        )
    ),
    3,
  );
}
