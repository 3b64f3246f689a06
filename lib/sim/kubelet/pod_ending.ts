import { isSidecar } from "./pod_status.ts";
import type { RunningContainer, RunningPod } from "./running_pod.ts";

/**
 * How the containers of a pod are brought to their end: all at once, but for the sidecars, which go last, each
 * after those that were started after it.
 * Source: kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult),
 * kuberuntime_termination_order.go.
 */
export class PodEnding {
  #begun = false;
  readonly #told = new Set<RunningContainer>();

  constructor(private readonly worker: RunningPod) {}

  /** The containers that still run. */
  get running(): RunningContainer[] {
    return [...this.worker.runners].filter((runner) => runner.alive);
  }

  get graceMs(): number {
    const { metadata, spec } = this.worker.pod;
    return (metadata.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30) *
      1000;
  }

  /** Begins the end. Gives whether there is anything to wait for. */
  begin(): boolean {
    const { worker, running } = this;
    if (running.length === 0) return false;
    const { ending } = worker.record;
    // A pod that is taken up again while it ends goes on with that.
    const isTakenUp = ending !== undefined && !this.#begun;
    this.#begun = true;
    if (!isTakenUp) this.#start(running);
    this.next(isTakenUp ? worker.nowMs - ending.sinceMs : 0);
    return true;
  }

  #start(running: readonly RunningContainer[]): void {
    const { worker } = this;
    for (const runner of running) {
      worker.event("Normal", "Killing", `Stopping container ${runner.name}`, runner);
    }
    worker.record.ending = {
      sinceMs: worker.nowMs,
      deadlineMs: worker.nowMs + this.graceMs,
      usuallyMs: 300 + worker.world.random.int(1200),
    };
  }

  /** Stops those whose turn it is; `spentMs` ago they were told to. */
  next(spentMs = 0): void {
    const { worker, running } = this;
    const { ending } = worker.record;
    if (!ending) return;
    const names = (worker.pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    const sidecars = names.flatMap((name) => running.find((runner) => runner.name === name) ?? []);
    const others = running.filter((runner) => !sidecars.includes(runner));
    for (const runner of others.length > 0 ? others : sidecars.slice(-1)) {
      if (this.#told.has(runner)) continue;
      this.#told.add(runner);
      const graceMs = Math.max(0, ending.deadlineMs - worker.nowMs);
      runner.stop({ usuallyMs: Math.max(0, ending.usuallyMs - spentMs), graceMs });
    }
  }
}
