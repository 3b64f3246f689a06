import type { KubeObject } from "../../../kube/mod.ts";
import { age, columns, type Printer } from "./_cells.ts";

const nameAndAge: Printer = {
  columns: columns("Name:name, Age"),
  cells: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
};

/** The kinds of dynamic resource allocation. Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
export const devicePrinters: Record<string, Printer> = {
  "deviceclasses.resource.k8s.io": nameAndAge,
  "resourceclaimtemplates.resource.k8s.io": nameAndAge,
  "resourceclaims.resource.k8s.io": {
    columns: columns("Name:name, State, Age"),
    cells: (object, nowMs) => [object.metadata.name, claimState(object), age(object, nowMs)],
  },
  "resourceslices.resource.k8s.io": {
    columns: columns("Name:name, Node, Driver, Pool, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.nodeName ?? "",
      object.spec?.driver ?? "",
      object.spec?.pool?.name ?? "",
      age(object, nowMs),
    ],
  },
};

function claimState({ metadata, status }: KubeObject): string {
  const states = metadata.deletionTimestamp ? ["deleted"] : [];
  if (status?.allocation) {
    states.push("allocated");
    if (status.reservedFor?.length) states.push("reserved");
  } else if (!metadata.deletionTimestamp) states.push("pending");
  return states.join(",");
}
