/*
 * Default values of the kube-prometheus-stack chart and of its subcharts, as far as they are honoured.
 * Source: prometheus-community/helm-charts charts/{kube-prometheus-stack,kube-state-metrics,
 * prometheus-node-exporter}/values.yaml (88.5.3, 8.4.0, 4.56.1).
 */

const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

const nobody = {
  fsGroup: 65534,
  runAsGroup: 65534,
  runAsNonRoot: true,
  runAsUser: 65534,
};

const probe = (initialDelaySeconds: number, timeoutSeconds: number) => ({
  failureThreshold: 3,
  httpGet: { httpHeaders: [], scheme: "http" },
  initialDelaySeconds,
  periodSeconds: 10,
  successThreshold: 1,
  timeoutSeconds,
});

const operatorProbe = {
  enabled: true,
  failureThreshold: 3,
  initialDelaySeconds: 0,
  periodSeconds: 10,
  successThreshold: 1,
  timeoutSeconds: 1,
};

const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

const monitor = (port: string | undefined, jobLabel: string) => ({
  enabled: true,
  interval: "",
  ...(port ? { port } : {}),
  jobLabel,
  selector: {},
  metricRelabelings: [],
  relabelings: [],
  additionalLabels: {},
  targetLabels: [],
});

const drop = (regex: string, ...more: string[]) => ({
  sourceLabels: ["__name__", ...more],
  action: "drop",
  regex,
});

const metricsPath = [{
  action: "replace",
  sourceLabels: ["__metrics_path__"],
  targetLabel: "metrics_path",
}];

const kubeStateMetrics = {
  prometheusScrape: false,
  image: {
    registry: "registry.k8s.io",
    repository: "kube-state-metrics/kube-state-metrics",
    tag: "",
    sha: "",
    pullPolicy: "IfNotPresent",
  },
  imagePullSecrets: [],
  nameOverride: "",
  fullnameOverride: "",
  namespaceOverride: "",
  replicas: 1,
  revisionHistoryLimit: 10,
  extraArgs: [],
  automountServiceAccountToken: true,
  service: { port: 8080, type: "ClusterIP", nodePort: 0, clusterIP: "", annotations: {} },
  customLabels: {},
  releaseLabel: true,
  hostNetwork: false,
  rbac: { create: true, extraRules: [] },
  serviceAccount: { create: true, name: null, annotations: {}, automountServiceAccountToken: true },
  env: [],
  prometheus: {
    monitor: {
      enabled: true,
      additionalLabels: {},
      jobLabel: "",
      http: {
        interval: "",
        scrapeTimeout: "",
        honorLabels: true,
        metricRelabelings: [],
        relabelings: [],
      },
    },
  },
  securityContext: { enabled: true, ...nobody, seccompProfile: { type: "RuntimeDefault" } },
  containerSecurityContext,
  nodeSelector: {},
  affinity: {},
  tolerations: [],
  topologySpreadConstraints: [],
  annotations: {},
  labels: {},
  podAnnotations: {},
  podLabels: {},
  metricAllowlist: [],
  metricDenylist: [],
  metricLabelsAllowlist: [],
  metricAnnotationsAllowList: [],
  collectors: [
    "certificatesigningrequests",
    "configmaps",
    "cronjobs",
    "daemonsets",
    "deployments",
    "endpointslices",
    "horizontalpodautoscalers",
    "ingresses",
    "jobs",
    "leases",
    "limitranges",
    "mutatingwebhookconfigurations",
    "namespaces",
    "networkpolicies",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "statefulsets",
    "storageclasses",
    "validatingwebhookconfigurations",
    "volumeattachments",
  ],
  collectorsExclude: [],
  collectorsExtra: [],
  namespaces: "",
  namespacesDenylist: "",
  resources: {},
  dnsPolicy: "ClusterFirst",
  livenessProbe: probe(5, 5),
  readinessProbe: probe(5, 5),
};

const nodeExporter = {
  image: {
    registry: "quay.io",
    repository: "prometheus/node-exporter",
    tag: "",
    distroless: true,
    pullPolicy: "IfNotPresent",
  },
  imagePullSecrets: [],
  nameOverride: "",
  fullnameOverride: "",
  namespaceOverride: "",
  revisionHistoryLimit: 10,
  service: {
    enabled: true,
    type: "ClusterIP",
    clusterIP: "",
    port: 9100,
    targetPort: 9100,
    portName: "http-metrics",
    nodePort: null,
    listenOnAllInterfaces: true,
    annotations: { "prometheus.io/scrape": "true" },
    labels: { jobLabel: "node-exporter" },
  },
  env: {},
  prometheus: {
    monitor: {
      enabled: true,
      additionalLabels: {},
      jobLabel: "jobLabel",
      scheme: "http",
      attachMetadata: { node: false },
      relabelings: [],
      metricRelabelings: [],
      interval: "",
      scrapeTimeout: "",
    },
  },
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
  resources: {},
  serviceAccount: {
    create: true,
    name: null,
    annotations: {},
    automountServiceAccountToken: false,
  },
  securityContext: nobody,
  containerSecurityContext: { readOnlyRootFilesystem: true },
  rbac: { create: true },
  hostNetwork: true,
  hostPID: true,
  hostIPC: false,
  affinity: {},
  podAnnotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" },
  podLabels: { jobLabel: "node-exporter" },
  commonLabels: {},
  daemonsetAnnotations: {},
  releaseLabel: true,
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ effect: "NoSchedule", operator: "Exists" }],
  extraArgs: [
    "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run/containerd/.+|var/lib/docker/.+|var/lib/kubelet/.+)($|/)",
    "--collector.filesystem.fs-types-exclude=^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs|erofs)$",
  ],
  livenessProbe: probe(0, 1),
  readinessProbe: probe(0, 1),
};

export const stackValues = {
  nameOverride: "",
  namespaceOverride: "",
  fullnameOverride: "",
  commonLabels: {},
  crds: { enabled: true },
  defaultRules: {
    create: true,
    rules: {
      general: true,
      k8sContainerCpuUsageSecondsTotal: true,
      k8sContainerMemoryWorkingSetBytes: true,
      kubePrometheusGeneral: true,
      kubePrometheusNodeRecording: true,
    },
    labels: {},
    annotations: {},
    disabled: {},
    runbookUrl: "https://runbooks.prometheus-operator.dev/runbooks",
  },
  additionalPrometheusRulesMap: {},
  global: { rbac: { create: true }, imageRegistry: "", imagePullSecrets: [] },
  windowsMonitoring: { enabled: false },
  alertmanager: { enabled: true },
  grafana: { enabled: true },
  kubernetesServiceMonitors: { enabled: true },
  kubeApiServer: {
    enabled: true,
    tlsConfig: { serverName: "kubernetes", insecureSkipVerify: false },
    serviceMonitor: {
      ...monitor(undefined, "component"),
      selector: { matchLabels: { component: "apiserver", provider: "kubernetes" } },
      metricRelabelings: [
        drop(
          String
            .raw`(etcd_request|apiserver_request_slo|apiserver_request_sli|apiserver_request)_duration_seconds_bucket;(0\.15|0\.2|0\.3|0\.35|0\.4|0\.45|0\.6|0\.7|0\.8|0\.9|1\.25|1\.5|1\.75|2|3|3\.5|4|4\.5|6|7|8|9|15|20|40|45|50)(\.0)?`,
          "le",
        ),
      ],
    },
    jobNameOverride: "",
  },
  kubelet: {
    enabled: true,
    namespace: "kube-system",
    jobNameOverride: "",
    serviceMonitor: {
      enabled: true,
      kubelet: true,
      attachMetadata: { node: false },
      interval: "",
      honorLabels: true,
      honorTimestamps: true,
      trackTimestampsStaleness: true,
      https: true,
      insecureSkipVerify: true,
      probes: true,
      resource: false,
      resourcePath: "/metrics/resource/v1alpha1",
      resourceInterval: "10s",
      cAdvisor: true,
      cAdvisorInterval: "10s",
      cAdvisorMetricRelabelings: [
        drop(
          "container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)",
        ),
        drop(
          "container_fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total|sector_reads_total|sector_writes_total|writes_merged_total)",
        ),
        drop("container_memory_(mapped_file|swap)"),
        drop("container_(file_descriptors|tasks_state|threads_max)"),
        drop("container_memory_failures_total;hierarchy", "scope"),
        drop("container_network_.*;(cali|cilium|cni|lxc|nodelocaldns|tunl).*", "interface"),
        drop("container_spec.*"),
        { sourceLabels: ["id", "pod"], action: "drop", regex: ".+;" },
      ],
      probesMetricRelabelings: [],
      resourceMetricRelabelings: [],
      cAdvisorRelabelings: metricsPath,
      probesRelabelings: metricsPath,
      resourceRelabelings: metricsPath,
      metricRelabelings: [
        drop(
          String
            .raw`(csi_operations|storage_operation_duration)_seconds_bucket;(0.25|2.5|15|25|120|600)(\.0)?`,
          "le",
        ),
      ],
      relabelings: metricsPath,
      additionalLabels: {},
      targetLabels: [],
    },
  },
  kubeControllerManager: {
    enabled: true,
    jobNameOverride: "",
    service: { enabled: true, port: null, targetPort: null },
    serviceMonitor: {
      ...monitor("http-metrics", "jobLabel"),
      https: null,
      insecureSkipVerify: null,
    },
  },
  coreDns: {
    enabled: true,
    service: { enabled: true, port: 9153, targetPort: 9153 },
    serviceMonitor: { ...monitor("http-metrics", "jobLabel"), bearerTokenFile: TOKEN_FILE },
  },
  kubeEtcd: {
    enabled: true,
    service: { enabled: true, port: 2381, targetPort: 2381 },
    serviceMonitor: { ...monitor("http-metrics", "jobLabel"), bearerTokenFile: TOKEN_FILE },
  },
  kubeScheduler: {
    enabled: true,
    jobNameOverride: "",
    service: { enabled: true, port: null, targetPort: null },
    serviceMonitor: {
      ...monitor("http-metrics", "jobLabel"),
      https: null,
      insecureSkipVerify: null,
    },
  },
  kubeProxy: {
    enabled: true,
    jobNameOverride: "",
    service: { enabled: true, port: 10249, targetPort: 10249 },
    serviceMonitor: {
      ...monitor("http-metrics", "jobLabel"),
      https: false,
      bearerTokenFile: TOKEN_FILE,
    },
  },
  kubeStateMetrics: { enabled: true },
  "kube-state-metrics": kubeStateMetrics,
  nodeExporter: { enabled: true },
  "prometheus-node-exporter": nodeExporter,
  prometheusOperator: {
    enabled: true,
    fullnameOverride: "",
    revisionHistoryLimit: 10,
    strategy: {},
    tls: { enabled: true, tlsMinVersion: "VersionTLS13", internalPort: 10250 },
    livenessProbe: operatorProbe,
    readinessProbe: operatorProbe,
    admissionWebhooks: {
      enabled: true,
      failurePolicy: "",
      timeoutSeconds: 10,
      patch: { enabled: true },
      certManager: { enabled: false },
      deployment: { enabled: false },
    },
    serviceAccount: { create: true, name: "", automountServiceAccountToken: true, annotations: {} },
    terminationGracePeriodSeconds: 30,
    service: {
      annotations: {},
      labels: {},
      clusterIP: "",
      nodePort: 30080,
      nodePortTls: 30443,
      type: "ClusterIP",
    },
    labels: {},
    annotations: {},
    podLabels: {},
    podAnnotations: {},
    kubeletService: { enabled: true, namespace: "kube-system", selector: "", name: "" },
    kubeletEndpointsEnabled: true,
    kubeletEndpointSliceEnabled: false,
    extraArgs: [],
    logFormat: "",
    logLevel: "",
    serviceMonitor: {
      selfMonitor: true,
      additionalLabels: {},
      interval: "",
      metricRelabelings: [],
      relabelings: [],
    },
    resources: {},
    env: { GOGC: "30" },
    hostNetwork: false,
    nodeSelector: {},
    tolerations: [],
    affinity: {},
    securityContext: { ...nobody, seccompProfile: { type: "RuntimeDefault" } },
    containerSecurityContext,
    image: {
      registry: "quay.io",
      repository: "prometheus-operator/prometheus-operator",
      tag: "",
      pullPolicy: "IfNotPresent",
    },
    prometheusConfigReloader: {
      image: {
        registry: "quay.io",
        repository: "prometheus-operator/prometheus-config-reloader",
        tag: "",
      },
      enableProbe: false,
      resources: {},
    },
    thanosImage: { registry: "quay.io", repository: "thanos/thanos", tag: "v0.42.4" },
    secretFieldSelector:
      "type!=kubernetes.io/dockercfg,type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1",
    automountServiceAccountToken: true,
  },
  prometheus: {
    enabled: true,
    agentMode: false,
    annotations: {},
    additionalLabels: {},
    serviceAccount: { create: true, name: "", annotations: {}, automountServiceAccountToken: true },
    service: {
      enabled: true,
      annotations: {},
      labels: {},
      clusterIP: "",
      port: 9090,
      targetPort: 9090,
      reloaderWebPort: 8080,
      reloaderWebNodePort: null,
      nodePort: 30090,
      externalTrafficPolicy: "Cluster",
      type: "ClusterIP",
      additionalPorts: [],
      publishNotReadyAddresses: false,
      sessionAffinity: "None",
    },
    serviceMonitor: {
      selfMonitor: true,
      interval: "",
      additionalLabels: {},
      metricRelabelings: [],
      relabelings: [],
    },
    prometheusSpec: {
      automountServiceAccountToken: true,
      scrapeInterval: "",
      scrapeTimeout: "",
      evaluationInterval: "",
      listenLocal: false,
      enableOTLPReceiver: false,
      enableAdminAPI: false,
      version: "",
      image: {
        registry: "quay.io",
        repository: "prometheus/prometheus",
        tag: "v3.14.0-distroless",
        sha: "",
        pullPolicy: "IfNotPresent",
      },
      externalUrl: "",
      ruleNamespaceSelector: {},
      ruleSelectorNilUsesHelmValues: true,
      ruleSelector: {},
      serviceMonitorSelectorNilUsesHelmValues: true,
      serviceMonitorSelector: {},
      serviceMonitorNamespaceSelector: {},
      podMonitorSelectorNilUsesHelmValues: true,
      podMonitorSelector: {},
      podMonitorNamespaceSelector: {},
      probeSelectorNilUsesHelmValues: true,
      probeSelector: {},
      probeNamespaceSelector: {},
      scrapeConfigSelectorNilUsesHelmValues: true,
      scrapeConfigSelector: {},
      scrapeConfigNamespaceSelector: {},
      retention: "10d",
      retentionSize: "",
      tsdb: { outOfOrderTimeWindow: "0s" },
      walCompression: true,
      paused: false,
      replicas: 1,
      shards: 1,
      logLevel: "info",
      logFormat: "logfmt",
      routePrefix: "/",
      podAntiAffinity: "soft",
      podAntiAffinityTopologyKey: "kubernetes.io/hostname",
      securityContext: {
        runAsGroup: 2000,
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 2000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      portName: "http-web",
      hostNetwork: false,
      ignoreNamespaceSelectors: false,
    },
    additionalServiceMonitors: [],
    additionalPodMonitors: [],
  },
  cleanPrometheusOperatorObjectNames: false,
};

/** The chart's values as a release sets them, with what is read of those that have no default. */
export type StackValues = typeof stackValues & Record<string, unknown> & {
  additionalPrometheusRulesMap: Record<
    string,
    { additionalLabels?: Record<string, string>; groups?: unknown }
  >;
  defaultRules: { rules: Record<string, boolean>; disabled: Record<string, unknown> };
  prometheus: {
    prometheusSpec: Record<string, unknown> & {
      additionalConfig?: Record<string, unknown>;
      additionalScrapeConfigsSecret?: { enabled?: boolean; name?: string; key?: string };
    };
  };
  prometheusOperator: {
    clusterDomain?: string;
    denyNamespaces?: unknown;
    namespaces?: { releaseNamespace?: boolean };
    prometheusConfigReloader: {
      resources: { requests?: Record<string, unknown>; limits?: Record<string, unknown> };
    };
    prometheusInstanceNamespaces?: unknown;
    prometheusInstanceSelector?: string;
  };
};

/** A monitor that the values bring along: its name and labels, and what its spec says. */
export interface AdditionalMonitor extends Record<string, unknown> {
  name: string;
  additionalLabels?: Record<string, string>;
}
