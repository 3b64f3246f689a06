import { formatSelector } from "../../../kube/mod.ts";
import { checkReplicaSet } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podTemplate } from "./_pod_defaults.ts";
import { REPLICA_STATUS, replicaCells, REPLICAS } from "./_replica_sets.ts";

/** Source: kubernetes/kubernetes pkg/registry/apps/replicaset/strategy.go. */
export const replicasets = kind("replicasets.apps", {
  defaults: ({ spec }) => {
    fallback(spec, { replicas: 1 });
    podTemplate(spec);
  },
  validate: checkReplicaSet,
  statusRules: REPLICA_STATUS,
  podSpecAt: "spec.template.spec",
  namesPods: true,
  printer: {
    columns: REPLICAS,
    cells: (
      object,
      nowMs,
    ) => [...replicaCells(object, nowMs), formatSelector(object.spec.selector)],
  },
});
