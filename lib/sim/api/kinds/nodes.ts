import { compareGo } from "../../../go/mod.ts";
import {
  type BuiltInKinds,
  conditionOf,
  type KubeObject,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import { age, columns } from "../tables/mod.ts";
import { checkNode } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** Source: kubernetes/kubernetes pkg/registry/core/node/strategy.go. */
export const nodes = kind("nodes", {
  countsChanges: false,
  validate: checkNode,
  selectableFields: {
    "spec.unschedulable": ({ spec }) => spec?.unschedulable ?? false,
  },
  printer: {
    columns: columns(
      "Name:name, Status, Roles, Age, Version, Internal-IP:wide, External-IP:wide, OS-Image:wide, Kernel-Version:wide, Container-Runtime:wide",
    ),
    cells: (node, nowMs) => {
      const info: Partial<models.NodeSystemInfo> = node.status?.nodeInfo ?? {};
      const arch = info.architecture ? ` (${info.architecture})` : "";
      return [
        node.metadata.name,
        nodeStatus(node),
        nodeRoles(node),
        age(node, nowMs),
        info.kubeletVersion ?? "",
        nodeAddress(node, "InternalIP"),
        nodeAddress(node, "ExternalIP"),
        info.osImage || "<unknown>",
        `${info.kernelVersion || "<unknown>"}${arch}`,
        info.containerRuntimeVersion || "<unknown>",
      ];
    },
  },
});

function nodeStatus(node: KubeObject): string {
  const ready = conditionOf(node, "Ready");
  const texts = [!ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node.spec?.unschedulable) texts.push("SchedulingDisabled");
  return texts.join(",");
}

function nodeRoles({ metadata }: KubeObject): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key !== ROLE_PREFIX) {
      roles.add(key.slice(ROLE_PREFIX.length));
    } else if (key === "kubernetes.io/role" && value) roles.add(value);
  }
  return [...roles].sort(compareGo).join(",") || "<none>";
}

function nodeAddress({ status }: Loose<BuiltInKinds["nodes"]>, type: string): string {
  return (status?.addresses ?? []).find((a) => a.type === type)?.address ?? "<none>";
}
