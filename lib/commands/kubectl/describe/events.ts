import { goSort } from "../../../go/mod.ts";
import type { Event } from "../../../kube/mod.ts";
import { ageOf, type DescriptionWriter } from "./writer.ts";

/**
 * The table that ends a description; nothing when events were not asked for.
 * Source: kubernetes/kubectl pkg/describe/describe.go (DescribeEvents).
 */
export function describeEvents(events: Event[] | undefined, w: DescriptionWriter): void {
  if (!events) return;
  if (events.length === 0) return w.write(0, "Events:\t<none>\n");
  w.flush();
  w.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
  w.write(1, "----\t------\t----\t----\t-------\n");
  for (const event of sortEvents(events)) {
    const source = event.source?.component || event.reportingComponent || "";
    const path = event.involvedObject?.fieldPath;
    const message = (path ? `${path}: ` : "") + String(event.message ?? "").trim();
    w.write(
      1,
      `${event.type}\t${event.reason}\t${intervalOf(event, w.nowMs)}\t${source}\t${message}\n`,
    );
  }
}

/** Source: kubernetes/kubectl pkg/util/event/sorted_event_list.go: by last timestamp. */
function sortEvents(events: Event[]): Event[] {
  const lastMs = (event: Event) => event.lastTimestamp ? Date.parse(event.lastTimestamp) : 0;
  return goSort(events, (a, b) => lastMs(a) < lastMs(b));
}

/** `3m`, or `10s (x4 over 3m)` for an event that was seen more than once. */
export function intervalOf(event: Event, nowMs: number): string {
  const first = ageOf(event.eventTime ?? event.firstTimestamp, nowMs);
  if (event.series) {
    return `${ageOf(event.series.lastObservedTime, nowMs)} (x${event.series.count} over ${first})`;
  }
  if ((event.count ?? 0) > 1) {
    return `${ageOf(event.lastTimestamp, nowMs)} (x${event.count} over ${first})`;
  }
  return first;
}
