import {
  controllerReference,
  type EndpointSlice,
  isReady,
  type models,
  type Pod,
  type Service,
} from "../../kube/mod.ts";
import type { Key, Reconciler } from "../reconcile.ts";
import type { SimContext, WatchEvent } from "../seams.ts";
import {
  isHeadless,
  podReference,
  podsOfService,
  publishesHostname,
  servicesOfPod,
  targetPort,
} from "./_endpoints.ts";
import { canonical } from "./_objects.ts";

const RESOURCE = "endpointslices.discovery.k8s.io";
const MANAGER = "endpointslice-controller.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";

/**
 * Keeps the EndpointSlices of every Service with a selector: one for each set of target ports.
 * Source: kubernetes/endpointslice reconciler.go, utils.go.
 * Differs: a slice is not split at a hundred endpoints.
 */
export function endpointSliceController({ api }: SimContext): Reconciler {
  return {
    name: "endpointslice-controller",
    watches: [
      { resource: "services" },
      { resource: "pods", keys: (event) => servicesOfPod(api, event) },
      { resource: RESOURCE, keys: serviceOfSlice },
    ],
    reconcile(key) {
      const service = api.get<Service>("services", key.namespace, key.name);
      if (!service || service.metadata.deletionTimestamp || !service.spec?.selector) return;
      if (service.spec.type === "ExternalName") return;
      const present = api.list(RESOURCE, {
        namespace: key.namespace,
        labelSelector: `${SERVICE_NAME}=${key.name},${MANAGED_BY}=${MANAGER}`,
      });
      const wanted = groupByPorts(service, podsOfService(api, service));
      const free = [...present];
      for (const [ports, endpoints] of wanted) {
        const index = free.findIndex((slice) => canonical(slice.ports) === canonical(ports));
        const [slice] = free.splice(index < 0 ? 0 : index, 1);
        write(service, slice, { ports, endpoints });
      }
      free.forEach((slice) => api.delete(RESOURCE, key.namespace, slice.metadata.name));
    },
  };

  function write(
    service: Service,
    slice: EndpointSlice | undefined,
    content: { ports: models.EndpointPort[]; endpoints: models.Endpoint[] },
  ): void {
    const labels = sliceLabels(service);
    if (!slice) {
      api.create<EndpointSlice>(RESOURCE, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: "",
          generateName: `${service.metadata.name}-`,
          namespace: service.metadata.namespace,
          labels,
          ownerReferences: [controllerReference({ ...service, apiVersion: "v1", kind: "Service" })],
        },
        addressType: "IPv4",
        ...content,
      });
      return;
    }
    const same = canonical([slice.ports, slice.endpoints, slice.metadata.labels]) ===
      canonical([content.ports, content.endpoints, labels]);
    if (same) return;
    const next = { ...structuredClone(slice), ...content };
    next.metadata.labels = labels;
    api.update(RESOURCE, next);
  }
}

function serviceOfSlice(event: WatchEvent): Key[] {
  // A slice that was edited or deleted by hand is put right; one's own writes end the loop.
  if (event.type === "ADDED") return [];
  const name = event.object.metadata.labels?.[SERVICE_NAME];
  return name ? [{ namespace: event.object.metadata.namespace!, name }] : [];
}

function sliceLabels(service: Service): Record<string, string> {
  return {
    ...service.metadata.labels,
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
    ...(isHeadless(service) ? { "service.kubernetes.io/headless": "" } : {}),
  };
}

/** Endpoints by the ports they serve; a Service without pods has one empty slice. */
function groupByPorts(
  service: Service,
  pods: readonly Pod[],
): [ports: models.EndpointPort[], endpoints: models.Endpoint[]][] {
  const groups = new Map<string, [models.EndpointPort[], models.Endpoint[]]>();
  for (const pod of pods) {
    const ports: models.EndpointPort[] = [];
    for (const port of service.spec?.ports ?? []) {
      const number = targetPort(pod, port);
      if (number === undefined) continue;
      ports.push({
        name: port.name ?? "",
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      });
    }
    const id = JSON.stringify(ports);
    const group = groups.get(id) ?? [ports, []];
    group[1].push(endpoint(service, pod));
    groups.set(id, group);
  }
  if (groups.size === 0) return [[[], []]];
  return [...groups.values()];
}

function endpoint(service: Service, pod: Pod): models.Endpoint {
  const serving = isReady(pod);
  const terminating = Boolean(pod.metadata.deletionTimestamp);
  const ready = Boolean(service.spec?.publishNotReadyAddresses) || (serving && !terminating);
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    ...(publishesHostname(pod, service) ? { hostname: pod.spec!.hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: podReference(pod),
  };
}
