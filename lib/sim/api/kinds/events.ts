import type { Event } from "../../../kube/mod.ts";
import { columns, since } from "../tables/mod.ts";
import { checkEvent } from "../validation/mod.ts";
import { kind } from "./_kind.ts";

/** Source: kubernetes/kubernetes pkg/registry/core/event/strategy.go. */
export const events = kind("events", {
  countsChanges: false,
  validate: (causes, event, previous, { group }) =>
    checkEvent(causes, event, { previous, isStrict: group !== "" }),
  selectableFields: {
    "involvedObject.kind": true,
    "involvedObject.namespace": true,
    "involvedObject.name": true,
    "involvedObject.uid": true,
    "involvedObject.apiVersion": true,
    "involvedObject.resourceVersion": true,
    "involvedObject.fieldPath": true,
    reason: true,
    reportingComponent: true,
    source: ({ source, reportingComponent }: Event) => source?.component || reportingComponent,
    type: true,
  },
  printer: {
    columns: columns(
      "Last Seen, Type, Reason, Object, Subobject:wide, Source:wide, Message, First Seen:wide, Count:wide, Name:name:wide",
    ),
    cells: eventCells,
  },
});

function eventCells(event: Event, nowMs: number) {
  const first = since(event.firstTimestamp || event.eventTime, nowMs);
  const last = event.series
    ? since(event.series.lastObservedTime, nowMs)
    : event.lastTimestamp
    ? since(event.lastTimestamp, nowMs)
    : first;
  const { kind = "", name, fieldPath = "" } = event.involvedObject ?? {};
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return [
    last,
    event.type ?? "",
    event.reason ?? "",
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    fieldPath,
    instance ? `${component}, ${instance}` : component,
    (event.message ?? "").trim(),
    first,
    event.series ? event.series.count ?? 0 : event.count || 1,
    event.metadata.name,
  ];
}
