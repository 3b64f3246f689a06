import type { Timeline } from "../../seeing/mod.ts";
import { words } from "./words.ts";

/** A past in rows, a sync each, under a row of names. */
export function csvRows({ hpa: { metrics }, moments }: Timeline): string[][] {
  const head = metrics.flatMap(({ name }) => [name, `${name} ${words.target}`]);
  const text = (value: number | undefined) => value === undefined ? "" : String(value);
  return [
    ["time", ...head, "current", "desired", "ready"],
    ...moments.map(({ atMs, values, targets, current, desired, ready }) => [
      new Date(atMs).toISOString(),
      ...metrics.flatMap((_, at) => [text(values[at]), text(targets[at])]),
      text(current),
      text(desired),
      text(ready),
    ]),
  ];
}
