import { own } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import { relabelings, scrapeLimits, serviceMonitor, type Stack } from "./_stack.ts";
import { given, optional, truthy } from "./_template.ts";

const CA_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** What the values say of a component. */
interface ComponentSettings {
  enabled: boolean;
  jobNameOverride?: string;
  service: {
    enabled: boolean;
    port: number | null;
    targetPort: number | null;
    selector?: Record<string, string>;
  };
  serviceMonitor: {
    enabled: boolean;
    port?: string;
    jobLabel: string;
    additionalLabels: Record<string, string>;
    selector: unknown;
    https?: boolean | null;
    insecureSkipVerify?: boolean | null;
    bearerTokenFile?: string;
    serverName?: string;
    interval?: string;
    targetLabels?: string[];
    metricRelabelings?: unknown[];
    relabelings?: unknown[];
  };
}

/** A component of the control plane, or CoreDNS: a headless Service in kube-system and its monitor. */
interface Component {
  /** The part of the names: `kube-scheduler`. */
  part: string;
  settings: ComponentSettings;
  /** What the Service selects. */
  selector: Record<string, string>;
  port: number;
  https: boolean;
  insecureSkipVerify: boolean;
  serviceType?: string;
}

/**
 * Services and ServiceMonitors of Kubernetes' own components.
 * Source: charts/kube-prometheus-stack/templates/exporters.
 * Differs: `endpoints` lists of addresses outside the cluster, and kubeDns, are left out.
 */
export function exporters(stack: Stack): (Manifest | false)[] {
  const { values } = stack;
  if (!values.kubernetesServiceMonitors.enabled) return [];
  const plain = { https: false, insecureSkipVerify: false };
  const secure = (settings: ComponentSettings) => ({
    https: settings.serviceMonitor.https ?? true,
    insecureSkipVerify: settings.serviceMonitor.insecureSkipVerify ?? true,
    serviceType: "ClusterIP",
  });
  const components: Component[] = [
    {
      part: "coredns",
      settings: values.coreDns,
      selector: { "k8s-app": "kube-dns" },
      port: 9153,
      ...plain,
    },
    {
      part: "kube-controller-manager",
      settings: values.kubeControllerManager,
      selector: { component: "kube-controller-manager" },
      port: 10257,
      ...secure(values.kubeControllerManager),
    },
    {
      part: "kube-etcd",
      settings: values.kubeEtcd,
      selector: { component: "etcd" },
      port: 2381,
      ...plain,
      serviceType: "ClusterIP",
    },
    {
      part: "kube-proxy",
      settings: values.kubeProxy,
      selector: { "k8s-app": "kube-proxy" },
      port: 10249,
      https: values.kubeProxy.serviceMonitor.https,
      insecureSkipVerify: false,
      serviceType: "ClusterIP",
    },
    {
      part: "kube-scheduler",
      settings: values.kubeScheduler,
      selector: { component: "kube-scheduler" },
      port: 10259,
      ...secure(values.kubeScheduler),
    },
  ];
  return [
    ...components.flatMap((component) => componentObjects(stack, component)),
    apiserverMonitor(stack),
    kubeletMonitor(stack),
  ];
}

function monitorNamespace(stack: Stack, own: string): { namespace: string } {
  const ignore = stack.values.prometheus.prometheusSpec.ignoreNamespaceSelectors;
  return { namespace: ignore ? own : stack.namespace };
}

function componentObjects(stack: Stack, component: Component): (Manifest | false)[] {
  const { part, settings } = component;
  if (!settings.enabled) return [];
  const { service, serviceMonitor: monitor } = settings;
  return [
    service.enabled && {
      apiVersion: "v1",
      kind: "Service",
      metadata: stack.metadata(part, part, {
        namespace: "kube-system",
        labels: { jobLabel: given(settings.jobNameOverride) ?? part },
      }),
      spec: {
        clusterIP: "None",
        ports: [{
          name: monitor.port,
          port: service.port ?? component.port,
          protocol: "TCP",
          targetPort: service.targetPort ?? component.port,
        }],
        selector: given(service.selector) ?? component.selector,
        type: component.serviceType,
      },
    },
    monitor.enabled && serviceMonitor(
      stack.metadata(part, part, {
        ...monitorNamespace(stack, "kube-system"),
        labels: monitor.additionalLabels,
      }),
      {
        jobLabel: monitor.jobLabel,
        ...optional("targetLabels", monitor.targetLabels),
        ...scrapeLimits(monitor),
        selector: given(monitor.selector) ?? {
          matchLabels: { app: `${stack.name}-${part}`, release: stack.release.name },
        },
        namespaceSelector: { matchNames: ["kube-system"] },
        endpoints: [{
          port: monitor.port,
          ...optional("interval", monitor.interval),
          ...optional("bearerTokenFile", monitor.bearerTokenFile ?? TOKEN_FILE),
          ...(component.https
            ? {
              scheme: "https",
              tlsConfig: {
                caFile: CA_FILE,
                ...optional("insecureSkipVerify", component.insecureSkipVerify),
                ...optional("serverName", monitor.serverName),
              },
            }
            : {}),
          ...relabelings(monitor),
        }],
      },
    ),
  ];
}

function apiserverMonitor(stack: Stack): Manifest | false {
  const { enabled, tlsConfig, serviceMonitor: monitor } = stack.values.kubeApiServer;
  if (!enabled || !monitor.enabled) return false;
  return serviceMonitor(
    stack.metadata("apiserver", "apiserver", {
      ...monitorNamespace(stack, "default"),
      labels: monitor.additionalLabels,
    }),
    {
      ...scrapeLimits(monitor),
      endpoints: [{
        bearerTokenFile: TOKEN_FILE,
        ...optional("interval", monitor.interval),
        port: "https",
        scheme: "https",
        ...relabelings(monitor),
        tlsConfig: { caFile: CA_FILE, ...tlsConfig },
      }],
      jobLabel: monitor.jobLabel,
      ...optional("targetLabels", monitor.targetLabels),
      namespaceSelector: { matchNames: ["default"] },
      selector: monitor.selector,
    },
  );
}

function kubeletMonitor(stack: Stack): Manifest | false {
  const { enabled, namespace, serviceMonitor: monitor } = stack.values.kubelet;
  if (!enabled || !monitor.enabled) return false;
  const scheme = monitor.https ? "https" : "http";
  const access = monitor.https
    ? {
      tlsConfig: { caFile: CA_FILE, insecureSkipVerify: monitor.insecureSkipVerify },
      bearerTokenFile: TOKEN_FILE,
    }
    : {};
  const endpoint = (
    path: string | undefined,
    options: {
      interval?: string;
      stale?: boolean;
      metricRelabelings?: unknown[];
      relabelings?: unknown[];
    },
  ) => ({
    port: `${scheme}-metrics`,
    scheme,
    ...optional("path", path),
    ...optional("interval", given(monitor.interval) ?? options.interval),
    ...optional("scrapeTimeout", own(monitor, "scrapeTimeout")),
    honorLabels: monitor.honorLabels,
    honorTimestamps: options.stale ? true : monitor.honorTimestamps,
    ...(options.stale === undefined ? {} : { trackTimestampsStaleness: options.stale }),
    ...access,
    ...relabelings(options),
  });
  const stale = monitor.trackTimestampsStaleness;
  return serviceMonitor(
    stack.metadata("kubelet", "kubelet", {
      ...monitorNamespace(stack, namespace),
      labels: monitor.additionalLabels,
    }),
    {
      ...scrapeLimits(monitor),
      ...(truthy(monitor.attachMetadata) ? { attachMetadata: monitor.attachMetadata } : {}),
      jobLabel: "k8s-app",
      ...optional("targetLabels", monitor.targetLabels),
      namespaceSelector: { matchNames: [namespace] },
      selector: { matchLabels: { "app.kubernetes.io/name": "kubelet", "k8s-app": "kubelet" } },
      endpoints: [
        ...(monitor.kubelet
          ? [endpoint(undefined, {
            metricRelabelings: monitor.metricRelabelings,
            relabelings: monitor.relabelings,
          })]
          : []),
        ...(monitor.cAdvisor
          ? [endpoint("/metrics/cadvisor", {
            interval: monitor.cAdvisorInterval,
            stale,
            metricRelabelings: monitor.cAdvisorMetricRelabelings,
            relabelings: monitor.cAdvisorRelabelings,
          })]
          : []),
        ...(monitor.probes
          ? [endpoint("/metrics/probes", {
            metricRelabelings: monitor.probesMetricRelabelings,
            relabelings: monitor.probesRelabelings,
          })]
          : []),
        ...(monitor.resource
          ? [endpoint(monitor.resourcePath, {
            interval: monitor.resourceInterval,
            stale,
            metricRelabelings: monitor.resourceMetricRelabelings,
            relabelings: monitor.resourceRelabelings,
          })]
          : []),
      ],
    },
  );
}
