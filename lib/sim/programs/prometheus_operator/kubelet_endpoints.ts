import type { KubeObject, Manifest, Node } from "../../../kube/mod.ts";
import { ApiError } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import type { Slog } from "../shared/slog.ts";
import { createOrUpdate } from "./apply.ts";
import { MANAGED } from "./names.ts";

const PORTS = [
  { name: "https-metrics", port: 10250, protocol: "TCP" },
  { name: "cadvisor", port: 4194, protocol: "TCP" },
  { name: "http-metrics", port: 10255, protocol: "TCP" },
];

export interface KubeletOptions {
  namespace: string;
  name: string;
  selector: string;
  endpoints: boolean;
  endpointSlice: boolean;
  httpMetrics: boolean;
}

/**
 * Keeps a Service and its endpoints for the kubelets of all nodes, so that monitors can select them.
 * Source: prometheus-operator/prometheus-operator pkg/kubelet/controller.go.
 */
export function syncKubelets(context: ContainerContext, log: Slog, options: KubeletOptions): void {
  const { kube } = context;
  const object = `${options.namespace}/${options.name}`;
  const fields = { component: "kubelet_endpoints", kubelet_object: object };
  const attempt = (line: number, what: string, run: () => void) => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      log.error(`/workspace/pkg/kubelet/controller.go:${line}`, `Failed to ${what}`, {
        ...fields,
        err: error.message,
      });
    }
  };
  attempt(389, "list nodes", () => {
    const nodes = kube.list<Node>("nodes", { labelSelector: options.selector })
      .toSorted((a, b) => a.metadata.name < b.metadata.name ? -1 : 1);
    attempt(
      411,
      "synchronize kubelet service",
      () => void createOrUpdate(kube, "services", service(options)),
    );
    const found = nodes.flatMap((node) => {
      const address = addressOf(node);
      if (address !== undefined) return [{ node, address }];
      log.warn(
        "/workspace/pkg/kubelet/controller.go:403",
        `failed to determine hostname for node "${node.metadata.name}" (priority: internal): host address unknown`,
        fields,
      );
      return [];
    });
    if (options.endpoints) {
      attempt(
        418,
        "synchronize kubelet endpoints",
        () => void createOrUpdate(kube, "endpoints", endpoints(options, found)),
      );
    }
    if (options.endpointSlice) {
      attempt(426, "synchronize kubelet endpointslice", () =>
        void createOrUpdate(
          kube,
          "endpointslices.discovery.k8s.io",
          endpointSlice(options, found),
        ));
    }
  });
}

interface NodeAddress {
  node: Node;
  address: string;
}

function addressOf(node: Node): string | undefined {
  const addresses = node.status?.addresses ?? [];
  return (addresses.find(({ type }) => type === "InternalIP") ??
    addresses.find(({ type }) => type === "ExternalIP"))?.address;
}

const labels = { "k8s-app": "kubelet", "app.kubernetes.io/name": "kubelet", ...MANAGED };

function ports(options: KubeletOptions): typeof PORTS {
  return PORTS.filter(({ name }) => options.httpMetrics || name !== "http-metrics");
}

function service(options: KubeletOptions): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: options.name, namespace: options.namespace, labels },
    spec: { type: "ClusterIP", clusterIP: "None", ports: ports(options) },
  };
}

function targetRef({ metadata }: Node) {
  return { kind: "Node", name: metadata.name, uid: metadata.uid };
}

function endpoints(options: KubeletOptions, nodes: readonly NodeAddress[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: options.name,
      namespace: options.namespace,
      labels: options.endpointSlice
        ? { ...labels, "endpointslice.kubernetes.io/skip-mirror": "true" }
        : labels,
    },
    subsets: [{
      addresses: nodes.map(({ node, address }) => ({
        ip: address,
        nodeName: node.metadata.name,
        targetRef: targetRef(node),
      })),
      ports: ports(options),
    }],
  };
}

function endpointSlice(options: KubeletOptions, nodes: readonly NodeAddress[]): Manifest {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${options.name}-0`,
      namespace: options.namespace,
      labels: {
        ...labels,
        "kubernetes.io/service-name": options.name,
        "endpointslice.kubernetes.io/managed-by": "prometheus-operator",
      },
    },
    addressType: "IPv4",
    endpoints: nodes.map(({ node, address }) => ({
      addresses: [address],
      conditions: { ready: true },
      nodeName: node.metadata.name,
      targetRef: targetRef(node),
    })),
    ports: ports(options),
  };
}
