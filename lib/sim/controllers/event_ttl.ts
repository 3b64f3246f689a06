import type { Cancel } from "../../base/mod.ts";
import { isApiError, type KubeObject } from "../../kube/mod.ts";
import type { SimContext } from "../seams.ts";

/** How long an event is kept after it was last written; Source: kube-apiserver --event-ttl. */
const TTL_MS = 3_600_000;
const SWEEP_MS = 60_000;

/** Forgets events an hour after they were last written, as etcd's leases do; to the minute. */
export function startEventTtl({ api, clock }: SimContext): Cancel {
  return clock.scope("controller event-ttl").every(SWEEP_MS, () => {
    const oldest = clock.now() - TTL_MS;
    for (const event of api.list("events")) {
      if (lastWrittenMs(event) > oldest) continue;
      try {
        api.delete("events", event.metadata.namespace!, event.metadata.name);
      } catch (error) {
        if (!isApiError(error, 404)) throw error;
      }
    }
  }, { originMs: 0 });
}

/** What an event says of its time is its writer's, whose clock may be another: it is the API server that keeps it. */
function lastWrittenMs({ metadata }: KubeObject): number {
  const written = (metadata.managedFields ?? []) as { time?: string }[];
  const times = [metadata.creationTimestamp, ...written.map(({ time }) => time)];
  return Math.max(...times.map((time) => Date.parse(time ?? "") || 0));
}
