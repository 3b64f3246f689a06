import type { WhatIf } from "./what_if.ts";

/** The whole as a plain object for JSON: lists have one entry a sync. */
export function whatIfJson({ source, syncs, outcomes, recorded, loads, assumes }: WhatIf) {
  return {
    source,
    start: new Date(syncs.startMs).toISOString(),
    stepSeconds: syncs.stepMs / 1000,
    syncs: syncs.count,
    assumes: assumes.map(({ en }) => en),
    loads: loads.map(({ name, promql, values }) => ({
      name,
      promql,
      values: [...values].map((value) => Number.isFinite(value) ? value : null),
    })),
    // What a formula came to is one of the loads.
    scalers: outcomes.map(({ scalings, ratios, composite: _, ...outcome }) => ({
      ...outcome,
      ratios: ratios.map((ratio) => ratio ?? null),
      scalings: scalings.map(({ atMs, ...scaling }) => ({
        at: new Date(atMs).toISOString(),
        ...scaling,
      })),
    })),
    ...recorded
      ? {
        recorded: {
          ...recorded,
          replicas: recorded.replicas.map((replicas) => replicas ?? null),
        },
      }
      : {},
  };
}

/** A line a sync: its time, the loads, then replicas and ready pods of each scaler. */
export function whatIfCsv({ syncs, outcomes, recorded, loads }: WhatIf): string {
  const head = [
    "time",
    ...loads.map(({ name }) => name),
    ...outcomes.flatMap(({ label }) => [`${label} replicas`, `${label} ready`]),
    ...recorded ? ["recorded replicas"] : [],
  ];
  const rows = Array.from({ length: syncs.count }, (_, at) => [
    new Date(syncs.startMs + at * syncs.stepMs).toISOString(),
    ...loads.map(({ values }) => Number.isNaN(values[at]) ? "" : String(values[at])),
    ...outcomes.flatMap(({ replicas, ready }) => [String(replicas[at]), String(ready[at])]),
    ...recorded ? [String(recorded.replicas[at] ?? "")] : [],
  ]);
  return [head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
