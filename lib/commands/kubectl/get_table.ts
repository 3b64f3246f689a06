import { own } from "../../base/mod.ts";
import { compareGo, GET_TABLE, goSprint, TabWriter } from "../../go/mod.ts";

/** A table as the server prints one. Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go. */
export interface ServerTable {
  kind: "Table";
  columnDefinitions?: TableColumn[];
  rows: TableRow[];
  metadata?: { resourceVersion?: string };
}

export interface TableColumn {
  name: string;
  type: string;
  format?: string;
  priority?: number;
}

export interface TableRow {
  cells: unknown[];
  object?: {
    metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
    [field: string]: unknown;
  };
}

export interface TableOptions {
  wide?: boolean;
  noHeaders?: boolean;
  withNamespace?: boolean;
  /** `deployment.apps`: names get it as a prefix. */
  kindPrefix?: string;
  columnLabels?: string[];
  showLabels?: boolean;
}

/**
 * Prints tables row by row, headers once for as long as the columns stay the same.
 * Source: kubernetes/cli-runtime pkg/printers/tableprinter.go.
 */
export class TablePrinter {
  #lastColumns: TableColumn[] | undefined;
  #printedHeaders = false;

  constructor(readonly options: TableOptions, readonly writer = new TabWriter(GET_TABLE)) {}

  /** Writes `table`; `eventType` puts a column EVENT in front. Text comes out at the writer's flush. */
  print(table: ServerTable, eventType?: string): void {
    const given = table.columnDefinitions ?? [];
    let noHeaders = this.options.noHeaders ?? false;
    const same = JSON.stringify(given) === JSON.stringify(this.#lastColumns);
    if (this.#printedHeaders && (given.length === 0 || same)) noHeaders = true;
    const columns = given.length > 0 ? given : this.#lastColumns ?? [];
    if (given.length > 0 && !same) {
      this.#lastColumns = given;
      this.#printedHeaders = false;
    }
    if (table.rows.length > 0) this.#printedHeaders = true;
    const decorated = decorate(columns, table.rows, this.options);
    if (eventType !== undefined) {
      decorated.columns.unshift({ name: "Event", type: "string" });
      for (const cells of decorated.rows) cells.unshift(eventType.padEnd(8));
    }
    this.#write(decorated, noHeaders);
  }

  #write({ columns, rows }: Decorated, noHeaders: boolean): void {
    if (rows.length === 0) return;
    const shown = columns.map((column) => this.options.wide || !column.priority);
    if (!noHeaders) {
      const names = columns.filter((_, i) => shown[i]).map((column) => column.name.toUpperCase());
      this.writer.line(...names);
    }
    for (const cells of rows) {
      const kept = cells.slice(0, columns.length).filter((_, i) => shown[i]);
      this.writer.line(...kept.map(cellText));
    }
  }
}

interface Decorated {
  columns: TableColumn[];
  rows: unknown[][];
}

function decorate(given: TableColumn[], rows: TableRow[], options: TableOptions): Decorated {
  const labels = options.columnLabels ?? [];
  const text = (name: string): TableColumn => ({ name, type: "string" });
  const columns = [
    ...(options.withNamespace ? [text("Namespace")] : []),
    ...given,
    ...labels.map((label) => text(label.split("/").at(-1)!.toUpperCase())),
    ...(options.showLabels ? [text("Labels")] : []),
  ];
  const nameAt = options.kindPrefix
    ? given.findIndex((column) => column.format === "name" && column.type === "string")
    : -1;
  const decorated = rows.map((row) => {
    const cells = [...row.cells];
    if (nameAt >= 0) cells[nameAt] = `${options.kindPrefix}/${cells[nameAt]}`;
    const metadata = row.object?.metadata;
    if (options.withNamespace) cells.unshift(metadata?.namespace ?? (metadata ? "" : undefined));
    for (const label of labels) {
      cells.push(metadata ? own(metadata.labels, label) ?? "" : undefined);
    }
    if (options.showLabels) cells.push(metadata ? formatLabels(metadata.labels) : undefined);
    return cells;
  });
  return { columns, rows: decorated };
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return goSprint(cell);
  const cut = cell.search(/[\f\n\r]/);
  return escapeTerminal(cut < 0 ? cell : `${cell.slice(0, cut)}`) + (cut < 0 ? "" : "...");
}

/** Escape sequences of a terminal are shown, not obeyed. */
export function escapeTerminal(text: string): string {
  return text.replaceAll("\x1b", "^[").replaceAll("\r", "\\r");
}

/** Labels as one cell: `a=1,b=2`, `<none>` without any. */
export function formatLabels(labels: Record<string, string> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort(compareGo);
  return keys.length === 0 ? "<none>" : keys.map((key) => `${key}=${labels![key]}`).join(",");
}
