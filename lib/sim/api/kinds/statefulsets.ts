import { age, columns, containerTexts } from "../tables/mod.ts";
import { checkStatefulSet } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podTemplate } from "./_pod_defaults.ts";

/** Source: kubernetes/kubernetes pkg/registry/apps/statefulset/strategy.go. */
export const statefulsets = kind("statefulsets.apps", {
  defaults: ({ spec }) => {
    fallback(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: "OrderedReady",
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    });
    fallback(spec.persistentVolumeClaimRetentionPolicy, {
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
    fallback(spec.updateStrategy, { type: "RollingUpdate" });
    if (spec.updateStrategy.type === "RollingUpdate") {
      fallback(spec.updateStrategy, { rollingUpdate: {} });
      fallback(spec.updateStrategy.rollingUpdate, { partition: 0 });
    }
    for (const claim of spec.volumeClaimTemplates ?? []) {
      fallback(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim", status: {} });
      fallback(claim.spec ?? {}, { volumeMode: "Filesystem" });
      fallback(claim.status, { phase: "Pending" });
    }
    podTemplate(spec);
  },
  validate: checkStatefulSet,
  statusRules: {
    counts: [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ],
    within: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    ready: "status.readyReplicas",
  },
  podSpecAt: "spec.template.spec",
  warnings: ({ spec }) =>
    spec.revisionHistoryLimit < 0
      ? [
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
      ]
      : [],
  printer: {
    columns: columns("Name:name, Ready, Age, Containers:wide, Images:wide"),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
        age(object, nowMs),
        ...containerTexts(spec.template),
      ];
    },
  },
});
