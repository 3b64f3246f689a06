import { own } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import type { Chart, Release } from "../seams.ts";
import { kedaCrds } from "./_keda_crds.ts";
import { kedaAccess, type KedaNames } from "./_keda_access.ts";
import { type KedaValues, kedaValues } from "./_keda_values.ts";
import {
  checkTables,
  extraObjects,
  given,
  manifests,
  optional,
  ranged,
  refuse,
  truthy,
} from "./_template.ts";

const NAME = "keda";
const VERSION = "2.20.2";

/**
 * The KEDA chart.
 * Source: kedacore/charts keda (2.20.2).
 * Differs: its own metrics' Services and monitors, network policies, disruption budgets, cert-manager
 * and cloud pod identities are refused or left out; the notes come without the drawing.
 */
export const keda: Chart = {
  repository: "https://kedacore.github.io/charts",
  name: NAME,
  version: VERSION,
  appVersion: VERSION,
  description: "Event-based autoscaler for workloads on Kubernetes",
  values: kedaValues,
  render: (given, release) => render(given as KedaValues, release),
  notes,
};

function render(values: KedaValues, release: Release): Manifest[] {
  checkTables(NAME, keda.values, values);
  refuse(NAME, "certificates.certManager.enabled", values.certificates.certManager.enabled);
  refuse(NAME, "prometheus.operator.enabled", values.prometheus.operator.enabled);
  refuse(NAME, "prometheus.metricServer.enabled", values.prometheus.metricServer.enabled);
  refuse(NAME, "prometheus.webhooks.enabled", values.prometheus.webhooks.enabled);
  const common = {
    "helm.sh/chart": `${NAME}-${VERSION}`,
    "app.kubernetes.io/component": "operator",
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/part-of": values.operator.name,
    "app.kubernetes.io/version": VERSION,
  };
  const annotations = optional("annotations", values.additionalAnnotations);
  const names: KedaNames = {
    namespace: release.namespace,
    metadata: (name, namespace, label = name, more = {}) => ({
      name,
      ...(namespace ? { namespace } : {}),
      labels: {
        ...more,
        "app.kubernetes.io/name": label,
        ...common,
        "app.kubernetes.io/instance": release.name,
        ...values.additionalLabels,
      },
      ...annotations,
    }),
  };
  const crds = values.crds.install
    ? kedaCrds({
      labels: { "app.kubernetes.io/name": values.operator.name, ...common },
      annotations: { ...values.crds.additionalAnnotations, ...values.additionalAnnotations },
    })
    : [];
  return manifests([
    ...crds,
    ...kedaAccess(values, names),
    ...services(values, names),
    operatorDeployment(values, names),
    values.metricsServer.enabled && metricsDeployment(values, names),
    values.webhooks.enabled && webhooksDeployment(values, names),
    values.metricsServer.enabled && {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: names.metadata("v1beta1.external.metrics.k8s.io"),
      spec: {
        service: {
          name: `${values.operator.name}-metrics-apiserver`,
          namespace: names.namespace,
          port: values.service.portHttps,
        },
        group: "external.metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
    values.webhooks.enabled && webhookConfiguration(values, names),
    ...extraObjects(NAME, values, "extraObjects"),
  ]);
}

function services(values: KedaValues, names: KedaNames): (Manifest | false)[] {
  const operator = values.operator.name;
  const metrics = `${operator}-metrics-apiserver`;
  const service = (name: string, more: Record<string, string>, spec: unknown): Manifest => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: names.metadata(name, names.namespace, name, more),
    spec,
  });
  return [
    service(operator, {}, {
      ports: [{ name: "metricsservice", port: 9666, targetPort: 9666 }],
      selector: { app: operator },
    }),
    values.metricsServer.enabled && service(metrics, { app: metrics }, {
      type: values.service.type,
      ports: [
        {
          name: "https",
          port: values.service.portHttps,
          targetPort: values.service.portHttpsTarget,
          protocol: "TCP",
          appProtocol: "https",
        },
        {
          name: values.prometheus.metricServer.portName,
          port: values.prometheus.metricServer.port,
          targetPort: values.prometheus.metricServer.port,
          protocol: "TCP",
        },
      ],
      selector: { app: metrics },
    }),
    values.webhooks.enabled && service(values.webhooks.name, {}, {
      ports: [{
        name: "https",
        port: 443,
        protocol: "TCP",
        targetPort: given(values.webhooks.port) ?? 9443,
        appProtocol: "https",
      }],
      selector: { app: values.webhooks.name },
    }),
  ];
}

const env = {
  value: (name: string, value: unknown) => ({ name, value: String(value) }),
  field: (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } }),
};

function imageOf(values: KedaValues, part: "keda" | "metricsApiServer" | "webhooks"): string {
  const image = values.image[part];
  const registry = given(values.global.image.registry) ?? given(image.registry);
  const name = `${image.repository}:${given(image.tag) ?? VERSION}`;
  return registry ? `${registry}/${name}` : name;
}

interface Workload {
  name: string;
  part: "operator" | "metricServer" | "webhooks";
  image: string;
  labels: Record<string, string>;
  podLabels: Record<string, string>;
  podAnnotations: Record<string, string>;
  settings: Record<string, unknown>;
  strategy: unknown;
  certificatesOptional: boolean;
  container: Record<string, unknown>;
}

function workload(values: KedaValues, names: KedaNames, of: Workload): Manifest {
  const { settings, part } = of;
  const annotations = { ...of.podAnnotations, ...values.additionalAnnotations };
  const metadata = names.metadata(of.name, names.namespace, of.name, of.labels);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      revisionHistoryLimit: settings.revisionHistoryLimit,
      replicas: settings.replicaCount,
      ...optional("strategy", of.strategy),
      selector: { matchLabels: { app: of.name } },
      template: {
        metadata: {
          labels: { ...metadata.labels, ...of.podLabels },
          ...optional("annotations", annotations),
        },
        spec: {
          enableServiceLinks: values.enableServiceLinks,
          ...optional("priorityClassName", values.priorityClassName),
          ...optional("imagePullSecrets", values.imagePullSecrets),
          serviceAccountName: values.serviceAccount[part].name,
          automountServiceAccountToken: values.serviceAccount[part].automountServiceAccountToken,
          securityContext: values.podSecurityContext[part],
          containers: [{
            name: of.name,
            securityContext: values.securityContext[part],
            image: of.image,
            imagePullPolicy: values.image.pullPolicy,
            ...of.container,
            volumeMounts: [{
              mountPath: values.certificates.mountPath,
              name: "certificates",
              readOnly: true,
            }],
            resources: values.resources[part],
          }],
          volumes: [{
            name: "certificates",
            secret: {
              defaultMode: 420,
              secretName: values.certificates.secretName,
              ...(of.certificatesOptional ? { optional: values.certificates.autoGenerated } : {}),
            },
          }],
          nodeSelector: {
            "kubernetes.io/os": "linux",
            ...(given(settings.nodeSelector) ?? values.nodeSelector),
          },
          ...optional("affinity", given(settings.affinity) ?? values.affinity),
          ...optional("tolerations", given(settings.tolerations) ?? values.tolerations),
          ...optional("dnsPolicy", settings.dnsPolicy),
          hostNetwork: settings.useHostNetwork,
        },
      },
    },
  };
}

function operatorDeployment(values: KedaValues, names: KedaNames): Manifest {
  const { operator, logging, http } = values;
  const log = logging.operator;
  const httpGet = (path: string) => ({ httpGet: { path, port: 8081 } });
  return workload(values, names, {
    name: operator.name,
    part: "operator",
    image: imageOf(values, "keda"),
    labels: { app: operator.name, name: operator.name },
    podLabels: values.podLabels.keda,
    podAnnotations: values.podAnnotations.keda,
    settings: operator,
    strategy: values.upgradeStrategy.operator,
    certificatesOptional: true,
    container: {
      command: ["/keda"],
      args: [
        "--leader-elect",
        `--disable-compression=${operator.disableCompression}`,
        `--zap-log-level=${log.level}`,
        `--zap-encoder=${log.format}`,
        `--zap-time-encoding=${log.timeEncoding}`,
        `--enable-webhook-patching=${values.webhooks.enabled}`,
        ...(log.stackTracesEnabled ? ["--zap-stacktrace-level=error"] : []),
        `--cert-dir=${values.certificates.mountPath}`,
        `--enable-cert-rotation=${values.certificates.autoGenerated}`,
        `--cert-secret-name=${values.certificates.secretName}`,
        `--operator-service-name=${operator.name}`,
        `--metrics-server-service-name=${operator.name}-metrics-apiserver`,
        `--webhooks-service-name=${values.webhooks.name}`,
        `--k8s-cluster-name=${values.clusterName}`,
        `--k8s-cluster-domain=${values.clusterDomain}`,
        `--enable-prometheus-metrics=${values.prometheus.operator.enabled}`,
        `--http-max-idle-conns=${http.maxIdleConns}`,
        `--http-max-idle-conns-per-host=${http.maxIdleConnsPerHost}`,
        `--http-idle-conn-timeout=${http.idleConnTimeout}`,
        ...extra(values.extraArgs.keda),
      ],
      livenessProbe: { ...httpGet("/healthz"), ...operator.livenessProbe },
      readinessProbe: { ...httpGet("/readyz"), ...operator.readinessProbe },
      ports: [{ containerPort: 9666, name: "metricsservice", protocol: "TCP" }],
      env: [
        env.value("WATCH_NAMESPACE", values.watchNamespace),
        env.value("WATCH_LABEL_SELECTOR", values.watchLabelSelector),
        env.value("WATCH_LABEL_SELECTOR_FOR_TRIGGERAUTH", values.watchLabelSelectorForTriggerauth),
        env.field("POD_NAME", "metadata.name"),
        env.field("POD_NAMESPACE", "metadata.namespace"),
        env.value("OPERATOR_NAME", operator.name),
        ...httpEnv(values),
        ...ranged(NAME, values, "env"),
      ],
    },
  });
}

function metricsDeployment(values: KedaValues, names: KedaNames): Manifest {
  const { metricsServer, logging, certificates, service } = values;
  const log = logging.metricServer;
  const name = `${values.operator.name}-metrics-apiserver`;
  const address = `${values.operator.name}.${names.namespace}.svc.${values.clusterDomain}:9666`;
  const httpGet = (path: string) => ({
    httpGet: { path, port: service.portHttpsTarget, scheme: "HTTPS" },
  });
  const port = values.prometheus.metricServer.port;
  return workload(values, names, {
    name,
    part: "metricServer",
    image: imageOf(values, "metricsApiServer"),
    labels: { app: name },
    podLabels: values.podLabels.metricsAdapter,
    podAnnotations: values.podAnnotations.metricsAdapter,
    settings: metricsServer,
    strategy: values.upgradeStrategy.metricsApiServer,
    certificatesOptional: false,
    container: {
      command: ["/keda-adapter"],
      args: [
        `--port=${port}`,
        `--secure-port=${service.portHttpsTarget}`,
        "--logtostderr=true",
        `--stderrthreshold=${log.stderrthreshold}`,
        `--disable-compression=${metricsServer.disableCompression}`,
        `--metrics-service-address=${address}`,
        `--client-ca-file=${certificates.mountPath}/ca.crt`,
        `--tls-cert-file=${certificates.mountPath}/tls.crt`,
        `--tls-private-key-file=${certificates.mountPath}/tls.key`,
        `--cert-dir=${certificates.mountPath}`,
        `--v=${log.level}`,
        `--zap-log-level=${log.zapLevel}`,
        `--zap-encoder=${log.zapEncoder}`,
        `--zap-time-encoding=${log.zapTimeEncoding}`,
        ...extra(values.extraArgs.metricsAdapter),
      ],
      livenessProbe: { ...httpGet("/healthz"), ...metricsServer.livenessProbe },
      readinessProbe: { ...httpGet("/readyz"), ...metricsServer.readinessProbe },
      ports: [
        { containerPort: service.portHttpsTarget, name: "https", protocol: "TCP" },
        {
          containerPort: port,
          name: values.prometheus.metricServer.portName,
          protocol: "TCP",
        },
      ],
      env: [
        env.value("WATCH_NAMESPACE", values.watchNamespace),
        env.field("POD_NAMESPACE", "metadata.namespace"),
        ...httpEnv(values),
        ...ranged(NAME, values, "env"),
      ],
    },
  });
}

function webhooksDeployment(values: KedaValues, names: KedaNames): Manifest {
  const { webhooks, logging, certificates } = values;
  const httpGet = (path: string) => ({ httpGet: { path, port: webhooks.healthProbePort } });
  return workload(values, names, {
    name: webhooks.name,
    part: "webhooks",
    image: imageOf(values, "webhooks"),
    labels: { app: webhooks.name, name: webhooks.name },
    podLabels: values.podLabels.webhooks,
    podAnnotations: values.podAnnotations.webhooks,
    settings: webhooks,
    strategy: values.upgradeStrategy.webhooks,
    certificatesOptional: false,
    container: {
      command: ["/keda-admission-webhooks"],
      args: [
        `--zap-log-level=${logging.webhooks.level}`,
        `--zap-encoder=${logging.webhooks.format}`,
        `--zap-time-encoding=${logging.webhooks.timeEncoding}`,
        `--cert-dir=${certificates.mountPath}`,
        `--health-probe-bind-address=:${webhooks.healthProbePort}`,
        ...(truthy(webhooks.port) ? [`--port=${webhooks.port}`] : []),
        `--metrics-bind-address=:${values.prometheus.webhooks.port}`,
        ...extra(own(values.extraArgs, "webhooks") ?? {}),
      ],
      livenessProbe: { ...httpGet("/healthz"), ...webhooks.livenessProbe },
      readinessProbe: { ...httpGet("/readyz"), ...webhooks.readinessProbe },
      ports: [{
        containerPort: given(webhooks.port) ?? 9443,
        name: "http",
        protocol: "TCP",
      }],
      env: [
        env.value("WATCH_NAMESPACE", values.watchNamespace),
        env.field("POD_NAME", "metadata.name"),
        env.field("POD_NAMESPACE", "metadata.namespace"),
        ...ranged(NAME, values, "env"),
      ],
    },
  });
}

function httpEnv(values: KedaValues) {
  return [
    env.value("KEDA_HTTP_DEFAULT_TIMEOUT", values.http.timeout),
    env.value("KEDA_HTTP_MIN_TLS_VERSION", values.http.minTlsVersion),
    env.value("KEDA_HTTP_TLS_CIPHER_LIST", values.http.tlsCipherList),
    env.value("KEDA_SERVICE_MIN_TLS_VERSION", values.service.minTlsVersion),
    env.value("KEDA_SERVICE_TLS_CIPHER_LIST", values.service.tlsCipherList),
    ...(values.http.keepAlive.enabled ? [] : [env.value("KEDA_HTTP_DISABLE_KEEP_ALIVE", "true")]),
  ];
}

function extra(args: Record<string, unknown> = {}): string[] {
  return Object.keys(args).sort().map((key) => `--${key}=${args[key]}`);
}

function webhookConfiguration(values: KedaValues, names: KedaNames): Manifest {
  const webhook = (name: string, group: string, resource: string, path: string) => ({
    admissionReviewVersions: ["v1"],
    clientConfig: { service: { name: values.webhooks.name, namespace: names.namespace, path } },
    failurePolicy: values.webhooks.failurePolicy,
    matchPolicy: "Equivalent",
    name,
    namespaceSelector: {},
    objectSelector: {},
    rules: [{
      apiGroups: [group],
      apiVersions: ["v1alpha1"],
      operations: ["CREATE", "UPDATE"],
      resources: [resource],
    }],
    sideEffects: "None",
    timeoutSeconds: values.webhooks.timeoutSeconds,
  });
  const validate = (kind: string, group: string, name = `v${kind}.kb.io`) =>
    webhook(
      name,
      group,
      `${kind}s`,
      `/validate-${group.replaceAll(".", "-")}-v1alpha1-${kind}`,
    );
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: names.metadata("keda-admission", undefined, values.webhooks.name),
    webhooks: [
      validate("scaledobject", "keda.sh"),
      validate("scaledjob", "keda.sh"),
      validate("triggerauthentication", "keda.sh", "vstriggerauthentication.kb.io"),
      validate("clustertriggerauthentication", "keda.sh", "vsclustertriggerauthentication.kb.io"),
      validate("cloudeventsource", "eventing.keda.sh"),
      validate("clustercloudeventsource", "eventing.keda.sh"),
    ],
  };
}

function notes(): string {
  const look = (what: string, command: string) => ["", `${what}:`, `  kubectl ${command}`];
  return [
    "",
    "Kubernetes Event-driven Autoscaling (KEDA) - Application autoscaling made simple.",
    "",
    "Get started by deploying Scaled Objects to your cluster:",
    "    - Information about Scaled Objects : https://keda.sh/docs/latest/concepts/",
    "    - Samples: https://github.com/kedacore/samples",
    ...look(
      "Get information about the deployed ScaledObjects",
      "get scaledobject [--namespace <namespace>]",
    ),
    ...look(
      "Get details about a deployed ScaledObject",
      "describe scaledobject <scaled-object-name> [--namespace <namespace>]",
    ),
    ...look(
      "Get information about the deployed TriggerAuthentications",
      "get triggerauthentication [--namespace <namespace>]",
    ),
    ...look(
      "Get details about a deployed TriggerAuthentication",
      "describe triggerauthentication <trigger-authentication-name> [--namespace <namespace>]",
    ),
    ...look(
      "Get an overview of the Horizontal Pod Autoscalers (HPA) that KEDA is using behind the scenes",
      "get hpa [--all-namespaces] [--namespace <namespace>]",
    ),
    "",
  ].join("\n");
}
