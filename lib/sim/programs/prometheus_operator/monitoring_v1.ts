import type { KubeObject, models } from "../../../kube/mod.ts";

/*
 * The kinds of monitoring.coreos.com/v1, as far as the operator reads them here. The schemas of their definitions hold
 * what comes through the API; a file that was written before they were there may lack any field.
 * Source: prometheus-operator/prometheus-operator pkg/apis/monitoring/v1 (types.go, prometheus_types.go,
 * servicemonitor_types.go, podmonitor_types.go).
 */

export interface SecretKeySelector {
  name: string;
  key: string;
  optional?: boolean;
}

/** One of the two. */
export interface SecretOrConfigMap {
  secret?: SecretKeySelector;
  configMap?: SecretKeySelector;
}

export interface TlsConfig {
  ca?: SecretOrConfigMap;
  cert?: SecretOrConfigMap;
  keySecret?: SecretKeySelector;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  serverName?: string;
  insecureSkipVerify?: boolean;
  minVersion?: string;
  maxVersion?: string;
}

export interface RelabelConfig {
  sourceLabels?: string[];
  separator?: string;
  targetLabel?: string;
  regex?: string;
  modulus?: number;
  replacement?: string;
  action?: string;
}

/** What the endpoints of both kinds of monitor have. */
export interface Endpoint {
  port?: string;
  /** A PodMonitor's alone. */
  portNumber?: number;
  targetPort?: string | number;
  path?: string;
  scheme?: string;
  params?: Record<string, string[]>;
  interval?: string;
  scrapeTimeout?: string;
  honorLabels?: boolean;
  honorTimestamps?: boolean;
  trackTimestampsStaleness?: boolean;
  filterRunning?: boolean;
  followRedirects?: boolean;
  enableHttp2?: boolean;
  relabelings?: RelabelConfig[];
  metricRelabelings?: RelabelConfig[];
  tlsConfig?: TlsConfig;
  /** A ServiceMonitor's alone. */
  bearerTokenFile?: string;
  bearerTokenSecret?: SecretKeySelector;
  basicAuth?: { username?: SecretKeySelector; password?: SecretKeySelector };
  authorization?: { type?: string; credentials?: SecretKeySelector };
}

/** Limits by the names of both kinds of monitor and of a Prometheus. */
export type Limits = Partial<
  Record<
    | "sampleLimit"
    | "targetLimit"
    | "labelLimit"
    | "labelNameLengthLimit"
    | "labelValueLengthLimit"
    | "keepDroppedTargets",
    number
  >
>;

/** Those that a Prometheus enforces. */
export type EnforcedLimits = Partial<Record<`enforced${Capitalize<keyof Limits>}`, number>>;

/** What both kinds of monitor have. */
export interface MonitorSpec extends Limits {
  selector?: models.LabelSelector;
  selectorMechanism?: string;
  namespaceSelector?: { any?: boolean; matchNames?: string[] };
  jobLabel?: string;
  podTargetLabels?: string[];
  attachMetadata?: { node?: boolean };
  scrapeProtocols?: string[];
  fallbackScrapeProtocol?: string;
  bodySizeLimit?: string;
}

export type ServiceMonitor = KubeObject<
  MonitorSpec & {
    endpoints?: Endpoint[];
    targetLabels?: string[];
    serviceDiscoveryRole?: string;
  }
>;
export type PodMonitor = KubeObject<MonitorSpec & { podMetricsEndpoints?: Endpoint[] }>;

/** A template of a claim, whose metadata may be missing. */
export interface EmbeddedPersistentVolumeClaim {
  metadata?: { name?: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
}

/** What the pods of a Prometheus take over as it is. */
export type PodFields = Partial<
  Pick<
    models.PodSpec,
    | "affinity"
    | "dnsConfig"
    | "dnsPolicy"
    | "hostAliases"
    | "imagePullSecrets"
    | "nodeSelector"
    | "priorityClassName"
    | "schedulerName"
    | "securityContext"
    | "serviceAccountName"
    | "terminationGracePeriodSeconds"
    | "tolerations"
    | "topologySpreadConstraints"
  >
>;

export interface PrometheusSpec extends Limits, EnforcedLimits, PodFields {
  additionalArgs?: { name: string; value?: string }[];
  additionalScrapeConfigs?: SecretKeySelector;
  automountServiceAccountToken?: boolean;
  configMaps?: string[];
  containers?: models.Container[];
  enableAdminAPI?: boolean;
  enableFeatures?: string[];
  enableOTLPReceiver?: boolean;
  enableRemoteWriteReceiver?: boolean;
  evaluationInterval?: string;
  externalLabels?: Record<string, string>;
  externalUrl?: string;
  hostNetwork?: boolean;
  ignoreNamespaceSelectors?: boolean;
  image?: string;
  imagePullPolicy?: string;
  initContainers?: models.Container[];
  listenLocal?: boolean;
  logFormat?: string;
  logLevel?: string;
  minReadySeconds?: number;
  overrideHonorLabels?: boolean;
  overrideHonorTimestamps?: boolean;
  paused?: boolean;
  persistentVolumeClaimRetentionPolicy?: Record<string, string>;
  podMetadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  podManagementPolicy?: string;
  podMonitorNamespaceSelector?: models.LabelSelector;
  podMonitorSelector?: models.LabelSelector;
  podTargetLabels?: string[];
  portName?: string;
  prometheusExternalLabelName?: string;
  query?: {
    lookbackDelta?: string;
    maxConcurrency?: number;
    maxSamples?: number;
    timeout?: string;
  };
  reloadStrategy?: string;
  replicaExternalLabelName?: string;
  replicas?: number;
  resources?: models.ResourceRequirements;
  retention?: string;
  retentionSize?: string;
  routePrefix?: string;
  ruleNamespaceSelector?: models.LabelSelector;
  ruleQueryOffset?: string;
  ruleSelector?: models.LabelSelector;
  rules?: {
    alert?: { forOutageTolerance?: string; forGracePeriod?: string; resendDelay?: string };
  };
  runtime?: { goGC?: number };
  scrapeInterval?: string;
  scrapeProtocols?: string[];
  scrapeTimeout?: string;
  secrets?: string[];
  serviceDiscoveryRole?: string;
  serviceMonitorNamespaceSelector?: models.LabelSelector;
  serviceMonitorSelector?: models.LabelSelector;
  serviceName?: string;
  shards?: number;
  storage?: {
    disableMountSubPath?: boolean;
    emptyDir?: models.EmptyDirVolumeSource;
    volumeClaimTemplate?: EmbeddedPersistentVolumeClaim;
  };
  tsdb?: { outOfOrderTimeWindow?: string };
  updateStrategy?: models.StatefulSetUpdateStrategy;
  version?: string;
  volumeMounts?: models.VolumeMount[];
  volumes?: models.Volume[];
  walCompression?: boolean;
  web?: { pageTitle?: string; maxConnections?: number };
}

export type Prometheus = KubeObject<PrometheusSpec>;
