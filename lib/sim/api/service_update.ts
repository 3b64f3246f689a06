import { type KubeObject, sameJson } from "../../kube/mod.ts";
import {
  hasHealthCheck,
  hasNodePorts,
  isExternallyAccessible,
  nodePortsOf,
} from "./service_types.ts";

type Spec = KubeObject["spec"];

/**
 * What an update of a Service need not say: what was allocated stays, and what belongs to the type of before goes
 * with it, unless it was changed in the same update. `next` is changed in place.
 * Source: kubernetes pkg/registry/core/service/strategy.go (PrepareForUpdate, patchAllocatedValues,
 * dropTypeDependentFields).
 */
export function prepareServiceUpdate(
  { spec: next }: KubeObject,
  { spec: before }: KubeObject,
): void {
  if (hasClusterIp(before) && hasClusterIp(next)) {
    next.clusterIP ||= before.clusterIP;
    if (!next.clusterIPs?.length) next.clusterIPs = before.clusterIPs;
  }
  if (hasNodePorts(before) && hasNodePorts(next)) keepNodePorts(next, before);
  if (hasHealthCheck(before) && hasHealthCheck(next)) {
    next.healthCheckNodePort ||= before.healthCheckNodePort;
  }
  for (const [has, fields] of TYPE_FIELDS) {
    if (!has(before) || has(next)) continue;
    for (const field of fields) if (sameJson(next[field], before[field])) delete next[field];
  }
  if (hasNodePorts(before) && !hasNodePorts(next) && hasNoNewNodePort(next, before)) {
    for (const port of next.ports ?? []) delete port.nodePort;
  }
}

const hasClusterIp = ({ type }: Spec): boolean => type !== "ExternalName";
const isLoadBalancer = ({ type }: Spec): boolean => type === "LoadBalancer";

/** Which fields belong to which types. */
const TYPE_FIELDS: readonly [has: (spec: Spec) => boolean, fields: readonly string[]][] = [
  [hasClusterIp, [
    "clusterIP",
    "clusterIPs",
    "ipFamilies",
    "ipFamilyPolicy",
    "internalTrafficPolicy",
  ]],
  // This one goes by the policy, so it is looked at before that goes.
  [hasHealthCheck, ["healthCheckNodePort"]],
  [isExternallyAccessible, ["externalTrafficPolicy"]],
  [isLoadBalancer, ["allocateLoadBalancerNodePorts", "loadBalancerClass"]],
];

function hasNoNewNodePort(next: Spec, before: Spec): boolean {
  const known = new Set(nodePortsOf(before));
  return nodePortsOf(next).every((port) => known.has(port));
}

/** A port without a node port has that of the same name, where no other asks for it. */
function keepNodePorts(next: Spec, before: Spec): void {
  const used = new Set(nodePortsOf(next));
  const byName = new Map<string, number>();
  for (const { name = "", nodePort } of before.ports ?? []) byName.set(name, nodePort);
  for (const port of next.ports ?? []) {
    const kept = byName.get(port.name ?? "");
    if (!port.nodePort && kept && !used.has(kept)) port.nodePort = kept;
  }
}
