import type { Loose, models } from "../../kube/mod.ts";

type Spec = Loose<models.ServiceSpec>;

/** Whether each port of a Service has one of every node's. */
export function hasNodePorts({ type }: Spec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** Whether a Service can be reached from outside. Source: kubernetes/kubernetes pkg/api/service/util.go (ExternallyAccessible). */
export function isExternallyAccessible(spec: Spec): boolean {
  return hasNodePorts(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
}

/** The node ports of a Service. */
export function nodePortsOf({ ports = [] }: Spec): number[] {
  return ports.flatMap(({ nodePort }) => nodePort || []);
}

/**
 * Whether each node has a port on which a load balancer asks for endpoints of a Service.
 * Source: kubernetes/kubernetes pkg/api/service/util.go (NeedsHealthCheck).
 * Differs: nobody answers there.
 */
export function hasHealthCheck({ type, externalTrafficPolicy }: Spec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

/** Whether somebody else gives a Service its endpoints, which may be of either family. */
export function isHeadlessWithoutSelector({ clusterIP, selector }: Spec): boolean {
  return clusterIP === "None" && Object.keys(selector ?? {}).length === 0;
}
