import type { PodView, Requests } from "../../autoscale/mod.ts";

interface ModelPod {
  name: string;
  createdMs: number;
  readyMs: number;
  view?: PodView;
  isReadyView?: boolean;
}

/**
 * A workload whose pods come at once when they are wanted and are ready after a delay; what goes first is what is not
 * ready, then what is youngest.
 * Source: kubernetes/kubernetes pkg/controller/controller_utils.go (ActivePodsWithRanks).
 */
export class ModelWorkload {
  #pods: ModelPod[] = [];
  #made = 0;

  constructor(
    readonly readyAfterMs: number,
    /** Of each pod's one container. */
    readonly requests: Requests,
  ) {}

  get replicas(): number {
    return this.#pods.length;
  }

  /** Begins with pods that have been there for long. */
  begin(replicas: number, nowMs: number): void {
    const longAgoMs = nowMs - 3600_000;
    for (let i = 0; i < replicas; i++) {
      this.#pods.push({ name: this.#nextName(), createdMs: longAgoMs, readyMs: longAgoMs });
    }
  }

  scale(replicas: number, nowMs: number): void {
    while (this.#pods.length < replicas) {
      const readyMs = nowMs + this.readyAfterMs;
      this.#pods.push({ name: this.#nextName(), createdMs: nowMs, readyMs });
    }
    if (this.#pods.length === replicas) return;
    // The youngest are last, and those that are not ready are younger than those that are.
    this.#pods.length = replicas;
  }

  #nextName(): string {
    return `pod-${++this.#made}`;
  }

  /** The names of the pods that are ready. */
  ready(nowMs: number): string[] {
    return this.#pods.filter(({ readyMs }) => readyMs <= nowMs).map(({ name }) => name);
  }

  views(nowMs: number): PodView[] {
    return this.#pods.map((pod) => {
      const isReady = pod.readyMs <= nowMs;
      if (!pod.view || pod.isReadyView !== isReady) {
        pod.isReadyView = isReady;
        pod.view = {
          name: pod.name,
          phase: "Running",
          deleting: false,
          ready: {
            status: isReady ? "True" : "False",
            lastTransitionMs: isReady ? pod.readyMs : pod.createdMs,
          },
          startMs: pod.createdMs,
          containers: [{ name: "app", requests: this.requests }],
        };
      }
      return pod.view;
    });
  }
}
