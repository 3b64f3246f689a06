import type { WhatIf } from "../doctor/mod.ts";
import { Canvas, displayWidth, niceCeiling, plotBars, plotLine, type Style } from "../term/mod.ts";

const LOAD_ROWS = 5;
const REPLICA_ROWS = 4;

/** The first load, and below it on the same time the replicas of each scaler. */
export function plotWhatIf(
  { syncs, outcomes, recorded, loads }: WhatIf,
  { columns, style, recordedLabel }: { columns: number; style: Style; recordedLabel: string },
): string[] {
  const { startMs, stepMs, count } = syncs;
  const [load] = loads;
  const values = [...load.values].map((value) => Number.isFinite(value) ? value : undefined);
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const rows = [
    ...outcomes.map(({ label, replicas }) => ({
      label,
      replicas: replicas as (number | undefined)[],
    })),
    ...recorded ? [{ label: recordedLabel, replicas: recorded.replicas }] : [],
  ];
  const most = rows.flatMap(({ replicas }) => replicas)
    .reduce<number>((most, count) => Math.max(most, count ?? 0), 1);
  const top = niceCeiling(highest);
  const left = Math.max(displayWidth(short(top)), displayWidth(String(most))) + 2;
  const height = 1 + LOAD_ROWS + rows.length * (REPLICA_ROWS + 1) + 1;
  const canvas = new Canvas(columns, height);
  const panel = { left, columns: columns - left };
  canvas.put(left, 0, load.name, style.cyan);
  plotLine(canvas, { ...panel, top: 1, rows: LOAD_ROWS, max: top, paint: style.cyan }, values);
  edge(canvas, left, 1, LOAD_ROWS, short(top), style);
  rows.forEach(({ label, replicas }, at) => {
    const row = 1 + LOAD_ROWS + at * (REPLICA_ROWS + 1);
    const paint = at < outcomes.length ? style.green : style.dim;
    canvas.put(left, row, label, paint);
    plotBars(
      canvas,
      { ...panel, top: row + 1, rows: REPLICA_ROWS, max: most, paint },
      replicas,
    );
    edge(canvas, left, row + 1, REPLICA_ROWS, String(most), style);
  });
  for (const share of [0, 0.5, 1]) {
    const text = new Date(startMs + share * (count - 1) * stepMs).toISOString().slice(5, 16)
      .replace("T", " ");
    canvas.put(
      left + Math.round(share * (columns - left - text.length)),
      height - 1,
      text,
      style.dim,
    );
  }
  return canvas.toLines();
}

function edge(
  canvas: Canvas,
  left: number,
  top: number,
  rows: number,
  label: string,
  style: Style,
): void {
  for (let row = top; row < top + rows; row++) canvas.put(left - 1, row, "│", style.dim);
  canvas.put(left - 2 - displayWidth(label), top, label, style.dim);
  canvas.put(left - 3, top + rows - 1, "0", style.dim);
}

function short(value: number): string {
  return value >= 10_000
    ? `${Number((value / 1000).toPrecision(3))}k`
    : String(Number(value.toPrecision(3)));
}
