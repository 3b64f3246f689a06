import { type Container, Quantity } from "../../kube/mod.ts";
import { enqueue, newCpuQueue, throttledPeriods, usedMs } from "./cpu_queue.ts";
import type { NodeCpu } from "./node_cpu.ts";
import type { ContainerRecord } from "./records.ts";

/*
 * What containers use of CPU and memory. CPU is a steady rate that a program reports of itself, and
 * work that it queues request by request; the container's limit holds both, and so does the node.
 */

/** CPU seconds a container has used by `nowMs`, over all its runs. */
export function cpuSeconds(record: ContainerRecord, nowMs: number): number {
  if (!record.running) return record.cpuSeconds;
  const elapsedSeconds = Math.max(0, nowMs - record.cpuSinceMs) / 1000;
  const queued = record.cpuQueue ? usedMs(record.cpuQueue, nowMs) / 1000 : 0;
  return record.cpuSeconds + (elapsedSeconds * record.cpuMillicores) / 1000 + queued;
}

/** Sets the present use; CPU is held to the container's limit, as its cgroup holds it. */
export function setUsage(
  record: ContainerRecord,
  usage: { cpuMillicores: number; memoryBytes: number },
  { container, nowMs }: { container: Container; nowMs: number },
): void {
  const elapsedSeconds = Math.max(0, nowMs - record.cpuSinceMs) / 1000;
  record.cpuSeconds += (elapsedSeconds * record.cpuMillicores) / 1000;
  record.cpuSinceMs = nowMs;
  record.cpuMillicores = Math.min(usage.cpuMillicores, limitCores(container) * 1000);
  record.memoryBytes = usage.memoryBytes;
}

/**
 * Queues CPU work and gives how long it takes until it is done, in milliseconds. What the program
 * uses steadily is taken off its limit.
 */
export function burn(
  record: ContainerRecord,
  cpuMs: number,
  at: { container: Container; node: { cores: number; cpu: NodeCpu }; nowMs: number },
): number {
  if (!record.cpuQueue) {
    const limit = limitCores(at.container);
    const isLimited = limit !== Infinity;
    const cores = isLimited ? limit - record.cpuMillicores / 1000 : at.node.cores;
    record.cpuQueue = newCpuQueue(cores, record.running!.startedAtMs, isLimited);
  }
  // A rate is that of a while ago, not since the last look.
  cpuRate(record, at.nowMs);
  at.node.cpu.claim(record.cpuQueue, requestShares(at.container), at.nowMs);
  return enqueue(record.cpuQueue, cpuMs, at.nowMs);
}

/** Settles what a container has used when its run ends. */
export function endUsage(record: ContainerRecord, nowMs: number): void {
  record.cpuSeconds = cpuSeconds(record, nowMs);
  record.cpuMillicores = 0;
  record.memoryBytes = 0;
  delete record.cpuQueue;
  delete record.cpuSample;
}

/** Enforcement intervals in which the container was held back by its limit. */
export function throttled(record: ContainerRecord, nowMs: number): number {
  return record.cpuQueue ? throttledPeriods(record.cpuQueue, nowMs) : 0;
}

/** How long usage is averaged over, as cAdvisor's housekeeping does. */
const SAMPLE_MS = 10_000;

/** The present rate of use in millicores: that of the last ten seconds or more. */
export function cpuRate(record: ContainerRecord, nowMs: number): number {
  if (!record.running) return 0;
  if (!record.cpuQueue) return record.cpuMillicores;
  const { startedAtMs } = record.running;
  const sample = record.cpuSample ??= { atMs: startedAtMs, seconds: 0, millicores: 0 };
  const passedMs = nowMs - sample.atMs;
  if (passedMs < SAMPLE_MS) return sample.millicores || record.cpuMillicores;
  const seconds = usedMs(record.cpuQueue, nowMs) / 1000;
  const millicores = record.cpuMillicores + (seconds - sample.seconds) / passedMs * 1e6;
  record.cpuSample = { atMs: nowMs, seconds, millicores };
  return millicores;
}

/** Whether a container has more memory than its limit lets it. */
export function isOverMemory(record: ContainerRecord, container: Container): boolean {
  const limit = container.resources?.limits?.memory;
  return limit !== undefined && record.memoryBytes > Quantity.parse(limit).asNumber();
}

/** The memory that a container may have: its limit, or its node's where it has none. */
export function memoryOf(container: Container, node: { memoryBytes: number }): number {
  const limit = container.resources?.limits?.memory;
  return limit === undefined ? node.memoryBytes : Quantity.parse(limit).asNumber();
}

/** A container's weight, by its request. */
function requestShares({ resources = {} }: Container): number {
  const request = resources.requests?.cpu ?? resources.limits?.cpu ?? "0";
  return Math.max(2, Quantity.parse(request).milliValue * 1.024);
}

function limitCores(container: Container): number {
  const limit = container.resources?.limits?.cpu;
  return limit === undefined ? Infinity : Quantity.parse(limit).asNumber();
}
