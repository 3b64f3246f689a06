import { rfc3339 } from "../../go/mod.ts";
import {
  nodeCpuSeconds,
  nodeMemoryBytes,
  podCpuSeconds,
  podMemoryBytes,
  runningContainers,
} from "./node_metrics.ts";
import type { KubeletWorld, NodeRuntime } from "./node.ts";
import type { PodWorker } from "./pod_worker.ts";
import { cpuRate, cpuSeconds } from "./usage.ts";

/**
 * The kubelet's `/stats/summary`.
 * Source: kubernetes/kubelet pkg/apis/stats/v1alpha1/types.go. Differs: CPU and memory only.
 */
export function summary(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: Iterable<PodWorker>,
): unknown {
  const all = [...workers];
  const nowMs = world.clock.now();
  const usage = (rate: number, seconds: number, memory: number) => ({
    cpu: {
      time: rfc3339(nowMs),
      usageNanoCores: Math.round(rate * 1e6),
      usageCoreNanoSeconds: Math.round(seconds * 1e9),
    },
    memory: {
      time: rfc3339(nowMs),
      usageBytes: Math.floor(memory * 1.06),
      workingSetBytes: memory,
      rssBytes: Math.floor(memory * 0.82),
    },
  });
  const rateOf = (worker: PodWorker) =>
    Object.values(worker.record.containers).reduce(
      (sum, record) => sum + cpuRate(record, nowMs),
      0,
    );
  const pods = all.filter((worker) => worker.record.ip).map((worker) => ({
    podRef: {
      name: worker.record.name,
      namespace: worker.record.namespace,
      uid: worker.record.uid,
    },
    startTime: rfc3339(worker.record.startedAtMs),
    containers: [...runningContainers([worker])].map(({ container, record }) => ({
      name: container.name,
      startTime: rfc3339(record.running!.startedAtMs),
      ...usage(cpuRate(record, nowMs), cpuSeconds(record, nowMs), record.memoryBytes),
    })),
    ...usage(rateOf(worker), podCpuSeconds(worker, nowMs), podMemoryBytes(worker)),
  }));
  const rate = all.reduce((sum, worker) => sum + rateOf(worker), 60);
  const seconds = nodeCpuSeconds(world, node, all);
  return {
    node: { nodeName: node.name, ...usage(rate, seconds, nodeMemoryBytes(all)) },
    pods,
  };
}
