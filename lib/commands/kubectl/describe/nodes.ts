import { compareGo, rfc1123z, sortedKeys } from "../../../go/mod.ts";
import {
  addResources,
  type KubeObject,
  type Loose,
  type models,
  podLimits,
  podRequests,
  Quantity,
  type Resources,
  type Served,
} from "../../../kube/mod.ts";
import { describeLimitRanges, describeQuotas } from "./limits.ts";
import { ageOf, type DescriptionWriter } from "./writer.ts";

/** What a node's description needs besides the node. */
export interface NodeFacts {
  pods: KubeObject[];
  lease?: Served<"leases.coordination.k8s.io">;
  leaseError?: string;
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeNode). */
export function describeNode(node: Served<"nodes">, facts: NodeFacts, w: DescriptionWriter): void {
  const { metadata, spec = {}, status = {} } = node;
  w.field(0, "Name", metadata.name);
  w.field(0, "Roles", rolesOf(metadata.labels).join(",") || "<none>");
  w.tagged(metadata);
  w.field(0, "CreationTimestamp", rfc1123z(metadata.creationTimestamp));
  describeTaints(spec.taints, w);
  w.field(0, "Unschedulable", spec.unschedulable ?? false);
  describeLease(facts, w);
  describeConditions(status, w);
  w.write(0, "Addresses:\n");
  for (const { type = "", address } of status.addresses ?? []) w.field(1, type, address);
  describeResources("Capacity", status.capacity, w);
  describeResources("Allocatable", status.allocatable, w);
  describeSystem(status.nodeInfo ?? {}, w);
  if (spec.podCIDR) w.field(0, "PodCIDR", spec.podCIDR);
  if (spec.podCIDRs?.length) w.field(0, "PodCIDRs", spec.podCIDRs.join(","));
  if (spec.providerID) w.field(0, "ProviderID", spec.providerID);
  describeUse(node, facts.pods, w);
}

function rolesOf(labels: Record<string, string> = {}): string[] {
  const roles = Object.keys(labels).filter((key) => key.startsWith(ROLE_PREFIX))
    .map((key) => key.slice(ROLE_PREFIX.length)).filter(Boolean);
  if (labels["kubernetes.io/role"]) roles.push(labels["kubernetes.io/role"]);
  return [...new Set(roles)].sort(compareGo);
}

function describeTaints(taints: Loose<models.Taint>[] | undefined, w: DescriptionWriter): void {
  if (!taints?.length) return w.field(0, "Taints", "<none>");
  const order = (taint: Loose<models.Taint>) => `${taint.effect},${taint.key}`;
  taints.toSorted((a, b) => compareGo(order(a), order(b))).forEach((taint, index) => {
    const value = taint.value ? `=${taint.value}` : "";
    w.write(0, `${index === 0 ? "Taints:" : ""}\t${taint.key}${value}:${taint.effect}\n`);
  });
}

function describeLease({ lease, leaseError }: NodeFacts, w: DescriptionWriter): void {
  if (!lease) return w.field(0, "Lease", `Failed to get lease: ${leaseError}`);
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {};
  w.write(0, "Lease:\n");
  w.field(1, "HolderIdentity", holderIdentity ?? "<unset>");
  w.field(1, "AcquireTime", acquireTime ? rfc1123z(acquireTime) : "<unset>");
  w.field(1, "RenewTime", renewTime ? rfc1123z(renewTime) : "<unset>");
}

function describeConditions(
  { conditions = [] }: Loose<models.NodeStatus>,
  w: DescriptionWriter,
): void {
  if (conditions.length === 0) return;
  w.write(
    0,
    "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n",
  );
  w.write(1, "----\t------\t-----------------\t------------------\t------\t-------\n");
  for (const each of conditions) {
    const times = `${rfc1123z(each.lastHeartbeatTime)} \t${rfc1123z(each.lastTransitionTime)}`;
    w.write(
      1,
      `${each.type} \t${each.status} \t${times} \t${each.reason ?? ""} \t${each.message ?? ""}\n`,
    );
  }
}

function describeResources(
  title: string,
  list: Record<string, models.Quantity> = {},
  w: DescriptionWriter,
): void {
  const names = sortedKeys(list);
  if (names.length === 0) return;
  w.write(0, `${title}:\n`);
  for (const name of names) w.field(1, name, Quantity.parse(list[name]).toString());
}

function describeSystem(info: Loose<models.NodeSystemInfo>, w: DescriptionWriter): void {
  w.write(0, "System Info:\n");
  const fields: [title: string, field: keyof models.NodeSystemInfo][] = [
    ["Machine ID", "machineID"],
    ["System UUID", "systemUUID"],
    ["Boot ID", "bootID"],
    ["Kernel Version", "kernelVersion"],
    ["OS Image", "osImage"],
    ["Operating System", "operatingSystem"],
    ["Architecture", "architecture"],
    ["Container Runtime Version", "containerRuntimeVersion"],
    ["Kubelet Version", "kubeletVersion"],
  ];
  for (const [title, field] of fields) w.field(1, title, info[field] ?? "");
}

function describeUse(node: Served<"nodes">, pods: KubeObject[], w: DescriptionWriter): void {
  const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {};
  const share = (name: string, amount: Quantity | undefined) => {
    const value = amount ?? Quantity.parse("0");
    const whole = Quantity.parse(allocatable[name] ?? "0");
    const [part, all] = name === "cpu"
      ? [value.milliValue, whole.milliValue]
      : [value.value, whole.value];
    return `${value} (${all === 0 ? 0 : Math.trunc(part / all * 100)}%)`;
  };
  w.field(0, "Non-terminated Pods", `(${pods.length} in total)`);
  w.write(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n");
  w.write(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
  const requested: Resources = new Map();
  const limited: Resources = new Map();
  for (const pod of pods) {
    const requests = podRequests(pod);
    const limits = podLimits(pod);
    addResources(requested, requests);
    addResources(limited, limits);
    const cells = [
      share("cpu", requests.get("cpu")),
      share("cpu", limits.get("cpu")),
      share("memory", requests.get("memory")),
      share("memory", limits.get("memory")),
      ageOf(pod.metadata.creationTimestamp, w.nowMs),
    ];
    w.write(1, `${pod.metadata.namespace}\t${pod.metadata.name}\t\t${cells.join("\t")}\n`);
  }
  w.write(
    0,
    "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n",
  );
  w.write(1, "Resource\tRequests\tLimits\n");
  w.write(1, "--------\t--------\t------\n");
  const hugePages = sortedKeys(allocatable).filter((name) => name.startsWith("hugepages-"));
  for (const name of ["cpu", "memory", "ephemeral-storage", ...hugePages]) {
    w.write(1, `${name}\t${share(name, requested.get(name))}\t${share(name, limited.get(name))}\n`);
  }
  const standard = new Set(["cpu", "memory", "ephemeral-storage", "pods", ...hugePages]);
  for (const name of sortedKeys(allocatable).filter((each) => !standard.has(each))) {
    w.write(1, `${name}\t${requested.get(name) ?? 0}\t${limited.get(name) ?? 0}\n`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeNamespace). */
export function describeNamespace(
  namespace: Served<"namespaces">,
  facts: { quotas?: KubeObject[]; limitRanges?: KubeObject[] },
  w: DescriptionWriter,
): void {
  w.field(0, "Name", namespace.metadata.name);
  w.labels("Labels", namespace.metadata.labels);
  w.annotations("Annotations", namespace.metadata.annotations);
  w.field(0, "Status", namespace.status?.phase ?? "");
  const conditions = namespace.status?.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, "Conditions:\n");
    w.write(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
    w.write(1, "----\t------\t------------------\t------\t-------\n");
    for (const { type, status, lastTransitionTime, reason = "", message = "" } of conditions) {
      w.write(1, `${type}\t${status}\t${rfc1123z(lastTransitionTime)}\t${reason}\t${message}\n`);
    }
  }
  if (facts.quotas) {
    w.write(0, "\n");
    describeQuotas(facts.quotas, w);
  }
  if (facts.limitRanges) {
    w.write(0, "\n");
    describeLimitRanges(facts.limitRanges, w);
  }
}
