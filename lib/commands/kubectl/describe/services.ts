import { joinHostPort } from "../../../go/mod.ts";
import type { Loose, models, Served } from "../../../kube/mod.ts";
import { formatLabels } from "../get_table.ts";
import type { DescriptionWriter } from "./writer.ts";

type EndpointSlice = Served<"endpointslices.discovery.k8s.io">;

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeService). */
export function describeService(
  service: Served<"services">,
  slices: EndpointSlice[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = service;
  w.named(metadata);
  w.tagged(metadata);
  w.field(0, "Selector", formatLabels(spec.selector));
  w.field(0, "Type", spec.type ?? "");
  if (spec.ipFamilyPolicy) w.field(0, "IP Family Policy", spec.ipFamilyPolicy);
  w.field(0, "IP Families", (spec.ipFamilies ?? []).join(",") || "<none>");
  w.field(0, "IP", spec.clusterIP ?? "");
  w.field(0, "IPs", (spec.clusterIPs ?? []).join(",") || "<none>");
  if (spec.externalIPs?.length) w.field(0, "External IPs", spec.externalIPs.join(","));
  if (spec.loadBalancerIP) w.field(0, "Desired LoadBalancer IP", spec.loadBalancerIP);
  if (spec.externalName) w.field(0, "External Name", spec.externalName);
  const ingress = status.loadBalancer?.ingress ?? [];
  if (ingress.length > 0) {
    w.field(0, "LoadBalancer Ingress", ingress.map((each) => each.ip ?? each.hostname).join(", "));
  }
  for (const port of spec.ports ?? []) describePort(port, slices, w);
  w.field(0, "Session Affinity", spec.sessionAffinity ?? "");
  if (spec.externalTrafficPolicy) w.field(0, "External Traffic Policy", spec.externalTrafficPolicy);
  if (spec.internalTrafficPolicy) w.field(0, "Internal Traffic Policy", spec.internalTrafficPolicy);
  if (spec.healthCheckNodePort) w.field(0, "HealthCheck NodePort", spec.healthCheckNodePort);
  if (spec.trafficDistribution) w.field(0, "Traffic Distribution", spec.trafficDistribution);
}

function describePort(
  port: Loose<models.ServicePort>,
  slices: EndpointSlice[],
  w: DescriptionWriter,
): void {
  const { protocol = "TCP", appProtocol, nodePort } = port;
  const name = port.name || "<unset>";
  w.field(0, "Port", `${name}\t${port.port}/${protocol}`);
  w.field(0, "TargetPort", `${port.targetPort}/${protocol}`);
  if (appProtocol) w.field(0, "AppProtocol", appProtocol);
  if (nodePort) w.field(0, "NodePort", `${name}\t${nodePort}/${protocol}`);
  w.field(0, "Endpoints", endpointsText(slices, port.name ?? ""));
}

const MAX_ENDPOINTS = 3;

/** Source: kubernetes/kubectl pkg/describe/describe.go (formatEndpointSlices). */
export function endpointsText(slices: EndpointSlice[], portName: string): string {
  if (slices.length === 0) return "<none>";
  const list: string[] = [];
  for (const slice of slices) {
    const endpoints = slice.endpoints ?? [];
    const ready = endpoints.filter((each) => each.conditions?.ready !== false)
      .map(({ addresses }) => addresses?.[0] ?? "");
    const ports = slice.ports ?? [];
    if (ports.length === 0) list.push(...ready);
    for (const port of ports) {
      if ((port.name ?? "") !== portName) continue;
      list.push(...ready.map((address) => joinHostPort(address, port.port ?? 0)));
    }
  }
  const text = list.slice(0, MAX_ENDPOINTS).join(",");
  return list.length > MAX_ENDPOINTS ? `${text} + ${list.length - MAX_ENDPOINTS} more...` : text;
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeEndpoints). */
export function describeEndpoints(endpoints: Served<"endpoints">, w: DescriptionWriter): void {
  const { metadata } = endpoints;
  w.named(metadata);
  w.tagged(metadata);
  w.write(0, "Subsets:\n");
  for (const { addresses, notReadyAddresses, ports } of endpoints.subsets ?? []) {
    const ips = (list: Loose<models.EndpointAddress>[] | undefined) =>
      (list ?? []).map((each) => each.ip).join(",") || "<none>";
    w.field(1, "Addresses", ips(addresses));
    w.field(1, "NotReadyAddresses", ips(notReadyAddresses));
    if (ports?.length) {
      w.write(1, "Ports:\n");
      w.write(2, "Name\tPort\tProtocol\n");
      w.write(2, "----\t----\t--------\n");
      for (const { name, port, protocol = "TCP" } of ports) {
        w.write(2, `${name || "<unset>"}\t${port}\t${protocol}\n`);
      }
    }
    w.write(0, "\n");
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeEndpointSliceV1). */
export function describeEndpointSlice(slice: EndpointSlice, w: DescriptionWriter): void {
  const { metadata } = slice;
  w.named(metadata);
  w.tagged(metadata);
  w.field(0, "AddressType", slice.addressType);
  if (slice.ports?.length) {
    w.write(0, "Ports:\n");
    w.write(1, "Name\tPort\tProtocol\n");
    w.write(1, "----\t----\t--------\n");
    for (const { name, port, protocol = "TCP" } of slice.ports) {
      w.write(1, `${name || "<unset>"}\t${port ?? "<unset>"}\t${protocol}\n`);
    }
  } else w.write(0, "Ports: <unset>\n");
  if (!slice.endpoints?.length) return w.write(0, "Endpoints: <none>\n");
  w.write(0, "Endpoints:\n");
  for (const endpoint of slice.endpoints) {
    w.field(1, "- Addresses", (endpoint.addresses ?? []).join(", ") || "<none>");
    w.write(2, "Conditions:\n");
    w.field(3, "Ready", endpoint.conditions?.ready ?? "<unset>");
    w.field(2, "Hostname", endpoint.hostname ?? "<unset>");
    const { targetRef } = endpoint;
    if (targetRef) w.field(2, "TargetRef", `${targetRef.kind}/${targetRef.name}`);
    w.field(2, "NodeName", endpoint.nodeName ?? "<unset>");
    w.field(2, "Zone", endpoint.zone ?? "<unset>");
  }
}
