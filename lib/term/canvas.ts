import { graphemes, graphemeWidth } from "./width.ts";

type Paint = (text: string) => string;

/** A grid of cells that are drawn one by one, row 0 at the top; what lies outside is left out. */
export class Canvas {
  readonly #cells: ({ text: string; paint: Paint | undefined } | undefined)[][];

  constructor(readonly columns: number, rows: number) {
    this.#cells = Array.from({ length: rows }, () => Array(columns).fill(undefined));
  }

  isFree(column: number, row: number): boolean {
    return this.#cells[row]?.[column] === undefined;
  }

  /** Writes `text` from a cell on; a wide character takes two. */
  put(column: number, row: number, text: string, paint?: Paint): void {
    const cells = this.#cells[row];
    for (const grapheme of graphemes(text)) {
      const width = graphemeWidth(grapheme);
      if (cells && column >= 0 && column + width <= this.columns) {
        cells[column] = { text: grapheme, paint };
        if (width === 2) cells[column + 1] = { text: "", paint };
      }
      column += width;
    }
  }

  /** The rows as text; cells of one paint that stand together are painted at once. */
  toLines(): string[] {
    return this.#cells.map((cells) => {
      const end = cells.findLastIndex((cell) => cell !== undefined);
      let line = "";
      for (let at = 0; at <= end;) {
        const paint = cells[at]?.paint;
        let run = "";
        for (; at <= end && cells[at]?.paint === paint; at++) run += cells[at]?.text ?? " ";
        line += paint ? paint(run) : run;
      }
      return line;
    });
  }
}

/** A part of a canvas that is plotted in, and the values at its lower and upper edge. */
export interface Plot {
  left: number;
  top: number;
  columns: number;
  rows: number;
  max: number;
  min?: number;
  paint?: Paint;
}

/** The bits of a braille cell, by column and by row. Source: Unicode, Braille Patterns. */
const DOTS = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/** Plots values at even distances as a line of braille dots, from edge to edge; undefined is a gap. */
export function plotLine(
  canvas: Canvas,
  plot: Plot,
  values: readonly (number | undefined)[],
): void {
  const { left, top, columns, rows, paint } = plot;
  const height = rows * 4;
  const bits = Array.from({ length: rows }, () => Array<number>(columns).fill(0));
  let last: number | undefined;
  resample(values, columns * 2).forEach((value, x) => {
    if (value === undefined) return last = undefined;
    const y = Math.min(height - 1, Math.floor((1 - shareOf(value, plot)) * (height - 1) + 0.5));
    // A step is drawn, not only its ends.
    const [from, to] = last === undefined ? [y, y] : [Math.min(last, y), Math.max(last, y)];
    for (let dot = from; dot <= to; dot++) {
      bits[dot >> 2][x >> 1] |= DOTS[x & 1][dot & 3];
    }
    last = y;
  });
  bits.forEach((row, y) =>
    row.forEach((cell, x) => {
      if (cell > 0) canvas.put(left + x, top + y, String.fromCharCode(0x2800 + cell), paint);
    })
  );
}

const EIGHTHS = " ▁▂▃▄▅▆▇█";

/** Plots values at even distances as filled columns of eighths. */
export function plotBars(
  canvas: Canvas,
  plot: Plot,
  values: readonly (number | undefined)[],
): void {
  const { left, top, columns, rows, paint } = plot;
  resample(values, columns).forEach((value, x) => {
    const eighths = Math.round(shareOf(value ?? 0, plot) * rows * 8);
    for (let row = 0; row < rows; row++) {
      const here = Math.min(8, Math.max(0, eighths - row * 8));
      if (here > 0) canvas.put(left + x, top + rows - 1 - row, EIGHTHS[here], paint);
    }
  });
}

/** The row of a plot in which a value lies. */
export function rowOf(value: number, plot: Plot): number {
  const { top, rows } = plot;
  return top + Math.min(rows - 1, Math.floor((1 - shareOf(value, plot)) * (rows - 1) + 0.5));
}

/** Values at `count` places between the first and the last. */
export function resample<T>(values: readonly T[], count: number): T[] {
  if (values.length === 0) return [];
  const scale = count > 1 ? (values.length - 1) / (count - 1) : 0;
  return Array.from({ length: count }, (_, at) => values[Math.round(at * scale)]);
}

/** Where a value lies between the edges, from 0 to 1. */
function shareOf(value: number, { min = 0, max }: Plot): number {
  return max === min ? 0 : Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** The least number at or above `value` that reads well on an axis: 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 of a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const nice = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * (1 - 1e-9));
  return (nice ?? 10) * power;
}
