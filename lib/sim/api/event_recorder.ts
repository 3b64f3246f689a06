import { type Clock, fnv32a } from "../../base/mod.ts";
import { ApiError, type Event, type KubeObject, type Manifest } from "../../kube/mod.ts";
import { type EventText } from "../seams.ts";
import type { ObjectStore } from "./object_store.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { WriteOptions } from "./write_options.ts";

/** Equal events within this time are one event with a count. */
const AGGREGATION_WINDOW_MS = 10 * 60_000;

/**
 * Records an Event about an object; an equal one that is not long past is counted up instead.
 * Source: kubernetes/client-go tools/record/events_cache.go, event.go.
 * Differs: no spam filter; similar events are not summarized.
 */
export function recordEvent(
  server: ResourceServer,
  clock: Clock,
  object: KubeObject,
  text: EventText,
  who: WriteOptions,
): void {
  const now = server.timestamp();
  const { kind, apiVersion, metadata } = object;
  const namespace = metadata.namespace || "default";
  const reference = {
    kind,
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    name: metadata.name,
    uid: metadata.uid,
    apiVersion,
    resourceVersion: metadata.resourceVersion,
    ...(text.fieldPath ? { fieldPath: text.fieldPath } : {}),
  };
  const key = fnv32a(
    [
      text.component,
      text.host,
      kind,
      metadata.uid,
      text.fieldPath,
      text.type,
      text.reason,
      text.message,
    ].join("\u0000"),
  );
  const earlier = find(server.store, namespace, metadata.name, key);
  if (earlier && clock.now() - Date.parse(earlier.lastTimestamp ?? "") < AGGREGATION_WINDOW_MS) {
    const { managedFields = [] } = earlier.metadata as { managedFields?: { time?: string }[] };
    server.store.put("events", {
      ...earlier,
      // It is kept from its last write on.
      metadata: {
        ...earlier.metadata,
        managedFields: managedFields.map((entry) => ({ ...entry, time: now })),
      },
      lastTimestamp: now,
      count: (earlier.count ?? 1) + 1,
      involvedObject: reference,
    });
    return;
  }
  create(server, who, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${metadata.name}.${eventSuffix(clock.now(), key)}`, namespace },
    involvedObject: reference,
    reason: text.reason,
    message: text.message,
    source: { component: text.component, ...(text.host ? { host: text.host } : {}) },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: text.type,
    eventTime: null,
    reportingComponent: text.component,
    reportingInstance: text.host ?? "",
  });
}

/** An event that is refused, as in a namespace that is going, is dropped: nobody waits for it. */
function create(server: ResourceServer, who: WriteOptions, event: Manifest): void {
  try {
    server.create(server.registry.byPath("v1", "events")!, event, who);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Upstream ends the name with the time in nanoseconds; the key keeps two of one instant apart. */
function eventSuffix(nowMs: number, key: number): string {
  return (BigInt(nowMs) * 1_000_000n + BigInt(key % 1_000_000)).toString(16);
}

/** The last event with the same object, source, reason and message, which its name ends in. */
function find(
  store: ObjectStore,
  namespace: string,
  name: string,
  key: number,
): Event | undefined {
  let found: Event | undefined;
  for (const event of store.under("events", namespace, `${name}.`)) {
    const nanos = BigInt(`0x${event.metadata.name.slice(name.length + 1)}`);
    if (Number(nanos % 1_000_000n) !== key % 1_000_000) continue;
    if (!found || (event.lastTimestamp ?? "") > (found.lastTimestamp ?? "")) found = event;
  }
  return found;
}
