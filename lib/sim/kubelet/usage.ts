import { Quantity } from "../../base/mod.ts";
import type { ContainerRecord } from "./records.ts";

/** CPU seconds a container has used by `nowMs`, over all its runs. */
export function cpuSeconds(record: ContainerRecord, nowMs: number): number {
  if (!record.running) return record.cpuSeconds;
  const elapsedSeconds = Math.max(0, nowMs - record.cpuSinceMs) / 1000;
  return record.cpuSeconds + (elapsedSeconds * record.cpuMillicores) / 1000;
}

/** Sets the present use; CPU is held to the container's limit, as its cgroup holds it. */
export function setUsage(
  record: ContainerRecord,
  usage: { cpuMillicores: number; memoryBytes: number },
  { container, nowMs }: { container: any; nowMs: number },
): void {
  record.cpuSeconds = cpuSeconds(record, nowMs);
  record.cpuSinceMs = nowMs;
  const limit = container.resources?.limits?.cpu;
  const most = limit === undefined ? Infinity : Quantity.parse(limit).asNumber() * 1000;
  record.cpuMillicores = Math.min(usage.cpuMillicores, most);
  record.memoryBytes = usage.memoryBytes;
}

/** Whether a container has more memory than its limit lets it. */
export function isOverMemory(record: ContainerRecord, container: any): boolean {
  const limit = container.resources?.limits?.memory;
  return limit !== undefined && record.memoryBytes > Quantity.parse(limit).asNumber();
}
