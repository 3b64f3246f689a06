import type { KubeObject, Loose, models } from "../../../kube/mod.ts";
import { allocateAddresses } from "../service_addresses.ts";
import { isExternallyAccessible } from "../service_types.ts";
import { prepareServiceUpdate } from "../service_update.ts";
import { age, columns, labelsText } from "../tables/mod.ts";
import { checkService } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { loadBalancerText } from "./_load_balancer.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/service/strategy.go. */
export const services = kind("services", {
  countsChanges: false,
  returnsDeleted: true,
  defaults: ({ spec }) => {
    fallback(spec, { type: "ClusterIP", sessionAffinity: "None" });
    if (spec.type !== "ExternalName") {
      fallback(spec, { internalTrafficPolicy: "Cluster" });
    }
    if (isExternallyAccessible(spec)) {
      fallback(spec, { externalTrafficPolicy: "Cluster" });
    }
    if (spec.type === "LoadBalancer") fallback(spec, { allocateLoadBalancerNodePorts: true });
    if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
    else if (spec.sessionAffinity === "ClientIP") {
      fallback(spec, { sessionAffinityConfig: {} });
      fallback(spec.sessionAffinityConfig, { clientIP: {} });
      fallback(spec.sessionAffinityConfig.clientIP, { timeoutSeconds: 10800 });
    }
    for (const port of spec.ports ?? []) {
      fallback(port, { protocol: "TCP" });
      port.targetPort ||= port.port;
    }
  },
  validate: checkService,
  prepareForUpdate: prepareServiceUpdate,
  allocate: allocateAddresses,
  warnings: ({ spec }) => serviceWarnings(spec),
  warnedOnUpdate: (next) => next,
  selectableFields: {
    "spec.clusterIP": true,
    "spec.type": true,
  },
  printer: {
    columns: columns(
      "Name:name, Type, Cluster-IP, External-IP, Port(s), Age, Selector:wide",
    ),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec.type,
      object.spec.clusterIPs?.[0] ?? "<none>",
      externalIp(object),
      (object.spec.ports ?? []).map(portText).join(",") || "<none>",
      age(object, nowMs),
      labelsText(object.spec.selector),
    ],
  },
});

/** Source: kubernetes/kubernetes pkg/api/service/warnings.go. */
function serviceWarnings(spec: models.ServiceSpec): string[] {
  const { externalIPs, trafficDistribution, sessionAffinity, clusterIP, type } = spec;
  return [
    clusterIP === "None" && spec.loadBalancerIP &&
    "spec.loadBalancerIP is ignored for headless services",
    clusterIP === "None" && externalIPs?.length &&
    "spec.externalIPs is ignored for headless services",
    clusterIP === "None" && sessionAffinity === "ClientIP" &&
    "spec.SessionAffinity is ignored for headless services",
    externalIPs?.length &&
    (type === "ExternalName"
      ? 'spec.externalIPs is ignored when spec.type is "ExternalName"'
      : "spec.externalIPs is deprecated and may no longer be implemented in some clusters"),
    trafficDistribution === "PreferClose" &&
    'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
  ].filter((text): text is string => typeof text === "string" && text !== "");
}

function portText({ port, nodePort, protocol = "TCP" }: Loose<models.ServicePort>): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

function externalIp(service: KubeObject): string {
  const { type, externalIPs = [], externalName } = service.spec;
  switch (type) {
    case "ClusterIP":
    case "NodePort":
      return externalIPs.join(",") || "<none>";
    case "LoadBalancer":
      return [loadBalancerText(service), ...externalIPs].filter(Boolean).join(",") || "<pending>";
    case "ExternalName":
      return externalName ?? "";
    default:
      return "<unknown>";
  }
}
