import {
  controllerOf,
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type ReplicaSet,
  sameJson,
  type Served,
} from "../../../kube/mod.ts";
import { compareGo, humanDuration, rfc1123z } from "../../../go/mod.ts";
import { describeController, describeTemplate } from "./pods.ts";
import type { DescriptionWriter } from "./writer.ts";
import { formatLabels } from "../get_table.ts";

/** How many pods of a controller are in which phase. */
export interface PodCounts {
  running: number;
  waiting: number;
  succeeded: number;
  failed: number;
}

/** Counts the phases of the pods `owner` controls. */
function countPods(owner: KubeObject, pods: KubeObject[]): PodCounts {
  const controlled = pods.filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid);
  const inPhase = (phase: string) => controlled.filter((pod) => pod.status?.phase === phase).length;
  return {
    running: inPhase("Running"),
    waiting: inPhase("Pending"),
    succeeded: inPhase("Succeeded"),
    failed: inPhase("Failed"),
  };
}

function countsText({ running, waiting, succeeded, failed }: PodCounts): string {
  return `${running} Running / ${waiting} Waiting / ${succeeded} Succeeded / ${failed} Failed`;
}

interface Condition {
  type?: string;
  status?: string;
  reason?: string;
}

function describeConditions(conditions: readonly Condition[] = [], w: DescriptionWriter): void {
  if (conditions.length === 0) return;
  w.write(0, "Conditions:\n  Type\tStatus\tReason\n");
  w.write(1, "----\t------\t------\n");
  for (const { type, status: state, reason = "" } of conditions) {
    w.write(1, `${type} \t${state}\t${reason}\n`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeDeployment). */
export function describeDeployment(
  deployment: Served<"deployments.apps">,
  owned: ReplicaSet[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = deployment;
  w.named(metadata);
  w.field(0, "CreationTimestamp", rfc1123z(metadata.creationTimestamp));
  w.tagged(metadata);
  w.field(0, "Selector", formatSelector(spec.selector));
  w.field(
    0,
    "Replicas",
    `${spec.replicas} desired | ${status.updatedReplicas ?? 0} updated | ${
      status.replicas ?? 0
    } total | ${status.availableReplicas ?? 0} available | ${
      status.unavailableReplicas ?? 0
    } unavailable`,
  );
  w.field(0, "StrategyType", spec.strategy?.type ?? "");
  w.field(0, "MinReadySeconds", spec.minReadySeconds ?? 0);
  const rolling = spec.strategy?.rollingUpdate;
  if (rolling) {
    w.field(
      0,
      "RollingUpdateStrategy",
      `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`,
    );
  }
  describeTemplate(spec.template, w);
  describeConditions(status.conditions, w);
  const newest = newReplicaSet(deployment, owned);
  if (owned.length === 0) return;
  w.field(0, "OldReplicaSets", setsText(owned.filter((each) => each !== newest)));
  w.field(0, "NewReplicaSet", setsText(newest ? [newest] : []));
}

/** The ReplicaSet of a Deployment's present template. Source: pkg/util/deployment/deployment.go. */
function newReplicaSet(
  { spec = {} }: Served<"deployments.apps">,
  owned: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const byAge = owned.toSorted((a, b) =>
    compareGo(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
    compareGo(a.metadata.name, b.metadata.name)
  );
  return byAge.find((set) => sameJson(withoutHash(set.spec?.template), withoutHash(spec.template)));
}

function withoutHash(template: Loose<models.PodTemplateSpec> | undefined): unknown {
  const labels = { ...template?.metadata?.labels };
  delete labels["pod-template-hash"];
  return { ...template, metadata: { ...template?.metadata, labels, creationTimestamp: null } };
}

function setsText(sets: ReplicaSet[]): string {
  return sets.map((set) =>
    `${set.metadata.name} (${set.status?.replicas ?? 0}/${set.spec?.replicas} replicas created)`
  ).join(", ") || "<none>";
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeReplicaSet). */
export function describeReplicaSet(
  set: Served<"replicasets.apps">,
  pods: KubeObject[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = set;
  w.named(metadata);
  w.field(0, "Selector", formatSelector(spec.selector));
  w.tagged(metadata);
  describeController(set, w);
  w.field(0, "Replicas", `${status.replicas ?? 0} current / ${spec.replicas} desired`);
  w.field(0, "Pods Status", countsText(countPods(set, pods)));
  describeTemplate(spec.template, w);
  describeConditions(status.conditions, w);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeStatefulSet). */
export function describeStatefulSet(
  set: Served<"statefulsets.apps">,
  pods: KubeObject[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = set;
  w.named(metadata);
  w.field(0, "CreationTimestamp", rfc1123z(metadata.creationTimestamp));
  w.field(0, "Selector", formatSelector(spec.selector));
  w.tagged(metadata);
  w.field(0, "Replicas", `${spec.replicas} desired | ${status.replicas ?? 0} total`);
  w.field(0, "Update Strategy", spec.updateStrategy?.type ?? "");
  const rolling = spec.updateStrategy?.rollingUpdate;
  if (rolling?.partition !== undefined) {
    w.field(1, "Partition", rolling.partition);
    if (rolling.maxUnavailable !== undefined) w.field(1, "MaxUnavailable", rolling.maxUnavailable);
  }
  w.field(0, "Pods Status", countsText(countPods(set, pods)));
  describeTemplate(spec.template, w);
  describeClaims(spec.volumeClaimTemplates, w);
}

function describeClaims(
  claims: Loose<models.PersistentVolumeClaim>[] | undefined,
  w: DescriptionWriter,
): void {
  if (!claims?.length) return w.field(0, "Volume Claims", "<none>");
  w.write(0, "Volume Claims:\n");
  for (const { metadata = {}, spec = {} } of claims) {
    w.field(1, "Name", metadata.name);
    w.field(1, "StorageClass", spec.storageClassName ?? "");
    w.labels("Labels", metadata.labels, "  ");
    w.labels("Annotations", metadata.annotations, "  ");
    const storage = spec.resources?.requests?.storage;
    w.field(1, "Capacity", storage ?? "<default>");
    w.field(1, "Access Modes", `[${(spec.accessModes ?? []).join(" ")}]`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeDaemonSet). */
export function describeDaemonSet(
  set: Served<"daemonsets.apps">,
  pods: KubeObject[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = set;
  w.named(metadata);
  w.field(0, "Selector", formatSelector(spec.selector));
  w.field(0, "Node-Selector", formatLabels(spec.template?.spec?.nodeSelector));
  w.tagged(metadata);
  const counts: [title: string, count: number | undefined][] = [
    ["Desired Number of Nodes Scheduled", status.desiredNumberScheduled],
    ["Current Number of Nodes Scheduled", status.currentNumberScheduled],
    ["Number of Nodes Scheduled with Up-to-date Pods", status.updatedNumberScheduled],
    ["Number of Nodes Scheduled with Available Pods", status.numberAvailable],
    ["Number of Nodes Misscheduled", status.numberMisscheduled],
  ];
  for (const [title, count] of counts) w.write(0, `${title}: ${count ?? 0}\n`);
  w.field(0, "Pods Status", countsText(countPods(set, pods)));
  describeTemplate(spec.template, w);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeJob). */
export function describeJob(job: Served<"jobs.batch">, w: DescriptionWriter): void {
  const { metadata, spec = {}, status = {} } = job;
  w.named(metadata);
  const selector = formatSelector(spec.selector);
  w.field(0, "Selector", selector === "<none>" ? "" : selector);
  w.tagged(metadata);
  describeController(job, w);
  if (spec.parallelism !== undefined) w.field(0, "Parallelism", spec.parallelism);
  w.field(0, "Completions", spec.completions ?? "<unset>");
  const optional: [title: string, value: unknown][] = [
    ["Completion Mode", spec.completionMode],
    ["Suspend", spec.suspend],
    ["Backoff Limit", spec.backoffLimit],
    ["TTL Seconds After Finished", spec.ttlSecondsAfterFinished],
  ];
  for (const [title, value] of optional) if (value !== undefined) w.field(0, title, value);
  const { startTime, completionTime } = status;
  if (startTime) w.field(0, "Start Time", rfc1123z(startTime));
  if (completionTime) w.field(0, "Completed At", rfc1123z(completionTime));
  if (startTime && completionTime) {
    w.field(0, "Duration", humanDuration(Date.parse(completionTime) - Date.parse(startTime)));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    w.field(0, "Active Deadline Seconds", `${spec.activeDeadlineSeconds}s`);
  }
  const { active = 0, ready, succeeded = 0, failed = 0 } = status;
  const readyText = ready === undefined ? "" : ` (${ready} Ready)`;
  w.field(
    0,
    "Pods Statuses",
    `${active} Active${readyText} / ${succeeded} Succeeded / ${failed} Failed`,
  );
  if (spec.completionMode === "Indexed") {
    w.field(0, "Completed Indexes", status.completedIndexes || "<none>");
  }
  describeTemplate(spec.template, w);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeReplicationController). */
export function describeReplicationController(
  controller: Served<"replicationcontrollers">,
  pods: KubeObject[],
  w: DescriptionWriter,
): void {
  const { metadata, spec = {}, status = {} } = controller;
  w.named(metadata);
  w.field(0, "Selector", formatLabels(spec.selector));
  w.tagged(metadata);
  w.field(0, "Replicas", `${status.replicas ?? 0} current / ${spec.replicas} desired`);
  w.field(0, "Pods Status", countsText(countPods(controller, pods)));
  describeTemplate(spec.template, w);
  describeConditions(status.conditions, w);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeCronJob). */
export function describeCronJob(
  { metadata, spec = {}, status = {} }: Served<"cronjobs.batch">,
  w: DescriptionWriter,
): void {
  const unset = (value: unknown, unit = "") => value === undefined ? "<unset>" : `${value}${unit}`;
  w.named(metadata);
  w.tagged(metadata);
  w.field(0, "Schedule", spec.schedule);
  w.field(0, "Concurrency Policy", spec.concurrencyPolicy ?? "");
  w.field(0, "Suspend", spec.suspend === undefined ? "<unset>" : spec.suspend ? "True" : "False");
  w.field(0, "Time Zone", unset(spec.timeZone));
  w.field(0, "Successful Job History Limit", unset(spec.successfulJobsHistoryLimit));
  w.field(0, "Failed Job History Limit", unset(spec.failedJobsHistoryLimit));
  w.field(0, "Starting Deadline Seconds", unset(spec.startingDeadlineSeconds, "s"));
  const job = spec.jobTemplate?.spec ?? {};
  const selector = formatSelector(job.selector);
  w.field(0, "Selector", job.selector ? selector === "<none>" ? "" : selector : "<unset>");
  w.field(0, "Parallelism", unset(job.parallelism));
  w.field(0, "Completions", unset(job.completions));
  if (job.activeDeadlineSeconds !== undefined) {
    w.field(0, "Active Deadline Seconds", `${job.activeDeadlineSeconds}s`);
  }
  describeTemplate(job.template, w);
  const { lastScheduleTime, active } = status;
  w.field(0, "Last Schedule Time", lastScheduleTime ? rfc1123z(lastScheduleTime) : "<unset>");
  const names = (active ?? []).map(({ name }) => name);
  w.field(0, "Active Jobs", names.join(", ") || "<none>");
}
