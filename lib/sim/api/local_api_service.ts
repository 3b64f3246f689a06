import type { KubeObject } from "../../kube/mod.ts";
import type { ResourceType } from "./resources.ts";

/**
 * The APIService of a group and version that this server answers for itself.
 * Source: kubernetes/kube-aggregator pkg/controllers/autoregister; kubernetes/kubernetes pkg/controlplane/apiserver/apis.go.
 */
export function localApiService(
  { group, version, definition }: ResourceType,
  { uid, now }: { uid: string; now: string },
): KubeObject {
  const priority = definition ? 1000 : group === "" ? 18_000 : 17_800;
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: `${version}.${group}`,
      uid,
      creationTimestamp: now,
      labels: { "kube-aggregator.kubernetes.io/automanaged": definition ? "true" : "onstart" },
    },
    spec: {
      ...(group ? { group } : {}),
      groupPriorityMinimum: priority,
      version,
      versionPriority: definition ? 100 : 15,
    },
    status: {
      conditions: [{
        type: "Available",
        status: "True",
        lastTransitionTime: now,
        reason: "Local",
        message: "Local APIServices are always available",
      }],
    },
  };
}
