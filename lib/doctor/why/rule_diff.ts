import type { DiscoveryRule } from "../../adapter/mod.ts";

/** A line of a rule that goes, and one that comes in its place. */
interface Change {
  without?: string;
  with?: string;
}

/** A change of a rule as the chart's values have it: under the line that the rule begins with, and the fields it lies in. */
export function ruleDiff(
  { seriesQuery }: DiscoveryRule,
  parents: readonly string[],
  change: Change,
): string {
  const indent = (depth: number) => "  ".repeat(3 + depth);
  const row = (sign: string, line: string | undefined) =>
    line === undefined ? [] : [`${sign}${indent(parents.length)}${line}`];
  return [
    `     - seriesQuery: ${quoted(seriesQuery)}`,
    ...parents.map((parent, depth) => ` ${indent(depth)}${parent}:`),
    ...row("-", change.without),
    ...row("+", change.with),
  ].join("\n");
}

/** A change of what a rule is about: of the line that it begins with. */
export function wholeRuleDiff(api: "custom" | "external", change: Change): string {
  const row = (sign: string, seriesQuery: string | undefined) =>
    seriesQuery === undefined ? [] : [`${sign}    - seriesQuery: ${quoted(seriesQuery)}`];
  return [" rules:", `   ${api}:`, ...row("-", change.without), ...row("+", change.with)].join(
    "\n",
  );
}

/** A text as YAML in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
