import { compareGo } from "../../../go/mod.ts";
import {
  type EndpointSlice,
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type ObjectOf,
} from "../../../kube/mod.ts";
import { age, columns, firstOf, labelsText, type Printer } from "./_cells.ts";

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
export const networkPrinters: Record<string, Printer> = {
  services: {
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
  endpoints: {
    columns: columns("Name:name, Endpoints, Age"),
    cells: (object, nowMs) => [object.metadata.name, endpointsText(object), age(object, nowMs)],
  },
  "endpointslices.discovery.k8s.io": {
    columns: columns("Name:name, AddressType, Ports, Endpoints, Age"),
    cells: (object: EndpointSlice, nowMs) => [
      object.metadata.name,
      object.addressType,
      firstOf(
        (object.ports ?? []).map(({ port, name }) => String(port ?? name ?? "*")),
        3,
      ) || "<unset>",
      firstOf(
        (object.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
        3,
      ) ||
      "<unset>",
      age(object, nowMs),
    ],
  },
  "ingresses.networking.k8s.io": {
    columns: columns("Name:name, Class, Hosts, Address, Ports, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      object.spec?.ingressClassName ?? "<none>",
      hostsText(object.spec?.rules ?? []),
      loadBalancerText(object),
      object.spec?.tls?.length ? "80, 443" : "80",
      age(object, nowMs),
    ],
  },
  "ingressclasses.networking.k8s.io": {
    columns: columns("Name:name, Controller, Parameters, Age"),
    cells: (object, nowMs) => {
      const isDefault =
        object.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
      const parameters = object.spec?.parameters;
      const group = parameters?.apiGroup ? `.${parameters.apiGroup}` : "";
      return [
        `${object.metadata.name}${isDefault ? " (default)" : ""}`,
        object.spec?.controller ?? "",
        parameters ? `${parameters.kind}${group}/${parameters.name}` : "<none>",
        age(object, nowMs),
      ];
    },
  },
  "networkpolicies.networking.k8s.io": {
    columns: columns("Name:name, Pod-Selector, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      formatSelector(object.spec?.podSelector),
      age(object, nowMs),
    ],
  },
  "ipaddresses.networking.k8s.io": {
    columns: columns("Name:name, ParentRef"),
    cells: ({ metadata, spec }) => {
      const { group = "", resource = "", namespace = "", name = "" } = spec?.parentRef ?? {};
      return [metadata.name, [group, resource, namespace, name].filter(Boolean).join("/")];
    },
  },
  "servicecidrs.networking.k8s.io": {
    columns: columns("Name:name, CIDRs, Age"),
    cells: (object, nowMs) => [
      object.metadata.name,
      (object.spec?.cidrs ?? []).join(","),
      age(object, nowMs),
    ],
  },
};

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

function loadBalancerText({ status }: KubeObject): string {
  const ingress: models.LoadBalancerIngress[] = status?.loadBalancer?.ingress ?? [];
  const names = new Set(ingress.map(({ ip, hostname }) => ip || hostname || "").filter(Boolean));
  return [...names].sort(compareGo).join(",");
}

function endpointsText({ subsets = [] }: ObjectOf<"endpoints">): string {
  if (subsets.length === 0) return "<none>";
  return firstOf(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map(({ ip }) => ip)
        : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)
        )
    ),
    3,
  );
}

function hostsText(rules: Loose<models.IngressRule>[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    more ||= hosts.length === 3;
    if (!more && host) hosts.push(host);
  }
  if (hosts.length === 0) return "*";
  return more ? `${hosts.join(",")} + ${rules.length - 3} more...` : hosts.join(",");
}
