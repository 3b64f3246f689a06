import { visible } from "../base/mod.ts";
import {
  amountText,
  clockText,
  eventLine,
  type Past,
  type SeeingWords,
  type Values,
} from "../seeing/mod.ts";
import {
  Canvas,
  displayWidth,
  niceCeiling,
  type Plot,
  plotBars,
  plotLine,
  resample,
  rowOf,
  type Style,
  truncate,
} from "../term/mod.ts";

/** Where a graph is drawn. */
export interface GraphRoom {
  columns: number;
  rows: number;
  style: Style;
}

const REPLICA_ROWS = 4;
const MOST_EVENTS = 3;
/** Rows that are neither plot nor event: title, markers, times, legend. */
const OTHER_ROWS = 4;

/** A past as lines: the metric against its target, replicas below on the same time, and where it was scaled. */
export function drawGraph(past: Past, words: SeeingWords, room: GraphRoom): string[] {
  const { columns, style } = room;
  const events = past.events.slice(-MOST_EVENTS);
  const height = Math.max(15, Math.min(22, room.rows - 3)) - 1;
  const metricRows = height - REPLICA_ROWS - events.length - (OTHER_ROWS - 1);
  const { target = 0, targetType } = past.metric ?? {};
  const scale = {
    value: niceCeiling(highest(past.values, target) * 1.02),
    pods: highest([...past.ready, ...past.desired], 1),
  };
  const label = (value: number) => amountText(value, targetType);
  const labels = [label(scale.value), label(target), String(scale.pods)];
  const left = Math.max(...labels.map(displayWidth)) + 2;
  const canvas = new Canvas(columns, height - events.length - 1);
  const metric: Plot = {
    left,
    top: 0,
    columns: columns - left,
    rows: metricRows,
    max: scale.value,
    paint: style.cyan,
  };
  const pods: Plot = {
    ...metric,
    top: metricRows,
    rows: REPLICA_ROWS,
    max: scale.pods,
    paint: style.green,
  };
  drawMetric(canvas, metric, past, target, style);
  drawReplicas(canvas, pods, past, style);
  const edge = (row: number, text: string, paint = style.dim) => {
    canvas.put(left - 2 - displayWidth(text), row, text, paint);
    canvas.put(left - 1, row, "┤", style.dim);
  };
  for (let row = 0; row < metricRows + REPLICA_ROWS; row++) {
    canvas.put(left - 1, row, "│", style.dim);
  }
  edge(0, label(scale.value));
  edge(metricRows - 1, label(0));
  edge(metricRows, String(scale.pods));
  edge(rowOf(target, metric), label(target), style.yellow);
  drawTime(canvas, pods, past, style);
  return [
    style.bold(truncate(titleOf(past, words), columns)),
    ...canvas.toLines(),
    legendOf(words, style),
    ...events.map((event) => truncate(eventLine(event, words), columns)),
  ];
}

/** What keeps a graph from showing the metric as it is now, or at all. */
export function whyEmpty({ hpa, metric, values }: Past, words: SeeingWords): string[] {
  const isEmpty = values.every((value) => value === undefined);
  if (metric?.current !== undefined && !isEmpty) return [];
  const target = metric && amountText(metric.target, metric.targetType);
  return [
    ...isEmpty ? [words.nothingInTime] : [],
    ...metric && metric.current === undefined ? [words.nothingRead(metric.name, target!)] : [],
    ...hpa.trouble ? [visible(hpa.trouble)] : [],
  ];
}

function highest(values: Values, least: number): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), least);
}

function titleOf({ hpa, metric }: Past, words: SeeingWords): string {
  const read = metric &&
    `${metric.name} ${
      metric.current === undefined ? "?" : amountText(metric.current, metric.targetType)
    }/${amountText(metric.target, metric.targetType)}`;
  const replicas = words.replicas(String(hpa.replicas ?? "?"), hpa.min, hpa.max);
  return [hpa.name, read, replicas].filter(Boolean).join(" · ");
}

function drawMetric(
  canvas: Canvas,
  plot: Plot,
  { values }: Past,
  target: number,
  style: Style,
): void {
  plotLine(canvas, plot, values);
  const row = rowOf(target, plot);
  for (let at = plot.left; at < plot.left + plot.columns; at++) {
    if (canvas.isFree(at, row)) canvas.put(at, row, "┄", style.yellow);
  }
}

function drawReplicas(canvas: Canvas, plot: Plot, { ready, desired }: Past, style: Style): void {
  plotBars(canvas, plot, ready);
  const isReady = resample(ready, plot.columns);
  resample(desired, plot.columns).forEach((wanted, at) => {
    if (wanted === undefined || wanted === isReady[at]) return;
    const row = plot.top + plot.rows - Math.max(1, Math.ceil(wanted / plot.max * plot.rows));
    canvas.put(plot.left + at, row, "─", style.yellow);
  });
}

/** The row of what was scaled, and the times below it. */
function drawTime(canvas: Canvas, plot: Plot, past: Past, style: Style): void {
  const { fromMs, toMs } = past;
  const markers = plot.top + plot.rows;
  for (let at = plot.left - 1; at < canvas.columns; at++) {
    canvas.put(at, markers, at < plot.left ? "└" : "─", style.dim);
  }
  for (const { atMs, isUp } of past.events) {
    const at = plot.left + Math.round((atMs - fromMs) / (toMs - fromMs) * (plot.columns - 1));
    canvas.put(at, markers, isUp ? "▲" : "▼", style.bold);
  }
  const spaces = [0, 0.5, 1].map((share) => {
    const text = clockText(fromMs + share * (toMs - fromMs));
    return { at: plot.left + Math.round(share * (plot.columns - text.length)), text };
  });
  for (const { at, text } of spaces) canvas.put(at, markers + 1, text, style.dim);
}

function legendOf({ legend }: SeeingWords, style: Style): string {
  return [
    `${style.cyan("⠒")} ${legend.metric}`,
    `${style.yellow("┄")} ${legend.target}`,
    `${style.green("█")} ${legend.ready}`,
    `${style.yellow("─")} ${legend.desired}`,
    `${style.bold("▲▼")} ${legend.scaled}`,
  ].join("  ");
}
