import { DurationSyntaxError, parsePromDuration } from "../../../base/mod.ts";
import { type Expr, goQuote, parse, PromqlSyntaxError } from "../../../promql/mod.ts";
import { ConfigError, readYaml } from "./config_fields.ts";

/** A rule as its file has it; durations in milliseconds. */
export interface Rule {
  kind: "recording" | "alerting";
  name: string;
  query: string;
  expr: Expr;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  forMs: number;
  keepFiringForMs: number;
}

export interface RuleGroupSpec {
  file: string;
  name: string;
  /** Undefined: the global evaluation interval. */
  intervalMs: number | undefined;
  queryOffsetMs: number | undefined;
  limit: number;
  rules: readonly Rule[];
}

/**
 * Reads the rule groups of one file.
 * Errors: ConfigError with everything that is wrong, a line each, worded as upstream.
 * Source: prometheus/prometheus model/rulefmt/rulefmt.go.
 */
export function parseRuleFile(text: string, file: string): RuleGroupSpec[] {
  const { value, lineOf } = readYaml(text);
  const errors: string[] = [];
  const groups: RuleGroupSpec[] = [];
  const names = new Set<string>();
  const raw = (value ?? {}) as { groups?: Record<string, any>[] };
  (raw.groups ?? []).forEach((group, index) => {
    const at = (path: (string | number)[]) => lineOf(["groups", index, ...path]);
    const name = String(group.name ?? "");
    if (name === "") errors.push(`${at([])}:1: Groupname must not be empty`);
    if (names.has(name)) {
      errors.push(`${at(["name"])}:1: groupname: ${goQuote(name)} is repeated in the same file`);
    }
    names.add(name);
    const rules: Rule[] = [];
    ((group.rules ?? []) as Record<string, any>[]).forEach((one, number) => {
      const rule = readRule(one, { ...stringMap(group.labels) });
      if (typeof rule !== "string") return rules.push(rule);
      const what = one.alert ?? one.record ?? "";
      errors.push(
        `${at(["rules", number])}:1: group ${goQuote(name)}, rule ${number + 1}, ${
          goQuote(String(what))
        }: ${rule}`,
      );
    });
    const durationOf = (field: string) =>
      group[field] ? parsePromDuration(String(group[field])) : undefined;
    groups.push({
      file,
      name,
      intervalMs: durationOf("interval"),
      queryOffsetMs: durationOf("query_offset"),
      limit: Number(group.limit ?? 0),
      rules,
    });
  });
  if (errors.length > 0) throw new ConfigError(errors.map((line) => `${file}: ${line}`).join("\n"));
  return groups;
}

/** A rule, or what is wrong with it. */
function readRule(
  raw: Record<string, any>,
  groupLabels: Record<string, string>,
): Rule | string {
  if (raw.record && raw.alert) return "only one of 'record' and 'alert' must be set";
  if (!raw.record && !raw.alert) return "one of 'record' or 'alert' must be set";
  const query = String(raw.expr ?? "");
  if (query === "") return "field 'expr' must be set in rule";
  let expr: Expr;
  try {
    expr = parse(query);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    return `could not parse expression: ${error.message}`;
  }
  if (raw.record) {
    if (raw.annotations) return "invalid field 'annotations' in recording rule";
    if (raw.for) return "invalid field 'for' in recording rule";
    if (raw.keep_firing_for) return "invalid field 'keep_firing_for' in recording rule";
    if (!/^[a-zA-Z_:][\w:]*$/.test(raw.record)) {
      return `invalid recording rule name: ${raw.record}`;
    }
  }
  try {
    return {
      kind: raw.record ? "recording" : "alerting",
      name: String(raw.record ?? raw.alert),
      query,
      expr,
      labels: { ...groupLabels, ...stringMap(raw.labels) },
      annotations: stringMap(raw.annotations),
      forMs: raw.for ? parsePromDuration(String(raw.for)) : 0,
      keepFiringForMs: raw.keep_firing_for ? parsePromDuration(String(raw.keep_firing_for)) : 0,
    };
  } catch (error) {
    if (error instanceof DurationSyntaxError) return error.message;
    throw error;
  }
}

function stringMap(raw: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((raw ?? {}) as Record<string, unknown>)
      .map(([name, value]) => [name, String(value)]),
  );
}
