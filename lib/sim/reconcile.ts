import { type Cancel, InvariantError } from "../base/mod.ts";
import { isApiError, type KubeObject } from "../kube/mod.ts";
import type { SimContext, WatchEvent } from "./seams.ts";

/** The object a reconciler is asked to bring about. */
export interface Key {
  namespace: string;
  name: string;
}

/**
 * One control loop: given a name, it makes the world match, and is called again when anything it
 * watches changes: upstream's controller, with its informers and their event handlers.
 */
export interface Reconciler {
  readonly name: string;
  /** What to watch, and which keys a change concerns; by default the object's own. */
  readonly watches: readonly {
    resource: string;
    keys?: (event: WatchEvent) => readonly Key[];
  }[];
  /** What a key names, as {@linkcode nameOf} tells it; without it, an object of what is watched first. */
  readonly subject?: (key: Key) => string;
  /** Called once: a way to name keys that no fixed watch gives, until the answer is called. */
  readonly follow?: (enqueue: (key: Key) => void) => Cancel;
  /** Throwing means: try again, later each time. */
  reconcile(key: Key): { requeueAfterMs?: number } | void;
}

/** Reconcilers that whoever boots a cluster brings, as an operator would that runs beside it. */
export type FurtherControllers = (context: SimContext) => readonly Reconciler[];

/** How often one key may be reconciled at one instant before it is looping. */
const MAX_RUNS_PER_ROUND = 1000;
/** How long a controller may be at one instant, in milliseconds, before a key that came a few times is looping. */
const MAX_MS_PER_ROUND = 2_000;
const FEW_RUNS = 20;
const MAX_RETRY_MS = 1_000_000;

/**
 * Runs a reconciler on the cluster's clock, as upstream's workqueue and its worker do: one key at a time, each key once however often it was
 * named, at the instant of the change. A key whose reconcile throws is retried after 5 ms, then 10 ms, and
 * so on up to 1000 s; one that is named again without end after 1 s, then 2 s. What is thrown that is no
 * answer of the API is reported as well.
 * Source: kubernetes/client-go util/workqueue/default_rate_limiters.go.
 */
export function startReconciler(context: SimContext, reconciler: Reconciler): Cancel {
  const { api } = context;
  const scope = context.clock.scope(`controller ${reconciler.name}`);
  const queued = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, Cancel>();
  const runs = { round: -1, byKey: new Map<string, number>() };
  const loops = new Map<string, number>();
  let stopped = false;

  const enqueue = (key: Key) => {
    const id = `${key.namespace}/${key.name}`;
    if (stopped || queued.has(id)) return;
    queued.add(id);
    scope.post(() => {
      queued.delete(id);
      if (!stopped) run(key, id);
    });
  };

  const later = (key: Key, id: string, delayMs: number) => {
    timers.get(id)?.();
    timers.set(
      id,
      scope.after(delayMs, () => {
        timers.delete(id);
        enqueue(key);
      }),
    );
  };

  const subject = reconciler.subject ?? ((key: Key) => nameOf(reconciler.watches[0].resource, key));

  /** Why a key has been reconciled enough for now; undefined when it has not. */
  const whyLooping = (id: string): string | undefined => {
    if (runs.round !== scope.round) {
      runs.round = scope.round;
      runs.byKey.clear();
    }
    const count = (runs.byKey.get(id) ?? 0) + 1;
    runs.byKey.set(id, count);
    if (count > MAX_RUNS_PER_ROUND) return `Reconciled ${MAX_RUNS_PER_ROUND} times at one instant`;
    if (count <= FEW_RUNS || scope.spentMs <= MAX_MS_PER_ROUND) return undefined;
    return `Reconciled for more than ${MAX_MS_PER_ROUND / 1000} s at one instant`;
  };

  /** Counts another failure of a key; gives how many there were before. */
  const count = (counts: Map<string, number>, id: string): number => {
    const before = counts.get(id) ?? 0;
    counts.set(id, before + 1);
    return before;
  };

  const run = (key: Key, id: string) => {
    const about = subject(key);
    const looping = whyLooping(id);
    if (looping !== undefined) {
      later(key, id, Math.min(1000 * 2 ** count(loops, id), MAX_RETRY_MS));
      return scope.report(new InvariantError(looping), about);
    }
    scope.note(about);
    try {
      const result = reconciler.reconcile(key);
      failures.delete(id);
      if (result?.requeueAfterMs !== undefined) later(key, id, result.requeueAfterMs);
    } catch (error) {
      later(key, id, Math.min(5 * 2 ** count(failures, id), MAX_RETRY_MS));
      if (!isApiError(error)) scope.report(error, about);
    }
  };

  const cancels = reconciler.watches.map(({ resource, keys }) =>
    api.watch(resource, (event) => (keys ?? ownKey)(event).forEach(enqueue))
  );
  if (reconciler.follow) {
    cancels.push(scope.run(() => reconciler.follow!(enqueue), () => () => {}));
  }
  return () => {
    stopped = true;
    cancels.forEach((cancel) => cancel());
    timers.forEach((cancel) => cancel());
    scope.close();
  };
}

function ownKey(event: WatchEvent): Key[] {
  return [keyOf(event.object)];
}

/** An object as it is told what runs: `deployments.apps default/web`, `nodes worker`. */
export function nameOf(resource: string, { namespace, name }: Key): string {
  return `${resource} ${namespace === "" ? name : `${namespace}/${name}`}`;
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
