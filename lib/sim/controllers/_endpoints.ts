import {
  isFinished,
  isReady,
  type KubeObject,
  type models,
  type Pod,
  selects,
  type Service,
} from "../../kube/mod.ts";
import type { Key } from "../reconcile.ts";
import type { SimApi, WatchEvent } from "../seams.ts";

/** The keys of Services that a pod's change may concern: those that select its labels, old or new. */
export function servicesOfPod(api: SimApi, event: WatchEvent): Key[] {
  const { object, previous } = event;
  if (event.type === "MODIFIED" && previous && sameEndpoint(object, previous)) return [];
  const namespace = object.metadata.namespace!;
  const keys: Key[] = [];
  for (const service of api.list<Service>("services", { namespace })) {
    const matchLabels = service.spec?.selector;
    if (!matchLabels) continue;
    const concerned = selects({ matchLabels }, object.metadata.labels) ||
      (previous && selects({ matchLabels }, previous.metadata.labels));
    if (concerned) keys.push({ namespace, name: service.metadata.name });
  }
  return keys;
}

function sameEndpoint(a: Pod, b: Pod): boolean {
  return a.status?.podIP === b.status?.podIP && isReady(a) === isReady(b) &&
    isFinished(a) === isFinished(b) && a.spec?.nodeName === b.spec?.nodeName &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    JSON.stringify(a.metadata.labels) === JSON.stringify(b.metadata.labels);
}

/** The pods behind a Service: selected, with an address and not finished, in order of name. */
export function podsOfService(api: SimApi, service: Service): Pod[] {
  const matchLabels = service.spec?.selector;
  const namespace = service.metadata.namespace;
  return api.list<Pod>("pods", { namespace })
    .filter((pod) =>
      pod.status?.podIP && !isFinished(pod) && selects({ matchLabels }, pod.metadata.labels)
    )
    .sort((a, b) => a.metadata.name < b.metadata.name ? -1 : 1);
}

/**
 * The port of `pod` that a Service port sends to; undefined when no container names it.
 * Source: kubernetes/endpointslice utils.go (FindPort).
 */
export function targetPort(pod: Pod, port: models.ServicePort): number | undefined {
  const target = port.targetPort;
  if (target === undefined || target === 0 || target === "") return port.port;
  if (typeof target === "number") return target;
  const protocol = port.protocol ?? "TCP";
  for (const container of pod.spec?.containers ?? []) {
    for (const one of container.ports ?? []) {
      if (one.name === target && (one.protocol ?? "TCP") === protocol) return one.containerPort;
    }
  }
  for (const container of pod.spec?.initContainers ?? []) {
    if (container.restartPolicy !== "Always") continue;
    for (const one of container.ports ?? []) {
      if (one.name === target && (one.protocol ?? "TCP") === protocol) return one.containerPort;
    }
  }
}

export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === "None" || !service.spec?.clusterIP;
}

/** Whether a pod's own host name is published behind the Service. */
export function publishesHostname(pod: Pod, service: Service): boolean {
  return Boolean(pod.spec?.hostname) && pod.spec?.subdomain === service.metadata.name;
}

export function podReference(pod: KubeObject): Record<string, string> {
  return {
    kind: "Pod",
    namespace: pod.metadata.namespace!,
    name: pod.metadata.name,
    uid: pod.metadata.uid!,
  };
}
