import { rfc3339 } from "../../go/mod.ts";
import { isReady, type models, type ObjectOf, type Pod, type Service } from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import {
  isHeadless,
  podReference,
  podsOfService,
  publishesHostname,
  servicesOfPod,
  targetPort,
} from "./_endpoints.ts";
import { canonical } from "./_objects.ts";

const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGED_BY = "endpoints.kubernetes.io/managed-by";

/**
 * Keeps the (deprecated) Endpoints object of every Service with a selector.
 * Source: kubernetes pkg/controller/endpoint/endpoints_controller.go.
 */
export function endpointsController({ api, clock }: SimContext): Reconciler {
  return {
    name: "endpoint-controller",
    watches: [
      { resource: "services" },
      { resource: "pods", keys: (event) => servicesOfPod(api, event) },
    ],
    reconcile({ namespace, name }) {
      const service = api.get<Service>("services", namespace, name);
      const present = api.get("endpoints", namespace, name);
      if (!service) {
        if (present?.metadata.labels?.[MANAGED_BY]) api.delete("endpoints", namespace, name);
        return;
      }
      if (!service.spec?.selector || service.spec.type === "ExternalName") return;
      const subsets = subsetsOf(service, podsOfService(api, service));
      const labels: Record<string, string> = {
        ...service.metadata.labels,
        [MANAGED_BY]: "endpoint-controller",
        ...(isHeadless(service) ? { "service.kubernetes.io/headless": "" } : {}),
      };
      const same = present && canonical(present.subsets) === canonical(subsets) &&
        canonical(present.metadata.labels) === canonical(labels);
      if (same) return;
      const annotations = {
        ...present?.metadata.annotations,
        [TRIGGER_TIME]: rfc3339(clock.now()),
      };
      const next: ObjectOf<"endpoints"> = present
        ? structuredClone(present)
        : { apiVersion: "v1", kind: "Endpoints", metadata: { name, namespace } };
      next.metadata.labels = labels;
      next.metadata.annotations = annotations;
      next.subsets = subsets;
      if (present) api.update("endpoints", next);
      else api.create("endpoints", next);
    },
  };
}

/** Addresses grouped by the ports they serve. Source: kubernetes pkg/api/v1/endpoints/util.go. */
function subsetsOf(service: Service, pods: readonly Pod[]): models.EndpointSubset[] {
  const groups = new Map<string, Required<models.EndpointSubset>>();
  for (const pod of pods) {
    const ports = (service.spec?.ports ?? []).flatMap((port) => {
      const number = targetPort(pod, port);
      return number === undefined ? [] : [{
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      }];
    });
    if (ports.length === 0 && !isHeadless(service)) continue;
    const id = JSON.stringify(ports);
    const group = groups.get(id) ?? { addresses: [], notReadyAddresses: [], ports };
    groups.set(id, group);
    const address = {
      ip: pod.status?.podIP ?? "",
      ...(publishesHostname(pod, service) ? { hostname: pod.spec!.hostname } : {}),
      ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
      targetRef: podReference(pod),
    };
    const published = service.spec?.publishNotReadyAddresses ||
      (isReady(pod) && !pod.metadata.deletionTimestamp);
    if (published) group.addresses.push(address);
    else if (!pod.metadata.deletionTimestamp) group.notReadyAddresses.push(address);
  }
  return [...groups.values()].map(({ addresses, notReadyAddresses, ports }) => ({
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }));
}
