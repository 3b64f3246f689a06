import { quote, toYaml } from "../../go/mod.ts";
import { HelmError } from "./_errors.ts";

/**
 * A table as helm prints it: columns padded to their widest cell and parted by tabs.
 * `maxWidth` cuts cells with `...`. Source: gosuri/uitable table.go, util/strutil.
 * Beside go/tabwriter.ts, because uitable pads whole columns and keeps the tabs.
 */
export function table(rows: readonly (readonly string[])[], maxWidth = Infinity): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, Math.min(cell.length, maxWidth));
    });
  }
  const fit = (cell: string, width: number) =>
    cell.length > width ? `${cell.slice(0, width - 3)}...` : cell.padEnd(width);
  return rows.map((row) => row.map((cell, column) => fit(cell, widths[column])).join("\t") + "\n")
    .join("");
}

/** What `-o` asks for. Errors: HelmError for another format. */
export function outputFormat(text: string | undefined): "table" | "json" | "yaml" {
  if (text === undefined || text === "table") return "table";
  if (text === "json" || text === "yaml") return text;
  throw new HelmError(
    `invalid argument ${quote(text)} for "-o, --output" flag: invalid format type`,
  );
}

/** The value as one line of JSON, or as YAML. */
export function encode(format: "json" | "yaml", value: unknown): string {
  return format === "json" ? JSON.stringify(value) + "\n" : toYaml(value);
}
