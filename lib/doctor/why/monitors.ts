import { type KubeObject, selects, type Service } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";

/** A ServiceMonitor or PodMonitor. */
export interface Monitor {
  kind: "ServiceMonitor" | "PodMonitor";
  object: KubeObject;
}

/** Where a monitor looks. Source: prometheus-operator pkg/apis/monitoring/v1/types.go (Endpoint, PodMetricsEndpoint). */
export interface MonitorEndpoint {
  /** Of a Service, or of a container, by name. */
  port?: string;
  portNumber?: number;
  targetPort?: string | number;
  scheme?: string;
  path?: string;
  honorLabels?: boolean;
  relabelings?: MonitorRelabeling[];
  metricRelabelings?: MonitorRelabeling[];
}

interface MonitorRelabeling {
  action?: string;
  regex?: string;
  sourceLabels?: string[];
  targetLabel?: string;
}

/** What Prometheus objects look at: monitors, and rules. */
export interface Configuring {
  kind: Monitor["kind"] | "PrometheusRule";
  object: KubeObject;
}

/** What the selectors of a Prometheus object for a kind begin with. */
const FIELDS: Record<Configuring["kind"], string> = {
  ServiceMonitor: "serviceMonitor",
  PodMonitor: "podMonitor",
  PrometheusRule: "rule",
};

/** How a monitor is told of: `ServiceMonitor shop/web`. */
export function nameOf({ kind, object }: Configuring): string {
  return `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

/** The resource that kubectl knows it by. */
export function resourceOf({ kind }: Configuring): string {
  return `${kind.toLowerCase()}s.monitoring.coreos.com`;
}

/** Every object of a kind that Prometheus objects look at. Errors: NotSeen. */
export async function listOf({ reads }: Cluster, kind: Configuring["kind"]): Promise<KubeObject[]> {
  return await reads.list(`monitoring.coreos.com/v1/${kind.toLowerCase()}s`);
}

/** Every monitor. Errors: NotSeen. */
export async function monitorsOf(cluster: Cluster): Promise<Monitor[]> {
  const services = await listOf(cluster, "ServiceMonitor");
  const pods = await listOf(cluster, "PodMonitor");
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

/** The Prometheus object that comes nearest to looking at something, by which of its selectors it does not, and their names. */
export interface PassedOver {
  prometheus: KubeObject;
  by: "labels" | "namespace";
  selector: string;
  namespaceSelector: string;
}

/** Why no Prometheus object looks at a monitor or rules; undefined where one does, or where there is none. */
export async function passedOver(
  cluster: Cluster,
  { kind, object }: Configuring,
): Promise<PassedOver | undefined> {
  const [labels, namespaces] = [`${FIELDS[kind]}Selector`, `${FIELDS[kind]}NamespaceSelector`];
  const names = { selector: labels, namespaceSelector: namespaces };
  let why: PassedOver | undefined;
  for (const prometheus of await prometheusObjects(cluster)) {
    const { spec = {}, metadata } = prometheus;
    if (!selects(spec[labels], object.metadata.labels)) {
      why ??= { prometheus, by: "labels", ...names };
      continue;
    }
    const inNamespace = spec[namespaces] === undefined
      ? metadata.namespace === object.metadata.namespace
      : selects(spec[namespaces], await namespaceLabels(cluster, object.metadata.namespace!));
    if (inNamespace) return undefined;
    why ??= { prometheus, by: "namespace", ...names };
  }
  return why;
}

async function namespaceLabels(cluster: Cluster, name: string): Promise<Record<string, string>> {
  const found = await cluster.reads.find("v1/namespaces", { name });
  return { "kubernetes.io/metadata.name": name, ...found?.metadata.labels };
}

/** The endpoints of a monitor: which ports it names, under which path, how often. */
export function endpointsOf({ kind, object }: Monitor): MonitorEndpoint[] {
  const { endpoints = [], podMetricsEndpoints = [] } = object.spec ?? {};
  return kind === "ServiceMonitor" ? endpoints : podMetricsEndpoints;
}
