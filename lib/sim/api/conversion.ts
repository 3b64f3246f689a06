import {
  apiVersionOf,
  type Event,
  type KubeObject,
  type Manifest,
  type models,
} from "../../kube/mod.ts";
import { schemaDefaults } from "./custom_resources.ts";
import { hpaFromV1, hpaToV1, withoutRoundTrip } from "./hpa_conversion.ts";
import type { ResourceType } from "./resources.ts";

/** An object as it is stored, from the version it came in. The result may share parts with it. */
export function toStorage(type: ResourceType, object: KubeObject): KubeObject {
  if (type.kind === "HorizontalPodAutoscaler") {
    return apiVersionOf(type) === type.storageVersion
      ? { ...object, metadata: withoutRoundTrip(object.metadata) }
      : hpaFromV1(object);
  }
  if (apiVersionOf(type) === type.storageVersion && type.kind !== "Event") return object;
  if (type.kind === "Event" && type.group === "events.k8s.io") return eventFromEventsV1(object);
  return { ...object, apiVersion: type.storageVersion };
}

/** A stored object as it is served in one version. */
export function fromStorage(type: ResourceType, object: KubeObject): KubeObject {
  if (type.definition && type.definition.spec.versions.length > 1) return inVersion(type, object);
  if (apiVersionOf(type) === type.storageVersion && type.kind !== "Event") return object;
  if (type.kind === "HorizontalPodAutoscaler") return hpaToV1(object);
  if (type.kind === "Event" && type.group === "events.k8s.io") return eventToEventsV1(object);
  return { ...object, apiVersion: apiVersionOf(type) };
}

/** A custom resource that another version may have stored: its fields are what this one's defaults make of them. */
function inVersion(type: ResourceType, object: KubeObject): KubeObject {
  const out = structuredClone({ ...object, apiVersion: apiVersionOf(type) });
  schemaDefaults(type, out);
  return out;
}

/** What an Event has in events.k8s.io/v1 alone; Source: kubernetes/api events/v1/types.go. */
type EventV1 = KubeObject & {
  regarding?: models.ObjectReference;
  note?: string;
  reportingController?: string;
  deprecatedSource?: models.EventSource;
  deprecatedFirstTimestamp?: string | null;
  deprecatedLastTimestamp?: string | null;
  deprecatedCount?: number;
};

/** Source: kubernetes/kubernetes pkg/apis/events/v1/conversion.go. */
function eventToEventsV1(event: Event): EventV1 {
  const {
    involvedObject,
    message,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    ...rest
  } = event;
  return {
    ...rest,
    apiVersion: "events.k8s.io/v1",
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent ?? "",
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  };
}

function eventFromEventsV1(event: EventV1): Manifest {
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = event;
  return {
    ...rest,
    apiVersion: "v1",
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController,
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    ...(deprecatedCount ? { count: deprecatedCount } : {}),
  };
}
