import { asIs, type Localized, said } from "./said.ts";
import { conditionOf, isReady, type Pod } from "../kube/mod.ts";
import type { Reads } from "./reads.ts";

/** Pods in a few words: `pod web-1`, `3 pods web-…`. */
export function podsText(pods: readonly Pod[]): Localized {
  const [first] = pods;
  if (pods.length === 1) return asIs(`pod ${first.metadata.name}`);
  const stem = first.metadata.generateName?.replace(/-[a-f0-9]{6,10}-$/, "") ?? first.metadata.name;
  const of = stem.replace(/-$/, "");
  return said(`${pods.length} pods of ${of}`, `${of}의 파드 ${pods.length}개`);
}

/** Why a pod is not ready: its reason, and its last words where it crashed. Errors: NotSeen. */
export async function containerTrouble(
  reads: Reads,
  pod: Pod,
): Promise<{ pod: Pod; reason: string; told: string }> {
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
    return { pod, reason: "Pending", told: scheduled.message ?? "" };
  }
  if (!stuck) {
    const ready = conditionOf(pod, "Ready");
    return { pod, reason: ready?.reason ?? pod.status?.phase ?? "", told: ready?.message ?? "" };
  }
  const { waiting, terminated } = stuck.state ?? {};
  const last = stuck.lastState?.terminated ?? terminated;
  const reason = waiting?.reason ?? last?.reason ?? "Error";
  const hasRun = last !== undefined || stuck.restartCount > 0;
  const lines = hasRun
    ? (await reads.log(pod, { container: stuck.name })).trimEnd().split("\n")
    : [];
  const lastWords = lines.findLast((line) => line.trim() !== "") ?? waiting?.message ?? "";
  return { pod, reason, told: withoutHead(lastWords) };
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
