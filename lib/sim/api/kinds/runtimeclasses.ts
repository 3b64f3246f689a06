import type { KubeObject } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/node/runtimeclass/strategy.go. */
export const runtimeclasses = kind("runtimeclasses.node.k8s.io", {
  countsChanges: false,
  printer: {
    columns: columns("Name:name, Handler, Age"),
    cells: (object: KubeObject & { handler?: string }, nowMs) => [
      object.metadata.name,
      object.handler ?? "",
      age(object, nowMs),
    ],
  },
});
