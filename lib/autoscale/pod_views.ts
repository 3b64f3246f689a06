import type { PodView, Requests } from "./hpa_types.ts";
import { conditionOf, type Pod } from "../kube/mod.ts";

const views = new WeakMap<Pod, PodView>();

/** What the arithmetic needs to know of a pod; made once of each state of it, for those are frozen. */
export function podView(pod: Pod): PodView {
  let view = views.get(pod);
  if (!view) views.set(pod, view = viewOf(pod));
  return view;
}

function viewOf(pod: Pod): PodView {
  const ready = conditionOf(pod, "Ready");
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    (container) => container.restartPolicy === "Always",
  );
  const podRequests =
    (pod.spec as { resources?: { requests?: Record<string, string> } } | undefined)
      ?.resources?.requests;
  const requestsOf = ({ resources }: { resources?: { requests?: unknown } }) =>
    (resources?.requests ?? {}) as Requests;
  return {
    name: pod.metadata.name,
    phase: pod.status?.phase ?? "Pending",
    deleting: pod.metadata.deletionTimestamp !== undefined,
    ...(ready
      ? {
        ready: {
          status: ready.status,
          lastTransitionMs: Date.parse(String(ready.lastTransitionTime)),
        },
      }
      : {}),
    ...(pod.status?.startTime ? { startMs: Date.parse(String(pod.status.startTime)) } : {}),
    containers: [...(pod.spec?.containers ?? []), ...sidecars].map((container) => ({
      name: container.name,
      requests: requestsOf(container),
    })),
    ...(podRequests
      ? {
        podRequests,
        initContainers: (pod.spec?.initContainers ?? []).map((container) => ({
          requests: requestsOf(container),
          isSidecar: container.restartPolicy === "Always",
        })),
        overhead: pod.spec?.overhead as Requests | undefined,
      }
      : {}),
  };
}
