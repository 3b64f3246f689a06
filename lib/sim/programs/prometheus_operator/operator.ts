import { rfc3339, utf8Bytes } from "../../../go/mod.ts";
import { gzipSync } from "node:zlib";
import { InvariantError } from "../../../base/mod.ts";
import {
  ApiError,
  type ConfigMap,
  isConditionTrue,
  type KubeObject,
  type models,
  type Secret,
  selects,
} from "../../../kube/mod.ts";
import type { ContainerContext, WatchEvent } from "../../seams.ts";
import { ConfigError } from "../prometheus/mod.ts";
import type { Slog } from "../shared/slog.ts";
import { createOrUpdate, includes } from "./apply.ts";
import { AssetError, AssetStore } from "./assets.ts";
import { generateConfig } from "./config_generator.ts";
import { CONFIG_FILE, INPUT_HASH, MANAGED, ownerOf, prefixedName } from "./names.ts";
import {
  mountedConfigMaps,
  ruleConfigMaps,
  ruleFile,
  ruleFileName,
  ruleMistakes,
} from "./rules.ts";
import { governingService, makeStatefulSet, type ReloaderOptions } from "./statefulset.ts";
import { prometheusStatus, type Reconciled } from "./status.ts";
import { monitorError } from "./validate.ts";

const GROUP = "monitoring.coreos.com";
export const RESOURCES = {
  prometheuses: `prometheuses.${GROUP}`,
  serviceMonitors: `servicemonitors.${GROUP}`,
  podMonitors: `podmonitors.${GROUP}`,
  rules: `prometheusrules.${GROUP}`,
} as const;

/** How soon after a change a Prometheus is reconciled: informers and the queue take their time. */
const RECONCILE_DELAY_MS = 100;

/** How often the status of what is not available is looked at again. */
const STATUS_POLL_MS = 60_000;

const RETRY_MS = 5000;

/** Counts for the operator's own metrics, by kind or operation. */
export interface OperatorCounters {
  reconciles: number;
  reconcileErrors: number;
  selected: Record<string, number>;
  rejected: Record<string, number>;
}

/**
 * Reconciles every Prometheus object: its configuration Secret, rule ConfigMaps, StatefulSet, Service
 * and status.
 * Source: prometheus-operator/prometheus-operator pkg/prometheus/server/operator.go.
 */
export class PrometheusController {
  readonly counters: OperatorCounters;
  readonly #context: ContainerContext;
  readonly #log: Slog;
  readonly #reloader: ReloaderOptions;
  readonly #isWatched: (namespace: string) => boolean;
  #isResuming: boolean;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #queued = new Set<string>();
  readonly #reconciled = new Map<string, Reconciled>();
  /** Keys whose first reconciliation after a resume is nothing new to tell. */
  readonly #quiet = new Set<string>();
  /** Configurations as they were last written, so that Secrets need not be unpacked. */
  readonly #configs = new Map<string, string>();

  constructor(
    context: ContainerContext,
    log: Slog,
    options: {
      reloader: ReloaderOptions;
      isWatched: (namespace: string) => boolean;
      /** Counters of the process before a resume. */
      resumed?: OperatorCounters;
    },
  ) {
    this.counters = options.resumed ??
      { reconciles: 0, reconcileErrors: 0, selected: {}, rejected: {} };
    this.#isResuming = options.resumed !== undefined;
    this.#context = context;
    this.#log = log;
    this.#reloader = options.reloader;
    this.#isWatched = options.isWatched;
  }

  /** Starts watching. Objects whose resource is not served yet are looked for again. */
  run(): void {
    const { kube } = this.#context;
    for (const resource of Object.values(RESOURCES)) this.#watch(resource);
    this.#watch("namespaces");
    this.#isResuming = false;
    kube.watch("statefulsets.apps", (event) => this.#ownedChanged(event));
    kube.watch("secrets", (event) => {
      this.#ownedChanged(event);
      this.#secretChanged(event);
    });
    kube.watch("configmaps", (event) => this.#ownedChanged(event));
    this.#context.every(STATUS_POLL_MS, () => this.#pollStatus());
  }

  /** Objects of a resource that were seen. */
  objects(resource: string): KubeObject[] {
    return Array.from(this.#objects.get(resource)?.values() ?? []);
  }

  #watch(resource: string): void {
    const { kube } = this.#context;
    if (!kube.serves(resource)) {
      this.#context.after(RETRY_MS, () => this.#watch(resource));
      return;
    }
    const all = new Map<string, KubeObject>();
    this.#objects.set(resource, all);
    kube.watch(resource, ({ type, object, previous }) => {
      const { namespace = "", name } = object.metadata;
      const key = `${namespace}/${name}`;
      if (type === "DELETED") all.delete(key);
      else all.set(key, object);
      const onlyStatus = type === "MODIFIED" &&
        previous?.metadata.generation === object.metadata.generation &&
        includes(previous?.metadata.labels, object.metadata.labels) &&
        includes(object.metadata.labels, previous?.metadata.labels);
      if (onlyStatus) return;
      if (resource === RESOURCES.prometheuses) {
        if (this.#isResuming) this.#quiet.add(key);
        this.#enqueue(key);
      } else this.#enqueueAll();
    });
  }

  /** Something a Prometheus owns changed: make it whole again, and look at its pods. */
  #ownedChanged({ type, object, previous }: WatchEvent): void {
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === "Prometheus");
    if (!owner) return;
    const key = `${object.metadata.namespace}/${owner.name}`;
    if (type === "DELETED") {
      this.#configs.delete(key);
      this.#enqueue(key);
    } else if (object.kind === "StatefulSet") {
      if (previous?.metadata.generation === object.metadata.generation) {
        this.#context.after(RECONCILE_DELAY_MS, () => this.#updateStatus(key));
      } else if (type === "MODIFIED") this.#enqueue(key);
    }
  }

  /** A Secret that a Prometheus names changed. */
  #secretChanged({ object }: WatchEvent): void {
    const { namespace, name } = object.metadata;
    for (const [key, { metadata, spec }] of this.#objects.get(RESOURCES.prometheuses) ?? []) {
      const isNamed = spec?.additionalScrapeConfigs?.name === name;
      if (isNamed && metadata.namespace === namespace) this.#enqueue(key);
    }
  }

  #enqueueAll(): void {
    for (const key of this.#objects.get(RESOURCES.prometheuses)?.keys() ?? []) this.#enqueue(key);
  }

  #enqueue(key: string, delayMs = RECONCILE_DELAY_MS): void {
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.#context.after(delayMs, () => {
      this.#queued.delete(key);
      this.#reconcile(key);
    });
  }

  #reconcile(key: string): void {
    this.#context.note(`${RESOURCES.prometheuses} ${key}`);
    const prometheus = this.#objects.get(RESOURCES.prometheuses)?.get(key);
    if (!prometheus || prometheus.metadata.deletionTimestamp) {
      this.#reconciled.delete(key);
      this.#configs.delete(key);
      return;
    }
    const fields = { component: "prometheus-controller", key };
    if (!this.#quiet.delete(key)) {
      this.#log.info("/workspace/pkg/prometheus/server/operator.go:914", "sync prometheus", fields);
      this.counters.reconciles++;
    }
    if (prometheus.spec?.paused) {
      this.#log.info(
        "/workspace/pkg/prometheus/server/operator.go:935",
        "no action taken (the resource is paused)",
        fields,
      );
      this.#reconciled.set(key, {});
      return this.#updateStatus(key);
    }
    try {
      this.#reconciled.set(key, this.#sync(key, prometheus));
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      if (!(error instanceof ApiError) && !(error instanceof AssetError)) throw error;
      this.counters.reconcileErrors++;
      this.#reconciled.set(key, { error: error.message });
      this.#log.error(
        "/workspace/pkg/operator/resource_reconciler.go:680",
        "Unhandled Error",
        { logger: "UnhandledError", err: `sync "${key}" failed: ${error.message}` },
      );
      this.#enqueue(key, RETRY_MS);
    }
    this.#updateStatus(key);
  }

  #sync(key: string, prometheus: KubeObject): Reconciled {
    const { kube } = this.#context;
    const { namespace = "" } = prometheus.metadata;
    const assets = new AssetStore(kube);
    const serviceMonitors = this.#selectMonitors(prometheus, "serviceMonitor", assets);
    const podMonitors = this.#selectMonitors(prometheus, "podMonitor", assets);
    const rules = this.#selectRules(prometheus);
    const maps = ruleConfigMaps(prometheus, rules);
    for (const map of maps) this.#applyData("configmaps", map);
    this.#removeOldRules(prometheus, maps);
    const mounted = mountedConfigMaps(prometheus, maps.length);
    const config = generateConfig({
      prometheus,
      additionalScrapeConfigs: additionalScrapeConfigs(prometheus, assets),
      serviceMonitors,
      podMonitors,
      ruleConfigMaps: maps.map((map) => map.metadata.name),
      assets,
    });
    this.#applyConfig(key, prometheus, config);
    this.#applyData(
      "secrets",
      ownedSecret(
        prometheus,
        `${prefixedName(prometheus)}-tls-assets-0`,
        Object.fromEntries(Array.from(assets.tls, ([name, text]) => [name, btoa(utf8Bytes(text))])),
      ),
    );
    this.#applyData(
      "secrets",
      ownedSecret(prometheus, `${prefixedName(prometheus)}-web-config`, { "web-config.yaml": "" }),
    );
    if (!prometheus.spec?.serviceName) {
      createOrUpdate(kube, "services", governingService(prometheus));
    }
    this.#applyStatefulSet(makeStatefulSet(prometheus, this.#reloader, mounted), namespace);
    return serviceMonitors.length + podMonitors.length + rules.size === 0
      ? {
        reason: "NoSelectedResources",
        message: "No configuration resources (ServiceMonitor, PodMonitor, Probe, ScrapeConfig or " +
          "PrometheusRule) are selected",
      }
      : {};
  }

  #selectMonitors(
    prometheus: KubeObject,
    kind: "serviceMonitor" | "podMonitor",
    assets: AssetStore,
  ): KubeObject[] {
    const resource = kind === "serviceMonitor" ? RESOURCES.serviceMonitors : RESOURCES.podMonitors;
    const found = this.#select(
      prometheus,
      resource,
      prometheus.spec?.[`${kind}Selector`],
      prometheus.spec?.[`${kind}NamespaceSelector`],
    );
    const valid = found.filter((monitor) => {
      const error = monitorError(prometheus, monitor, assets);
      if (error === undefined) return true;
      const name = `${monitor.metadata.namespace}/${monitor.metadata.name}`;
      this.#log.warn("/workspace/pkg/prometheus/resource_selector.go:154", "skipping object", {
        component: "prometheus-controller",
        kind: `${kind}s`.toLowerCase(),
        error,
        object: name,
      });
      this.#context.kube.event(monitor, {
        type: "Warning",
        reason: "InvalidConfiguration",
        message: `"${name}" was rejected due to invalid configuration: ${error}`,
        component: "prometheus-controller",
      });
      return false;
    });
    this.#count(resource, found.length, found.length - valid.length);
    return valid;
  }

  #selectRules(prometheus: KubeObject): Map<string, string> {
    const { ruleSelector, ruleNamespaceSelector } = prometheus.spec ?? {};
    const found = this.#select(prometheus, RESOURCES.rules, ruleSelector, ruleNamespaceSelector);
    const files = new Map<string, string>();
    for (const rule of found) {
      try {
        files.set(ruleFileName(rule), ruleFile(rule));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        this.#rejectRule(rule);
      }
    }
    this.#count(RESOURCES.rules, found.length, found.length - files.size);
    return files;
  }

  #rejectRule(rule: KubeObject): void {
    const { name, namespace = "" } = rule.metadata;
    for (const err of ruleMistakes(rule)) {
      this.#log.info("/workspace/pkg/operator/rules.go:147", "invalid rule", {
        component: "prometheus-controller",
        prometheusrule: name,
        "prometheusrule-namespace": namespace,
        err,
      });
    }
    this.#log.warn("/workspace/pkg/operator/rules.go:282", "skipping prometheusrule", {
      component: "prometheus-controller",
      error: "invalid rule",
      prometheusrule: name,
      namespace,
    });
    this.#context.kube.event(rule, {
      type: "Warning",
      reason: "InvalidConfiguration",
      message: `PrometheusRule ${name} was rejected due to invalid configuration: invalid rule`,
      component: "prometheus-controller",
    });
  }

  /** Objects a label selector selects in the namespaces another selects. */
  #select(
    prometheus: KubeObject,
    resource: string,
    selector: models.LabelSelector | undefined,
    namespaceSelector: models.LabelSelector | undefined,
  ): KubeObject[] {
    if (selector === undefined || selector === null) return [];
    const { namespace: own = "" } = prometheus.metadata;
    const allowed = (namespace: string): boolean => {
      if (!this.#isWatched(namespace)) return false;
      if (namespaceSelector === undefined || namespaceSelector === null) return namespace === own;
      const object = this.#objects.get("namespaces")?.get(`/${namespace}`);
      return object !== undefined && selects(namespaceSelector, object.metadata.labels);
    };
    return this.objects(resource).filter(({ metadata }) =>
      !metadata.deletionTimestamp && allowed(metadata.namespace ?? "") &&
      selects(selector, metadata.labels)
    );
  }

  #count(resource: string, selected: number, rejected: number): void {
    const kind = resource.slice(0, resource.indexOf("."));
    this.counters.selected[kind] = selected;
    this.counters.rejected[kind] = rejected;
  }

  #applyConfig(key: string, prometheus: KubeObject, config: string): void {
    if (this.#configs.get(key) === config) return;
    const data = { [CONFIG_FILE]: base64(gzipSync(config)) };
    this.#applyData("secrets", ownedSecret(prometheus, prefixedName(prometheus), data));
    this.#configs.set(key, config);
  }

  /** Creates or updates an object whose data is exactly this. */
  #applyData(resource: "secrets" | "configmaps", wanted: ConfigMap | Secret): void {
    const { kube } = this.#context;
    const { namespace = "", name } = wanted.metadata;
    const present = kube.get(resource, namespace, name);
    if (present && JSON.stringify(present.data ?? {}) === JSON.stringify(wanted.data ?? {})) return;
    createOrUpdate(kube, resource, wanted);
  }

  #removeOldRules(prometheus: KubeObject, wanted: readonly KubeObject[]): void {
    const { namespace = "", name } = prometheus.metadata;
    const names = new Set(wanted.map((map) => map.metadata.name));
    const { kube } = this.#context;
    const present = kube.list("configmaps", {
      namespace,
      labelSelector: { matchLabels: { "prometheus-name": name } },
    });
    for (const { metadata } of present) {
      if (!names.has(metadata.name)) kube.delete("configmaps", namespace, metadata.name);
    }
  }

  #applyStatefulSet(wanted: KubeObject, namespace: string): void {
    const { kube } = this.#context;
    const { name } = wanted.metadata;
    const present = kube.get("statefulsets.apps", namespace, name);
    if (!present) {
      kube.create("statefulsets.apps", wanted);
      return;
    }
    const isSame = present.metadata.annotations?.[INPUT_HASH] ===
        wanted.metadata.annotations?.[INPUT_HASH] &&
      present.spec?.replicas === wanted.spec.replicas;
    if (isSame || present.metadata.deletionTimestamp) return;
    const next = structuredClone(present);
    next.metadata.labels = { ...next.metadata.labels, ...wanted.metadata.labels };
    next.metadata.annotations = { ...next.metadata.annotations, ...wanted.metadata.annotations };
    next.spec = wanted.spec;
    try {
      kube.update("statefulsets.apps", next);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== "Invalid") throw error;
      this.#log.info(
        "/workspace/pkg/prometheus/server/operator.go:1107",
        "recreating StatefulSet because the update operation wasn't possible",
        { component: "prometheus-controller", reason: error.message },
      );
      kube.delete("statefulsets.apps", namespace, name, { propagationPolicy: "Foreground" });
    }
  }

  #pollStatus(): void {
    for (const [key, prometheus] of this.#objects.get(RESOURCES.prometheuses) ?? []) {
      const { availableReplicas = 0, updatedReplicas = 0 } = prometheus.status ?? {};
      const expected = prometheus.spec?.replicas ?? 1;
      if (
        !isConditionTrue(prometheus, "Available") || availableReplicas !== expected ||
        updatedReplicas !== expected
      ) this.#updateStatus(key);
    }
  }

  #updateStatus(key: string): void {
    const { kube } = this.#context;
    const [namespace, name] = key.split("/");
    const prometheus = kube.serves(RESOURCES.prometheuses)
      ? kube.get(RESOURCES.prometheuses, namespace, name)
      : undefined;
    const reconciled = this.#reconciled.get(key);
    if (!prometheus || !reconciled) return;
    const now = rfc3339(this.#context.now());
    const status = prometheusStatus(kube, prometheus, reconciled, now);
    if (includes(prometheus.status, status)) return;
    try {
      kube.patch(RESOURCES.prometheuses, namespace, name, { status }, { subresource: "status" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#log.error(
        "/workspace/pkg/prometheus/server/operator.go:1403",
        "failed to update status",
        {
          component: "prometheus-controller",
          key,
          err: error.message,
        },
      );
    }
  }
}

function ownedSecret(
  prometheus: KubeObject,
  name: string,
  data: Record<string, string>,
): Secret {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace: prometheus.metadata.namespace,
      labels: { ...MANAGED },
      ownerReferences: [ownerOf(prometheus)],
    },
    type: "Opaque",
    data,
  };
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Errors: AssetError. */
function additionalScrapeConfigs(
  { metadata: { namespace = "" }, spec }: KubeObject,
  assets: AssetStore,
): string | undefined {
  if (!spec?.additionalScrapeConfigs) return undefined;
  try {
    return assets.secretRef(namespace, spec.additionalScrapeConfigs);
  } catch (error) {
    if (!(error instanceof AssetError)) throw error;
    throw new AssetError(`loading additional scrape configs from Secret failed: ${error.message}`);
  }
}
