import {
  conditionOf,
  isConditionTrue,
  type KubeObject,
  type Loose,
  type models,
} from "../../../kube/mod.ts";

interface PodSummary {
  ready: number;
  total: number;
  reason: string;
  restarts: number;
  lastRestart: string;
}

/** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go (printPod). */
export function summary(pod: KubeObject): PodSummary {
  const { spec, status = {} } = pod;
  const inits: models.Container[] = spec.initContainers ?? [];
  const sidecars = new Set(
    inits.filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name }) => name),
  );
  const out: PodSummary = {
    ready: 0,
    total: (spec.containers ?? []).length + sidecars.size,
    reason: status.reason || status.phase || "",
    restarts: 0,
    lastRestart: "",
  };
  if (conditionOf({ status }, "PodScheduled")?.reason === "SchedulingGated") {
    out.reason = "SchedulingGated";
  }

  const sidecarPart = { restarts: 0, lastRestart: "" };
  const initializing = readInitContainers(pod, sidecars, out, sidecarPart);
  if (!initializing || isConditionTrue({ status }, "Initialized")) {
    out.restarts = sidecarPart.restarts;
    out.lastRestart = sidecarPart.lastRestart;
    readContainers(status, out);
  }
  const over = status.phase === "Succeeded" || status.phase === "Failed";
  if (pod.metadata.deletionTimestamp && status.reason === "NodeLost") out.reason = "Unknown";
  else if (pod.metadata.deletionTimestamp && !over) out.reason = "Terminating";
  return out;
}

type Restarts = Pick<PodSummary, "restarts" | "lastRestart">;

function countRestarts(container: Loose<models.ContainerStatus>, into: Restarts): void {
  into.restarts += container.restartCount ?? 0;
  const finished: string = container.lastState?.terminated?.finishedAt ?? "";
  if (finished > into.lastRestart) into.lastRestart = finished;
}

/** Whether the pod still works through its init containers; what it shows then goes into `out`. */
function readInitContainers(
  pod: KubeObject,
  sidecars: Set<string>,
  out: PodSummary,
  sidecarPart: Restarts,
): boolean {
  const statuses: Loose<models.ContainerStatus>[] = pod.status?.initContainerStatuses ?? [];
  for (const [i, container] of statuses.entries()) {
    countRestarts(container, out);
    const sidecar = sidecars.has(container.name ?? "");
    if (sidecar) countRestarts(container, sidecarPart);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) out.ready++;
      continue;
    }
    if (terminated) out.reason = `Init:${endText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") {
      out.reason = `Init:${waiting.reason}`;
    } else out.reason = `Init:${i}/${pod.spec?.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

function readContainers(status: Loose<models.PodStatus>, out: PodSummary): void {
  let running = false;
  let failure = "";
  for (const container of [...status.containerStatuses ?? []].reverse()) {
    countRestarts(container, out);
    const { waiting, terminated, running: runs } = container.state ?? {};
    if (waiting?.reason) out.reason = waiting.reason;
    else if (terminated) {
      out.reason = endText(terminated);
      if (terminated.exitCode !== 0) failure = out.reason;
    } else if (container.ready && runs) {
      running = true;
      out.ready++;
    }
  }
  if (out.reason !== "Completed") return;
  if (running && isConditionTrue({ status }, "Ready")) out.reason = "Running";
  else if (failure) out.reason = failure;
  else if (running) out.reason = "NotReady";
}

function endText(terminated: Loose<models.ContainerStateTerminated>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

export function readinessGates({ spec, status }: KubeObject): string {
  const gates: models.PodReadinessGate[] = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter(({ conditionType }) => isConditionTrue({ status }, conditionType));
  return `${met.length}/${gates.length}`;
}
