/** The kernel's enforcement interval. Source: torvalds/linux kernel/sched/fair.c (cfs_period_us). */
const PERIOD_MS = 100;

/** One core's worth of a container: work on it is done in the order in which it came. */
interface Lane {
  /** When the lane last began to work after being idle, and the quota its period had lost by then. */
  startMs: number;
  usedMs: number;
  /** When it was to begin with a quota used up: what the period before the start had seen. */
  heldMs: number;
  /** When everything given to the lane is done. */
  endMs: number;
}

/**
 * The CPU work that a container's programs have queued, and what its cgroup lets it do of it: plain
 * data, so that it is saved as it is.
 */
export interface CpuQueue {
  lanes: Lane[];
  /** What one lane may run of each period: by its limit, and just now, when the node is too busy. */
  limitMs: number;
  quotaMs: number;
  /** Periods are counted from here. */
  originMs: number;
  /** All work ever queued. */
  totalMs: number;
  /** Periods in which work had to wait for the next, some of them yet to come. */
  throttled: number;
}

/**
 * A queue for a container that may use `cores` (its limit, or the node's where it has none). A limit
 * of one and a half cores is two lanes of three quarters each.
 */
export function newCpuQueue(cores: number, originMs: number, isLimited: boolean): CpuQueue {
  const count = Math.max(1, Math.ceil(cores));
  const limitMs = isLimited ? Math.max(cores / count * PERIOD_MS, 0.01) : PERIOD_MS;
  return {
    lanes: Array.from({ length: count }, () => ({
      startMs: originMs,
      usedMs: 0,
      heldMs: 0,
      endMs: originMs,
    })),
    limitMs,
    quotaMs: limitMs,
    originMs,
    totalMs: 0,
    throttled: 0,
  };
}

/**
 * Queues work and gives how long it takes until it is done: the work itself, what was queued before
 * it, and the rest of every period whose quota is used up.
 * Units: milliseconds of CPU in, milliseconds of time out.
 * Source: torvalds/linux Documentation/scheduler/sched-bwc.rst.
 */
export function enqueue(queue: CpuQueue, workMs: number, nowMs: number): number {
  const lane = queue.lanes.reduce((best, one) => one.endMs < best.endMs ? one : best);
  if (lane.endMs <= nowMs) begin(queue, lane, nowMs);
  append(queue, lane, workMs);
  queue.totalMs += workMs;
  return lane.endMs - nowMs;
}

/** Puts work behind what a lane has, period by period. */
function append(queue: CpuQueue, lane: Lane, workMs: number): void {
  const { quotaMs } = queue;
  const periodMs = periodOf(queue, lane.endMs);
  const isFirst = periodMs === periodOf(queue, lane.startMs);
  const stopMs = isFirst ? firstStop(queue, lane) : periodMs + quotaMs;
  const restMs = workMs - (stopMs - lane.endMs);
  if (restMs <= 0) lane.endMs += workMs;
  else {
    const whole = Math.ceil(restMs / quotaMs) - 1;
    if (isThrottling(queue)) {
      queue.throttled += whole + (stopMs < periodMs + PERIOD_MS ? 1 : 0);
    }
    lane.endMs = periodMs + PERIOD_MS * (whole + 1) + (restMs - whole * quotaMs);
  }
}

/** Whether it is the container's own limit that holds work back. */
function isThrottling({ quotaMs, limitMs }: CpuQueue): boolean {
  return quotaMs === limitMs && limitMs < PERIOD_MS;
}

/** How many lanes have work. */
export function busyLanes({ lanes }: CpuQueue, nowMs: number): number {
  return lanes.reduce((count, { endMs }) => endMs > nowMs ? count + 1 : count, 0);
}

/** Gives each lane another quota from now on; what is queued is laid out anew. */
export function setQuota(queue: CpuQueue, quotaMs: number, nowMs: number): void {
  if (queue.quotaMs === quotaMs) return;
  const left = queue.lanes.map((lane) =>
    lane.endMs > nowMs ? doneBy(queue, lane, lane.endMs) - doneBy(queue, lane, nowMs) : 0
  );
  const used = queue.lanes.map((lane) => usedInPeriod(queue, lane, nowMs));
  queue.throttled = throttledPeriods(queue, nowMs);
  queue.quotaMs = quotaMs;
  queue.lanes.forEach((lane, i) => {
    if (left[i] > 0) {
      startAt(queue, lane, nowMs, used[i]);
      append(queue, lane, left[i]);
    } else Object.assign(lane, { startMs: nowMs, usedMs: used[i], endMs: nowMs });
  });
}

/** CPU that has been used by `nowMs`, in milliseconds. */
export function usedMs(queue: CpuQueue, nowMs: number): number {
  let leftMs = 0;
  for (const lane of queue.lanes) {
    if (lane.endMs > nowMs) leftMs += doneBy(queue, lane, lane.endMs) - doneBy(queue, lane, nowMs);
  }
  return Math.max(0, queue.totalMs - leftMs);
}

/** How many periods have ended with work held back. */
export function throttledPeriods(queue: CpuQueue, nowMs: number): number {
  if (!isThrottling(queue)) return queue.throttled;
  let ahead = 0;
  for (const lane of queue.lanes) {
    if (lane.endMs <= nowMs) continue;
    ahead += (periodOf(queue, lane.endMs) - periodOf(queue, nowMs)) / PERIOD_MS;
  }
  return Math.max(0, queue.throttled - Math.round(ahead));
}

function periodOf({ originMs }: CpuQueue, atMs: number): number {
  return originMs + Math.floor((atMs - originMs) / PERIOD_MS) * PERIOD_MS;
}

/** An idle lane takes up work with what its period has left, or at the next when that is nothing. */
function begin(queue: CpuQueue, lane: Lane, nowMs: number): void {
  startAt(queue, lane, nowMs, usedInPeriod(queue, lane, nowMs));
}

/** What a lane has run of the period that it is in. */
function usedInPeriod(queue: CpuQueue, lane: Lane, nowMs: number): number {
  const periodMs = periodOf(queue, nowMs);
  if (lane.endMs <= periodMs) return 0;
  // It waits for the next period, for this one is used up.
  if (lane.startMs > nowMs) return lane.heldMs;
  const startedHere = periodOf(queue, lane.startMs) === periodMs;
  return (startedHere ? lane.usedMs : 0) + doneBy(queue, lane, Math.min(nowMs, lane.endMs)) -
    (startedHere ? 0 : doneBy(queue, lane, periodMs));
}

function startAt(queue: CpuQueue, lane: Lane, nowMs: number, used: number): void {
  if (used >= queue.quotaMs && queue.quotaMs < PERIOD_MS) {
    if (isThrottling(queue)) queue.throttled++;
    lane.startMs = periodOf(queue, nowMs) + PERIOD_MS;
    lane.usedMs = 0;
    lane.heldMs = used;
  } else {
    lane.startMs = nowMs;
    lane.usedMs = used;
  }
  lane.endMs = lane.startMs;
}

/** When the period in which a lane began stops it. */
function firstStop(queue: CpuQueue, { startMs, usedMs }: Lane): number {
  return Math.min(startMs + queue.quotaMs - usedMs, periodOf(queue, startMs) + PERIOD_MS);
}

/** What a lane did between its start and `atMs`, were there no end of work. */
function doneBy(queue: CpuQueue, lane: Lane, atMs: number): number {
  if (atMs <= lane.startMs) return 0;
  const firstMs = periodOf(queue, lane.startMs);
  const periodMs = periodOf(queue, atMs);
  const first = firstStop(queue, lane) - lane.startMs;
  if (periodMs === firstMs) return Math.min(atMs - lane.startMs, first);
  const whole = (periodMs - firstMs) / PERIOD_MS - 1;
  return first + whole * queue.quotaMs + Math.min(queue.quotaMs, atMs - periodMs);
}
