import { KeyValues, VirtualClock } from "../../lib/base/mod.ts";
import type { Lab, LabClock } from "../../lib/labs/lab.ts";
import type { StateFile } from "../../lib/sim/seams.ts";

/** A state file in memory; `committed` is what a killed process would find. */
export class MemoryState extends KeyValues {
  committed = new Map<string, string>();
  commits = 0;

  override commit(): void {
    this.committed = new Map(this.entries(""));
    this.commits++;
  }
}

/** A lab with a clock and records, and no cluster behind. */
export function fakeLab(
  options: { state?: StateFile; startMs?: number; clusters?: string[] } = {},
): Lab & {
  virtual: VirtualClock;
} {
  const virtual = new VirtualClock(options.startMs ?? Date.UTC(2026, 0, 1));
  const state = options.state ?? new MemoryState();
  const clusters = new Set(options.clusters ?? ["hpa-practice"]);
  let speed = 10;
  const clock: LabClock = {
    now: () => virtual.now(),
    get speed() {
      return speed;
    },
    movable: true,
    setSpeed: (value) => void (speed = value),
    async advance(durationMs, { signal, onProgress } = {}) {
      const endMs = virtual.now() + durationMs;
      while (virtual.now() < endMs && !signal?.aborted) {
        virtual.advanceTo(Math.min(endMs, virtual.now() + 1000));
        onProgress?.(durationMs - (endMs - virtual.now()));
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    async hurry(promise) {
      return await promise;
    },
  };
  return {
    kind: "sandbox",
    virtual,
    clock,
    state,
    charts: [],
    hostPorts: [],
    ready: () => Promise.resolve(),
    stream: () => Promise.reject(new TypeError("no cluster")),
    namespace: "default",
    setNamespace() {},
    api: () => Promise.reject(new TypeError("no cluster")),
    http: () => Promise.reject(new TypeError("connection refused")),
    clusters: () => Promise.resolve([...clusters]),
    createCluster: (name) => Promise.resolve(void clusters.add(name)),
    deleteCluster: (name) => Promise.resolve(void clusters.delete(name)),
    save: () => Promise.resolve(state.commit()),
    close: () => Promise.resolve(),
  };
}
