import type { Event } from "../kube/mod.ts";

/** When an event was seen last, in Unix milliseconds; 0 where it does not say. */
export function seenAt({ series, lastTimestamp, eventTime, metadata }: Event): number {
  return Date.parse(
    series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "",
  ) || 0;
}
