import type { SimApi } from "../../../lib/sim/seams.ts";

/*
 * The algorithm of horizontal pod autoscaling on CPU utilization as its documentation tells it, written
 * anew and on its own, to check the cluster's decisions against.
 * Source: kubernetes/website content/en/docs/concepts/workloads/autoscaling/
 * horizontal-pod-autoscale.md (Algorithm details, Default behavior).
 */

const TOLERANCE = 0.1;
const WINDOW_MS = 300_000;
const CPU_INITIALIZATION_MS = 300_000;

export interface Bounds {
  nowMs: number;
  current: number;
  min: number;
  max: number;
}

export interface Sync extends Bounds {
  target: number;
  pods: PodState[];
}

interface PodState {
  isReady: boolean;
  readySinceMs: number;
  startedMs: number;
  requestMilli: number;
  /** CPU in use, when a sample is there. */
  sample?: { milli: number; takenMs: number; windowMs: number };
}

/** The state of an app's pods just now, as the API tells it. */
export function podStates(api: SimApi, app: string): PodState[] {
  const metrics = new Map<string, any>();
  try {
    const { items } = api.raw("/apis/metrics.k8s.io/v1beta1/namespaces/default/pods");
    for (const item of items) metrics.set(item.metadata.name, item);
  } catch {
    // No metrics yet.
  }
  return api.list("pods", { namespace: "default", labelSelector: `run=${app}` })
    .filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.phase !== "Failed")
    .map(({ metadata, spec, status }) => {
      const ready = status?.conditions?.find(({ type }: any) => type === "Ready");
      const item = metrics.get(metadata.name);
      return {
        isReady: ready?.status === "True",
        readySinceMs: Date.parse(ready?.lastTransitionTime ?? 0),
        startedMs: Date.parse(status?.startTime ?? 0),
        requestMilli: milli(spec.containers[0].resources.requests.cpu),
        ...(item
          ? {
            sample: {
              milli: milli(item.containers[0].usage.cpu),
              takenMs: Date.parse(item.timestamp),
              windowMs: seconds(item.window) * 1000,
            },
          }
          : {}),
      };
    });
}

function milli(quantity: string): number {
  const [, digits, unit] = /^(\d+)(n|u|m)?$/.exec(quantity)!;
  return Number(digits) * ({ n: 1e-6, u: 1e-3, m: 1 }[unit as "n"] ?? 1000);
}

function seconds(text: string): number {
  const [, minutes = "0", rest] = /^(?:(\d+)m)?([\d.]+)s$/.exec(text)!;
  return Number(minutes) * 60 + Number(rest);
}

/** What one look at the metrics asks for; undefined when there is nothing to go by. */
export function recommended(sync: Sync): number | undefined {
  const { pods, current, target, nowMs } = sync;
  const isYoung = (pod: PodState) => nowMs < pod.startedMs + CPU_INITIALIZATION_MS;
  const setAside = (pod: PodState) =>
    isYoung(pod)
      ? !pod.isReady || pod.sample!.takenMs < pod.readySinceMs + pod.sample!.windowMs
      : !pod.isReady;
  const missing = pods.filter((pod) => !pod.sample);
  const notReady = pods.filter((pod) => pod.sample && setAside(pod));
  const counted = pods.filter((pod) => pod.sample && !setAside(pod));
  if (counted.length === 0) return undefined;
  // Utilization is a whole percentage, of whole millicores.
  const ratioOf = (uses: { used: number; request: number }[]) =>
    Math.trunc(
      100 * uses.reduce((sum, { used }) => sum + Math.ceil(used), 0) /
        uses.reduce((sum, { request }) => sum + request, 0),
    ) / target;
  const uses = counted.map((pod) => ({ used: pod.sample!.milli, request: pod.requestMilli }));
  const ratio = ratioOf(uses);
  const isUp = ratio > 1;
  if (missing.length === 0 && !(isUp && notReady.length > 0)) {
    return Math.abs(ratio - 1) <= TOLERANCE ? current : Math.ceil(round(ratio * counted.length));
  }
  const assumed = (pod: PodState, share: number) => ({
    used: pod.requestMilli * share,
    request: pod.requestMilli,
  });
  const all = [
    ...uses,
    ...missing.map((pod) => assumed(pod, isUp ? 0 : 1)),
    ...(isUp ? notReady.map((pod) => assumed(pod, 0)) : []),
  ];
  const second = ratioOf(all);
  if (Math.abs(second - 1) <= TOLERANCE || (second > 1) !== isUp) return current;
  const count = Math.ceil(round(second * all.length));
  return (isUp ? count < current : count > current) ? current : count;
}

/** Sums of floating point numbers are a hair off. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

/** The documented HPA without a `behavior`, with its memory of the last five minutes. */
export class DocumentedHpa {
  readonly #recommendations: { atMs: number; count: number }[] = [];

  /** How many replicas there should be after a sync. */
  decide(sync: Sync): number {
    return this.settle(recommended(sync), sync);
  }

  /** The same, when `count` replicas are what the metrics ask for; undefined when they say nothing. */
  settle(count: number | undefined, sync: Bounds): number {
    const { nowMs, current, min, max } = sync;
    if (this.#recommendations.length === 0) this.#remember(nowMs, current);
    if (count === undefined) return current;
    this.#remember(nowMs, count);
    const highest = Math.max(
      ...this.#recommendations.filter(({ atMs }) => atMs >= nowMs - WINDOW_MS)
        .map(({ count }) => count),
    );
    const limit = Math.max(2 * current, 4);
    return Math.max(min, Math.min(max, limit, highest));
  }

  #remember(atMs: number, count: number): void {
    this.#recommendations.push({ atMs, count });
  }
}

/** What a behavior of a timeline says: a window each way, and so many pods per period at most. */
export interface DocumentedRules {
  windowMs: number;
  pods: number;
  periodMs: number;
}

/** The documented HPA with a `behavior` of one Pods policy each way. */
export class DocumentedBehavior {
  readonly #recommendations: { atMs: number; count: number }[] = [];
  readonly #changes: { atMs: number; by: number }[] = [];

  constructor(private readonly up: DocumentedRules, private readonly down: DocumentedRules) {}

  settle(count: number | undefined, { nowMs, current, min, max }: Bounds): number {
    if (this.#recommendations.length === 0) {
      this.#recommendations.push({ atMs: nowMs, count: current });
    }
    if (count === undefined) return current;
    const within = (windowMs: number) =>
      this.#recommendations.filter(({ atMs }) => atMs > nowMs - windowMs).map(({ count }) => count);
    const lowest = Math.min(count, ...within(this.up.windowMs));
    const highest = Math.max(count, ...within(this.down.windowMs));
    this.#recommendations.push({ atMs: nowMs, count });
    const wished = Math.min(Math.max(current, lowest), highest);
    const changed = ({ periodMs }: DocumentedRules) =>
      this.#changes.filter(({ atMs }) => atMs > nowMs - periodMs)
        .reduce((sum, { by }) => sum + by, 0);
    const most = Math.max(current, current - changed(this.up) + this.up.pods);
    const least = Math.min(current, current - changed(this.down) - this.down.pods);
    const next = wished > current
      ? Math.min(wished, max, most)
      : wished < current
      ? Math.max(wished, min, least)
      : current;
    if (next !== current) this.#changes.push({ atMs: nowMs, by: next - current });
    return next;
  }
}
