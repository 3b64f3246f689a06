import {
  type Collector,
  conditionLines,
  gauge,
  type Line,
  ownerLines,
  resourceLines,
  seconds,
} from "./family.ts";

/** Source: kubernetes/kube-state-metrics internal/store/configmap.go. */
const configMaps: Collector<"configmaps"> = {
  name: "configmaps",
  resource: "configmaps",
  labels: ({ metadata }) => [["namespace", metadata.namespace], ["configmap", metadata.name]],
  families: [
    gauge("kube_configmap_info", () => 1),
    gauge("kube_configmap_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge(
      "kube_configmap_metadata_resource_version",
      ({ metadata }) => Number(metadata.resourceVersion),
    ),
  ],
};

/** Source: kubernetes/kube-state-metrics internal/store/secret.go. */
const secrets: Collector<"secrets"> = {
  name: "secrets",
  resource: "secrets",
  labels: ({ metadata }) => [["namespace", metadata.namespace], ["secret", metadata.name]],
  families: [
    gauge("kube_secret_info", () => 1),
    gauge("kube_secret_type", ({ type }) => [[[["type", type ?? "Opaque"]], 1]]),
    gauge("kube_secret_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge(
      "kube_secret_metadata_resource_version",
      ({ metadata }) => Number(metadata.resourceVersion),
    ),
    gauge("kube_secret_owner", ownerLines),
  ],
};

/** Source: kubernetes/kube-state-metrics internal/store/endpointslice.go. */
const endpointSlices: Collector<"endpointslices.discovery.k8s.io"> = {
  name: "endpointslices",
  resource: "endpointslices.discovery.k8s.io",
  labels: ({ metadata }) => [
    ["endpointslice", metadata.name],
    ["namespace", metadata.namespace],
  ],
  families: [
    gauge("kube_endpointslice_info", ({ addressType }) => [[[["addresstype", addressType]], 1]]),
    gauge("kube_endpointslice_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge(
      "kube_endpointslice_endpoints",
      ({ endpoints = [] }) =>
        endpoints.flatMap((endpoint) =>
          (endpoint.addresses ?? []).map((address): Line => [[
            ["ready", endpoint.conditions?.ready ?? ""],
            ["serving", endpoint.conditions?.serving ?? ""],
            ["hostname", endpoint.hostname ?? ""],
            ["terminating", endpoint.conditions?.terminating ?? ""],
            ["targetref_kind", endpoint.targetRef?.kind ?? ""],
            ["targetref_name", endpoint.targetRef?.name ?? ""],
            ["targetref_namespace", endpoint.targetRef?.namespace ?? ""],
            ["endpoint_nodename", endpoint.nodeName ?? ""],
            ["endpoint_zone", endpoint.zone ?? ""],
            ["address", address],
          ], 1])
        ),
    ),
    gauge("kube_endpointslice_ports", ({ ports = [] }) =>
      ports.map((port): Line => [[
        ["port_name", port.name ?? ""],
        ["port_protocol", port.protocol ?? ""],
        ["port_number", port.port ?? ""],
      ], 1])),
  ],
};

/** Source: kubernetes/kube-state-metrics internal/store/namespace.go. */
const namespaces: Collector<"namespaces"> = {
  name: "namespaces",
  resource: "namespaces",
  labels: ({ metadata }) => [["namespace", metadata.name]],
  families: [
    gauge("kube_namespace_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge(
      "kube_namespace_status_phase",
      ({ status }) =>
        ["Active", "Terminating"].map((phase): Line => [
          [["phase", phase]],
          status?.phase === phase ? 1 : 0,
        ]),
    ),
  ],
};

const ROLE_LABEL = "node-role.kubernetes.io/";

/** Source: kubernetes/kube-state-metrics internal/store/node.go. */
const nodes: Collector<"nodes"> = {
  name: "nodes",
  resource: "nodes",
  labels: ({ metadata }) => [["node", metadata.name]],
  families: [
    gauge("kube_node_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge("kube_node_info", ({ spec, status }) => {
      const info = status?.nodeInfo;
      const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
      return [[[
        ["kernel_version", info?.kernelVersion ?? ""],
        ["os_image", info?.osImage ?? ""],
        ["container_runtime_version", info?.containerRuntimeVersion ?? ""],
        ["kubelet_version", info?.kubeletVersion ?? ""],
        ["kubeproxy_version", "deprecated"],
        ["provider_id", spec?.providerID ?? ""],
        ["pod_cidr", spec?.podCIDR ?? ""],
        ["system_uuid", info?.systemUUID ?? ""],
        ["internal_ip", address ?? ""],
      ], 1]];
    }),
    gauge(
      "kube_node_role",
      ({ metadata }) =>
        Object.keys(metadata.labels ?? {}).filter((name) => name.startsWith(ROLE_LABEL))
          .map((name): Line => [[["role", name.slice(ROLE_LABEL.length)]], 1]),
    ),
    gauge(
      "kube_node_spec_pod_cidrs",
      ({ spec }) => (spec?.podCIDRs ?? []).map((cidr): Line => [[["pod_cidr", cidr]], 1]),
    ),
    gauge("kube_node_spec_taint", ({ spec }) =>
      (spec?.taints ?? []).map((taint): Line => [[
        ["key", taint.key],
        ["value", taint.value ?? ""],
        ["effect", taint.effect],
      ], 1])),
    gauge("kube_node_spec_unschedulable", ({ spec }) => spec?.unschedulable ? 1 : 0),
    gauge(
      "kube_node_status_addresses",
      ({ status }) =>
        (status?.addresses ?? []).map((one): Line => [[
          ["type", one.type],
          ["address", one.address],
        ], 1]),
    ),
    gauge("kube_node_status_allocatable", ({ status }) => resourceLines(status?.allocatable)),
    gauge("kube_node_status_capacity", ({ status }) => resourceLines(status?.capacity)),
    gauge("kube_node_status_condition", ({ status }) => conditionLines(status?.conditions)),
  ],
};

/** Source: kubernetes/kube-state-metrics internal/store/service.go. */
const services: Collector<"services"> = {
  name: "services",
  resource: "services",
  labels: ({ metadata }) => [
    ["namespace", metadata.namespace],
    ["service", metadata.name],
    ["uid", metadata.uid],
  ],
  families: [
    gauge("kube_service_info", ({ spec }) => [[[
      ["cluster_ip", spec?.clusterIP ?? ""],
      ["external_name", spec?.externalName ?? ""],
      ["load_balancer_ip", spec?.loadBalancerIP ?? ""],
      ["external_traffic_policy", spec?.externalTrafficPolicy ?? ""],
    ], 1]]),
    gauge("kube_service_created", ({ metadata }) => seconds(metadata.creationTimestamp)),
    gauge("kube_service_spec_type", ({ spec }) => [[[["type", spec?.type ?? "ClusterIP"]], 1]]),
    gauge(
      "kube_service_spec_external_ip",
      ({ spec }) => (spec?.externalIPs ?? []).map((ip): Line => [[["external_ip", ip]], 1]),
    ),
    gauge(
      "kube_service_status_load_balancer_ingress",
      ({ status }) =>
        (status?.loadBalancer?.ingress ?? []).map((one): Line => [[
          ["ip", one.ip ?? ""],
          ["hostname", one.hostname ?? ""],
        ], 1]),
    ),
  ],
};

export const clusterObjects: readonly Collector[] = [
  configMaps,
  endpointSlices,
  namespaces,
  nodes,
  secrets,
  services,
];
