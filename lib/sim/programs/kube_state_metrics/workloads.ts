import { type BuiltInKinds, conditionOf } from "../../../kube/mod.ts";
import {
  type Collector,
  conditionLines,
  type Family,
  gauge,
  type Line,
  ownerLines,
  quantity,
  seconds,
  type Stored,
} from "./family.ts";

function named(kind: string): Collector["labels"] {
  return ({ metadata }) => [["namespace", metadata.namespace], [kind, metadata.name]];
}

function created<Kind extends Stored>(name: string): Family<Kind> {
  return gauge(name, ({ metadata }) => seconds(metadata.creationTimestamp));
}

type WithStatus = Extract<Stored, { status?: object }>;

/** A family that is one field of an object's status. */
function statusOf<Kind extends WithStatus>(
  name: string,
  field: keyof NonNullable<Kind["status"]>,
): Family<Kind> {
  return gauge(name, ({ status }) => Number((status as Kind["status"])?.[field] ?? 0));
}

function generation<Kind extends Stored>(name: string): Family<Kind> {
  return gauge(name, ({ metadata }) => metadata.generation ?? 0);
}

/** A count, or a share of the replicas: rounded up for a surge, down for what may be unavailable. */
function scaled(value: string | number | undefined, replicas: number, up: boolean): number {
  if (typeof value === "number") return value;
  const share = Number(String(value ?? "25%").replace("%", "")) * replicas / 100;
  return up ? Math.ceil(share) : Math.floor(share);
}

function rollingUpdate(
  field: "maxSurge" | "maxUnavailable",
): (deployment: BuiltInKinds["deployments.apps"]) => number | undefined {
  return ({ spec }) => {
    const rolling = spec?.strategy?.rollingUpdate;
    if (!rolling) return undefined;
    return scaled(rolling[field], spec?.replicas ?? 1, field === "maxSurge");
  };
}

/** Source: kubernetes/kube-state-metrics internal/store/deployment.go. */
const deployments: Collector<"deployments.apps"> = {
  name: "deployments",
  resource: "deployments.apps",
  labels: named("deployment"),
  families: [
    created("kube_deployment_created"),
    statusOf("kube_deployment_status_replicas", "replicas"),
    statusOf("kube_deployment_status_replicas_ready", "readyReplicas"),
    statusOf("kube_deployment_status_replicas_available", "availableReplicas"),
    statusOf("kube_deployment_status_replicas_unavailable", "unavailableReplicas"),
    statusOf("kube_deployment_status_replicas_updated", "updatedReplicas"),
    statusOf("kube_deployment_status_observed_generation", "observedGeneration"),
    gauge(
      "kube_deployment_status_condition",
      ({ status }) => conditionLines(status?.conditions, true),
    ),
    gauge("kube_deployment_spec_replicas", ({ spec }) => spec?.replicas ?? 1),
    gauge("kube_deployment_spec_paused", ({ spec }) => spec?.paused ? 1 : 0),
    gauge(
      "kube_deployment_spec_strategy_rollingupdate_max_unavailable",
      rollingUpdate("maxUnavailable"),
    ),
    gauge("kube_deployment_spec_strategy_rollingupdate_max_surge", rollingUpdate("maxSurge")),
    generation("kube_deployment_metadata_generation"),
    gauge(
      "kube_deployment_deletion_timestamp",
      ({ metadata }) => seconds(metadata.deletionTimestamp),
    ),
    gauge("kube_deployment_owner", ownerLines),
  ],
};

/** Source: kubernetes/kube-state-metrics internal/store/replicaset.go. */
const replicaSets: Collector<"replicasets.apps"> = {
  name: "replicasets",
  resource: "replicasets.apps",
  labels: named("replicaset"),
  families: [
    created("kube_replicaset_created"),
    statusOf("kube_replicaset_status_replicas", "replicas"),
    statusOf("kube_replicaset_status_fully_labeled_replicas", "fullyLabeledReplicas"),
    statusOf("kube_replicaset_status_ready_replicas", "readyReplicas"),
    statusOf("kube_replicaset_status_observed_generation", "observedGeneration"),
    gauge("kube_replicaset_spec_replicas", ({ spec }) => spec?.replicas ?? 1),
    generation("kube_replicaset_metadata_generation"),
    gauge("kube_replicaset_owner", ownerLines),
  ],
};

function revision(
  field: "currentRevision" | "updateRevision",
): (object: BuiltInKinds["statefulsets.apps"]) => readonly Line[] {
  return ({ status }) => [[[["revision", status?.[field] ?? ""]], 1]];
}

/** Source: kubernetes/kube-state-metrics internal/store/statefulset.go. */
const statefulSets: Collector<"statefulsets.apps"> = {
  name: "statefulsets",
  resource: "statefulsets.apps",
  labels: named("statefulset"),
  families: [
    created("kube_statefulset_created"),
    statusOf("kube_statefulset_status_replicas", "replicas"),
    statusOf("kube_statefulset_status_replicas_available", "availableReplicas"),
    statusOf("kube_statefulset_status_replicas_current", "currentReplicas"),
    statusOf("kube_statefulset_status_replicas_ready", "readyReplicas"),
    statusOf("kube_statefulset_status_replicas_updated", "updatedReplicas"),
    statusOf("kube_statefulset_status_observed_generation", "observedGeneration"),
    gauge("kube_statefulset_replicas", ({ spec }) => spec?.replicas ?? 1),
    generation("kube_statefulset_metadata_generation"),
    gauge("kube_statefulset_persistentvolumeclaim_retention_policy", ({ spec }) => {
      const policy = spec?.persistentVolumeClaimRetentionPolicy;
      if (!policy) return [];
      return [[[
        ["when_deleted", policy.whenDeleted],
        ["when_scaled", policy.whenScaled],
      ], 1]];
    }),
    gauge("kube_statefulset_status_current_revision", revision("currentRevision")),
    gauge("kube_statefulset_status_update_revision", revision("updateRevision")),
  ],
};

/** Source: kubernetes/kube-state-metrics internal/store/daemonset.go. */
const daemonSets: Collector<"daemonsets.apps"> = {
  name: "daemonsets",
  resource: "daemonsets.apps",
  labels: named("daemonset"),
  families: [
    created("kube_daemonset_created"),
    statusOf("kube_daemonset_status_current_number_scheduled", "currentNumberScheduled"),
    statusOf("kube_daemonset_status_desired_number_scheduled", "desiredNumberScheduled"),
    statusOf("kube_daemonset_status_number_available", "numberAvailable"),
    statusOf("kube_daemonset_status_number_misscheduled", "numberMisscheduled"),
    statusOf("kube_daemonset_status_number_ready", "numberReady"),
    statusOf("kube_daemonset_status_number_unavailable", "numberUnavailable"),
    statusOf("kube_daemonset_status_observed_generation", "observedGeneration"),
    statusOf("kube_daemonset_status_updated_number_scheduled", "updatedNumberScheduled"),
    generation("kube_daemonset_metadata_generation"),
  ],
};

function jobCondition(type: string): (job: BuiltInKinds["jobs.batch"]) => readonly Line[] {
  return ({ status }) => {
    const condition = conditionOf({ status }, type);
    return condition
      ? ["true", "false", "unknown"].map((state): Line => [
        [["condition", state]],
        condition.status.toLowerCase() === state ? 1 : 0,
      ])
      : [];
  };
}

/** Source: kubernetes/kube-state-metrics internal/store/job.go. */
const jobs: Collector<"jobs.batch"> = {
  name: "jobs",
  resource: "jobs.batch",
  labels: named("job_name"),
  families: [
    gauge("kube_job_info", () => 1),
    created("kube_job_created"),
    gauge("kube_job_spec_parallelism", ({ spec }) => spec?.parallelism),
    gauge("kube_job_spec_completions", ({ spec }) => spec?.completions),
    statusOf("kube_job_status_succeeded", "succeeded"),
    statusOf("kube_job_status_failed", "failed"),
    statusOf("kube_job_status_active", "active"),
    gauge("kube_job_complete", jobCondition("Complete")),
    gauge("kube_job_failed", jobCondition("Failed")),
    gauge("kube_job_owner", ownerLines),
  ],
};

/** What a metric of an autoscaler's spec aims at, or one of its status has come to. */
interface Aim {
  value?: string | number;
  averageValue?: string | number;
  averageUtilization?: number;
}

/** A metric's source, of a spec or a status. */
interface Source {
  metric?: { name: string };
  name?: string;
  container?: string;
  target?: Aim;
  current?: Aim;
}

const SOURCES = {
  Object: "object",
  Pods: "pods",
  Resource: "resource",
  ContainerResource: "containerResource",
  External: "external",
} as const;

type Metric = { type: string } & Partial<Record<typeof SOURCES[keyof typeof SOURCES], Source>>;

/** What each metric of an autoscaler aims at, or has come to: value, average, utilization. */
function targetLines(metrics: readonly Metric[] = [], part: "target" | "current"): Line[] {
  return metrics.flatMap((metric): Line[] => {
    const source = metric[SOURCES[metric.type as keyof typeof SOURCES]];
    if (!source) return [];
    const name = source.metric?.name ?? source.name;
    const { value, averageValue, averageUtilization } = source[part] ?? {};
    const line = (type: string, of: number): Line => [[
      ["metric_name", name],
      ["metric_target_type", type],
      ["container", source.container ?? ""],
    ], of];
    return [
      ...(value === undefined ? [] : [line("value", quantity(value))]),
      ...(averageValue === undefined ? [] : [line("average", quantity(averageValue))]),
      ...(averageUtilization === undefined ? [] : [line("utilization", averageUtilization)]),
    ];
  });
}

/** Source: kubernetes/kube-state-metrics internal/store/horizontalpodautoscaler.go. */
const autoscalers: Collector<"horizontalpodautoscalers.autoscaling"> = {
  name: "horizontalpodautoscalers",
  resource: "horizontalpodautoscalers.autoscaling",
  labels: named("horizontalpodautoscaler"),
  families: [
    gauge("kube_horizontalpodautoscaler_info", ({ spec }) => {
      const { apiVersion, kind, name } = spec.scaleTargetRef;
      return [[[
        ...(apiVersion ? [["scaletargetref_api_version", apiVersion] as const] : []),
        ["scaletargetref_kind", kind],
        ["scaletargetref_name", name],
      ], 1]];
    }),
    generation("kube_horizontalpodautoscaler_metadata_generation"),
    gauge("kube_horizontalpodautoscaler_spec_max_replicas", ({ spec }) => spec.maxReplicas),
    gauge("kube_horizontalpodautoscaler_spec_min_replicas", ({ spec }) => spec.minReplicas ?? 1),
    gauge(
      "kube_horizontalpodautoscaler_spec_target_metric",
      ({ spec }) => targetLines(spec.metrics, "target"),
    ),
    gauge(
      "kube_horizontalpodautoscaler_status_target_metric",
      ({ status }) => targetLines(status?.currentMetrics ?? [], "current"),
    ),
    statusOf("kube_horizontalpodautoscaler_status_current_replicas", "currentReplicas"),
    statusOf("kube_horizontalpodautoscaler_status_desired_replicas", "desiredReplicas"),
    gauge(
      "kube_horizontalpodautoscaler_status_condition",
      ({ status }) => conditionLines(status?.conditions),
    ),
    created("kube_horizontalpodautoscaler_created"),
  ],
};

export const workloads: readonly Collector[] = [
  daemonSets,
  deployments,
  autoscalers,
  jobs,
  replicaSets,
  statefulSets,
];
