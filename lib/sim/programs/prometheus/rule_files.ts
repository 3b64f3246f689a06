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
  const { value, positionOf } = readYaml(text);
  const errors: string[] = [];
  const groups: RuleGroupSpec[] = [];
  const names = new Set<string>();
  const raw = (value ?? {}) as { groups?: Record<string, any>[] };
  (raw.groups ?? []).forEach((group, index) => {
    const name = String(group.name ?? "");
    // Upstream looks for a group's place in the wrong node and finds none.
    if (name === "") errors.push("0:0: Groupname must not be empty");
    if (names.has(name)) {
      errors.push(`0:0: groupname: ${goQuote(name)} is repeated in the same file`);
    }
    names.add(name);
    const rules = ((group.rules ?? []) as Record<string, any>[]).flatMap((one, number) => {
      const { rule, mistakes } = readRule(one, stringMap(group.labels));
      for (const { at, message } of mistakes) {
        const places = at.map((field) => positionOf(["groups", index, "rules", number, field]));
        const what = String(one.alert ?? one.record ?? "");
        errors.push(
          `${places.map((place) => `${place}: `).join("")}group ${goQuote(name)}, rule ${
            number + 1
          }, ${goQuote(what)}: ${message}`,
        );
      }
      return rule ? [rule] : [];
    });
    groups.push({
      file,
      name,
      intervalMs: durationOf(group, "interval"),
      queryOffsetMs: durationOf(group, "query_offset"),
      limit: Number(group.limit ?? 0),
      rules,
    });
  });
  if (errors.length > 0) throw new ConfigError(errors.map((line) => `${file}: ${line}`).join("\n"));
  return groups;
}

/** Errors: ConfigError. */
function durationOf(fields: Record<string, any>, name: string): number | undefined {
  if (!fields[name]) return undefined;
  try {
    return parsePromDuration(String(fields[name]));
  } catch (error) {
    if (error instanceof DurationSyntaxError) throw new ConfigError(error.message);
    throw error;
  }
}

/** What is wrong with a rule, and the fields it is wrong at. */
interface Mistake {
  at: readonly string[];
  message: string;
}

function readRule(
  raw: Record<string, any>,
  groupLabels: Record<string, string>,
): { rule?: Rule; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const wrong = (message: string, ...at: string[]) => mistakes.push({ at, message });
  if (raw.record && raw.alert) {
    wrong("only one of 'record' and 'alert' must be set", "record", "alert");
  }
  if (!raw.record && !raw.alert) wrong("one of 'record' or 'alert' must be set", "record", "alert");
  const query = String(raw.expr ?? "");
  let expr: Expr | undefined;
  if (query === "") wrong("field 'expr' must be set in rule", "expr");
  else {
    try {
      expr = parse(query);
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      wrong(`could not parse expression: ${error.message}`, "expr");
    }
  }
  if (raw.record) {
    for (const field of ["annotations", "for", "keep_firing_for"]) {
      const value = raw[field];
      const isSet = typeof value === "object" && value !== null
        ? Object.keys(value).length > 0
        : value !== undefined && value !== null && value !== "";
      if (isSet) wrong(`invalid field '${field}' in recording rule`, "record");
    }
    if (/[{}]/.test(raw.record)) {
      wrong(
        `braces present in the recording rule name; should it be in expr?: ${raw.record}`,
        "record",
      );
    }
  }
  const labels = stringMap(raw.labels);
  for (const name in labels) {
    if (name === "" || name === "__name__") wrong(`invalid label name: ${name}`);
  }
  if (mistakes.length > 0 || expr === undefined) return { mistakes };
  const rule: Rule = {
    kind: raw.record ? "recording" : "alerting",
    name: String(raw.record ?? raw.alert),
    query,
    expr,
    labels: { ...groupLabels, ...labels },
    annotations: stringMap(raw.annotations),
    forMs: durationOf(raw, "for") ?? 0,
    keepFiringForMs: durationOf(raw, "keep_firing_for") ?? 0,
  };
  return { rule, mistakes };
}

function stringMap(raw: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((raw ?? {}) as Record<string, unknown>)
      .map(([name, value]) => [name, String(value)]),
  );
}
