import type { KubeObject, Node } from "../../kube/mod.ts";
import type { EventText, SimApi } from "../seams.ts";

type Row = [component: string, reason: string, message: (node: string) => string];

const status = (reason: string): Row => [
  "kubelet",
  reason,
  (node) => `Node ${node} status is now: ${reason}`,
];

/**
 * What kubelet, kube-proxy and the controllers say of a node that comes up.
 * Source: kubernetes/kubernetes pkg/kubelet/kubelet.go (BirthCry), pkg/kubelet/kubelet_node_status.go,
 * pkg/kubelet/cm/node_container_manager_linux.go, pkg/controller/nodelifecycle/node_lifecycle_controller.go,
 * cmd/kube-proxy/app/server.go.
 */
const NODE_EVENTS: readonly Row[] = [
  ["kubelet", "Starting", () => "Starting kubelet."],
  ["kubelet", "NodeAllocatableEnforced", () => "Updated Node Allocatable limit across pods"],
  status("NodeHasSufficientMemory"),
  status("NodeHasNoDiskPressure"),
  status("NodeHasSufficientPID"),
  [
    "node-controller",
    "RegisteredNode",
    (node) => `Node ${node} event: Registered Node ${node} in Controller`,
  ],
  ["kube-proxy", "Starting", () => ""],
  status("NodeReady"),
];

/** Says that the nodes have come up, and who of the control plane leads. */
export function tellOfBoot(api: SimApi): void {
  for (const node of api.list<Node>("nodes")) {
    const { name } = node.metadata;
    for (const [component, reason, message] of NODE_EVENTS) {
      const host = component === "node-controller" ? {} : { host: name };
      api.event(node, normal(reason, message(name), { component, ...host }));
    }
  }
  for (const lease of api.list("leases.coordination.k8s.io", { namespace: "kube-system" })) {
    const component = componentOf(lease);
    const { holderIdentity } = lease.spec ?? {};
    if (!component) continue;
    api.event(lease, normal("LeaderElection", `${holderIdentity} became leader`, { component }));
  }
}

/** Who elects a leader by a lease; undefined for one that only says that a server is there. */
function componentOf({ metadata: { name } }: KubeObject): string | undefined {
  if (name === "kube-scheduler") return "default-scheduler";
  return name === "kube-controller-manager" ? name : undefined;
}

function normal(
  reason: string,
  message: string,
  who: Pick<EventText, "component" | "host">,
): EventText {
  return { type: "Normal", reason, message, ...who };
}
