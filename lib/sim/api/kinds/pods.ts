import {
  computeQosClass,
  containerResources,
  isPodLevelResource,
  type models,
} from "../../../kube/mod.ts";
import { tolerateFailures } from "../admission.ts";
import { age, columns, since } from "../tables/mod.ts";
import { checkNewPod, checkPodSpec, checkPodUpdate } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podSpec } from "./_pod_defaults.ts";
import { readinessGates, summary } from "./_pod_summary.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/pod/strategy.go. */
export const pods = kind("pods", {
  returnsDeleted: true,
  defaults: ({ spec }) => {
    podSpec(spec);
    fallback(spec, { enableServiceLinks: true });
    const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
    for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
      const { resources } = container;
      if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
      // Of pods alone: templates keep what they say (pkg/apis/core/v1/defaults.go, SetDefaults_Pod).
      for (const port of spec.hostNetwork ? container.ports ?? [] : []) {
        fallback(port, { hostPort: port.containerPort });
      }
    }
    podLevelResources(spec);
  },
  validate: (causes, pod, previous) => {
    checkPodSpec(causes, "spec", pod.spec);
    if (!previous) checkNewPod(causes, pod);
    if (previous && causes.list.length === 0) checkPodUpdate(causes, pod, previous);
  },
  firstStatus: (pod) => ({ phase: "Pending", qosClass: computeQosClass(pod) }),
  prepareForUpdate: (pod, _previous, { decoded, subresource }) => {
    if (decoded && !subresource) tolerateFailures(pod);
  },
  /** A pod that a kubelet runs alone is given any time; the kubelet ends it with 0. */
  graceSeconds: ({ spec, status }, { gracePeriodSeconds }) => {
    const isRunning = spec?.nodeName && !["Succeeded", "Failed"].includes(status?.phase);
    return isRunning ? gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30 : 0;
  },
  podSpecAt: "spec",
  // Upstream spares itself the look: people seldom change pods by hand.
  warnedOnUpdate: () => undefined,
  fieldAliases: { "spec.host": "spec.nodeName" },
  selectableFields: {
    "spec.nodeName": true,
    "spec.restartPolicy": true,
    "spec.schedulerName": true,
    "spec.serviceAccountName": true,
    "spec.hostNetwork": ({ spec }) => spec?.hostNetwork ?? false,
    "status.phase": true,
    "status.podIP": ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP,
    // It may be selected, and no pod has it.
    "status.podIPs": () => undefined,
    "status.nominatedNodeName": true,
  },
  printer: {
    columns: columns(
      "Name:name, Ready, Status, Restarts, Age, IP:wide, Node:wide, Nominated Node:wide, Readiness Gates:wide",
    ),
    cells: (pod, nowMs) => {
      const { ready, total, reason, restarts, lastRestart } = summary(pod);
      const when = restarts > 0 && lastRestart ? ` (${since(lastRestart, nowMs)} ago)` : "";
      return [
        pod.metadata.name,
        `${ready}/${total}`,
        reason,
        `${restarts}${when}`,
        age(pod, nowMs),
        pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || "<none>",
        pod.spec.nodeName || "<none>",
        pod.status?.nominatedNodeName || "<none>",
        readinessGates(pod),
      ];
    },
    conditions: (pod) => {
      const done: Record<string, string> = {
        Succeeded: "The pod has completed successfully.",
        Failed: "The pod failed.",
      };
      const phase = pod.status?.phase;
      const message = done[phase];
      return message ? [{ type: "Completed", status: "True", reason: phase, message }] : undefined;
    },
  },
});

/**
 * What a pod that states resources of its own leaves out: limits of huge pages and requests of what can be
 * overcommitted are what its containers add up to, other requests are its limits.
 * Source: kubernetes/kubernetes pkg/apis/core/v1/defaults.go (defaultHugePagePodLimits, defaultPodRequests).
 */
function podLevelResources(spec: models.PodSpec): void {
  const own = spec.resources;
  if (!own || !(filled(own.limits) || filled(own.requests))) return;
  const ofContainers = (part: "limits" | "requests", isMeant: (name: string) => boolean) =>
    Object.fromEntries(
      [...containerResources({ spec }, part)].filter(([name]) =>
        isPodLevelResource(name) && isMeant(name)
      ).map(([name, amount]) => [name, String(amount)]),
    );
  const isHuge = (name: string) => name.startsWith("hugepages-");
  const limits = { ...ofContainers("limits", isHuge), ...own.limits };
  if (!filled(limits)) return;
  own.limits = limits;
  const summed = ofContainers("requests", (name) => !isHuge(name));
  const same = Object.entries(limits).filter(([name]) => isPodLevelResource(name));
  own.requests = { ...Object.fromEntries(same), ...summed, ...own.requests };
}

function filled(list: object | undefined): boolean {
  return Object.keys(list ?? {}).length > 0;
}
