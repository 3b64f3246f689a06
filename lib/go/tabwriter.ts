interface Options {
  minWidth: number;
  padding: number;
  /** Columns never get narrower from one flush to the next, so that a watch stays aligned. */
  rememberWidths?: boolean;
}

/** How kubectl aligns the tables of `get`. Source: cli-runtime pkg/printers/tabwriter.go. */
export const GET_TABLE: Options = { minWidth: 6, padding: 3, rememberWidths: true };
/** How kubectl aligns `describe` and most other listings. */
export const DESCRIBE_TABLE: Options = { minWidth: 0, padding: 2 };

/**
 * Aligns tab-separated cells by column, over runs of consecutive lines that have the column.
 * Source: golang/go src/text/tabwriter/tabwriter.go and its fork liggitt/tabwriter.
 */
export class TabWriter {
  #text = "";
  #maxWidths: number[] = [];

  constructor(readonly options: Options) {}

  write(text: string): void {
    this.#text += text;
  }

  line(...cells: string[]): void {
    this.write(cells.join("\t") + "\n");
  }

  /** Forgets the widths of earlier tables. */
  forgetWidths(): void {
    this.#maxWidths = [];
  }

  /** What was written since the last flush, aligned. */
  flush(): string {
    const lines = this.#text.split("\n").map((line) => line.split("\t"));
    this.#text = "";
    const out: string[] = [];
    // A line of one cell ends every column, and the writer flushes there.
    let start = 0;
    for (let index = 0; index < lines.length; index++) {
      if (lines[index].length > 1 && index < lines.length - 1) continue;
      this.#format(lines.slice(start, index + 1), [], out);
      start = index + 1;
    }
    return out.join("\n");
  }

  #format(lines: string[][], widths: number[], out: string[]): void {
    const column = widths.length;
    let printed = 0;
    for (let at = 0; at < lines.length; at++) {
      if (column >= lines[at].length - 1) continue;
      for (; printed < at; printed++) out.push(pad(lines[printed], widths));
      let end = at;
      let width = this.options.minWidth;
      for (; end < lines.length && column < lines[end].length - 1; end++) {
        width = Math.max(width, [...lines[end][column]].length + this.options.padding);
      }
      if (this.options.rememberWidths) {
        width = Math.max(width, this.#maxWidths[column] ?? 0);
        this.#maxWidths[column] = width;
      }
      this.#format(lines.slice(at, end), [...widths, width], out);
      printed = end;
      at = end;
    }
    for (; printed < lines.length; printed++) out.push(pad(lines[printed], widths));
  }
}

function pad(cells: string[], widths: number[]): string {
  let out = "";
  cells.forEach((cell, index) => {
    out += cell;
    if (index < widths.length) out += " ".repeat(Math.max(0, widths[index] - [...cell].length));
  });
  return out;
}
