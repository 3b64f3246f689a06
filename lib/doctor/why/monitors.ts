import { type KubeObject, selects, type Service } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";

/** A ServiceMonitor or PodMonitor. */
export interface Monitor {
  kind: "ServiceMonitor" | "PodMonitor";
  object: KubeObject;
}

/** How a monitor is told of: `ServiceMonitor shop/web`. */
export function nameOf({ kind, object }: Monitor): string {
  return `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

/** The resource that kubectl knows it by. */
export function resourceOf({ kind }: Monitor): string {
  return `${kind.toLowerCase()}s.monitoring.coreos.com`;
}

/** Every monitor, and every Prometheus object that looks at some. Errors: NotSeen. */
export async function monitorsOf(cluster: Cluster): Promise<Monitor[]> {
  const { reads } = cluster;
  const services = await reads.list("monitoring.coreos.com/v1/servicemonitors");
  const pods = await reads.list("monitoring.coreos.com/v1/podmonitors");
  return [
    ...services.map((object): Monitor => ({ kind: "ServiceMonitor", object })),
    ...pods.map((object): Monitor => ({ kind: "PodMonitor", object })),
  ];
}

/** The Prometheus objects of the operator. */
export async function prometheusObjects({ reads }: Cluster): Promise<KubeObject[]> {
  return await reads.list("monitoring.coreos.com/v1/prometheuses");
}

/** What a monitor may lead to. */
export interface Ends {
  namespace: string;
  services: readonly Service[];
  podLabels: readonly Readonly<Record<string, string>>[];
}

/** Whether a monitor looks into a namespace. Source: prometheus-operator pkg/apis/monitoring/v1/types.go (NamespaceSelector). */
export function looksInto({ object }: Monitor, namespace: string): boolean {
  const { any, matchNames = [] } = object.spec?.namespaceSelector ?? {};
  if (any) return true;
  return matchNames.length > 0
    ? matchNames.includes(namespace)
    : object.metadata.namespace === namespace;
}

/** The Services, or whether pods, that a monitor's selector fits; its namespaces are not looked at. */
export function fits({ kind, object }: Monitor, { services, podLabels }: Ends): boolean {
  const selector = object.spec?.selector;
  return kind === "ServiceMonitor"
    ? services.some(({ metadata }) => selects(selector, metadata.labels))
    : podLabels.some((labels) => selects(selector, labels));
}

/** Why no Prometheus object looks at a monitor; undefined where one does, or where there is none. */
export async function passedOver(
  cluster: Cluster,
  { kind, object }: Monitor,
): Promise<{ prometheus: KubeObject; by: "labels" | "namespace" } | undefined> {
  const [labels, namespaces] = kind === "ServiceMonitor"
    ? ["serviceMonitorSelector", "serviceMonitorNamespaceSelector"]
    : ["podMonitorSelector", "podMonitorNamespaceSelector"];
  let why: { prometheus: KubeObject; by: "labels" | "namespace" } | undefined;
  for (const prometheus of await prometheusObjects(cluster)) {
    const { spec = {}, metadata } = prometheus;
    if (!selects(spec[labels], object.metadata.labels)) {
      why ??= { prometheus, by: "labels" };
      continue;
    }
    const inNamespace = spec[namespaces] === undefined
      ? metadata.namespace === object.metadata.namespace
      : selects(spec[namespaces], await namespaceLabels(cluster, object.metadata.namespace!));
    if (inNamespace) return undefined;
    why ??= { prometheus, by: "namespace" };
  }
  return why;
}

async function namespaceLabels(cluster: Cluster, name: string): Promise<Record<string, string>> {
  const found = await cluster.reads.find("v1/namespaces", { name });
  return { "kubernetes.io/metadata.name": name, ...found?.metadata.labels };
}

/** The endpoints of a monitor: which ports it names, under which path, how often. */
export function endpointsOf({ kind, object }: Monitor): any[] {
  const { endpoints = [], podMetricsEndpoints = [] } = object.spec ?? {};
  return kind === "ServiceMonitor" ? endpoints : podMetricsEndpoints;
}
