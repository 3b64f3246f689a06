import { ApiError, type KubeObject, type ObjectMeta } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import { type GroupRequest, listOptions, type ServedGroup } from "./aggregated.ts";

/** What a source of resource metrics knows of a node or a container. */
export interface Usage {
  /** Quantities as text. */
  cpu: string;
  memory: string;
}

export interface Measured<T> {
  usage: T;
  /** RFC 3339. */
  timestamp: string;
  /** A Go duration. */
  window: string;
}

/** Where resource metrics come from. */
export interface ResourceMetricsSource {
  node(node: KubeObject): Measured<Usage> | undefined;
  pod(pod: KubeObject): Measured<{ name: string; usage: Usage }[]> | undefined;
  /** Told of everything that one request will ask for, before it does. */
  prepare?(resource: "nodes" | "pods", objects: readonly KubeObject[]): void;
}

/**
 * metrics.k8s.io/v1beta1, whoever measures.
 * Source: kubernetes-sigs/metrics-server pkg/api/pod.go, pkg/api/node.go.
 */
export function resourceMetricsGroup(
  kube: SimApi,
  source: ResourceMetricsSource,
  creationTimestamp: () => string,
): ServedGroup {
  const resource = (name: string, singularName: string, namespaced: boolean, kind: string) => ({
    name,
    singularName,
    namespaced,
    kind,
    verbs: ["get", "list"],
  });
  const parts = { kube, source, creationTimestamp };
  return {
    group: "metrics.k8s.io",
    versions: ["v1beta1"],
    resources: () => [
      resource("nodes", "", false, "NodeMetrics"),
      resource("pods", "", true, "PodMetrics"),
    ],
    get: (request) => answer(parts, request),
  };
}

interface Parts {
  kube: SimApi;
  source: ResourceMetricsSource;
  creationTimestamp: () => string;
}

function answer(parts: Parts, { segments, query }: GroupRequest): unknown {
  const { labelSelector, fieldSelector } = listOptions(query);
  const selectors = {
    ...(labelSelector ? { labelSelector } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
  };
  const [first, second, third, fourth] = segments;
  if (first === "nodes" && segments.length <= 2) {
    if (second === undefined) return list("NodeMetricsList", nodeItems(parts, selectors));
    const node = parts.kube.get("nodes", "", second);
    if (!node) throw ApiError.notFound("node", second);
    parts.source.prepare?.("nodes", [node]);
    const found = nodeMetrics(parts, node);
    if (!found) throw ApiError.notFound("nodemetrics.metrics.k8s.io", second);
    return typed("NodeMetrics", found);
  }
  if (first === "pods" && segments.length === 1) {
    return list("PodMetricsList", podItems(parts, selectors));
  }
  if (first === "namespaces" && third === "pods" && segments.length <= 4) {
    if (fourth === undefined) {
      return list("PodMetricsList", podItems(parts, { ...selectors, namespace: second }));
    }
    const pod = parts.kube.get("pods", second, fourth);
    // The adapters and metrics-server keep running pods only.
    if (pod?.status?.phase !== "Running") throw ApiError.notFound("pods", fourth);
    parts.source.prepare?.("pods", [pod]);
    const found = podMetrics(parts, pod);
    if (!found) throw ApiError.notFound("podmetrics.metrics.k8s.io", `${second}/${fourth}`);
    return typed("PodMetrics", found);
  }
  return undefined;
}

function nodeItems(parts: Parts, options: Record<string, string>) {
  const nodes = parts.kube.list("nodes", options);
  parts.source.prepare?.("nodes", nodes);
  return nodes.map((node) => nodeMetrics(parts, node)).filter((found) => found !== undefined);
}

function podItems(parts: Parts, options: Record<string, string>) {
  const pods = parts.kube.list("pods", options).filter(({ status }) => status?.phase === "Running");
  parts.source.prepare?.("pods", pods);
  return pods.map((pod) => podMetrics(parts, pod))
    .filter((found) => found !== undefined)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ metadata: { namespace, name } }: { metadata: ObjectMeta }): string {
  return `${namespace}/${name}`;
}

function nodeMetrics(parts: Parts, node: KubeObject) {
  const measured = parts.source.node(node);
  if (!measured) return undefined;
  const { usage, timestamp, window } = measured;
  return { metadata: metadataOf(node, parts), timestamp, window, usage };
}

function podMetrics(parts: Parts, pod: KubeObject) {
  const measured = parts.source.pod(pod);
  if (!measured) return undefined;
  const { usage: containers, timestamp, window } = measured;
  return { metadata: metadataOf(pod, parts), timestamp, window, containers };
}

function metadataOf({ metadata }: KubeObject, { creationTimestamp }: Parts) {
  const { name, namespace, labels } = metadata;
  return {
    name,
    ...(namespace ? { namespace } : {}),
    creationTimestamp: creationTimestamp(),
    ...(labels ? { labels } : {}),
  };
}

function typed(kind: string, body: Record<string, unknown>) {
  return { kind, apiVersion: "metrics.k8s.io/v1beta1", ...body };
}

function list(kind: string, items: unknown[]) {
  return { kind, apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items };
}
