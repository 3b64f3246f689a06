import type { KubeObject } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/resource/resourceclaim/strategy.go. */
export const resourceclaims = kind("resourceclaims.resource.k8s.io", {
  countsChanges: false,
  returnsDeleted: true,
  printer: {
    columns: columns("Name:name, State, Age"),
    cells: (object, nowMs) => [object.metadata.name, claimState(object), age(object, nowMs)],
  },
});

function claimState({ metadata, status }: KubeObject): string {
  const states = metadata.deletionTimestamp ? ["deleted"] : [];
  if (status?.allocation) {
    states.push("allocated");
    if (status.reservedFor?.length) states.push("reserved");
  } else if (!metadata.deletionTimestamp) states.push("pending");
  return states.join(",");
}
