import { type Deployment, hasRun, isReady, type Pod, selects } from "../kube/mod.ts";
import type { LabView } from "./lesson.ts";

/** The release of the adapter, and what its objects are called. */
export const NAME = "prometheus-adapter";

/** The adapter's pods that are not on their way out: the one that crashes, and the one that serves. */
export async function adapterPods(view: LabView): Promise<
  {
    crashing?: { name: string; reason: string; last: string; hasLog: boolean };
    serving?: Pod;
    all: Pod[];
  }
> {
  const deployment = await view.get<Deployment>("deployments.apps", "default", NAME);
  const all = (await view.list<Pod>("pods", { namespace: "default" })).filter((
    { metadata },
  ) =>
    deployment && selects(deployment.spec?.selector, metadata.labels) &&
    !metadata.deletionTimestamp
  );
  const serving = all.find(isReady);
  for (const pod of all) {
    const reason = isReady(pod) ? undefined : troubleOf(pod);
    if (reason === undefined) continue;
    const { name } = pod.metadata;
    const [status] = pod.status?.containerStatuses ?? [];
    const last = (await view.log("default", name)).trimEnd().split("\n").at(-1) ||
      status?.state?.waiting?.message || "";
    return {
      crashing: { name, reason, last: withoutHead(last), hasLog: hasRun(status) },
      serving,
      all,
    };
  }
  return { serving, all };
}

/** The last thing that a pod complained of, of Prometheus or of an answer. */
export async function complaintOf(view: LabView, pod: Pod): Promise<string | undefined> {
  const lines = (await view.log("default", pod.metadata.name)).split("\n");
  const last = lines.findLast((line) =>
    /unable to (update list of all|fetch|construct query)|None of the results returned/.test(line)
  );
  return last && withoutQuestion(withoutHead(last));
}

/** Why a pod that is not ready will not be by itself; undefined while it starts. */
function troubleOf(pod: Pod): string | undefined {
  const [status] = pod.status?.containerStatuses ?? [];
  const { waiting, terminated } = status?.state ?? {};
  if (waiting?.reason && !["ContainerCreating", "PodInitializing"].includes(waiting.reason)) {
    return waiting.reason;
  }
  if (terminated) return terminated.reason ?? "Error";
  return (status?.restartCount ?? 0) > 0
    ? status?.lastState?.terminated?.reason ?? "Error"
    : undefined;
}

/** A log line without what klog puts in front: `E1129 14:07:00.000000       1 provider.go:229] `. */
function withoutHead(line: string): string {
  return line.trim().replace(/^[IWEF]\d{4} \S+\s+\d+ \S+\] /, "");
}

/** Where Prometheus was not reached, what it was to be asked is not the trouble. */
function withoutQuestion(line: string): string {
  return line.replace(/ for query "(?:\\.|[^"\\])*": Get "[^"]*"(?=: )/, "");
}
