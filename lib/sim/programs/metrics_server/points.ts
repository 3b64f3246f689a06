import { formatGoDuration, rfc3339 } from "../../../go/mod.ts";
import { Quantity } from "../../../kube/mod.ts";
import type { Measured, Usage } from "../shared/resource_metrics.ts";

/** One measurement of a node or a container. */
export interface Point {
  /** When the container started; 0 for nodes. */
  startMs: number;
  timestampMs: number;
  /** CPU used since the start, in nanoseconds of a core. */
  cpuNano: number;
  memoryBytes: number;
}

/** Points as they are saved: pairs of a name and what is under it. */
export interface SavedPoints {
  lastNodes: [string, Point][];
  prevNodes: [string, Point][];
  lastPods: [string, [string, Point][]][];
  prevPods: [string, [string, Point][]][];
}

/** What one scrape of one kubelet gave. */
export interface Batch {
  node?: Point;
  /** By `namespace/pod`, then by container. */
  pods: Map<string, Map<string, Point>>;
}

/**
 * Reads a kubelet's `/metrics/resource`. A pod with a container that has no CPU or no memory yet is
 * left out whole.
 * Source: kubernetes-sigs/metrics-server pkg/scraper/client/resource/decode.go.
 */
export function decodeBatch(text: string, nowMs: number): Batch {
  const node = newPoint();
  const pods = new Map<string, Map<string, Point>>();
  const pointOf = (labels: string) => {
    const { pod, container } = placeOf(labels);
    let containers = pods.get(pod);
    if (!containers) pods.set(pod, containers = new Map());
    let point = containers.get(container);
    if (!point) containers.set(container, point = newPoint());
    return point;
  };
  for (const line of text.split("\n")) {
    const match = /^(\w+)(?:\{(.*)\})?\s+(\S+)(?:\s+(\d+))?$/.exec(line);
    if (!match) continue;
    const [, name, labels = "", value, time] = match;
    const timestampMs = time ? Number(time) : nowMs;
    switch (name) {
      case "node_cpu_usage_seconds_total":
        node.cpuNano = Math.trunc(Number(value) * 1e9);
        node.timestampMs = timestampMs;
        break;
      case "node_memory_working_set_bytes":
        node.memoryBytes = Number(value);
        node.timestampMs = timestampMs;
        break;
      case "container_cpu_usage_seconds_total": {
        const point = pointOf(labels);
        point.cpuNano = Math.trunc(Number(value) * 1e9);
        point.timestampMs = timestampMs;
        break;
      }
      case "container_memory_working_set_bytes": {
        const point = pointOf(labels);
        point.memoryBytes = Number(value);
        point.timestampMs = timestampMs;
        break;
      }
      case "container_start_time_seconds":
        pointOf(labels).startMs = Number(value) * 1000;
    }
  }
  for (const [name, containers] of pods) {
    const all = [...containers.values()];
    if (all.some(({ cpuNano, memoryBytes }) => cpuNano === 0 || memoryBytes === 0)) {
      pods.delete(name);
    }
  }
  return { pods, ...(node.cpuNano > 0 && node.memoryBytes > 0 ? { node } : {}) };
}

function newPoint(): Point {
  return { startMs: 0, timestampMs: 0, cpuNano: 0, memoryBytes: 0 };
}

/** Where a sample belongs, by the text of its labels: a kubelet writes the same ones at every scrape. */
const places = new Map<string, { pod: string; container: string }>();
const MAX_PLACES = 2_000;

function placeOf(labels: string): { pod: string; container: string } {
  let place = places.get(labels);
  if (place === undefined) {
    // A piece of a text would keep all of it in memory.
    labels = labels.split("").join("");
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    place = { pod: `${label("namespace")}/${label("pod")}`, container: label("container") };
    if (places.size >= MAX_PLACES) places.clear();
    places.set(labels, place);
  }
  return place;
}

type Points = Map<string, Point>;

/**
 * The last two measurements of everything: usage is what changed between them.
 * Source: kubernetes-sigs/metrics-server pkg/storage/node.go, pod.go, types.go.
 */
export class PointStore {
  #lastNodes: Points = new Map();
  #prevNodes: Points = new Map();
  #lastPods = new Map<string, Points>();
  #prevPods = new Map<string, Points>();

  constructor(private readonly resolutionMs: number) {}

  /** Whether there is anything to serve. */
  isReady(): boolean {
    return this.#prevNodes.size > 0 || this.#prevPods.size > 0;
  }

  store(nodes: Points, pods: Map<string, Points>): void {
    const prevNodes: Points = new Map();
    for (const [name, point] of nodes) {
      const kept = previous(point, this.#lastNodes.get(name), this.#prevNodes.get(name));
      if (kept) prevNodes.set(name, kept);
    }
    const prevPods = new Map<string, Points>();
    for (const [pod, containers] of pods) {
      const prev: Points = new Map();
      for (const [name, point] of containers) {
        const kept = this.#previousOfContainer(pod, name, point);
        if (kept) prev.set(name, kept);
      }
      if (prev.size > 0) prevPods.set(pod, prev);
    }
    [this.#lastNodes, this.#prevNodes] = [nodes, prevNodes];
    [this.#lastPods, this.#prevPods] = [pods, prevPods];
  }

  node(name: string): Measured<Usage> | undefined {
    const last = this.#lastNodes.get(name);
    const prev = this.#prevNodes.get(name);
    return last && prev && between(last, prev);
  }

  pod(pod: string): Measured<{ name: string; usage: Usage }[]> | undefined {
    const last = this.#lastPods.get(pod);
    const prev = this.#prevPods.get(pod);
    if (!last || !prev) return undefined;
    const containers: { name: string; usage: Usage }[] = [];
    let earliest: Measured<Usage> | undefined;
    for (const [name, point] of last) {
      const before = prev.get(name);
      if (!before) return undefined;
      const measured = between(point, before);
      if (!measured) continue;
      containers.push({ name, usage: measured.usage });
      if (!earliest || measured.timestamp < earliest.timestamp) earliest = measured;
    }
    return earliest &&
      { usage: containers, timestamp: earliest.timestamp, window: earliest.window };
  }

  snapshot(): SavedPoints {
    const nested = (pods: Map<string, Points>): SavedPoints["lastPods"] =>
      [...pods].map(([pod, containers]) => [pod, [...containers]]);
    return {
      lastNodes: [...this.#lastNodes],
      prevNodes: [...this.#prevNodes],
      lastPods: nested(this.#lastPods),
      prevPods: nested(this.#prevPods),
    };
  }

  restore(saved: SavedPoints): void {
    const nested = (pods: [string, [string, Point][]][]) =>
      new Map(pods.map(([pod, containers]) => [pod, new Map(containers)]));
    this.#lastNodes = new Map(saved.lastNodes);
    this.#prevNodes = new Map(saved.prevNodes);
    this.#lastPods = nested(saved.lastPods);
    this.#prevPods = nested(saved.prevPods);
  }

  #previousOfContainer(pod: string, name: string, point: Point): Point | undefined {
    const age = point.timestampMs - point.startMs;
    // A container younger than one resolution is measured from its start.
    if (age > 0 && age < this.resolutionMs && age >= FRESH_CONTAINER_MS) {
      return { ...point, timestampMs: point.startMs, cpuNano: 0 };
    }
    const last = this.#lastPods.get(pod)?.get(name);
    if (!last || point.startMs >= last.timestampMs) return undefined;
    return previous(point, last, this.#prevPods.get(pod)?.get(name));
  }
}

const FRESH_CONTAINER_MS = 10_000;

function previous(point: Point, last: Point | undefined, prev: Point | undefined) {
  if (!last) return undefined;
  if (point.timestampMs > last.timestampMs) return last;
  return prev && prev.timestampMs < point.timestampMs ? prev : undefined;
}

/** Source: kubernetes-sigs/metrics-server pkg/storage/types.go (resourceUsage). */
function between(last: Point, prev: Point): Measured<Usage> | undefined {
  if (last.startMs < prev.startMs || last.cpuNano < prev.cpuNano) return undefined;
  const windowMs = last.timestampMs - prev.timestampMs;
  const nano = Math.trunc((last.cpuNano - prev.cpuNano) / (windowMs / 1000));
  return {
    usage: {
      cpu: new Quantity(BigInt(nano)).toString(),
      memory: new Quantity(BigInt(Math.trunc(last.memoryBytes)) * 1_000_000_000n, "BinarySI")
        .toString(),
    },
    timestamp: rfc3339(last.timestampMs),
    window: formatGoDuration(windowMs),
  };
}
