import { conditionOf, type Container, hasRun, isReady, type Pod } from "../kube/mod.ts";
import { type Evidence, fieldEvidence } from "./hop.ts";
import type { Reads } from "./reads.ts";
import { asIs, type Localized, said } from "./said.ts";

/** Pods in a few words: `pod web-1`, `3 pods of web`; nothing of none. */
export function podsText(pods: readonly Pod[]): Localized {
  const [first] = pods;
  if (!first) return asIs("");
  if (pods.length === 1) return podText(first);
  const stem = (first.metadata.generateName?.replace(/-[a-f0-9]{6,10}-$/, "") ??
    first.metadata.name).replace(/-$/, "");
  return said(`${pods.length} pods of ${stem}`, `${stem}의 파드 ${pods.length}개`);
}

/** A pod as it is told: `pod web-1`. */
export function podText({ metadata: { name } }: Pod): Localized {
  return said(`pod ${name}`, `파드 ${name}`);
}

/** Why a pod is not ready. */
export interface Trouble {
  pod: Pod;
  reason: string;
  /** Its last words where it crashed, else what its status says. */
  told: string;
  /** Where that stands. */
  seen: Evidence;
  /** The command that tells more of it. */
  look: string;
}

/** What keeps a pod from being ready, and where that is to be read: of a container that ended, its last words. Errors: NotSeen. */
export async function containerTrouble(reads: Reads, pod: Pod): Promise<Trouble> {
  const { name, namespace } = pod.metadata;
  const look = `kubectl -n ${namespace} describe pod ${name}`;
  const statuses = [
    ...pod.status?.initContainerStatuses ?? [],
    ...pod.status?.containerStatuses ?? [],
  ];
  const stuck = statuses.find(({ state, ready, restartCount }) =>
    state?.waiting || state?.terminated && state.terminated.exitCode !== 0 ||
    (!ready && restartCount > 0)
  );
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") {
    const seen = fieldEvidence(
      "pods",
      pod,
      '.status.conditions[?(@.type=="PodScheduled")].message',
    );
    return { pod, reason: "Pending", told: scheduled.message ?? "", seen, look };
  }
  if (!stuck) {
    const ready = conditionOf(pod, "Ready");
    const seen = fieldEvidence("pods", pod, '.status.conditions[?(@.type=="Ready")].message');
    const reason = ready?.reason ?? pod.status?.phase ?? "";
    return { pod, reason, told: ready?.message ?? "", seen, look };
  }
  const { waiting, terminated } = stuck.state ?? {};
  const last = terminated ?? stuck.lastState?.terminated;
  const reason = waiting?.reason ?? last?.reason ?? "Error";
  const lines = hasRun(stuck)
    ? (await reads.log(pod, { container: stuck.name })).trimEnd().split("\n")
    : [];
  const words = lines.findLast((line) => line.trim() !== "");
  if (words === undefined) {
    const field = (pod.status?.containerStatuses ?? []).includes(stuck)
      ? "containerStatuses"
      : "initContainerStatuses";
    // What is waited for after a crash is only the next start; any other wait has its own reason.
    const ended = !waiting || waiting.reason === "CrashLoopBackOff" ? last : undefined;
    const state = !ended
      ? "state.waiting.message"
      : `${terminated ? "state" : "lastState"}.terminated`;
    const seen = fieldEvidence(
      "pods",
      pod,
      `.status.${field}[?(@.name=="${stuck.name}")].${state}`,
    );
    const parts = [
      ...ended?.reason && ended.reason !== reason ? [ended.reason] : [],
      ...ended ? [`exit code ${ended.exitCode}`] : [],
    ];
    return { pod, reason, told: ended ? parts.join(", ") : waiting?.message ?? "", seen, look };
  }
  const log = `kubectl -n ${namespace} logs ${name}` +
    (statuses.length > 1 ? ` -c ${stuck.name}` : "");
  return {
    pod,
    reason,
    told: withoutHead(words),
    seen: { command: `${log} --tail=1`, printed: words },
    look: log,
  };
}

/** The ConfigMaps that are mounted into a container: `ConfigMap web`; undefined where there are none. */
export function configMapsText({ spec }: Pod, container?: Container): string | undefined {
  const mounts = new Set(container?.volumeMounts?.map(({ name }) => name));
  const maps = (spec?.volumes ?? []).flatMap(({ name, configMap }) =>
    mounts.has(name) && configMap?.name ? [`ConfigMap ${configMap.name}`] : []
  );
  return maps.length > 0 ? maps.join(", ") : undefined;
}

/** Whether a pod will not come up by itself; one that is only starting will. */
export function isStuck(pod: Pod): boolean {
  if (isReady(pod)) return false;
  const statuses = [
    ...pod.status?.initContainerStatuses ?? [],
    ...pod.status?.containerStatuses ?? [],
  ];
  return conditionOf(pod, "PodScheduled")?.status === "False" ||
    statuses.some(({ state, restartCount }) =>
      restartCount > 0 || state?.terminated !== undefined && state.terminated.exitCode !== 0 ||
      state?.waiting !== undefined &&
        !["ContainerCreating", "PodInitializing"].includes(state.waiting.reason ?? "")
    );
}

/** A log line without what klog puts in front: `E1129 14:07:00.000000       1 provider.go:229] `. */
export function withoutHead(line: string): string {
  return line.trim().replace(/^[IWEF]\d{4} \S+\s+\d+ \S+\] /, "");
}

/** When a log line was written, as klog says it without a year and in UTC, in Unix milliseconds; undefined of others. */
export function klogTime(line: string, nowMs: number): number | undefined {
  const [, month, day, time] = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d{3})/.exec(line.trim()) ??
    [];
  if (month === undefined) return undefined;
  const year = new Date(nowMs).getUTCFullYear();
  const [thisYear, lastYear] = [year, year - 1].map((one) =>
    Date.parse(`${one}-${month}-${day}T${time}Z`)
  );
  return thisYear > nowMs + 86_400_000 ? lastYear : thisYear;
}
