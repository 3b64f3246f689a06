import { ApiError } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";

/**
 * The objects that a controller is to look at, each once at a time. Failures are tried again after 5 ms, then twice as
 * long each time, up to 1000 s.
 * Source: kubernetes/client-go util/workqueue/default_rate_limiters.go; sigs.k8s.io/controller-runtime pkg/internal/controller.
 */
export class ReconcileQueue {
  readonly #queued = new Set<string>();
  readonly #failures = new Map<string, number>();

  constructor(
    private readonly context: ContainerContext,
    private readonly options: {
      /** True when nothing is left to do. Errors: ApiError. */
      reconcile: (key: string) => boolean;
      /** Is told of an ApiError. */
      failed: (key: string, message: string) => void;
    },
  ) {}

  add(key: string, delayMs = 0): void {
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    this.context.after(delayMs, () => {
      this.#queued.delete(key);
      this.#run(key);
    });
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
