import { isReady, type KubeObject, type Pod, workloadOf } from "../kube/mod.ts";
import type { RecordedPast } from "../labs/lab.ts";
import type { Seat } from "./timeline.ts";

/** Pods of a namespace, and nodes. */
export interface There {
  pods: RecordedPast["pods"];
  nodes: RecordedPast["nodes"];
  /** Whether it is known when they came and went; else they are those of now. */
  isRecorded: boolean;
}

/** What was there since a moment, as the lab's cluster recorded it; of another cluster what is there now. */
export async function readThere(
  { view, lab }: Seat,
  namespace: string,
  fromMs: number,
): Promise<There> {
  const recorded = await lab.recorded?.({ namespace, name: "", fromMs });
  if (recorded) return { pods: recorded.pods, nodes: recorded.nodes, isRecorded: true };
  const pods = await view.list<Pod>("pods", { namespace });
  const nodes = await view.list("nodes");
  return {
    pods: pods.map((pod) => {
      const of = workloadOf(pod);
      const { nodeName } = pod.spec ?? {};
      const { deletionTimestamp: ends, deletionGracePeriodSeconds: graceS = 0 } = pod.metadata;
      return {
        ...sinceOf(pod),
        namespace,
        ...(of === undefined ? {} : { of }),
        ...(nodeName ? { node: nodeName } : {}),
        ...(ends ? { endingMs: Date.parse(String(ends)) - graceS * 1000 } : {}),
      };
    }),
    nodes: nodes.map(sinceOf),
    isRecorded: false,
  };
}

function sinceOf(object: KubeObject): RecordedPast["nodes"][number] {
  const { name, creationTimestamp } = object.metadata;
  const createdMs = Date.parse(String(creationTimestamp));
  return { name, createdMs, ready: isReady(object as Pod) ? [[createdMs]] : [] };
}
