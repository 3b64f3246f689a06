import { compareGo, rfc3339 } from "../../go/mod.ts";
import {
  conditionOf,
  type Container,
  type ContainerStatus,
  type models,
  type Pod,
  qosClass,
} from "../../kube/mod.ts";
import { parseImage } from "../image_reference.ts";
import { hexOf } from "./images.ts";
import type { ContainerRecord, PodRecord, Termination } from "./records.ts";

/** The address of the node a pod is on. */
export interface StatusWorld {
  nodeIp: string;
  nowMs: number;
}

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

type Phase = NonNullable<models.PodStatus["phase"]>;

/** A kubelet's condition: it never probes, and says so with a time that is null. */
type PodCondition = Omit<models.PodCondition, "lastProbeTime"> & { lastProbeTime?: string | null };

export type PodStatus = Omit<models.PodStatus, "conditions"> & { conditions: PodCondition[] };

/**
 * The status of a pod as its kubelet sees it.
 * Source: kubernetes pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase), status/generate.go.
 */
export function podStatus(pod: Pod, record: PodRecord, world: StatusWorld): PodStatus {
  const init = pod.spec?.initContainers ?? [];
  const main = pod.spec?.containers ?? [];
  const statuses = main.map((container) => containerStatus(pod, container, record));
  const initStatuses = init.map((container) => containerStatus(pod, container, record));
  const phase = podPhase(pod, record);
  const status: PodStatus = {
    observedGeneration: pod.metadata.generation,
    phase,
    conditions: conditions(pod, record, { phase, statuses, initStatuses, nowMs: world.nowMs }),
    ...record.failure,
    hostIP: world.nodeIp,
    hostIPs: [{ ip: world.nodeIp }],
    startTime: rfc3339(record.startedAtMs),
  };
  if (record.ip) {
    status.podIP = record.ip;
    status.podIPs = [{ ip: record.ip }];
  }
  if (init.length > 0) status.initContainerStatuses = initStatuses;
  status.containerStatuses = byName(statuses);
  const ephemeral = pod.spec?.ephemeralContainers ?? [];
  if (ephemeral.length > 0) {
    status.ephemeralContainerStatuses = ephemeral.map((container) => ({
      ...containerStatus(pod, container, record),
      ready: false,
    }));
  }
  status.qosClass = qosClass(pod);
  return status;
}

/** Source: kubernetes pkg/kubelet/kubelet_pods.go (getPhase). */
export function podPhase(pod: Pod, record: PodRecord): Phase {
  if (record.failure) return "Failed";
  const policy = pod.spec?.restartPolicy ?? "Always";
  const init = (pod.spec?.initContainers ?? []).filter((one) => !isSidecar(one));
  const initRecords = init.map(({ name }) => record.containers[name]);
  if (initRecords.some((one) => one?.terminated?.exitCode && !one.running && policy === "Never")) {
    return "Failed";
  }
  const records = (pod.spec?.containers ?? []).map(({ name }) => record.containers[name]);
  const pending = initRecords.some((one) => one?.terminated?.exitCode !== 0) &&
    !records.some((one) => one?.running || one?.terminated);
  if (pending) return "Pending";
  if (records.some((one) => !one || (!one.running && !one.terminated))) return "Pending";
  if (records.some((one) => one!.running)) return "Running";
  if (policy === "Always") return "Running";
  const failed = records.some((one) => one!.terminated!.exitCode !== 0);
  if (failed && policy !== "Never") return "Running";
  if (anySidecarRuns(pod, record)) return "Running";
  return failed ? "Failed" : "Succeeded";
}

function anySidecarRuns(pod: Pod, record: PodRecord): boolean {
  return (pod.spec?.initContainers ?? [])
    .some((one) => isSidecar(one) && record.containers[one.name]?.running);
}

/** Whether the containers that a pod is for have ended for good. */
export function mainIsOver(pod: Pod, record: PodRecord): boolean {
  const policy = pod.spec?.restartPolicy ?? "Always";
  if (policy === "Always") return false;
  const records = (pod.spec?.containers ?? []).map(({ name }) => record.containers[name]);
  return records.every((one) =>
    one?.terminated && !one.running && (one.terminated.exitCode === 0 || policy === "Never")
  );
}

function containerStatus(pod: Pod, container: Container, record: PodRecord): ContainerStatus {
  const own = record.containers[container.name];
  const isInit = pod.spec?.initContainers?.some(({ name }) => name === container.name);
  const state = containerState(pod, own, { isInit: isInit ?? false });
  const last = own?.terminated && (own.running || state.waiting);
  const image = displayImage(container.image ?? "", own);
  const status: ContainerStatus = {
    name: container.name,
    state,
    lastState: last ? { terminated: terminatedState(own.terminated!) } : {},
    ready: isInit && !isSidecar(container)
      ? own?.terminated?.exitCode === 0 && !own.running
      : Boolean(own?.running && own.ready),
    restartCount: own?.restartCount ?? 0,
    image,
    imageID: own?.imageId ?? "",
  };
  const containerId = own?.running?.containerId ?? own?.terminated?.containerId;
  if (containerId) status.containerID = containerId;
  status.started = Boolean(own?.running && own.started);
  if (container.resources?.requests) status.allocatedResources = container.resources.requests;
  // What only the runtime knows of, and so nothing of a container that it has not made yet.
  if (containerId) {
    status.resources = container.resources ?? {};
    const mounts = (container.volumeMounts ?? []).map(mountStatus);
    if (mounts.length > 0) status.volumeMounts = mounts;
  } else if (container.resources?.requests) status.resources = container.resources;
  return status;
}

/** Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses). */
function mountStatus({ name, mountPath, readOnly }: models.VolumeMount): models.VolumeMountStatus {
  return {
    name,
    mountPath,
    ...(readOnly ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
  };
}

/** Containers come by name; init containers as they run. Source: pkg/kubelet/types/types.go (SortedContainerStatuses). */
function byName(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  return [...statuses].sort((a, b) => compareGo(a.name, b.name));
}

function displayImage(image: string, record: ContainerRecord | undefined): string {
  return record?.imageId ? parseImage(image).canonical : image;
}

function containerState(
  pod: Pod,
  own: ContainerRecord | undefined,
  { isInit }: { isInit: boolean },
): models.ContainerState {
  if (own?.running) return { running: { startedAt: rfc3339(own.running.startedAtMs) } };
  if (own?.waiting) return { waiting: { ...own.waiting } };
  if (own?.terminated) return { terminated: terminatedState(own.terminated) };
  const reason = !isInit && pod.spec?.initContainers?.length
    ? "PodInitializing"
    : "ContainerCreating";
  return { waiting: { reason: isInit ? "PodInitializing" : reason } };
}

function terminatedState(termination: Termination): models.ContainerStateTerminated {
  return {
    exitCode: termination.exitCode,
    reason: termination.reason,
    ...(termination.message ? { message: termination.message } : {}),
    startedAt: rfc3339(termination.startedAtMs),
    finishedAt: rfc3339(termination.finishedAtMs),
    containerID: termination.containerId,
  };
}

interface ConditionFacts {
  phase: Phase;
  statuses: ContainerStatus[];
  initStatuses: ContainerStatus[];
  nowMs: number;
}

function conditions(pod: Pod, record: PodRecord, facts: ConditionFacts): PodCondition[] {
  const over = facts.phase === "Succeeded" || facts.phase === "Failed";
  const overReason = facts.phase === "Succeeded" ? "PodCompleted" : "PodFailed";
  const unready = facts.statuses.filter((one) => !one.ready).map((one) => one.name);
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  unready.unshift(
    ...facts.initStatuses.filter((one) => sidecars.includes(one.name) && !one.ready)
      .map((one) => one.name),
  );
  const ready: Verdict = over ? { status: "False", reason: overReason } : unready.length > 0
    ? {
      status: "False",
      reason: "ContainersNotReady",
      message: `containers with unready status: [${unready.join(" ")}]`,
    }
    : { status: "True" };
  return [
    ["PodReadyToStartContainers", { status: record.ip && !over ? "True" : "False" }],
    ["Initialized", initialized(facts)],
    ["Ready", ready.status === "True" ? readinessGates(pod) : ready],
    ["ContainersReady", ready],
    ["PodScheduled", { status: "True" }],
  ].map(([type, verdict]) => condition(pod, type as string, verdict as Verdict, facts.nowMs))
    .concat(foreignConditions(pod));
}

interface Verdict {
  status: string;
  reason?: string;
  message?: string;
}

function initialized({ phase, statuses, initStatuses }: ConditionFacts): Verdict {
  if (phase === "Succeeded") return { status: "True", reason: "PodCompleted" };
  if (statuses.some((one) => one.started || one.state?.terminated || one.lastState?.terminated)) {
    return { status: "True" };
  }
  const incomplete = initStatuses.filter((one) => !one.ready && !one.started)
    .map((one) => one.name);
  if (incomplete.length === 0) return { status: "True" };
  return {
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete.join(" ")}]`,
  };
}

function readinessGates(pod: Pod): Verdict {
  const messages: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const found = conditionOf(pod, conditionType);
    if (!found) {
      messages.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      );
    } else if (found.status !== "True") {
      messages.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`,
      );
    }
  }
  if (messages.length === 0) return { status: "True" };
  return { status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

const OWN = [
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
];

function foreignConditions(pod: Pod): PodCondition[] {
  return (pod.status?.conditions ?? []).filter(({ type }) => !OWN.includes(type));
}

function condition(pod: Pod, type: string, verdict: Verdict, nowMs: number): PodCondition {
  const present = conditionOf(pod, type);
  const kept = present?.status === verdict.status;
  return {
    type,
    status: verdict.status,
    observedGeneration: pod.metadata.generation,
    lastProbeTime: null,
    lastTransitionTime: kept ? present.lastTransitionTime : rfc3339(nowMs),
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
  };
}

export function containerId(seed: string): string {
  return `containerd://${hexOf(seed)}`;
}
