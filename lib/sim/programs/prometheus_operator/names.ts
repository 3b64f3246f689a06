import type { KubeObject, OwnerReference } from "../../../kube/mod.ts";

/** Paths inside a Prometheus pod. Source: pkg/prometheus/common.go. */
export const STORAGE_DIR = "/prometheus";
export const CONFIG_DIR = "/etc/prometheus/config";
export const CONFIG_OUT_DIR = "/etc/prometheus/config_out";
export const WEB_CONFIG_DIR = "/etc/prometheus/web_config";
export const CERTS_DIR = "/etc/prometheus/certs";
export const RULES_DIR = "/etc/prometheus/rules";
export const CONFIG_FILE = "prometheus.yaml.gz";
export const EXPANDED_FILE = "prometheus.env.yaml";

export const GOVERNING_SERVICE = "prometheus-operated";
export const INPUT_HASH = "prometheus-operator-input-hash";

/** Labels on everything the operator makes. */
export const MANAGED = { "app.kubernetes.io/managed-by": "prometheus-operator" };

/** `prometheus-<name>`: the name of the StatefulSet and of the configuration Secret. */
export function prefixedName(prometheus: KubeObject): string {
  return `prometheus-${prometheus.metadata.name}`;
}

/** The labels that select the pods of a Prometheus. */
export function selectorLabels(name: string): Record<string, string> {
  return {
    ...MANAGED,
    "app.kubernetes.io/name": "prometheus",
    "app.kubernetes.io/instance": name,
    "operator.prometheus.io/name": name,
    prometheus: name,
  };
}

export function shardCount(spec: { shards?: number }): number {
  return Math.max(1, spec.shards ?? 1);
}

/** The role of a Prometheus's service discovery. */
export function endpointRole(role: string | undefined): "endpoints" | "endpointslice" {
  return role === "EndpointSlice" ? "endpointslice" : "endpoints";
}

/** A reference from what the operator makes to what it was made for. */
export function ownerOf(prometheus: KubeObject, isController = true): OwnerReference {
  const { apiVersion, kind, metadata } = prometheus;
  return {
    apiVersion,
    ...(isController ? { blockOwnerDeletion: true, controller: true } : {}),
    kind,
    name: metadata.name,
    uid: metadata.uid ?? "",
  };
}
