import { type Clock, fnv32a } from "../../base/mod.ts";
import { ApiError, type Event, type KubeObject, type Manifest } from "../../kube/mod.ts";
import { type EventText } from "../seams.ts";
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
  const events = [...server.store.under("events", namespace, `${metadata.name}.`)];
  const earlier = lastEqual(events, object, text);
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
    metadata: { name: nameOf(metadata.name, clock.now(), text, events), namespace },
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

/** How many nanoseconds lie between two events of an object at one instant: this, and up to as many again. */
const STEP_NS = 60_000;
const MILLISECOND_NS = 1_000_000n;

/**
 * Upstream ends the name with the time in nanoseconds, so that a list has the events of an object in the order in which
 * they happened, those of one second too.
 */
function nameOf(
  object: string,
  nowMs: number,
  { reason, message }: EventText,
  events: readonly KubeObject[],
): string {
  const chance = BigInt(fnv32a(`${reason} ${message}`) % STEP_NS);
  let nanos = BigInt(nowMs) * MILLISECOND_NS + chance;
  for (const { metadata } of events) {
    const suffix = metadata.name.slice(object.length + 1);
    if (!/^[0-9a-f]{1,16}$/.test(suffix)) continue;
    const last = BigInt(`0x${suffix}`);
    if (last >= nanos) nanos = last + BigInt(STEP_NS) + chance;
  }
  return `${object}.${nanos.toString(16)}`;
}

/** The last event that says the same of the same object, by the same component. */
function lastEqual(
  events: readonly Event[],
  { kind, metadata }: KubeObject,
  { type, reason, message, component, host = "", fieldPath }: EventText,
): Event | undefined {
  let found: Event | undefined;
  for (const event of events) {
    const { involvedObject, reportingComponent, reportingInstance } = event;
    const isEqual = event.reason === reason && event.message === message && event.type === type &&
      involvedObject?.kind === kind && involvedObject?.uid === metadata.uid &&
      involvedObject?.fieldPath === fieldPath && reportingComponent === component &&
      reportingInstance === host;
    if (isEqual && (!found || (event.lastTimestamp ?? "") > (found.lastTimestamp ?? ""))) {
      found = event;
    }
  }
  return found;
}
