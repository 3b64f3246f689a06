import type { PodView } from "../../../autoscale/mod.ts";
import type { Pod } from "../../../kube/mod.ts";

/** What the arithmetic needs to know of a pod. */
export function podView(pod: Pod): PodView {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    (container) => container.restartPolicy === "Always",
  );
  const podRequests =
    (pod.spec as { resources?: { requests?: Record<string, string> } } | undefined)
      ?.resources?.requests;
  return {
    name: pod.metadata.name,
    phase: pod.status?.phase ?? "Pending",
    deleting: pod.metadata.deletionTimestamp !== undefined,
    ...(ready
      ? {
        ready: {
          status: ready.status === "True",
          lastTransitionMs: Date.parse(String(ready.lastTransitionTime)),
        },
      }
      : {}),
    ...(pod.status?.startTime ? { startMs: Date.parse(String(pod.status.startTime)) } : {}),
    containers: [...(pod.spec?.containers ?? []), ...sidecars].map(({ name, resources }) => ({
      name,
      requests: (resources?.requests ?? {}) as Record<string, string | number>,
    })),
    ...(podRequests ? { podRequests } : {}),
  };
}
