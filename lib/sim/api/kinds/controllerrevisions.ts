import { controllerOf, type KubeObject, type ObjectOf } from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/apps/controllerrevision/strategy.go. */
export const controllerrevisions = kind("controllerrevisions.apps", {
  countsChanges: false,
  printer: {
    columns: columns("Name:name, Controller, Revision, Age"),
    cells: (object: ObjectOf<"controllerrevisions.apps">, nowMs) => [
      object.metadata.name,
      controllerText(object),
      object.revision ?? 0,
      age(object, nowMs),
    ],
  },
});

function controllerText(object: KubeObject): string {
  const owner = controllerOf(object);
  if (!owner) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}`;
}
