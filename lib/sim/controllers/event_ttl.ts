import type { Cancel } from "../../base/mod.ts";
import { isApiError, type KubeObject } from "../../kube/mod.ts";
import type { SimContext } from "../seams.ts";

/** How long an event is kept after it was last seen; Source: kube-apiserver --event-ttl. */
const TTL_MS = 3_600_000;
const SWEEP_MS = 60_000;

/** Forgets events an hour after they last happened, as etcd's leases do; to the minute. */
export function startEventTtl({ api, clock }: SimContext): Cancel {
  return clock.scope("controller event-ttl").every(SWEEP_MS, () => {
    const oldest = clock.now() - TTL_MS;
    for (const event of api.list("events")) {
      if (lastSeenMs(event) > oldest) continue;
      try {
        api.delete("events", event.metadata.namespace!, event.metadata.name);
      } catch (error) {
        if (!isApiError(error, 404)) throw error;
      }
    }
  }, { originMs: 0 });
}

function lastSeenMs(event: KubeObject): number {
  const text = event.lastTimestamp ?? event.series?.lastObservedTime ?? event.eventTime ??
    event.metadata.creationTimestamp;
  return Date.parse(text ?? "") || 0;
}
