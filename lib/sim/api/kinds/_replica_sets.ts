import type { KubeObject } from "../../../kube/mod.ts";
import { age, columns, containerTexts } from "../tables/mod.ts";
import type { StatusRules } from "../validation/mod.ts";

export const REPLICAS = columns(
  "Name:name, Desired:integer, Current:integer, Ready:integer, Age, Containers:wide, Images:wide, Selector:wide",
);

export function replicaCells(object: KubeObject, nowMs: number) {
  const { spec, status = {} } = object;
  return [
    object.metadata.name,
    spec.replicas ?? 0,
    status.replicas ?? 0,
    status.readyReplicas ?? 0,
    age(object, nowMs),
    ...containerTexts(spec.template),
  ];
}

export const REPLICA_STATUS: StatusRules = {
  counts: [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
    "terminatingReplicas",
  ],
  within: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  ready: "readyReplicas",
};
