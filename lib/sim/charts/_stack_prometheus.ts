import type { AdditionalMonitor, StackValues } from "./_stack_values.ts";
import { own } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import {
  imageName,
  relabelings,
  scrapeLimits,
  serviceMonitor,
  type Stack,
  STACK_NAME,
} from "./_stack.ts";
import {
  checkItems,
  clusterRole,
  given,
  optional,
  rangedIfGiven,
  refuse,
  rule,
  toYaml,
  truthy,
} from "./_template.ts";

/** Fields of prometheusSpec that go into the Prometheus as they are, where they are not empty. */
const PASSED_ON = [
  "additionalArgs",
  "apiserverConfig",
  "bodySizeLimit",
  "configMaps",
  "containers",
  "dnsConfig",
  "dnsPolicy",
  "enableFeatures",
  "enforcedNamespaceLabel",
  "evaluationInterval",
  "excludedFromEnforcement",
  "externalLabels",
  "hostAliases",
  "initContainers",
  "keepDroppedTargets",
  "labelLimit",
  "minReadySeconds",
  "nodeSelector",
  "podMetadata",
  "podTargetLabels",
  "priorityClassName",
  "query",
  "remoteRead",
  "remoteWrite",
  "resources",
  "retentionSize",
  "ruleQueryOffset",
  "sampleLimit",
  "scrapeClasses",
  "scrapeInterval",
  "scrapeProtocols",
  "scrapeTimeout",
  "secrets",
  "serviceDiscoveryRole",
  "targetLimit",
  "terminationGracePeriodSeconds",
  "tolerations",
  "topologySpreadConstraints",
  "volumeMounts",
  "volumes",
  "web",
];

/**
 * The Prometheus object with its account, role, Service and monitor.
 * Source: charts/kube-prometheus-stack/templates/prometheus.
 * Differs: agent mode, ingresses, routes and the Thanos sidecar are refused or left out.
 */
export function prometheusObjects(stack: Stack): (Manifest | false)[] {
  const { values, namespace } = stack;
  const settings = values.prometheus;
  if (!settings.enabled) return [];
  const account = {
    name: given(settings.serviceAccount.name) ??
      (settings.serviceAccount.create ? `${stack.full}-prometheus` : "default"),
    namespace,
  };
  const { labels } = stack.metadata("prometheus", "prometheus");
  const cluster = { name: `${stack.full}-prometheus`, labels };
  return [
    settings.serviceAccount.create && {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        ...account,
        labels: {
          ...labels,
          "app.kubernetes.io/name": `${stack.name}-prometheus`,
          "app.kubernetes.io/component": "prometheus",
        },
        ...optional("annotations", settings.serviceAccount.annotations),
      },
      automountServiceAccountToken: settings.serviceAccount.automountServiceAccountToken,
    },
    ...(values.global.rbac.create ? clusterRole(cluster, prometheusRules(stack), account) : []),
    settings.service.enabled && service(stack),
    prometheus(stack, account.name),
    scrapeConfigs(stack),
    settings.serviceMonitor.selfMonitor && monitor(stack),
    ...additionalMonitors(stack),
  ];
}

function prometheusRules(stack: Stack): unknown[] {
  const { values } = stack;
  const kubelet = values.kubelet.serviceMonitor;
  const read = ["get", "list", "watch"];
  return [
    rule([""], ["nodes", "nodes/metrics", "services", "endpoints", "pods"], read),
    rule(["discovery.k8s.io"], ["endpointslices"], read),
    rule(["networking.k8s.io"], ["ingresses"], read),
    {
      nonResourceURLs: [
        "/metrics",
        ...(kubelet.cAdvisor ? ["/metrics/cadvisor"] : []),
        ...(kubelet.resource ? [kubelet.resourcePath] : []),
      ],
      verbs: ["get"],
    },
    ...rangedIfGiven(STACK_NAME, values, "prometheus.additionalRulesForClusterRole"),
  ];
}

function service(stack: Stack): Manifest {
  const { service: settings, serviceMonitor, prometheusSpec } = stack.values.prometheus;
  const nodePort = (port: unknown) =>
    settings.type === "NodePort" && truthy(port) ? { nodePort: port } : {};
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...stack.metadata("prometheus", "prometheus", {
        labels: { "self-monitor": String(serviceMonitor.selfMonitor), ...settings.labels },
      }),
      ...optional("annotations", settings.annotations),
    },
    spec: {
      ...optional("clusterIP", settings.clusterIP),
      ...(settings.type === "ClusterIP"
        ? {}
        : { externalTrafficPolicy: settings.externalTrafficPolicy }),
      ports: [
        {
          name: prometheusSpec.portName,
          ...nodePort(settings.nodePort),
          port: settings.port,
          targetPort: settings.targetPort,
        },
        ...(truthy(settings.reloaderWebPort)
          ? [{
            name: "reloader-web",
            appProtocol: "http",
            ...nodePort(settings.reloaderWebNodePort),
            port: settings.reloaderWebPort,
            targetPort: "reloader-web",
          }]
          : []),
        ...settings.additionalPorts,
      ],
      publishNotReadyAddresses: settings.publishNotReadyAddresses,
      selector: {
        "app.kubernetes.io/name": "prometheus",
        "operator.prometheus.io/name": stack.prometheus,
      },
      ...optional("sessionAffinity", settings.sessionAffinity),
      type: settings.type,
    },
  };
}

function prometheus(stack: Stack, serviceAccountName: string): Manifest {
  const settings = stack.values.prometheus;
  const spec = settings.prometheusSpec;
  const release = { matchLabels: { release: stack.release.name } };
  const selector = (kind: string) =>
    given(spec[`${kind}Selector`]) ??
      (spec[`${kind}SelectorNilUsesHelmValues`] ? release : {});
  const tag = given(spec.image.tag);
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "Prometheus",
    metadata: {
      ...stack.metadata("prometheus", "prometheus", { labels: settings.additionalLabels }),
      name: stack.prometheus,
      ...optional("annotations", settings.annotations),
    },
    spec: {
      automountServiceAccountToken: spec.automountServiceAccountToken,
      image: imageName(stack.values.global, spec.image, ""),
      imagePullPolicy: spec.image.pullPolicy,
      version: given(spec.version) ?? tag,
      externalUrl: given(spec.externalUrl) ??
        `http://${stack.full}-prometheus.${stack.namespace}:${settings.service.port}`,
      paused: spec.paused,
      replicas: spec.replicas,
      shards: spec.shards,
      logLevel: spec.logLevel,
      logFormat: spec.logFormat,
      listenLocal: spec.listenLocal,
      enableOTLPReceiver: spec.enableOTLPReceiver,
      enableAdminAPI: spec.enableAdminAPI,
      retention: spec.retention,
      ...optional("tsdb", spec.tsdb),
      walCompression: spec.walCompression !== false,
      ...optional("routePrefix", spec.routePrefix),
      serviceAccountName,
      serviceMonitorSelector: selector("serviceMonitor"),
      serviceMonitorNamespaceSelector: spec.serviceMonitorNamespaceSelector ?? {},
      podMonitorSelector: selector("podMonitor"),
      podMonitorNamespaceSelector: spec.podMonitorNamespaceSelector ?? {},
      probeSelector: selector("probe"),
      probeNamespaceSelector: spec.probeNamespaceSelector ?? {},
      ruleSelector: selector("rule"),
      ruleNamespaceSelector: spec.ruleNamespaceSelector ?? {},
      scrapeConfigSelector: selector("scrapeConfig"),
      scrapeConfigNamespaceSelector: spec.scrapeConfigNamespaceSelector ?? {},
      ...optional("securityContext", spec.securityContext),
      ...optional("storage", spec.storageSpec),
      ...optional("affinity", given(spec.affinity) ?? antiAffinity(stack, spec)),
      portName: spec.portName,
      hostNetwork: spec.hostNetwork,
      ...optional("ignoreNamespaceSelectors", spec.ignoreNamespaceSelectors),
      ...optional("additionalScrapeConfigs", scrapeConfigsRef(stack)),
      ...Object.assign({}, ...PASSED_ON.map((name) => optional(name, spec[name]))),
      ...spec.additionalConfig,
    },
  };
}

const SCRAPE_CONFIGS_KEY = "additional-scrape-configs.yaml";

function scrapeConfigsRef({ full, values }: Stack): unknown {
  const { additionalScrapeConfigs: jobs, additionalScrapeConfigsSecret: other } = values.prometheus
    .prometheusSpec;
  if (other && truthy(other.enabled)) return { name: other.name, key: other.key };
  return truthy(jobs) && { name: `${full}-prometheus-scrape-confg`, key: SCRAPE_CONFIGS_KEY };
}

/** Jobs of the user's own; the name is upstream's. */
function scrapeConfigs(stack: Stack): Manifest | false {
  const { additionalScrapeConfigs: jobs } = stack.values.prometheus.prometheusSpec;
  if (!truthy(jobs)) return false;
  const text = typeof jobs === "string" ? jobs : toYaml(jobs);
  const path = "prometheus.prometheusSpec.additionalScrapeConfigs";
  refuse(STACK_NAME, `a template in ${path}`, text.includes("{{"));
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: stack.metadata("prometheus-scrape-confg", "prometheus-scrape-confg"),
    data: { [SCRAPE_CONFIGS_KEY]: new TextEncoder().encode(text).toBase64() },
  };
}

function antiAffinity(stack: Stack, spec: StackValues["prometheus"]["prometheusSpec"]): unknown {
  const term = {
    topologyKey: spec.podAntiAffinityTopologyKey,
    labelSelector: {
      matchExpressions: [
        { key: "app.kubernetes.io/name", operator: "In", values: ["prometheus"] },
        { key: "app.kubernetes.io/instance", operator: "In", values: [stack.prometheus] },
      ],
    },
  };
  switch (spec.podAntiAffinity) {
    case "soft":
      return {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        },
      };
    case "hard":
      return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  }
}

function monitor(stack: Stack): Manifest {
  const { serviceMonitor: settings, prometheusSpec: spec } = stack.values.prometheus;
  const endpoint = (port: string, path: string) => ({
    port,
    ...optional("interval", settings.interval),
    ...optional("scheme", own(settings, "scheme")),
    ...optional("tlsConfig", own(settings, "tlsConfig")),
    path,
    ...relabelings(settings),
  });
  return serviceMonitor(
    stack.metadata("prometheus", "prometheus", { labels: settings.additionalLabels }),
    {
      ...scrapeLimits(settings),
      selector: {
        matchLabels: {
          app: `${stack.name}-prometheus`,
          release: stack.release.name,
          "self-monitor": "true",
        },
      },
      namespaceSelector: { matchNames: [stack.namespace] },
      endpoints: [
        endpoint(spec.portName, `${spec.routePrefix.replace(/\/$/, "")}/metrics`),
        endpoint("reloader-web", "/metrics"),
      ],
    },
  );
}

function additionalMonitors(stack: Stack): Manifest[] {
  const of = (kind: "ServiceMonitor" | "PodMonitor") => {
    const path = `prometheus.additional${kind}s`;
    const items = rangedIfGiven(STACK_NAME, stack.values, path);
    checkItems(STACK_NAME, path, items, "name");
    return (items as AdditionalMonitor[]).map(({ name, additionalLabels, ...spec }) => ({
      apiVersion: "monitoring.coreos.com/v1",
      kind,
      metadata: {
        name,
        namespace: stack.namespace,
        labels: { app: `${stack.name}-prometheus`, ...stack.labels, ...additionalLabels },
      },
      spec,
    }));
  };
  return [...of("ServiceMonitor"), ...of("PodMonitor")];
}
