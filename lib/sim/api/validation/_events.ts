import {
  type BuiltInKinds,
  labelKeyFaults,
  type Loose,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";

const MAX_NAME = 128;
const MAX_NOTE = 1024;
/** What an update through events.k8s.io may not change. */
const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
] as const;

/**
 * An event as it is stored, and stricter when it comes through events.k8s.io.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/events.go.
 */
export function checkEvent(
  causes: Causes,
  event: Loose<BuiltInKinds["events"]>,
  { previous, isStrict }: { previous?: Loose<BuiltInKinds["events"]>; isStrict: boolean },
): void {
  checkAnyEvent(causes, event, isStrict ? "reportingController" : "reportingComponent");
  if (!isStrict) return;
  if (!previous) {
    checkSeries(causes, event);
    if (!event.eventTime) causes.required("eventTime");
    if (!["Normal", "Warning"].includes(event.type ?? "")) {
      causes.invalid("type", "", `has invalid value: ${event.type ?? ""}`);
    }
    for (const field of ["firstTimestamp", "lastTimestamp", "count"] as const) {
      if (event[field]) causes.invalid(field, "", "needs to be unset");
    }
    if (event.source?.component || event.source?.host) {
      causes.invalid("source", "", "needs to be unset");
    }
    return;
  }
  if (!sameJson(event.series ?? null, previous.series ?? null)) checkSeries(causes, event);
  const fixed = [
    ...FIXED.map((field) => [field, field] as const),
    ["reportingComponent", "reportingController"],
    ["reportingInstance", "reportingInstance"],
  ] as const;
  for (const [field, name] of fixed) {
    if (sameJson(event[field] ?? null, previous[field] ?? null)) continue;
    causes.invalid(name, event[field] ?? null, "field is immutable");
  }
}

function checkSeries(causes: Causes, { series }: Pick<Loose<models.Event>, "series">): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) causes.invalid("series.count", "", "should be at least 2");
  if (!series.lastObservedTime) causes.required("series.lastObservedTime");
}

function checkAnyEvent(
  causes: Causes,
  event: Loose<BuiltInKinds["events"]>,
  controllerField: string,
): void {
  const { namespace = "" } = event.metadata ?? {};
  const about = event.involvedObject?.namespace ?? "";
  const differs = () =>
    causes.invalid("involvedObject.namespace", about, "does not match event.namespace");
  if (!event.eventTime) {
    if (about === "" ? !["", "default"].includes(namespace) : namespace !== about) differs();
    return;
  }
  if (about === "" && !["default", "kube-system"].includes(namespace)) differs();
  const { reportingComponent = "", reportingInstance = "", action = "", reason = "" } = event;
  if (reportingComponent === "") causes.required(controllerField);
  for (const fault of labelKeyFaults(reportingComponent)) {
    causes.invalid(controllerField, reportingComponent, fault);
  }
  const named = [["reportingInstance", reportingInstance], ["action", action], ["reason", reason]];
  for (const [field, value] of named) {
    if (value === "") causes.required(field);
    tooLong(field, value, MAX_NAME);
  }
  tooLong("message", event.message ?? "", MAX_NOTE);

  function tooLong(field: string, value: string, max: number): void {
    if (new TextEncoder().encode(value).length <= max) return;
    causes.invalid(field, "", `can have at most ${max} characters`);
  }
}
