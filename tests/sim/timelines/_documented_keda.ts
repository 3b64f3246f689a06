/*
 * What KEDA and the HPA it owns do with one prometheus or cron trigger, as their documentation tells
 * it, written anew and on its own, to check the cluster's decisions against.
 * Source: kedacore/keda-docs content/docs/2.20/concepts/scaling-deployments.md,
 * content/docs/2.20/reference/scaledobject-spec.md; kubernetes/website
 * content/en/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale.md.
 */

const TOLERANCE = 0.1;
const WINDOW_MS = 300_000;

/** A trigger's value: "down" is an error, "empty" a query without a result. */
export type Value = number | "down" | "empty";

export interface KedaSpec {
  threshold: number;
  activationThreshold?: number;
  min: number;
  max: number;
  cooldownMs: number;
  ignoreNullValues?: boolean;
  fallback?: { failureThreshold: number; replicas: number };
}

/** The documented machine: `poll` and `sync` give how many replicas there should be after them. */
export class DocumentedKeda {
  #lastActiveMs: number | undefined;
  #failures = 0;
  #recommendations: { atMs: number; count: number }[] = [];

  constructor(private readonly spec: KedaSpec) {}

  /** A copy, to try another order of things with. */
  fork(): DocumentedKeda {
    const copy = new DocumentedKeda(this.spec);
    copy.#lastActiveMs = this.#lastActiveMs;
    copy.#failures = this.#failures;
    copy.#recommendations = [...this.#recommendations];
    return copy;
  }

  /** KEDA's own part: between zero and one. */
  poll(nowMs: number, replicas: number, value: Value): number {
    const { min, cooldownMs, activationThreshold = 0 } = this.spec;
    const seen = this.#read(value);
    // An error does nothing; a fallback counts as active.
    if (seen === undefined) return replicas;
    if (seen === "fallback" || seen > activationThreshold) {
      this.#lastActiveMs = nowMs;
      return replicas === 0 ? Math.max(min, 1) : replicas;
    }
    const isOver = this.#lastActiveMs === undefined || this.#lastActiveMs + cooldownMs < nowMs;
    return min === 0 && replicas > 0 && isOver ? 0 : replicas;
  }

  /** The HPA's part: from one up. `running` is what the target's status says. */
  sync(nowMs: number, replicas: number, running: number, value: Value): number {
    if (replicas === 0) return 0;
    const { threshold, max } = this.spec;
    if (this.#recommendations.length === 0) this.#remember(nowMs, replicas);
    const seen = this.#read(value);
    if (seen === undefined) return replicas;
    const total = seen === "fallback" ? this.spec.fallback!.replicas * threshold : seen;
    const ratio = total / (threshold * running);
    const count = Math.abs(ratio - 1) <= TOLERANCE ? running : Math.ceil(total / threshold);
    this.#remember(nowMs, count);
    const highest = Math.max(
      ...this.#recommendations.filter(({ atMs }) => atMs >= nowMs - WINDOW_MS)
        .map(({ count }) => count),
    );
    const min = Math.max(this.spec.min, 1);
    return Math.max(min, Math.min(max, Math.max(2 * replicas, 4), highest));
  }

  /** The HPA is deleted, and what it remembered with it. */
  forgetHpa(): void {
    this.#recommendations = [];
  }

  /** What comes of asking: a number, an error, or the fallback in its place. */
  #read(value: Value): number | "fallback" | undefined {
    const { ignoreNullValues = true, fallback } = this.spec;
    const seen = value === "empty" && ignoreNullValues ? 0 : value;
    if (typeof seen === "number") {
      this.#failures = 0;
      return seen;
    }
    this.#failures++;
    return fallback && this.#failures > fallback.failureThreshold ? "fallback" : undefined;
  }

  #remember(atMs: number, count: number): void {
    this.#recommendations.push({ atMs, count });
  }
}
