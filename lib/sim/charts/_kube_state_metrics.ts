import { own } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import type { Release } from "../seams.ts";
import { exporterMonitor, exporterNames, imageName, relabelings } from "./_stack.ts";
import type { StackValues } from "./_stack_values.ts";
import { clusterRole, optional, truthy, type WorkloadPlace } from "./_template.ts";

const NAME = "kube-state-metrics";
const VERSION = "8.4.0";
const APP_VERSION = "2.20.0";

/** The API group of each collector; a collector of no group here needs no role. */
const GROUPS: Record<string, string> = {
  certificatesigningrequests: "certificates.k8s.io",
  configmaps: "",
  cronjobs: "batch",
  daemonsets: "apps",
  deployments: "apps",
  endpointslices: "discovery.k8s.io",
  horizontalpodautoscalers: "autoscaling",
  ingresses: "networking.k8s.io",
  jobs: "batch",
  leases: "coordination.k8s.io",
  limitranges: "",
  mutatingwebhookconfigurations: "admissionregistration.k8s.io",
  namespaces: "",
  networkpolicies: "networking.k8s.io",
  nodes: "",
  persistentvolumeclaims: "",
  persistentvolumes: "",
  poddisruptionbudgets: "policy",
  pods: "",
  replicasets: "apps",
  replicationcontrollers: "",
  resourcequotas: "",
  secrets: "",
  services: "",
  statefulsets: "apps",
  storageclasses: "storage.k8s.io",
  validatingwebhookconfigurations: "admissionregistration.k8s.io",
  volumeattachments: "storage.k8s.io",
};

/**
 * The kube-state-metrics subchart.
 * Source: prometheus-community/helm-charts charts/kube-state-metrics (8.4.0).
 */
export function kubeStateMetrics(all: StackValues, release: Release): (Manifest | false)[] {
  const values = all["kube-state-metrics"];
  const { name, namespace, selector, labels, account } = exporterNames(
    { name: NAME, version: VERSION, appVersion: APP_VERSION },
    { values, release, labels: values.customLabels },
  );
  const collectors = [
    ...(values.collectors as string[]).filter((collector) =>
      !(values.collectorsExclude as string[]).includes(collector)
    ),
    ...(values.collectorsExtra as string[]),
  ];
  const own = values.prometheus.monitor;
  return [
    values.serviceAccount.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      automountServiceAccountToken: values.serviceAccount.automountServiceAccountToken,
      metadata: {
        ...account,
        labels,
        ...optional("annotations", values.serviceAccount.annotations),
      },
    },
    ...(values.rbac.create
      ? clusterRole({ name, labels }, [
        ...collectors.filter((collector) => collector in GROUPS).map((collector) => ({
          apiGroups: [GROUPS[collector]],
          resources: [collector],
          verbs: ["list", "watch"],
        })),
        ...values.rbac.extraRules,
      ], account)
      : []),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name,
        namespace,
        labels,
        ...optional("annotations", {
          ...(values.prometheusScrape ? { "prometheus.io/scrape": "true" } : {}),
          ...values.service.annotations,
        }),
      },
      spec: {
        type: values.service.type,
        ports: [{
          name: "http",
          protocol: "TCP",
          port: values.service.port,
          ...optional("nodePort", values.service.nodePort),
          targetPort: "http",
        }],
        ...optional("clusterIP", values.service.clusterIP),
        selector,
      },
    },
    deployment(all, { name, namespace, labels, selector, account: account.name, collectors }),
    own.enabled && exporterMonitor({ name, namespace, labels, selector }, own, {
      endpoints: [{
        port: "http",
        ...optional("interval", own.http.interval),
        ...optional("scrapeTimeout", own.http.scrapeTimeout),
        ...optional("honorLabels", own.http.honorLabels),
        ...relabelings(own.http),
      }],
    }),
  ];
}

function deployment(
  all: StackValues,
  at: WorkloadPlace & { collectors: string[] },
): Manifest {
  const values = all["kube-state-metrics"];
  const { enabled, ...securityContext } = values.securityContext;
  const probe = (of: typeof values.livenessProbe, path: string, port: string) => {
    const { httpGet, ...timing } = of;
    const headers = optional("httpHeaders", httpGet.httpHeaders);
    return { ...timing, httpGet: { ...headers, path, port, scheme: httpGet.scheme.toUpperCase() } };
  };
  const list = (flag: string, items: string[]) =>
    items.length > 0 ? [`--${flag}=${items.join(",")}`] : [];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: at.name,
      namespace: at.namespace,
      labels: { ...at.labels, ...values.labels },
      ...optional("annotations", values.annotations),
    },
    spec: {
      selector: { matchLabels: at.selector },
      replicas: values.replicas,
      strategy: { type: "RollingUpdate" },
      revisionHistoryLimit: values.revisionHistoryLimit,
      template: {
        metadata: {
          labels: { ...at.labels, ...values.podLabels },
          ...optional("annotations", values.podAnnotations),
        },
        spec: {
          automountServiceAccountToken: values.automountServiceAccountToken,
          hostNetwork: values.hostNetwork,
          serviceAccountName: at.account,
          ...(enabled ? { securityContext } : {}),
          ...optional("priorityClassName", own(values, "priorityClassName")),
          dnsPolicy: values.dnsPolicy,
          containers: [{
            name: NAME,
            args: [
              `--port=${values.service.port}`,
              ...list("resources", at.collectors),
              ...list("metric-labels-allowlist", values.metricLabelsAllowlist),
              ...list("metric-annotations-allowlist", values.metricAnnotationsAllowList),
              ...list("metric-allowlist", values.metricAllowlist),
              ...list("metric-denylist", values.metricDenylist),
              ...(truthy(values.namespaces) ? [`--namespaces=${values.namespaces}`] : []),
              ...(truthy(values.namespacesDenylist)
                ? [`--namespaces-denylist=${values.namespacesDenylist}`]
                : []),
              ...values.extraArgs,
            ],
            ...optional("env", values.env),
            imagePullPolicy: values.image.pullPolicy,
            image: imageName(all.global, values.image, `v${APP_VERSION}`),
            ports: [
              { containerPort: values.service.port, name: "http" },
              { containerPort: 8081, name: "metrics" },
            ],
            livenessProbe: probe(values.livenessProbe, "/livez", "http"),
            readinessProbe: probe(values.readinessProbe, "/readyz", "metrics"),
            resources: values.resources,
            ...optional("securityContext", values.containerSecurityContext),
          }],
          ...optional("imagePullSecrets", values.imagePullSecrets),
          ...optional("affinity", values.affinity),
          ...optional("nodeSelector", values.nodeSelector),
          ...optional("tolerations", values.tolerations),
          ...optional("topologySpreadConstraints", values.topologySpreadConstraints),
        },
      },
    },
  };
}
