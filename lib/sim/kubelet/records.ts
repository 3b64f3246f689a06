import type { CpuQueue } from "./cpu_queue.ts";

/** A finished run of a container. */
export interface Termination {
  exitCode: number;
  reason: string;
  message?: string;
  startedAtMs: number;
  finishedAtMs: number;
  containerId: string;
}

/** A growing delay between attempts, as client-go's Backoff keeps it. */
export interface BackoffEntry {
  delayMs: number;
  updatedMs: number;
}

/** What the kubelet knows of one container; everything here is saved. */
export interface ContainerRecord {
  restartCount: number;
  /** Set while it runs. */
  running?: { startedAtMs: number; containerId: string };
  /** The run that ended last. */
  terminated?: Termination;
  /** Why it does not run, when it should. */
  waiting?: { reason: string; message?: string };
  imageId?: string;
  started: boolean;
  ready: boolean;
  /** Consecutive results of each probe. */
  probes: Record<string, { successes: number; failures: number }>;
  crashBackoff?: BackoffEntry;
  pullBackoff?: BackoffEntry & { error: string };
  /** CPU time used by all its runs so far, and since when `cpuMillicores` has been its rate. */
  cpuSeconds: number;
  cpuSinceMs: number;
  cpuMillicores: number;
  /** The work its present run has queued, once there is any, and the last look at its rate. */
  cpuQueue?: CpuQueue;
  cpuSample?: { atMs: number; seconds: number; millicores: number };
  memoryBytes: number;
  /** Files written outside of volumes; they go with the container. */
  files: Record<string, string>;
  /** Files mounted by subPath stay as they were at the start. */
  subPaths: Record<string, Record<string, string>>;
}

/** What the kubelet knows of one pod. */
export interface PodRecord {
  uid: string;
  namespace: string;
  name: string;
  nodeName: string;
  startedAtMs: number;
  /** Why the kubelet has ended the pod, when it has. */
  failure?: { reason: string; message: string };
  /** Set once its containers are being ended: since when, until when at most, and how long one usually takes. */
  ending?: { sinceMs: number; deadlineMs: number; usuallyMs: number };
  /** Set once the sandbox is there. */
  ip?: string;
  containers: Record<string, ContainerRecord>;
  /** Contents of emptyDir and hostPath volumes, by volume and relative path. */
  scratch: Record<string, Record<string, string>>;
}

export function newContainerRecord(): ContainerRecord {
  return {
    restartCount: 0,
    started: false,
    ready: false,
    probes: {},
    cpuSeconds: 0,
    cpuSinceMs: 0,
    cpuMillicores: 0,
    memoryBytes: 0,
    files: {},
    subPaths: {},
  };
}

const INITIAL_MS = 10_000;
const MAX_MS = 300_000;

/**
 * The next delay of a back-off: 10 s, doubled up to 5 min, forgotten after twice that without use.
 * Source: kubernetes/client-go util/flowcontrol/backoff.go.
 */
export function nextBackoff(entry: BackoffEntry | undefined, nowMs: number): BackoffEntry {
  if (!entry || nowMs - entry.updatedMs > 2 * MAX_MS) {
    return { delayMs: INITIAL_MS, updatedMs: nowMs };
  }
  return { delayMs: Math.min(entry.delayMs * 2, MAX_MS), updatedMs: nowMs };
}

/** When a back-off that counts from `sinceMs` ends; undefined when it is not in force. */
export function backoffEndMs(
  entry: BackoffEntry | undefined,
  sinceMs: number,
  nowMs: number,
): number | undefined {
  if (!entry || sinceMs - entry.updatedMs > 2 * MAX_MS) return undefined;
  const endMs = sinceMs + entry.delayMs;
  return endMs > nowMs ? endMs : undefined;
}

/** What this program saved as JSON, or undefined when it cannot be read: what it tells of is begun anew. */
export function readJson<T>(text: string | undefined): T | undefined {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
