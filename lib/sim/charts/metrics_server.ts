import { utf8Bytes } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import type { Chart, Release } from "../seams.ts";
import {
  binding,
  chartName,
  checkTables,
  fullname,
  given,
  manifests,
  optional,
  ranged,
  refuse,
  rule,
  truthy,
  type WorkloadPlace,
} from "./_template.ts";

const NAME = "metrics-server";
const VERSION = "3.13.1";
const APP_VERSION = "0.8.1";

const values = {
  image: {
    repository: "registry.k8s.io/metrics-server/metrics-server",
    tag: "",
    pullPolicy: "IfNotPresent",
  },
  imagePullSecrets: [],
  nameOverride: "",
  fullnameOverride: "",
  namespaceOverride: "",
  serviceAccount: { create: true, annotations: {}, name: "" },
  rbac: { create: true },
  apiService: { create: true, annotations: {}, insecureSkipTLSVerify: true, caBundle: "" },
  commonLabels: {},
  podLabels: {},
  podAnnotations: {},
  podSecurityContext: {},
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
    capabilities: { drop: ["ALL"] },
  },
  priorityClassName: "system-cluster-critical",
  containerPort: 10250,
  hostNetwork: { enabled: false },
  replicas: 1,
  revisionHistoryLimit: null,
  updateStrategy: {},
  podDisruptionBudget: { enabled: false },
  defaultArgs: [
    "--cert-dir=/tmp",
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    "--kubelet-use-node-status-port",
    "--metric-resolution=15s",
  ],
  args: [],
  livenessProbe: {
    httpGet: { path: "/livez", port: "https", scheme: "HTTPS" },
    initialDelaySeconds: 0,
    periodSeconds: 10,
    failureThreshold: 3,
  },
  readinessProbe: {
    httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
    initialDelaySeconds: 20,
    periodSeconds: 10,
    failureThreshold: 3,
  },
  service: { type: "ClusterIP", port: 443, annotations: {}, labels: {} },
  addonResizer: { enabled: false },
  metrics: { enabled: false },
  serviceMonitor: { enabled: false },
  resources: { requests: { cpu: "100m", memory: "200Mi" } },
  extraVolumeMounts: [],
  extraVolumes: [],
  nodeSelector: {},
  tolerations: [],
  affinity: {},
  topologySpreadConstraints: [],
  dnsConfig: {},
  deploymentAnnotations: {},
  schedulerName: "",
  tmpVolume: { emptyDir: {} },
  tls: { type: "metrics-server" },
};

type Values = typeof values & Record<string, unknown>;

/**
 * The metrics-server chart.
 * Source: kubernetes-sigs/metrics-server charts/metrics-server (3.13.1).
 * Differs: the add-on resizer, the ServiceMonitor, the disruption budget and certificates from helm,
 * cert-manager or a Secret are refused.
 */
export const metricsServer: Chart = {
  repository: "https://kubernetes-sigs.github.io/metrics-server/",
  name: NAME,
  version: VERSION,
  appVersion: APP_VERSION,
  description:
    "Metrics Server is a scalable, efficient source of container resource metrics for Kubernetes built-in autoscaling pipelines.",
  values,
  render: (given, release) => render(given as Values, release),
  notes: (given, release) => notes(given as Values, release),
};

function render(values: Values, release: Release): Manifest[] {
  checkTables(NAME, metricsServer.values, values);
  refuse(NAME, "addonResizer.enabled", values.addonResizer.enabled);
  refuse(NAME, "serviceMonitor.enabled", values.serviceMonitor.enabled);
  refuse(NAME, "podDisruptionBudget.enabled", values.podDisruptionBudget.enabled);
  refuse(NAME, `tls.type "${values.tls.type}"`, values.tls.type !== "metrics-server");

  const name = fullname(NAME, values, release);
  const namespace = given(values.namespaceOverride) ?? release.namespace;
  const selector = {
    "app.kubernetes.io/name": chartName(NAME, values),
    "app.kubernetes.io/instance": release.name,
  };
  const labels = {
    "helm.sh/chart": `${NAME}-${VERSION}`,
    ...selector,
    "app.kubernetes.io/version": APP_VERSION,
    "app.kubernetes.io/managed-by": "Helm",
    ...values.commonLabels,
  };
  const account = {
    name: given(values.serviceAccount.name) ?? (values.serviceAccount.create ? name : "default"),
    namespace,
  };
  const rbac = values.rbac.create ? accessRules(name, labels, account) : [];
  return manifests([
    values.serviceAccount.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        ...account,
        labels,
        ...optional("annotations", values.serviceAccount.annotations),
      },
    },
    ...rbac,
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name,
        namespace,
        labels: { ...labels, ...values.service.labels },
        ...optional("annotations", values.service.annotations),
      },
      spec: {
        type: values.service.type,
        ports: [{
          name: "https",
          port: values.service.port,
          protocol: "TCP",
          targetPort: "https",
          appProtocol: "https",
        }],
        selector,
      },
    },
    deployment(values, { name, namespace, labels, selector, account: account.name }),
    values.apiService.create && {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: {
        name: "v1beta1.metrics.k8s.io",
        labels,
        ...optional("annotations", values.apiService.annotations),
      },
      spec: {
        ...(truthy(values.apiService.caBundle)
          ? { caBundle: btoa(utf8Bytes(String(values.apiService.caBundle))) }
          : {}),
        group: "metrics.k8s.io",
        groupPriorityMinimum: 100,
        ...optional("insecureSkipTLSVerify", values.apiService.insecureSkipTLSVerify),
        service: { name, namespace, port: values.service.port },
        version: "v1beta1",
        versionPriority: 100,
      },
    },
  ]);
}

function accessRules(
  name: string,
  labels: Record<string, string>,
  account: { name: string; namespace: string },
): Manifest[] {
  const role = (roleName: string, extra: Record<string, string>, rules: unknown[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: roleName, labels: { ...labels, ...extra } },
    rules,
  });
  const aggregate = Object.fromEntries(
    ["admin", "edit", "view"].map((to) => [`rbac.authorization.k8s.io/aggregate-to-${to}`, "true"]),
  );
  const read = ["get", "list", "watch"];
  const delegator = { kind: "ClusterRole", name: "system:auth-delegator" } as const;
  return [
    role(`system:${name}-aggregated-reader`, aggregate, [
      rule(["metrics.k8s.io"], ["pods", "nodes"], read),
    ]),
    role(`system:${name}`, {}, [
      rule([""], ["nodes/metrics"], ["get"]),
      rule([""], ["pods", "nodes", "namespaces", "configmaps"], read),
    ]),
    binding(
      "ClusterRoleBinding",
      { name: `${name}:system:auth-delegator`, labels },
      delegator,
      account,
    ),
    binding(
      "ClusterRoleBinding",
      { name: `system:${name}`, labels },
      { kind: "ClusterRole", name: `system:${name}` },
      account,
    ),
    binding(
      "RoleBinding",
      { name: `${name}-auth-reader`, namespace: "kube-system", labels },
      { kind: "Role", name: "extension-apiserver-authentication-reader" },
      account,
    ),
  ];
}

function deployment(
  values: Values,
  at: WorkloadPlace,
): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: at.name,
      namespace: at.namespace,
      labels: at.labels,
      ...optional("annotations", values.deploymentAnnotations),
    },
    spec: {
      replicas: values.replicas,
      revisionHistoryLimit: values.revisionHistoryLimit ?? undefined,
      ...optional("strategy", values.updateStrategy),
      selector: { matchLabels: at.selector },
      template: {
        metadata: {
          labels: { ...at.selector, ...values.podLabels },
          ...optional("annotations", values.podAnnotations),
        },
        spec: {
          ...optional("schedulerName", values.schedulerName),
          ...optional("imagePullSecrets", values.imagePullSecrets),
          serviceAccountName: at.account,
          ...optional("securityContext", values.podSecurityContext),
          ...optional("priorityClassName", values.priorityClassName),
          ...(values.hostNetwork.enabled ? { hostNetwork: true } : {}),
          ...optional("dnsConfig", values.dnsConfig),
          containers: [{
            name: NAME,
            ...optional("securityContext", values.securityContext),
            image: image(values),
            imagePullPolicy: values.image.pullPolicy,
            args: [
              `--secure-port=${values.containerPort}`,
              ...ranged(NAME, values, "defaultArgs"),
              ...(values.metrics.enabled ? ["--authorization-always-allow-paths=/metrics"] : []),
              ...ranged(NAME, values, "args"),
            ],
            ports: [{ name: "https", protocol: "TCP", containerPort: values.containerPort }],
            ...optional("livenessProbe", values.livenessProbe),
            ...optional("readinessProbe", values.readinessProbe),
            volumeMounts: [
              { name: "tmp", mountPath: "/tmp" },
              ...ranged(NAME, values, "extraVolumeMounts"),
            ],
            ...optional("resources", values.resources),
          }],
          volumes: [{ name: "tmp", ...values.tmpVolume }, ...ranged(NAME, values, "extraVolumes")],
          ...optional("nodeSelector", values.nodeSelector),
          ...optional("affinity", values.affinity),
          ...optional("tolerations", values.tolerations),
          ...optional("topologySpreadConstraints", values.topologySpreadConstraints),
        },
      },
    },
  };
}

function image(values: Values): string {
  return `${values.image.repository}:${given(values.image.tag) ?? `v${APP_VERSION}`}`;
}

function notes(values: Values, _release: Release): string {
  const rule = "*".repeat(71);
  return [
    rule,
    `* ${"Metrics Server".padEnd(67)} *`,
    rule,
    `  Chart version: ${VERSION}`,
    `  App version:   ${APP_VERSION}`,
    `  Image tag:     ${image(values)}`,
    rule,
    "",
  ].join("\n");
}
