import { controllerReference, type KubeObject, type models, type Service } from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import { canonical } from "./_objects.ts";

const RESOURCE = "endpointslices.discovery.k8s.io";
const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
/** What is not copied from annotations. */
const OWN_ANNOTATIONS = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
]);

/**
 * Keeps an EndpointSlice for each subset of the Endpoints that somebody wrote for a Service without a selector.
 * Source: kubernetes/kubernetes pkg/controller/endpointslicemirroring (reconciler.go, utils.go).
 * Differs: a subset is one slice, however many addresses it has.
 */
export function endpointSliceMirroring({ api }: SimContext): Reconciler {
  return {
    name: "endpoint-slice-mirroring-controller",
    watches: [{ resource: "endpoints" }, { resource: "services" }],
    reconcile({ namespace, name }) {
      const service = api.get<Service>("services", namespace, name);
      const endpoints = api.get("endpoints", namespace, name);
      const isMirrored = service && !service.spec?.selector && endpoints &&
        endpoints.metadata.labels?.[SKIP] !== "true";
      const present = api.list(RESOURCE, {
        namespace,
        labelSelector: `${SERVICE_NAME}=${name},${MANAGED_BY}=${MANAGER}`,
      });
      const wanted = isMirrored ? endpoints.subsets ?? [] : [];
      wanted.forEach((subset, i) => write(endpoints!, subset, present[i]));
      for (const { metadata } of present.slice(wanted.length)) {
        api.delete(RESOURCE, namespace, metadata.name);
      }
    },
  };

  function write(
    endpoints: KubeObject,
    subset: models.EndpointSubset,
    slice: KubeObject | undefined,
  ): void {
    const { name, namespace, labels, annotations = {} } = endpoints.metadata;
    const kept = Object.entries(annotations).filter(([key]) => !OWN_ANNOTATIONS.has(key));
    const metadata = {
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
      ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
    };
    const content = {
      endpoints: [
        ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
        ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
      ],
      ports: (subset.ports ?? []).map(({ name = "", port, protocol = "TCP", appProtocol }) => ({
        name,
        port,
        protocol,
        ...(appProtocol ? { appProtocol } : {}),
      })),
    };
    if (!slice) {
      const owner = controllerReference({ ...endpoints, apiVersion: "v1", kind: "Endpoints" });
      api.create(RESOURCE, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          generateName: `${name}-`,
          namespace,
          ...metadata,
          ownerReferences: [owner],
        } as Partial<KubeObject["metadata"]> as KubeObject["metadata"],
        addressType: "IPv4",
        ...content,
      });
      return;
    }
    const next: KubeObject = { ...structuredClone(slice), ...content };
    Object.assign(next.metadata, metadata);
    if (canonical(next) !== canonical(slice)) api.update(RESOURCE, next);
  }
}

function endpointOf({ ip, hostname, nodeName, targetRef }: models.EndpointAddress, ready: boolean) {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}
