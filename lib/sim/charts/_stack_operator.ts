import { own } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import { makeAuthority, makeServerCertificate } from "../certificates.ts";
import {
  imageName,
  OPERATOR_VERSION,
  relabelings,
  scrapeLimits,
  serviceMonitor,
  type Stack,
  STACK_NAME,
} from "./_stack.ts";
import { clusterRole, given, joined, optional, rangedIfGiven, rule, truthy } from "./_template.ts";

/**
 * The operator: its account, role, Deployment, Service, monitor and webhook configurations.
 * Source: charts/kube-prometheus-stack/templates/prometheus-operator.
 *
 * Upstream two hook Jobs make the webhook's certificate and leave a Secret behind that belongs to no
 * release. Here the Secret itself is the hook, with a certificate in name only where nothing is encrypted: TLS on the
 * virtual network has no keys.
 */
export function operatorObjects(stack: Stack): (Manifest | false)[] {
  const { values, operator: name, namespace, operatorLabels: labels } = stack;
  const settings = values.prometheusOperator;
  if (!settings.enabled) return [];
  const account = {
    name: given(settings.serviceAccount.name) ??
      (settings.serviceAccount.create ? name : "default"),
    namespace,
  };
  const webhooks = settings.admissionWebhooks.enabled;
  const issued = credentials(stack);
  const port = settings.tls.enabled
    ? { name: "https", port: 443, targetPort: "https", node: settings.service.nodePortTls }
    : { name: "http", port: 8080, targetPort: "http", node: settings.service.nodePort };
  return [
    settings.serviceAccount.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        ...account,
        labels,
        ...optional("annotations", settings.serviceAccount.annotations),
      },
      automountServiceAccountToken: settings.serviceAccount.automountServiceAccountToken,
    },
    ...(values.global.rbac.create ? clusterRole({ name, labels }, operatorRules(), account) : []),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name,
        namespace,
        labels: { ...labels, ...settings.service.labels },
        ...optional("annotations", settings.service.annotations),
      },
      spec: {
        ...optional("clusterIP", settings.service.clusterIP),
        ports: [{
          name: port.name,
          ...(settings.service.type === "NodePort" ? { nodePort: port.node } : {}),
          port: port.port,
          targetPort: port.targetPort,
        }],
        selector: { app: `${stack.name}-operator`, release: stack.release.name },
        type: settings.service.type,
      },
    },
    deployment(stack, account.name),
    settings.serviceMonitor.selfMonitor && monitor(stack),
    ...(webhooks ? webhookConfigurations(stack, issued.authority) : []),
    (webhooks || settings.tls.enabled) && certificate(stack, issued),
  ];
}

function operatorRules(): unknown[] {
  const withStatus = (resource: string) => [resource, `${resource}/status`];
  const withFinalizers = (resource: string) => [
    resource,
    `${resource}/finalizers`,
    `${resource}/status`,
  ];
  return [
    rule(["monitoring.coreos.com"], [
      ...withFinalizers("alertmanagers"),
      "alertmanagerconfigs",
      ...["prometheuses", "prometheusagents", "thanosrulers"].flatMap(withFinalizers),
      ...["scrapeconfigs", "servicemonitors", "podmonitors", "probes", "prometheusrules"].flatMap(
        withStatus,
      ),
    ], ["*"]),
    rule(["apps"], ["statefulsets"], ["*"]),
    rule([""], ["configmaps", "secrets"], ["*"]),
    rule([""], ["pods"], ["list", "delete"]),
    rule([""], ["services", "services/finalizers", "endpoints"], [
      "get",
      "create",
      "update",
      "delete",
    ]),
    rule([""], ["nodes"], ["list", "watch"]),
    rule([""], ["namespaces"], ["get", "list", "watch"]),
    rule(["", "events.k8s.io"], ["events"], ["patch", "create"]),
    rule(["networking.k8s.io"], ["ingresses"], ["get", "list", "watch"]),
    rule(["storage.k8s.io"], ["storageclasses"], ["get"]),
    rule(["discovery.k8s.io"], ["endpointslices"], [
      "get",
      "create",
      "list",
      "watch",
      "update",
      "delete",
    ]),
  ];
}

function operatorArgs(stack: Stack): string[] {
  const { values } = stack;
  const settings = values.prometheusOperator;
  const { kubeletService: kubelet, prometheusConfigReloader: reloader, tls } = settings;
  const kubeletName = given(kubelet.name) ?? `${stack.full}-kubelet`;
  const size = (kind: "requests" | "limits", of: "cpu" | "memory") =>
    given(reloader.resources?.[kind]?.[of]) ?? 0;
  const flag = (name: string, value: unknown) => truthy(value) ? [`--${name}=${value}`] : [];
  return [
    ...(kubelet.enabled
      ? [
        `--kubelet-service=${kubelet.namespace}/${kubeletName}`,
        ...flag("kubelet-selector", kubelet.selector),
      ]
      : []),
    `--kubelet-endpoints=${settings.kubeletEndpointsEnabled}`,
    `--kubelet-endpointslice=${settings.kubeletEndpointSliceEnabled}`,
    ...flag("log-format", settings.logFormat),
    ...flag("log-level", settings.logLevel),
    ...flag("deny-namespaces", joined(settings.denyNamespaces)),
    ...(truthy(settings.namespaces)
      ? [`--namespaces=${
        [
          ...new Set([
            ...(settings.namespaces?.releaseNamespace ? [stack.namespace] : []),
            ...rangedIfGiven(STACK_NAME, values, "prometheusOperator.namespaces.additional"),
          ]),
        ].join(",")
      }`]
      : []),
    "--localhost=127.0.0.1",
    `--prometheus-config-reloader=${imageName(values.global, reloader.image, OPERATOR_VERSION)}`,
    `--config-reloader-cpu-request=${size("requests", "cpu")}`,
    `--config-reloader-cpu-limit=${size("limits", "cpu")}`,
    `--config-reloader-memory-request=${size("requests", "memory")}`,
    `--config-reloader-memory-limit=${size("limits", "memory")}`,
    ...(reloader.enableProbe ? ["--enable-config-reloader-probes=true"] : []),
    ...flag("prometheus-instance-namespaces", joined(settings.prometheusInstanceNamespaces)),
    ...flag("prometheus-instance-selector", settings.prometheusInstanceSelector),
    `--thanos-default-base-image=${imageName(values.global, settings.thanosImage, "")}`,
    ...flag("secret-field-selector", settings.secretFieldSelector),
    ...flag("cluster-domain", settings.clusterDomain),
    ...(tls.enabled
      ? [
        "--web.enable-tls=true",
        "--web.cert-file=/cert/cert",
        "--web.key-file=/cert/key",
        `--web.listen-address=:${tls.internalPort}`,
        `--web.tls-min-version=${tls.tlsMinVersion}`,
      ]
      : ["--web.enable-tls=false", "--web.listen-address=:8080"]),
    ...settings.extraArgs,
  ];
}

function deployment(stack: Stack, serviceAccountName: string): Manifest {
  const { values, operatorLabels: labels } = stack;
  const settings = values.prometheusOperator;
  const { tls } = settings;
  const portName = tls.enabled ? "https" : "http";
  const probe = (of: typeof settings.livenessProbe) => {
    const { enabled, ...timing } = of;
    const httpGet = { path: "/healthz", port: portName, scheme: portName.toUpperCase() };
    return enabled ? { httpGet, ...timing } : undefined;
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: stack.operator,
      namespace: stack.namespace,
      labels: { ...labels, ...settings.labels },
      ...optional("annotations", settings.annotations),
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: settings.revisionHistoryLimit,
      selector: { matchLabels: { app: `${stack.name}-operator`, release: stack.release.name } },
      ...optional("strategy", settings.strategy),
      template: {
        metadata: {
          labels: { ...labels, ...settings.podLabels },
          ...optional("annotations", settings.podAnnotations),
        },
        spec: {
          ...optional("priorityClassName", own(settings, "priorityClassName")),
          ...optional("imagePullSecrets", values.global.imagePullSecrets),
          containers: [{
            name: stack.name,
            image: imageName(values.global, settings.image, OPERATOR_VERSION),
            imagePullPolicy: settings.image.pullPolicy,
            args: operatorArgs(stack),
            ports: [{ containerPort: tls.enabled ? tls.internalPort : 8080, name: portName }],
            env: Object.keys(settings.env).sort().map((name) => ({
              name,
              value: String((settings.env as Record<string, unknown>)[name]),
            })),
            resources: settings.resources,
            securityContext: settings.containerSecurityContext,
            volumeMounts: tls.enabled
              ? [{ name: "tls-secret", mountPath: "/cert", readOnly: true }]
              : undefined,
            readinessProbe: probe(settings.readinessProbe),
            livenessProbe: probe(settings.livenessProbe),
          }],
          volumes: tls.enabled
            ? [{
              name: "tls-secret",
              secret: { defaultMode: 420, secretName: `${stack.full}-admission` },
            }]
            : undefined,
          ...optional("securityContext", settings.securityContext),
          serviceAccountName,
          automountServiceAccountToken: settings.automountServiceAccountToken,
          ...(settings.hostNetwork
            ? { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }
            : {}),
          ...optional("nodeSelector", settings.nodeSelector),
          ...optional("affinity", settings.affinity),
          ...optional("terminationGracePeriodSeconds", settings.terminationGracePeriodSeconds),
          ...optional("tolerations", settings.tolerations),
        },
      },
    },
  };
}

function monitor(stack: Stack): Manifest {
  const settings = stack.values.prometheusOperator;
  const own = settings.serviceMonitor;
  const endpoint = settings.tls.enabled
    ? {
      port: "https",
      scheme: "https",
      tlsConfig: {
        serverName: stack.operator,
        ca: { secret: { name: `${stack.full}-admission`, key: "ca", optional: false } },
      },
    }
    : { port: "http" };
  return serviceMonitor(
    {
      name: stack.operator,
      namespace: stack.namespace,
      labels: { ...stack.operatorLabels, ...own.additionalLabels },
    },
    {
      ...scrapeLimits(own),
      endpoints: [{
        ...endpoint,
        honorLabels: true,
        ...optional("interval", own.interval),
        ...relabelings(own),
      }],
      selector: { matchLabels: { app: `${stack.name}-operator`, release: stack.release.name } },
      namespaceSelector: { matchNames: [stack.namespace] },
    },
  );
}

function webhookConfigurations(stack: Stack, authority: string | undefined): Manifest[] {
  const { failurePolicy, timeoutSeconds } = stack.values.prometheusOperator.admissionWebhooks;
  const metadata = {
    name: `${stack.full}-admission`,
    labels: {
      app: `${stack.name}-admission`,
      ...stack.labels,
      "app.kubernetes.io/name": `${stack.name}-prometheus-operator`,
      "app.kubernetes.io/component": "prometheus-operator-webhook",
    },
  };
  const policy = failurePolicy === "IgnoreOnInstallOnly"
    ? (stack.release.isInstall ? "Ignore" : "Fail")
    : given(failurePolicy) ?? "Ignore";
  const webhook = (name: string, path: string, version: string, resource: string) => ({
    name: `${name}.monitoring.coreos.com`,
    failurePolicy: policy,
    rules: [{
      apiGroups: ["monitoring.coreos.com"],
      apiVersions: [version],
      resources: [resource],
      operations: ["CREATE", "UPDATE"],
    }],
    clientConfig: {
      service: { namespace: stack.namespace, name: stack.operator, path },
      ...optional("caBundle", authority),
    },
    timeoutSeconds,
    admissionReviewVersions: ["v1", "v1beta1"],
    sideEffects: "None",
  });
  const rules = "/admission-prometheusrules";
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata,
      webhooks: [webhook("prometheusrulemutate", `${rules}/mutate`, "*", "prometheusrules")],
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata,
      webhooks: [
        webhook("prometheusrulevalidate", `${rules}/validate`, "*", "prometheusrules"),
        webhook(
          "alertmanagerconfigsvalidate",
          "/admission-alertmanagerconfigs/validate",
          "v1alpha1",
          "alertmanagerconfigs",
        ),
      ],
    },
  ];
}

/** What the Jobs of the chart come to: the data of their Secret, and the authority that they give to webhooks. */
interface Issued {
  data: Record<"ca" | "cert" | "key", string>;
  authority?: string;
}

/**
 * Placeholders where nothing is encrypted.
 * Source: kubernetes/ingress-nginx images/kube-webhook-certgen/rootfs/pkg/certs/certs.go.
 */
function credentials({ operator, namespace, release }: Stack): Issued {
  const names = [operator, `${operator}.${namespace}.svc`];
  if (release.certifiedAtMs === undefined) {
    const text = (what: string) => btoa(`simulated ${what} of ${names[1]}\n`);
    const [ca, cert, key] = ["certificate authority", "certificate", "key"].map(text);
    return { data: { ca, cert, key } };
  }
  const validity = { notBefore: new Date(release.certifiedAtMs), notAfter: LAST_DATE };
  const authority = makeAuthority("nil1", validity);
  const { cert, key } = makeServerCertificate("nil2", { addresses: [], names }, validity, {
    name: "nil1",
    key: authority.key,
  });
  const ca = btoa(authority.cert);
  return { data: { ca, cert: btoa(cert), key: btoa(key) }, authority: ca };
}

/** The last that a certificate's short form of a date tells; upstream's hold for a hundred years. */
const LAST_DATE = new Date("2049-12-31T23:59:59Z");

function certificate(stack: Stack, { data }: Issued): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `${stack.full}-admission`,
      namespace: stack.namespace,
      annotations: {
        "helm.sh/hook": "pre-install,pre-upgrade",
        "helm.sh/hook-delete-policy": "before-hook-creation",
      },
    },
    type: "Opaque",
    data,
  };
}
