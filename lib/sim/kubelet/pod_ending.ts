import { isSidecar } from "./pod_status.ts";
import type { RunningContainer, RunningPod } from "./running_pod.ts";

/**
 * How the containers of a pod are brought to their end: all at once, but for the sidecars, which go last, each
 * after those that were started after it.
 * Source: kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult),
 * kuberuntime_termination_order.go.
 */
export class PodEnding {
  #deadlineMs = 0;
  #usuallyMs = 0;
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
    for (const runner of running) {
      worker.event("Normal", "Killing", `Stopping container ${runner.name}`, runner);
    }
    this.#deadlineMs = worker.nowMs + this.graceMs;
    this.#usuallyMs = 300 + worker.world.random.int(1200);
    this.next();
    return true;
  }

  /** Stops those whose turn it is. */
  next(): void {
    const { worker, running } = this;
    const names = (worker.pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    const sidecars = names.flatMap((name) => running.find((runner) => runner.name === name) ?? []);
    const others = running.filter((runner) => !sidecars.includes(runner));
    for (const runner of others.length > 0 ? others : sidecars.slice(-1)) {
      if (this.#told.has(runner)) continue;
      this.#told.add(runner);
      const graceMs = Math.max(0, this.#deadlineMs - worker.nowMs);
      runner.stop({ usuallyMs: this.#usuallyMs, graceMs });
    }
  }
}
