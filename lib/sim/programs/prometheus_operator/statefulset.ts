import { fnv32a } from "../../../base/mod.ts";
import type { KubeObject, models } from "../../../kube/mod.ts";
import type { EmbeddedPersistentVolumeClaim, Prometheus, PrometheusSpec } from "./monitoring_v1.ts";
import {
  CERTS_DIR,
  CONFIG_DIR,
  CONFIG_FILE,
  CONFIG_OUT_DIR,
  EXPANDED_FILE,
  GOVERNING_SERVICE,
  INPUT_HASH,
  MANAGED,
  ownerOf,
  prefixedName,
  RULES_DIR,
  selectorLabels,
  STORAGE_DIR,
  WEB_CONFIG_DIR,
} from "./names.ts";

/** What the operator's own flags say of the config-reloader. */
export interface ReloaderOptions {
  image: string;
  cpuRequest: string;
  cpuLimit: string;
  memoryRequest: string;
  memoryLimit: string;
  enableProbes: boolean;
  /** Host name for connections inside the pod. */
  localhost: string;
}

const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/**
 * The StatefulSet of a Prometheus.
 * Source: prometheus-operator/prometheus-operator pkg/prometheus/server/statefulset.go,
 * pkg/prometheus/common.go, pkg/operator/config_reloader.go.
 * Differs: Thanos, TLS on the web port and strategic merges of containers are left out; one shard.
 */
export function makeStatefulSet(
  prometheus: Prometheus,
  reloader: ReloaderOptions,
  ruleConfigMaps: readonly string[],
): KubeObject {
  const spec = prometheus.spec ?? {};
  const name = prefixedName(prometheus);
  const selector = {
    ...selectorLabels(prometheus.metadata.name),
    "operator.prometheus.io/shard": "0",
  };
  const body = statefulSetSpec(prometheus, reloader, ruleConfigMaps, selector);
  const annotations = withoutKubectl(prometheus.metadata.annotations ?? {});
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name,
      namespace: prometheus.metadata.namespace,
      labels: {
        ...prometheus.metadata.labels,
        "operator.prometheus.io/mode": "server",
        ...selector,
      },
      annotations: { ...annotations, [INPUT_HASH]: String(fnv32a(JSON.stringify(body))) },
      ownerReferences: [ownerOf(prometheus)],
    },
    spec: {
      ...body,
      replicas: spec.replicas ?? 1,
    },
  };
}

function withoutKubectl(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([name]) => !name.startsWith("kubectl.kubernetes.io/")),
  );
}

function statefulSetSpec(
  prometheus: Prometheus,
  reloader: ReloaderOptions,
  rules: readonly string[],
  selector: Record<string, string>,
): Record<string, unknown> {
  const spec = prometheus.spec ?? {};
  const database = `${prefixedName(prometheus)}-db`;
  return {
    serviceName: spec.serviceName ?? GOVERNING_SERVICE,
    podManagementPolicy: spec.podManagementPolicy ?? "Parallel",
    updateStrategy: spec.updateStrategy ?? { type: "RollingUpdate" },
    ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
    ...(spec.persistentVolumeClaimRetentionPolicy
      ? { persistentVolumeClaimRetentionPolicy: spec.persistentVolumeClaimRetentionPolicy }
      : {}),
    selector: { matchLabels: selector },
    template: {
      metadata: {
        labels: {
          "app.kubernetes.io/version": versionOf(spec),
          ...spec.podMetadata?.labels,
          ...selector,
        },
        annotations: {
          "kubectl.kubernetes.io/default-container": "prometheus",
          ...spec.podMetadata?.annotations,
        },
      },
      spec: {
        shareProcessNamespace: spec.reloadStrategy === "ProcessSignal",
        initContainers: [
          reloaderContainer(prometheus, reloader, rules, true),
          ...spec.initContainers ?? [],
        ],
        containers: merged(
          [
            prometheusContainer(prometheus, rules, database),
            reloaderContainer(prometheus, reloader, rules, false),
          ],
          spec.containers ?? [],
        ),
        ...pick(spec, [
          "securityContext",
          "serviceAccountName",
          "nodeSelector",
          "schedulerName",
          "priorityClassName",
          "tolerations",
          "affinity",
          "topologySpreadConstraints",
          "hostAliases",
          "imagePullSecrets",
          "dnsPolicy",
          "dnsConfig",
        ]),
        automountServiceAccountToken: spec.automountServiceAccountToken ?? true,
        terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 600,
        ...(spec.hostNetwork ? { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" } : {}),
        volumes: [
          ...volumes(prometheus, rules),
          ...(spec.storage?.volumeClaimTemplate
            ? []
            : [{ name: database, emptyDir: spec.storage?.emptyDir ?? {} }]),
          ...spec.volumes ?? [],
        ],
      },
    },
    ...(spec.storage?.volumeClaimTemplate
      ? { volumeClaimTemplates: [claimTemplate(spec.storage.volumeClaimTemplate, database)] }
      : {}),
  };
}

function claimTemplate(template: EmbeddedPersistentVolumeClaim, database: string): unknown {
  return {
    ...template,
    metadata: { ...template.metadata, name: template.metadata?.name || database },
    spec: { accessModes: ["ReadWriteOnce"], ...template.spec },
  };
}

function versionOf(spec: PrometheusSpec): string {
  return String(spec.version ?? "").replace(/^v/, "");
}

function pick<From>(from: From, names: readonly (keyof From)[]): Partial<From> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  ) as Partial<From>;
}

/** Containers of the object laid over those of the operator that have their names. */
function merged(
  own: Record<string, unknown>[],
  extra: readonly models.Container[],
): unknown[] {
  const names = new Set(own.map(({ name }) => name));
  return [
    ...own.map((container) => ({
      ...container,
      ...extra.find(({ name }) => name === container.name),
    })),
    ...extra.filter(({ name }) => !names.has(name)),
  ];
}

function volumes(prometheus: Prometheus, rules: readonly string[]): unknown[] {
  const name = prefixedName(prometheus);
  const spec = prometheus.spec ?? {};
  return [
    { name: "config", secret: { secretName: name } },
    {
      name: "tls-assets",
      projected: { sources: [{ secret: { name: `${name}-tls-assets-0` } }] },
    },
    { name: "config-out", emptyDir: { medium: "Memory" } },
    ...(spec.secrets ?? []).map((one) => ({
      name: `secret-${one}`,
      secret: { secretName: one },
    })),
    ...(spec.configMaps ?? []).map((one) => ({
      name: `configmap-${one}`,
      configMap: { name: one },
    })),
    ...rules.map((one) => ({ name: one, configMap: { name: one, optional: true } })),
    { name: "web-config", secret: { secretName: `${name}-web-config` } },
  ];
}

function prometheusContainer(
  prometheus: Prometheus,
  rules: readonly string[],
  database: string,
): Record<string, unknown> {
  const spec = prometheus.spec ?? {};
  const port = spec.portName ?? "web";
  const prefix = (spec.routePrefix ?? "/").replace(/\/+$/, "");
  const probe = (path: string, timing: Record<string, number>) => ({
    httpGet: { path: `${prefix}${path}`, port },
    timeoutSeconds: 3,
    ...timing,
  });
  const storage = spec.storage ?? {};
  return {
    name: "prometheus",
    image: spec.image ?? `quay.io/prometheus/prometheus:${spec.version ?? "v3.14.0"}`,
    ...(spec.imagePullPolicy ? { imagePullPolicy: spec.imagePullPolicy } : {}),
    args: prometheusArgs(spec),
    ...(spec.listenLocal ? {} : { ports: [{ name: port, containerPort: 9090, protocol: "TCP" }] }),
    volumeMounts: [
      { name: "config-out", mountPath: CONFIG_OUT_DIR, readOnly: true },
      { name: "tls-assets", mountPath: CERTS_DIR, readOnly: true },
      {
        name: storage.volumeClaimTemplate?.metadata?.name || database,
        mountPath: STORAGE_DIR,
        ...(spec.storage && !storage.disableMountSubPath ? { subPath: "prometheus-db" } : {}),
      },
      ...spec.volumeMounts ?? [],
      ...(spec.secrets ?? []).map((one) => ({
        name: `secret-${one}`,
        mountPath: `/etc/prometheus/secrets/${one}`,
        readOnly: true,
      })),
      ...(spec.configMaps ?? []).map((one) => ({
        name: `configmap-${one}`,
        mountPath: `/etc/prometheus/configmaps/${one}`,
        readOnly: true,
      })),
      ...rules.map((one) => ({ name: one, mountPath: `${RULES_DIR}/${one}`, readOnly: true })),
      {
        name: "web-config",
        mountPath: `${WEB_CONFIG_DIR}/web-config.yaml`,
        readOnly: true,
        subPath: "web-config.yaml",
      },
    ],
    ...(spec.listenLocal ? {} : {
      startupProbe: probe("/-/ready", {
        periodSeconds: 15,
        failureThreshold: 60,
        successThreshold: 1,
      }),
      livenessProbe: probe("/-/healthy", {
        periodSeconds: 5,
        failureThreshold: 6,
        successThreshold: 1,
      }),
      readinessProbe: probe("/-/ready", {
        periodSeconds: 5,
        failureThreshold: 3,
        successThreshold: 1,
      }),
    }),
    resources: spec.resources ?? {},
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: hardened,
  };
}

/** Source: pkg/prometheus/promcfg.go (BuildCommonPrometheusArgs), server/statefulset.go. */
function prometheusArgs(spec: PrometheusSpec): string[] {
  const flag = (name: string, value: unknown) =>
    value === undefined || value === null || value === "" ? [] : [`--${name}=${value}`];
  return [
    `--config.file=${CONFIG_OUT_DIR}/${EXPANDED_FILE}`,
    ...(spec.reloadStrategy === "ProcessSignal" ? [] : ["--web.enable-lifecycle"]),
    ...flag("web.page-title", spec.web?.pageTitle),
    ...flag("web.max-connections", spec.web?.maxConnections),
    ...(spec.enableRemoteWriteReceiver ? ["--web.enable-remote-write-receiver"] : []),
    ...(spec.enableOTLPReceiver ? ["--web.enable-otlp-receiver"] : []),
    ...flag("enable-feature", spec.enableFeatures?.join(",")),
    ...flag("web.external-url", spec.externalUrl),
    `--web.route-prefix=${spec.routePrefix || "/"}`,
    ...flag("log.level", spec.logLevel === "info" ? "" : spec.logLevel),
    ...flag("log.format", spec.logFormat === "logfmt" ? "" : spec.logFormat),
    ...(spec.listenLocal ? ["--web.listen-address=127.0.0.1:9090"] : []),
    `--storage.tsdb.path=${STORAGE_DIR}`,
    ...(spec.enableAdminAPI ? ["--web.enable-admin-api"] : []),
    ...flag("rules.alert.for-outage-tolerance", spec.rules?.alert?.forOutageTolerance),
    ...flag("rules.alert.for-grace-period", spec.rules?.alert?.forGracePeriod),
    ...flag("rules.alert.resend-delay", spec.rules?.alert?.resendDelay),
    ...flag("query.lookback-delta", spec.query?.lookbackDelta),
    ...flag("query.max-samples", spec.query?.maxSamples),
    ...flag("query.max-concurrency", spec.query?.maxConcurrency),
    ...flag("query.timeout", spec.query?.timeout),
    ...(spec.walCompression === undefined ? [] : [
      spec.walCompression ? "--storage.tsdb.wal-compression" : "--no-storage.tsdb.wal-compression",
    ]),
    `--web.config.file=${WEB_CONFIG_DIR}/web-config.yaml`,
    ...(spec.additionalArgs ?? []).map((arg) =>
      arg.value ? `--${arg.name}=${arg.value}` : `--${arg.name}`
    ),
  ];
}

function reloaderContainer(
  prometheus: Prometheus,
  reloader: ReloaderOptions,
  rules: readonly string[],
  isInit: boolean,
): Record<string, unknown> {
  const spec = prometheus.spec ?? {};
  const prefix = (spec.routePrefix ?? "/").replace(/\/+$/, "");
  const port = isInit ? 8081 : 8080;
  const listensLocally = spec.listenLocal && !isInit;
  const probe = { httpGet: { path: "/healthz", port } };
  return {
    name: isInit ? "init-config-reloader" : "config-reloader",
    image: reloader.image,
    ...(spec.imagePullPolicy ? { imagePullPolicy: spec.imagePullPolicy } : {}),
    command: ["/bin/prometheus-config-reloader"],
    args: [
      ...(isInit ? ["--watch-interval=0"] : []),
      `--listen-address=${listensLocally ? reloader.localhost : ""}:${port}`,
      ...(isInit ? [] : [`--reload-url=http://${reloader.localhost}:9090${prefix}/-/reload`]),
      `--config-file=${CONFIG_DIR}/${CONFIG_FILE}`,
      `--config-envsubst-file=${CONFIG_OUT_DIR}/${EXPANDED_FILE}`,
      ...rules.map((one) => `--watched-dir=${RULES_DIR}/${one}`),
      `--watched-dir=${CONFIG_DIR}`,
      ...(spec.logLevel && spec.logLevel !== "info" ? [`--log-level=${spec.logLevel}`] : []),
      ...(spec.logFormat && spec.logFormat !== "logfmt" ? [`--log-format=${spec.logFormat}`] : []),
    ],
    env: [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "SHARD", value: "0" },
    ],
    ...(listensLocally ? {} : {
      ports: [{
        name: isInit ? "reloader-init" : "reloader-web",
        containerPort: port,
        protocol: "TCP",
      }],
    }),
    volumeMounts: [
      { name: "config", mountPath: CONFIG_DIR },
      { name: "config-out", mountPath: CONFIG_OUT_DIR },
      ...rules.map((one) => ({ name: one, mountPath: `${RULES_DIR}/${one}` })),
    ],
    resources: reloaderResources(reloader),
    ...(reloader.enableProbes && !isInit
      ? { startupProbe: probe, livenessProbe: probe, readinessProbe: probe }
      : {}),
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: hardened,
  };
}

function reloaderResources(reloader: ReloaderOptions): Record<string, unknown> {
  const sizes = (cpu: string, memory: string) =>
    Object.fromEntries(
      [["cpu", cpu], ["memory", memory]].filter(([, size]) => size !== "0" && size !== ""),
    );
  const requests = sizes(reloader.cpuRequest, reloader.memoryRequest);
  const limits = sizes(reloader.cpuLimit, reloader.memoryLimit);
  return {
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(Object.keys(requests).length > 0 ? { requests } : {}),
  };
}

/** The headless Service of every Prometheus in a namespace. */
export function governingService(prometheus: Prometheus): KubeObject {
  const port = prometheus.spec?.portName ?? "web";
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: GOVERNING_SERVICE,
      namespace: prometheus.metadata.namespace,
      labels: { ...MANAGED, "operated-prometheus": "true" },
      ownerReferences: [ownerOf(prometheus, false)],
    },
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      ports: [{ name: port, port: 9090, targetPort: port }],
      selector: { "app.kubernetes.io/name": "prometheus" },
    },
  };
}
