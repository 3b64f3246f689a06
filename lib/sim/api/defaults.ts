import {
  type BuiltInKinds,
  containerResources,
  isPodLevelResource,
  type KubeObject,
  type models,
  Quantity,
  QuantitySyntaxError,
  sameJson,
} from "../../kube/mod.ts";
import { defaultPullPolicy } from "../image_reference.ts";
import { isExternallyAccessible } from "./service_types.ts";

/**
 * Fills in what upstream fills in when an object of a built-in kind is written.
 * Source: kubernetes/kubernetes pkg/apis/*\/v1/defaults.go.
 * @param object is changed in place.
 */
export function applyDefaults(resource: string, object: KubeObject): void {
  const apply = (DEFAULTS as Record<string, (object: KubeObject) => void>)[resource];
  if (!apply) return;
  if (!SPECLESS.has(resource)) object.spec ??= {};
  apply(object);
}

/** The status that an object begins with; undefined for none. */
export function initialStatus(resource: string): unknown {
  return structuredClone(FIRST_STATUS[resource]);
}

const FIRST_STATUS: Record<string, unknown> = {
  services: { loadBalancer: {} },
  "ingresses.networking.k8s.io": { loadBalancer: {} },
};

/** Kinds with defaults whose content is not under `spec`. */
const SPECLESS = new Set([
  "endpoints",
  "endpointslices.discovery.k8s.io",
  "podtemplates",
  "priorityclasses.scheduling.k8s.io",
  "secrets",
  "storageclasses.storage.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
]);

/** Sets what is not set. */
function fallback<T extends object, K extends keyof T>(
  object: T,
  values: Pick<T, K>,
): asserts object is T & { [P in K]-?: NonNullable<T[P]> } {
  const target = object as Partial<Record<string, unknown>>;
  for (const [key, value] of Object.entries(values)) target[key] ??= value;
}

/** An object whose `spec` is there, though it may say nothing. */
type Specified<T> = T extends { spec?: infer Spec } ? T & { spec: NonNullable<Spec> } : T;

const DEFAULTS: { [R in keyof BuiltInKinds]?: (object: Specified<BuiltInKinds[R]>) => void } = {
  pods: ({ spec }) => {
    podSpec(spec);
    fallback(spec, { enableServiceLinks: true });
    const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
    for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
      const { resources } = container;
      if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
      // Of pods alone: templates keep what they say (pkg/apis/core/v1/defaults.go, SetDefaults_Pod).
      for (const port of spec.hostNetwork ? container.ports ?? [] : []) {
        fallback(port, { hostPort: port.containerPort });
      }
    }
    podLevelResources(spec);
  },
  podtemplates: ({ template }) => podSpec(template?.spec),
  replicationcontrollers: ({ metadata, spec }) => {
    const { labels } = spec.template?.metadata ?? {};
    if (labels && Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    fallback(spec, { replicas: 1 });
    podSpec(spec.template?.spec);
  },
  "deployments.apps": ({ spec }) => {
    fallback(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {},
    });
    fallback(spec.strategy, { type: "RollingUpdate" });
    if (spec.strategy.type === "RollingUpdate") {
      fallback(spec.strategy, { rollingUpdate: {} });
      fallback(spec.strategy.rollingUpdate, { maxUnavailable: "25%", maxSurge: "25%" });
    }
    podTemplate(spec);
  },
  "replicasets.apps": ({ spec }) => {
    fallback(spec, { replicas: 1 });
    podTemplate(spec);
  },
  "statefulsets.apps": ({ spec }) => {
    fallback(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: "OrderedReady",
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    });
    fallback(spec.persistentVolumeClaimRetentionPolicy, {
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
    fallback(spec.updateStrategy, { type: "RollingUpdate" });
    if (spec.updateStrategy.type === "RollingUpdate") {
      fallback(spec.updateStrategy, { rollingUpdate: {} });
      fallback(spec.updateStrategy.rollingUpdate, { partition: 0 });
    }
    for (const claim of spec.volumeClaimTemplates ?? []) {
      fallback(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim", status: {} });
      fallback(claim.spec ?? {}, { volumeMode: "Filesystem" });
      fallback(claim.status, { phase: "Pending" });
    }
    podTemplate(spec);
  },
  "daemonsets.apps": ({ spec }) => {
    fallback(spec, { revisionHistoryLimit: 10, updateStrategy: {} });
    fallback(spec.updateStrategy, { type: "RollingUpdate" });
    if (spec.updateStrategy.type === "RollingUpdate") {
      fallback(spec.updateStrategy, { rollingUpdate: {} });
      fallback(spec.updateStrategy.rollingUpdate, { maxUnavailable: 1, maxSurge: 0 });
    }
    podTemplate(spec);
  },
  "jobs.batch": (job) => {
    const { labels } = job.spec.template?.metadata ?? {};
    if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) {
      job.metadata.labels = { ...labels };
    }
    jobSpec(job.spec);
  },
  "cronjobs.batch": ({ spec }) => {
    fallback(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    if (spec.jobTemplate?.spec) podTemplate(spec.jobTemplate.spec);
  },
  services: ({ spec }) => {
    fallback(spec, { type: "ClusterIP", sessionAffinity: "None" });
    if (spec.type !== "ExternalName") {
      fallback(spec, { internalTrafficPolicy: "Cluster" });
    }
    if (isExternallyAccessible(spec)) {
      fallback(spec, { externalTrafficPolicy: "Cluster" });
    }
    if (spec.type === "LoadBalancer") fallback(spec, { allocateLoadBalancerNodePorts: true });
    if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
    else if (spec.sessionAffinity === "ClientIP") {
      fallback(spec, { sessionAffinityConfig: {} });
      fallback(spec.sessionAffinityConfig, { clientIP: {} });
      fallback(spec.sessionAffinityConfig.clientIP, { timeoutSeconds: 10800 });
    }
    for (const port of spec.ports ?? []) {
      fallback(port, { protocol: "TCP" });
      port.targetPort ||= port.port;
    }
  },
  endpoints: ({ subsets }) => {
    for (const { ports } of subsets ?? []) {
      for (const port of ports ?? []) fallback(port, { protocol: "TCP" });
    }
  },
  "endpointslices.discovery.k8s.io": ({ ports }) => {
    for (const port of ports ?? []) fallback(port, { name: "", protocol: "TCP" });
  },
  "horizontalpodautoscalers.autoscaling": ({ spec }) => {
    fallback(spec, { minReplicas: 1 });
    if (!spec.metrics?.length) {
      spec.metrics = [{
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      }];
    }
    if (spec.behavior) behavior(spec.behavior);
    canonicalQuantities(spec);
  },
  persistentvolumes: ({ spec }) => {
    fallback(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
    if (spec.hostPath) fallback(spec.hostPath, { type: "" });
  },
  persistentvolumeclaims: ({ spec }) => {
    fallback(spec, { volumeMode: "Filesystem" });
    claimSource(spec);
  },
  "storageclasses.storage.k8s.io": (storageClass) =>
    fallback(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "priorityclasses.scheduling.k8s.io": (priorityClass) =>
    fallback(priorityClass, { preemptionPolicy: "PreemptLowerPriority" }),
  limitranges: ({ spec }) => {
    for (const item of spec.limits ?? []) {
      if (item.type !== "Container") continue;
      item.default = { ...item.max, ...item.default };
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
    }
  },
  secrets: (secret) => {
    fallback(secret, { type: "Opaque" });
    for (const [key, value] of Object.entries(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: toBase64(String(value)) };
    }
    delete secret.stringData;
  },
  namespaces: (namespace) => {
    fallback(namespace, { spec: {} });
    fallback(namespace.spec, { finalizers: ["kubernetes"] });
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name,
    };
  },
  "clusterroles.rbac.authorization.k8s.io": (role: { rules?: unknown }) => {
    role.rules ??= null;
  },
  "clusterrolebindings.rbac.authorization.k8s.io": roleBinding,
  "rolebindings.rbac.authorization.k8s.io": roleBinding,
  "validatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": (configuration) => {
    webhooks(configuration);
    for (const webhook of configuration.webhooks ?? []) {
      fallback(webhook, { reinvocationPolicy: "Never" });
    }
  },
  "validatingadmissionpolicies.admissionregistration.k8s.io": ({ spec }) => {
    fallback(spec, { failurePolicy: "Fail" });
    if (spec.matchConstraints) matchResources(spec.matchConstraints);
  },
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": ({ spec }) => {
    if (spec.matchResources) matchResources(spec.matchResources);
  },
  "networkpolicies.networking.k8s.io": ({ spec }) => {
    if (!spec.policyTypes?.length) {
      spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
    }
    for (const rule of [...spec.ingress ?? [], ...spec.egress ?? []]) {
      for (const port of rule.ports ?? []) fallback(port, { protocol: "TCP" });
    }
  },
  "ingressclasses.networking.k8s.io": ({ spec }) => {
    if (spec.parameters) fallback(spec.parameters, { scope: "Cluster" });
  },
  "apiservices.apiregistration.k8s.io": ({ spec }) => {
    if (spec.service) fallback(spec.service, { port: 443 });
  },
  "customresourcedefinitions.apiextensions.k8s.io": ({ spec }) => {
    fallback(spec, { conversion: { strategy: "None" }, names: { plural: "", kind: "" } });
    const { kind } = spec.names;
    if (kind) fallback(spec.names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  },
};

/**
 * What a claim is filled from is told in both of its fields, or in none where it is no such thing.
 * Source: kubernetes/kubernetes pkg/api/persistentvolumeclaim/util.go (NormalizeDataSources, DropDisabledFields).
 */
function claimSource(spec: models.PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) {
    const { apiGroup = null, kind } = dataSource;
    const isClaim = kind === "PersistentVolumeClaim" && !apiGroup;
    const isSnapshot = kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io";
    if (isClaim || isSnapshot) spec.dataSourceRef = { ...dataSource };
    else delete spec.dataSource;
  } else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function roleBinding(binding: Pick<models.RoleBinding, "roleRef" | "subjects">): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= "rbac.authorization.k8s.io";
  for (const subject of binding.subjects ?? []) {
    if (["User", "Group"].includes(subject.kind)) {
      fallback(subject, { apiGroup: "rbac.authorization.k8s.io" });
    }
  }
}

function webhooks(configuration: Pick<models.ValidatingWebhookConfiguration, "webhooks">): void {
  for (const webhook of configuration.webhooks ?? []) {
    fallback(webhook, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    });
    if (webhook.clientConfig?.service) fallback(webhook.clientConfig.service, { port: 443 });
    for (const rule of webhook.rules ?? []) fallback(rule, { scope: "*" });
  }
}

/** Source: kubernetes/kubernetes pkg/apis/admissionregistration/v1/defaults.go (SetDefaults_MatchResources). */
function matchResources(match: models.MatchResources): void {
  fallback(match, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
  const { resourceRules = [], excludeResourceRules = [] } = match;
  for (const rule of [...resourceRules, ...excludeResourceRules]) fallback(rule, { scope: "*" });
}

/** Quantities are stored as Go prints them, `0.5` as `500m`. */
function canonicalQuantities(spec: models.HorizontalPodAutoscalerSpec): void {
  const { metrics = [], behavior } = spec;
  const canonical = <K extends string>(
    holder: { [key in K]?: models.Quantity } | undefined,
    key: K,
  ) => {
    const value = holder?.[key];
    if (!holder || value === undefined || value === null) return;
    holder[key] = quantityOrNone(value)?.toString() ?? value;
  };
  for (const { object, pods, resource, containerResource, external } of metrics) {
    for (const source of [object, pods, resource, containerResource, external]) {
      canonical(source?.target, "value");
      canonical(source?.target, "averageValue");
    }
  }
  for (const rules of [behavior?.scaleUp, behavior?.scaleDown]) canonical(rules, "tolerance");
}

/** Source: kubernetes/kubernetes pkg/apis/autoscaling/v2/defaults.go. */
function behavior(value: models.HorizontalPodAutoscalerBehavior): void {
  if (value.scaleUp) {
    fallback(value.scaleUp, {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
    });
  } else {
    value.scaleUp = {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
    };
  }
  value.scaleDown ??= {};
  fallback(value.scaleDown, {
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  });
}

function jobSpec(spec: models.JobSpec): void {
  if (spec.parallelism === undefined) fallback(spec, { completions: 1 });
  fallback(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed",
    manualSelector: false,
  });
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) fallback(pattern, { status: "True" });
  }
  podTemplate(spec);
}

const MAX_INT32 = 2 ** 31 - 1;

/**
 * Gives a Job, which has its uid, the selector of its pods, unless it brings one.
 * Source: kubernetes/kubernetes pkg/registry/batch/job/strategy.go (generateSelector).
 * @param job is changed in place.
 */
export function generateJobSelector(job: KubeObject): void {
  const { uid, name } = job.metadata;
  const template = job.spec.template.metadata;
  const isLabelled = Object.keys(job.metadata.labels ?? {}).length > 0;
  const hasTheirs = sameJson(job.metadata.labels, template.labels);
  if (!job.spec.manualSelector) {
    template.labels = {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
      ...template.labels,
    };
    const selector = job.spec.selector ??= {};
    selector.matchLabels = {
      ...selector.matchLabels,
      "batch.kubernetes.io/controller-uid":
        selector.matchLabels?.["batch.kubernetes.io/controller-uid"] ?? uid,
    };
  }
  // A Job without labels has those of its pods, as it is read again with its defaults.
  if ((!isLabelled || hasTheirs) && template.labels) job.metadata.labels = { ...template.labels };
}

function podTemplate(spec: { template?: models.PodTemplateSpec }): void {
  fallback(spec, { template: {} });
  fallback(spec.template, { metadata: {} });
  if (spec.template.spec) podSpec(spec.template.spec);
}

function podSpec(spec: models.PodSpec | undefined): void {
  if (!spec) return;
  fallback(spec, {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  if (spec.terminationGracePeriodSeconds! < 0) spec.terminationGracePeriodSeconds = 1;
  amounts(spec.overhead);
  amounts(spec.resources?.limits);
  amounts(spec.resources?.requests);
  if (spec.serviceAccountName) fallback(spec, { serviceAccount: spec.serviceAccountName });
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    containerDefaults(container);
  }
  for (const volume of spec.volumes ?? []) volumeDefaults(volume);
}

function containerDefaults(container: models.Container | models.EphemeralContainer): void {
  fallback(container, {
    imagePullPolicy: defaultPullPolicy(String(container.image ?? "")),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  for (const port of container.ports ?? []) {
    fallback(port, { protocol: "TCP" });
  }
  amounts(container.resources.limits);
  amounts(container.resources.requests);
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe: models.Probe | undefined = container[name];
    if (probe) probeDefaults(probe);
  }
  const { postStart, preStop } = container.lifecycle ?? {};
  for (const hook of [postStart, preStop]) if (hook?.httpGet) httpGetDefaults(hook.httpGet);
  for (const variable of container.env ?? []) {
    const field = variable.valueFrom?.fieldRef;
    if (field) fallback(field, { apiVersion: "v1" });
    const resource = variable.valueFrom?.resourceFieldRef;
    if (resource) fallback(resource, { divisor: "0" });
  }
}

/** A number of a probe that is 0 says nothing. Source: kubernetes/kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_Probe). */
function probeDefaults(probe: models.Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) httpGetDefaults(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= "";
}

function httpGetDefaults(action: models.HTTPGetAction): void {
  action.path ||= "/";
  action.scheme ||= "HTTP";
}

/** Amounts are of thousandths at the finest, and round away from zero. Source: as above (SetDefaults_ResourceList). */
function amounts(list: Record<string, models.Quantity> | undefined): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    const parsed = quantityOrNone(value);
    if (!parsed || parsed.nano % 1_000_000n === 0n) continue;
    const milli = parsed.nano / 1_000_000n + (parsed.nano > 0n ? 1n : -1n);
    list![name] = Quantity.parse(`${milli}m`).toString();
  }
}

/** A quantity; undefined for what decoding refuses. */
function quantityOrNone(value: models.Quantity): Quantity | undefined {
  try {
    return Quantity.parse(value);
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
    return undefined;
  }
}

function fieldRefs(items: models.DownwardAPIVolumeFile[] = []): void {
  for (const { fieldRef, resourceFieldRef } of items) {
    if (fieldRef) fallback(fieldRef, { apiVersion: "v1" });
    if (resourceFieldRef) fallback(resourceFieldRef, { divisor: "0" });
  }
}

function volumeDefaults(volume: models.Volume): void {
  const { configMap, secret, projected, downwardAPI, rbd, scaleIO, azureDisk, iscsi } = volume;
  for (const source of [configMap, secret, projected, downwardAPI]) {
    if (source) fallback(source, { defaultMode: 420 });
  }
  fieldRefs(downwardAPI?.items);
  for (const source of projected?.sources ?? []) {
    fieldRefs(source.downwardAPI?.items);
    const token = source.serviceAccountToken;
    if (token) fallback(token, { expirationSeconds: 3600 });
  }
  if (volume.hostPath) fallback(volume.hostPath, { type: "" });
  if (iscsi) iscsi.iscsiInterface ||= "default";
  if (rbd) fallback(rbd, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" });
  if (scaleIO) fallback(scaleIO, { storageMode: "ThinProvisioned", fsType: "xfs" });
  if (azureDisk) {
    fallback(azureDisk, {
      cachingMode: "ReadWrite",
      kind: "Shared",
      fsType: "ext4",
      readOnly: false,
    });
  }
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim) {
    claim.spec ??= {} as models.PersistentVolumeClaimSpec;
    fallback(claim.spec, { volumeMode: "Filesystem" });
  }
  const sources = Object.keys(volume).filter((key) => key !== "name");
  if (sources.length === 0) volume.emptyDir = {};
}

/**
 * What a pod that states resources of its own leaves out: limits of huge pages and requests of what can be
 * overcommitted are what its containers add up to, other requests are its limits.
 * Source: kubernetes/kubernetes pkg/apis/core/v1/defaults.go (defaultHugePagePodLimits, defaultPodRequests).
 */
function podLevelResources(spec: models.PodSpec): void {
  const own = spec.resources;
  if (!own || !(filled(own.limits) || filled(own.requests))) return;
  const ofContainers = (part: "limits" | "requests", isMeant: (name: string) => boolean) =>
    Object.fromEntries(
      [...containerResources({ spec }, part)].filter(([name]) =>
        isPodLevelResource(name) && isMeant(name)
      ).map(([name, amount]) => [name, String(amount)]),
    );
  const isHuge = (name: string) => name.startsWith("hugepages-");
  const limits = { ...ofContainers("limits", isHuge), ...own.limits };
  if (!filled(limits)) return;
  own.limits = limits;
  const summed = ofContainers("requests", (name) => !isHuge(name));
  const same = Object.entries(limits).filter(([name]) => isPodLevelResource(name));
  own.requests = { ...Object.fromEntries(same), ...summed, ...own.requests };
}

function filled(list: object | undefined): boolean {
  return Object.keys(list ?? {}).length > 0;
}
