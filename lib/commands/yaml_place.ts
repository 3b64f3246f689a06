import type { YamlCause } from "../go/mod.ts";

const MAX_SHOWN_CHARS = 200;

/**
 * The lines of a text around what caused a mistake, for whoever made it: `values.yaml:4:9`, the line before, the line,
 * and a `^` under the place.
 */
export function showCause(text: string, path: string, { line, column }: YamlCause): string {
  const lines = text.split("\n");
  const width = String(line).length;
  const row = (number: number, mark: string) =>
    `${mark} ${String(number).padStart(width)} | ${lines[number - 1] ?? ""}`.trimEnd().slice(
      0,
      MAX_SHOWN_CHARS,
    );
  return [
    `${path}:${line}:${column}`,
    ...(line > 1 ? [row(line - 1, " ")] : []),
    row(line, ">"),
    ...(column > MAX_SHOWN_CHARS ? [] : [`  ${" ".repeat(width)} | ${" ".repeat(column - 1)}^`]),
  ].join("\n");
}
