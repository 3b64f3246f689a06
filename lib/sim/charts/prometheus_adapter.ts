import { own } from "../../go/mod.ts";
import { createHash } from "node:crypto";
import { CHART_RULES } from "../../adapter/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import type { Chart, Release } from "../seams.ts";
import {
  binding,
  chartName,
  checkTables,
  extraObjects,
  fullname,
  given,
  indent,
  manifests,
  optional,
  ranged,
  refuse,
  rule,
  toYaml,
  truthy,
} from "./_template.ts";

const NAME = "prometheus-adapter";
const VERSION = "5.3.0";
const APP_VERSION = "v0.12.0";

const probe = {
  httpGet: { path: "/healthz", port: "https", scheme: "HTTPS" },
  initialDelaySeconds: 30,
  timeoutSeconds: 5,
};

const values = {
  affinity: {},
  topologySpreadConstraints: [],
  nameOverride: "",
  fullnameOverride: "",
  namespaceOverride: "",
  image: {
    repository: "registry.k8s.io/prometheus-adapter/prometheus-adapter",
    tag: "",
    pullPolicy: "IfNotPresent",
    pullSecrets: [],
  },
  logLevel: 4,
  metricsRelistInterval: "1m",
  listenPort: 6443,
  nodeSelector: {},
  priorityClassName: "",
  customAnnotations: {},
  customLabels: {},
  prometheus: { url: "http://prometheus.default.svc", port: 9090, path: "" },
  replicas: 1,
  podSecurityContext: { fsGroup: 10001 },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: 10001,
    seccompProfile: { type: "RuntimeDefault" },
  },
  rbac: {
    create: true,
    useAuthReaderClusterRole: false,
    externalMetrics: { resources: ["*"] },
    customMetrics: { resources: ["*"] },
  },
  automountServiceAccountToken: true,
  serviceAccount: { create: true, name: null, annotations: {}, automountServiceAccountToken: true },
  dnsConfig: {},
  resources: {},
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: {},
  rules: { default: true, custom: [], existing: null, external: [] },
  service: { annotations: {}, port: 443, type: "ClusterIP" },
  tls: { enable: false, ca: "", key: "", certificate: "" },
  env: [],
  extraArguments: [],
  extraContainers: [],
  extraVolumes: [],
  extraVolumeMounts: [],
  tolerations: [],
  podLabels: {},
  podAnnotations: {},
  deploymentAnnotations: {},
  hostNetwork: { enabled: false },
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
  podDisruptionBudget: { enabled: false },
  certManager: { enabled: false },
  extraManifests: [],
  revisionHistoryLimit: 10,
};

/** The values as a release sets them, with what is read of those that have no default. */
type Values = typeof values & Record<string, unknown> & { rules: { resource?: unknown } };

/**
 * The prometheus-adapter chart.
 * Source: prometheus-community/helm-charts charts/prometheus-adapter (5.3.0).
 * Differs: TLS certificates of one's own, cert-manager and the disruption budget are refused.
 */
export const prometheusAdapter: Chart = {
  repository: "https://prometheus-community.github.io/helm-charts",
  name: NAME,
  version: VERSION,
  appVersion: APP_VERSION,
  description: "A Helm chart for k8s prometheus adapter",
  values,
  render: (given, release) => render(given as Values, release),
  notes: (given, release) => notes(given as Values, release),
};

interface Names {
  name: string;
  full: string;
  namespace: string;
  selector: Record<string, string>;
  labels: Record<string, string>;
  account: { name: string; namespace: string };
}

function render(values: Values, release: Release): Manifest[] {
  checkTables(NAME, prometheusAdapter.values, values);
  refuse(NAME, "tls.enable", values.tls.enable);
  refuse(NAME, "certManager.enabled", values.certManager.enabled);
  refuse(NAME, "podDisruptionBudget.enabled", values.podDisruptionBudget.enabled);
  const names = namesOf(values, release);
  const { full, namespace, labels, account } = names;
  const annotations = optional("annotations", values.customAnnotations);
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: full, namespace, labels, ...annotations },
    data: { "config.yaml": configText(values) },
  };
  return manifests([
    values.serviceAccount.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      automountServiceAccountToken: values.serviceAccount.automountServiceAccountToken,
      metadata: {
        ...account,
        labels,
        ...optional("annotations", {
          ...values.serviceAccount.annotations,
          ...values.customAnnotations,
        }),
      },
    },
    !truthy(values.rules.existing) && configMap,
    ...(values.rbac.create ? accessRules(values, names) : []),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: full,
        namespace,
        labels,
        ...optional("annotations", { ...values.service.annotations, ...values.customAnnotations }),
      },
      spec: {
        ports: [{ port: values.service.port, name: "https", protocol: "TCP", targetPort: "https" }],
        selector: names.selector,
        type: values.service.type,
        ...optional("clusterIP", own(values.service, "clusterIP")),
      },
    },
    deployment(values, names, sha256(JSON.stringify(configMap))),
    ...apiServices(values, names),
    ...extraObjects(NAME, values, "extraManifests"),
  ]);
}

function namesOf(values: Values, release: Release): Names {
  const name = chartName(NAME, values);
  const full = fullname(NAME, values, release);
  const namespace = given(values.namespaceOverride) ?? release.namespace;
  const selector = { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": release.name };
  return {
    name,
    full,
    namespace,
    selector,
    labels: {
      "helm.sh/chart": `${NAME}-${VERSION}`,
      "app.kubernetes.io/managed-by": "Helm",
      "app.kubernetes.io/component": "metrics",
      "app.kubernetes.io/part-of": name,
      ...selector,
      "app.kubernetes.io/version": APP_VERSION,
      ...values.customLabels,
    },
    account: {
      name: given(values.serviceAccount.name) ?? (values.serviceAccount.create ? full : "default"),
      namespace,
    },
  };
}

/**
 * The adapter's configuration, put together as text the way the template does: a `rules.custom` that
 * is not a list ends as a file the adapter cannot read, not as an error of helm.
 * Source: charts/prometheus-adapter/templates/configmap.yaml.
 */
function configText(values: Values): string {
  const { rules } = values;
  const parts: string[] = [];
  if (truthy(rules.default) || truthy(rules.custom)) {
    parts.push("rules:");
    if (truthy(rules.default)) {
      parts.push(toYaml(CHART_RULES, { keepOrder: true, longLines: true }));
    }
    if (truthy(rules.custom)) parts.push(toYaml(rules.custom));
  }
  if (truthy(rules.external)) parts.push("externalRules:", toYaml(rules.external));
  if (truthy(rules.resource)) parts.push("resourceRules:", indent(2, toYaml(rules.resource)));
  return parts.join("\n") + (parts.length > 0 ? "\n" : "");
}

function accessRules(values: Values, names: Names): Manifest[] {
  const annotations = optional("annotations", values.customAnnotations);
  const metadata = (suffix: string) => ({
    name: `${names.name}-${suffix}`,
    labels: names.labels,
    ...annotations,
  });
  const role = (suffix: string, rules: unknown[]) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: metadata(suffix),
    rules,
  });
  const bind = (suffix: string, roleName: string, account = names.account) =>
    binding(
      "ClusterRoleBinding",
      metadata(suffix),
      { kind: "ClusterRole", name: roleName },
      account,
    );
  const read = ["get", "list", "watch"];
  const { rules } = values;
  const served = truthy(rules.default) || truthy(rules.custom);
  const reader = "extension-apiserver-authentication-reader";
  return [
    role("resource-reader", [rule([""], ["namespaces", "pods", "services", "configmaps"], read)]),
    ...(served
      ? [role("server-resources", [
        rule(["custom.metrics.k8s.io"], values.rbac.customMetrics.resources, ["*"]),
      ])]
      : []),
    ...(truthy(rules.external)
      ? [role("external-metrics", [
        rule(["external.metrics.k8s.io"], values.rbac.externalMetrics.resources, [
          "list",
          "get",
          "watch",
        ]),
      ])]
      : []),
    ...(truthy(rules.resource)
      ? [role("metrics", [rule([""], ["pods", "nodes", "nodes/stats"], read)])]
      : []),
    bind("system-auth-delegator", "system:auth-delegator"),
    bind("resource-reader", `${names.name}-resource-reader`),
    ...(served ? [bind("hpa-controller", `${names.name}-server-resources`)] : []),
    ...(truthy(rules.external)
      ? [bind("hpa-controller-external-metrics", `${names.name}-external-metrics`, {
        name: "horizontal-pod-autoscaler",
        namespace: "kube-system",
      })]
      : []),
    ...(truthy(rules.resource) ? [bind("hpa-controller-metrics", `${names.name}-metrics`)] : []),
    values.rbac.useAuthReaderClusterRole ? bind("auth-reader", reader) : binding(
      "RoleBinding",
      { ...metadata("auth-reader"), namespace: "kube-system" },
      { kind: "Role", name: reader },
      names.account,
    ),
  ];
}

function apiServices(values: Values, names: Names): Manifest[] {
  const { rules } = values;
  const groups = [
    ...(truthy(rules.default) || truthy(rules.custom) ? ["custom.metrics.k8s.io"] : []),
    ...(truthy(rules.external) ? ["external.metrics.k8s.io"] : []),
    ...(truthy(rules.resource) ? ["metrics.k8s.io"] : []),
  ];
  return groups.map((group) => ({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: `v1beta1.${group}`,
      labels: names.labels,
      ...optional("annotations", values.customAnnotations),
    },
    spec: {
      service: { name: names.full, namespace: names.namespace },
      group,
      version: "v1beta1",
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  }));
}

function deployment(values: Values, names: Names, checksum: string): Manifest {
  const { url, port, path } = values.prometheus;
  const pullSecrets = ranged(NAME, values, "image.pullSecrets").map((name) => ({ name }));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      labels: names.labels,
      name: names.full,
      namespace: names.namespace,
      ...optional("annotations", { ...values.customAnnotations, ...values.deploymentAnnotations }),
    },
    spec: {
      replicas: values.replicas,
      revisionHistoryLimit: values.revisionHistoryLimit,
      strategy: values.strategy,
      selector: { matchLabels: names.selector },
      template: {
        metadata: {
          labels: { ...names.labels, ...values.podLabels },
          name: names.name,
          annotations: {
            "checksum/config": checksum,
            ...values.podAnnotations,
            ...values.customAnnotations,
          },
        },
        spec: {
          automountServiceAccountToken: values.automountServiceAccountToken,
          serviceAccountName: names.account.name,
          ...(values.hostNetwork.enabled ? { hostNetwork: true } : {}),
          ...optional("dnsPolicy", values.dnsPolicy),
          ...optional("dnsConfig", values.dnsConfig),
          containers: [{
            name: NAME,
            image: `${values.image.repository}:${given(values.image.tag) ?? APP_VERSION}`,
            imagePullPolicy: values.image.pullPolicy,
            ...optional("env", values.env),
            args: [
              "/adapter",
              `--secure-port=${values.listenPort}`,
              "--cert-dir=/tmp/cert",
              `--prometheus-url=${url}${truthy(port) ? `:${port}` : ""}${path ?? ""}`,
              `--metrics-relist-interval=${values.metricsRelistInterval}`,
              `--v=${values.logLevel}`,
              "--config=/etc/adapter/config.yaml",
              ...ranged(NAME, values, "extraArguments"),
            ],
            ports: [{ containerPort: values.listenPort, name: "https" }],
            ...optional("livenessProbe", values.livenessProbe),
            ...optional("readinessProbe", values.readinessProbe),
            ...optional("startupProbe", values.startupProbe),
            ...optional("resources", values.resources),
            ...optional("securityContext", values.securityContext),
            volumeMounts: [
              ...ranged(NAME, values, "extraVolumeMounts"),
              { mountPath: "/etc/adapter/", name: "config", readOnly: true },
              { mountPath: "/tmp", name: "tmp" },
            ],
          }, ...ranged(NAME, values, "extraContainers")],
          nodeSelector: values.nodeSelector,
          affinity: values.affinity,
          topologySpreadConstraints: values.topologySpreadConstraints,
          ...optional("priorityClassName", values.priorityClassName),
          ...optional("securityContext", values.podSecurityContext),
          tolerations: values.tolerations,
          ...optional("imagePullSecrets", pullSecrets),
          volumes: [
            ...ranged(NAME, values, "extraVolumes"),
            { name: "config", configMap: { name: given(values.rules.existing) ?? names.full } },
            { name: "tmp", emptyDir: {} },
          ],
        },
      },
    },
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function notes(values: Values, release: Release): string {
  const { rules } = values;
  const get = (group: string) => `  kubectl get --raw /apis/${group}/v1beta1`;
  return [
    `${fullname(NAME, values, release)} has been deployed.`,
    "In a few minutes you should be able to list metrics using the following command(s):",
    "",
    ...(truthy(rules.resource) ? [get("metrics.k8s.io")] : []),
    get("custom.metrics.k8s.io"),
    "",
    ...(truthy(rules.external) ? [get("external.metrics.k8s.io")] : []),
  ].join("\n");
}
