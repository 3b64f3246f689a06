/** Where upstream documents what a cause is about. */
export const DOCS = {
  hpa: "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
  hpaAlgorithm:
    "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details",
  hpaMetricsApis:
    "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#support-for-metrics-apis",
  hpaReplicas:
    "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
  aggregation: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
  metricsServer: "https://github.com/kubernetes-sigs/metrics-server/blob/master/KNOWN_ISSUES.md",
  requests: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  quotas: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
  jobs: "https://kubernetes.io/docs/concepts/workloads/controllers/job/",
  pods: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
  probes: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/",
  services: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/",
  rbac: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
  adapter: "https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/README.md",
  adapterConfig: "https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md",
  adapterWalkthrough:
    "https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config-walkthrough.md",
  monitors:
    "https://github.com/prometheus-operator/prometheus-operator/blob/main/Documentation/platform/troubleshooting.md",
  scraping:
    "https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config",
  exporters: "https://prometheus.io/docs/instrumenting/writing_exporters/",
  rate: "https://prometheus.io/docs/prometheus/latest/querying/functions/#rate",
  querying: "https://prometheus.io/docs/prometheus/latest/querying/basics/",
  recording: "https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/",
  keda: "https://keda.sh/docs/latest/reference/scaledobject-spec/",
  kedaJobs: "https://keda.sh/docs/latest/reference/scaledjob-spec/",
  kedaScalers: "https://keda.sh/docs/latest/scalers/",
  kedaPrometheus: "https://keda.sh/docs/latest/scalers/prometheus/",
  kedaAuthentication: "https://keda.sh/docs/latest/concepts/authentication/",
  kedaPause: "https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling",
  kedaFaq: "https://keda.sh/docs/latest/reference/faq/",
  kedaTroubleshooting: "https://keda.sh/docs/latest/troubleshooting/",
} as const;
