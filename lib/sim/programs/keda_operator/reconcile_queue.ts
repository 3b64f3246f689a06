import type { Cancel } from "../../../base/mod.ts";
import { ApiError } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";

/** When a key is looked at next, and how often it has failed since it last did not. */
interface Entry {
  dueMs: number;
  failures: number;
}

/** What waits in a queue, by key, as it survives a restart of the tutor. */
export type QueuedKeys = Record<string, Entry>;

/**
 * The objects that a controller is to look at, each once at a time. Failures are tried again after 5 ms, then twice as
 * long each time, up to 1000 s; a change of the object does not wait for that.
 * Source: kubernetes/client-go util/workqueue/default_rate_limiters.go; sigs.k8s.io/controller-runtime pkg/internal/controller,
 * pkg/controller/priorityqueue/priorityqueue.go (AddWithOpts).
 */
export class ReconcileQueue {
  readonly #queued = new Map<string, { dueMs: number; cancel: Cancel }>();
  readonly #failures = new Map<string, number>();

  constructor(
    private readonly context: ContainerContext,
    private readonly options: {
      /** True when nothing is left to do. Errors: ApiError. */
      reconcile: (key: string) => boolean;
      /** Is told of an ApiError. */
      failed: (key: string, message: string) => void;
    },
    saved: QueuedKeys = {},
  ) {
    for (const [key, { dueMs, failures }] of Object.entries(saved)) {
      if (failures > 0) this.#failures.set(key, failures);
      this.add(key, Math.max(0, dueMs - context.now()));
    }
  }

  /** What waits, for a snapshot. */
  waiting(): QueuedKeys {
    return Object.fromEntries(
      [...this.#queued].map(([key, { dueMs }]) => [
        key,
        { dueMs, failures: this.#failures.get(key) ?? 0 },
      ]),
    );
  }

  add(key: string, delayMs = 0): void {
    const dueMs = this.context.now() + delayMs;
    const queued = this.#queued.get(key);
    if (queued && queued.dueMs <= dueMs) return;
    queued?.cancel();
    const cancel = this.context.after(delayMs, () => {
      this.#queued.delete(key);
      this.#run(key);
    });
    this.#queued.set(key, { dueMs, cancel });
  }

  #run(key: string): void {
    let failed = true;
    try {
      failed = !this.options.reconcile(key);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.options.failed(key, error.message);
    }
    if (!failed) {
      this.#failures.delete(key);
      return;
    }
    const count = this.#failures.get(key) ?? 0;
    this.#failures.set(key, count + 1);
    this.add(key, Math.min(5 * 2 ** count, 1_000_000));
  }
}
