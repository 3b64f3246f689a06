import { busyLanes, type CpuQueue, setQuota } from "./cpu_queue.ts";

/** What the node's daemons and its idle containers take, in cores. */
const RESERVED_CORES = 0.25;
const PERIOD_MS = 100;
/** A share that differs by less is left as it is. */
const LEAST_CHANGE_MS = 0.5;

/** A container that has work, and how much of the node it may claim by its request. */
interface Claim {
  queue: CpuQueue;
  weight: number;
  /** The cores that it could use just now. */
  cap: number;
}

/**
 * One node's cores, shared among the containers that have work: each gets what its limit lets it, and
 * when that is more than there is, a part by its request.
 * Source: kubernetes pkg/kubelet/cm/helpers_linux.go (MilliCPUToShares); torvalds/linux
 * Documentation/scheduler/sched-design-CFS.rst.
 */
export class NodeCpu {
  readonly #claims = new Map<CpuQueue, Claim>();
  readonly #cores: number;
  /** Whether somebody has less than its limit. */
  #isShort = false;

  constructor(cores: number) {
    this.#cores = Math.max(cores - RESERVED_CORES, cores / 2);
  }

  /** Makes room for one more piece of a container's work. */
  claim(queue: CpuQueue, weight: number, nowMs: number): void {
    if (!this.#claims.has(queue)) this.#claims.set(queue, { queue, weight, cap: 0 });
    let total = 0;
    for (const claim of this.#claims.values()) {
      const { lanes, limitMs } = claim.queue;
      const more = claim.queue === queue ? 1 : 0;
      const busy = Math.min(lanes.length, busyLanes(claim.queue, nowMs) + more);
      claim.cap = busy * limitMs / PERIOD_MS;
      total += claim.cap;
      if (busy > 0) continue;
      this.#claims.delete(claim.queue);
      setQuota(claim.queue, limitMs, nowMs);
    }
    if (total > this.#cores) this.#divide(nowMs);
    else if (this.#isShort) {
      this.#isShort = false;
      for (const { queue } of this.#claims.values()) setQuota(queue, queue.limitMs, nowMs);
    }
  }

  #divide(nowMs: number): void {
    this.#isShort = true;
    for (const [{ queue, cap }, cores] of shares([...this.#claims.values()], this.#cores)) {
      const quotaMs = cores === cap ? queue.limitMs : queue.limitMs * cores / cap;
      const change = Math.abs(quotaMs - queue.quotaMs);
      if (cores === cap || change >= LEAST_CHANGE_MS) setQuota(queue, quotaMs, nowMs);
    }
  }
}

/** Cores by weight, to nobody more than its cap: what one does not need goes to the others. */
export function shares<T extends { weight: number; cap: number }>(
  claims: readonly T[],
  cores: number,
): Map<T, number> {
  const out = new Map<T, number>();
  let open = claims;
  let left = cores;
  while (open.length > 0) {
    const weights = open.reduce((sum, { weight }) => sum + weight, 0);
    const part = ({ weight }: T) => left * weight / weights;
    const full = open.filter((claim) => part(claim) >= claim.cap);
    if (full.length === 0) {
      for (const claim of open) out.set(claim, part(claim));
      return out;
    }
    open = open.filter((claim) => !full.includes(claim));
    for (const claim of full) {
      out.set(claim, claim.cap);
      left -= claim.cap;
    }
  }
  return out;
}
