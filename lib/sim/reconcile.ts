import { type Cancel, InvariantError } from "../base/mod.ts";
import type { KubeObject } from "../kube/mod.ts";
import type { SimContext, WatchEvent } from "./seams.ts";

/** The object a reconciler is asked to bring about. */
export interface Key {
  namespace: string;
  name: string;
}

/**
 * One control loop: given a name, it makes the world match, and is called again when anything it
 * watches changes.
 */
export interface Reconciler {
  readonly name: string;
  /** What to watch, and which keys a change concerns; by default the object's own. */
  readonly watches: readonly {
    resource: string;
    keys?: (event: WatchEvent) => readonly Key[];
  }[];
  /** Called once: a way to name keys that no fixed watch gives, until the answer is called. */
  readonly follow?: (enqueue: (key: Key) => void) => Cancel;
  /** Throwing means: try again, later each time. */
  reconcile(key: Key): { requeueAfterMs?: number } | void;
}

/**
 * Runs a reconciler on the cluster's clock: one key at a time, each key once however often it was
 * named, at the instant of the change. A key whose reconcile throws is retried after 5 ms, then
 * 10 ms, and so on up to 1000 s.
 * Source: kubernetes/client-go util/workqueue/default_rate_limiters.go.
 */
export function startReconciler(context: SimContext, reconciler: Reconciler): Cancel {
  const { clock, api } = context;
  const queued = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, Cancel>();
  let stopped = false;

  const enqueue = (key: Key) => {
    const id = `${key.namespace}/${key.name}`;
    if (stopped || queued.has(id)) return;
    queued.add(id);
    clock.post(() => {
      queued.delete(id);
      if (!stopped) run(key, id);
    });
  };

  const later = (key: Key, id: string, delayMs: number) => {
    timers.get(id)?.();
    timers.set(
      id,
      clock.after(delayMs, () => {
        timers.delete(id);
        enqueue(key);
      }),
    );
  };

  const run = (key: Key, id: string) => {
    try {
      const result = reconciler.reconcile(key);
      failures.delete(id);
      if (result?.requeueAfterMs !== undefined) later(key, id, result.requeueAfterMs);
    } catch (error) {
      if (error instanceof InvariantError || !isApiError(error)) throw error;
      const count = failures.get(id) ?? 0;
      failures.set(id, count + 1);
      later(key, id, Math.min(5 * 2 ** count, 1_000_000));
    }
  };

  const cancels = reconciler.watches.map(({ resource, keys }) =>
    api.watch(resource, (event) => (keys ?? ownKey)(event).forEach(enqueue))
  );
  if (reconciler.follow) cancels.push(reconciler.follow(enqueue));
  return () => {
    stopped = true;
    cancels.forEach((cancel) => cancel());
    timers.forEach((cancel) => cancel());
  };
}

function ownKey(event: WatchEvent): Key[] {
  return [keyOf(event.object)];
}

/** The key of an object. */
export function keyOf(object: KubeObject): Key {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name };
}

/** The key of the controller that owns the object of an event, when it is of `kind`. */
export function ownerKeys(kind: string): (event: WatchEvent) => Key[] {
  return ({ object }) => {
    const owner = object.metadata.ownerReferences?.find((ref) =>
      ref.controller && ref.kind === kind
    );
    return owner ? [{ namespace: object.metadata.namespace ?? "", name: owner.name }] : [];
  };
}

function isApiError(error: unknown): boolean {
  return error instanceof Error && error.name === "ApiError";
}
