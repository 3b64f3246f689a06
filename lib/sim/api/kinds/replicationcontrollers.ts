import { labelsText } from "../tables/mod.ts";
import { checkReplicationController } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podSpec } from "./_pod_defaults.ts";
import { REPLICA_STATUS, replicaCells, REPLICAS } from "./_replica_sets.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/replicationcontroller/strategy.go. */
export const replicationcontrollers = kind("replicationcontrollers", {
  defaults: ({ metadata, spec }) => {
    const { labels } = spec.template?.metadata ?? {};
    if (labels && Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    fallback(spec, { replicas: 1 });
    podSpec(spec.template?.spec);
  },
  validate: checkReplicationController,
  statusRules: REPLICA_STATUS,
  podSpecAt: "spec.template.spec",
  namesPods: true,
  // Of these upstream looks at the template of before.
  warnedOnUpdate: (next, previous) =>
    next.metadata.generation === previous.metadata.generation ? undefined : previous,
  selectableFields: {
    "status.replicas": ({ status }) => status?.replicas ?? 0,
  },
  printer: {
    columns: REPLICAS,
    cells: (object, nowMs) => [...replicaCells(object, nowMs), labelsText(object.spec.selector)],
  },
});
