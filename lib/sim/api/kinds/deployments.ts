import { formatSelector } from "../../../kube/mod.ts";
import { age, columns, containerTexts } from "../tables/mod.ts";
import { checkDeployment } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podTemplate } from "./_pod_defaults.ts";

/** Source: kubernetes/kubernetes pkg/registry/apps/deployment/strategy.go. */
export const deployments = kind("deployments.apps", {
  defaults: ({ spec }) => {
    fallback(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {},
    });
    fallback(spec.strategy, { type: "RollingUpdate" });
    if (spec.strategy.type === "RollingUpdate") {
      fallback(spec.strategy, { rollingUpdate: {} });
      fallback(spec.strategy.rollingUpdate, { maxUnavailable: "25%", maxSurge: "25%" });
    }
    podTemplate(spec);
  },
  validate: checkDeployment,
  statusRules: {
    counts: [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ],
    within: ["updatedReplicas", "readyReplicas", "availableReplicas"],
    ready: "readyReplicas",
  },
  podSpecAt: "spec.template.spec",
  namesPods: true,
  printer: {
    columns: columns(
      "Name:name, Ready, Up-to-date, Available, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => {
      const { metadata, spec, status = {} } = object;
      return [
        metadata.name,
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
        status.updatedReplicas ?? 0,
        status.availableReplicas ?? 0,
        age(object, nowMs),
        ...containerTexts(spec.template),
        formatSelector(spec.selector, ""),
      ];
    },
  },
});
