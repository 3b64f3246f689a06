import {
  type Decoded,
  DurationSyntaxError,
  parsePromDuration,
  quote,
  type YamlStruct,
  type YamlType,
} from "../../../go/mod.ts";
import {
  type Expr,
  parse,
  type ParseOptions,
  PromqlSyntaxError,
  writtenExpr,
} from "../../../promql/mod.ts";
import { AlertTemplate } from "./alert_template.ts";
import {
  ConfigError,
  type ItemOf,
  positionOf,
  readFields,
  refuseFields,
  stringMap,
} from "./config_fields.ts";

/** A rule as its file has it; durations in milliseconds. */
export interface Rule {
  kind: "recording" | "alerting";
  name: string;
  /** The expression as the file has it. */
  text: string;
  /** As upstream's printer writes it. */
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

const texts = { go: "map[string]string", map: "string" } satisfies YamlType;

/** The fields of a rule file. Source: prometheus/prometheus model/rulefmt/rulefmt.go. */
const fileStruct = {
  go: "rulefmt.RuleGroups",
  fields: {
    groups: {
      go: "[]rulefmt.RuleGroup",
      list: {
        go: "rulefmt.RuleGroup",
        fields: {
          name: "string",
          interval: "string",
          query_offset: "string",
          limit: "int",
          labels: texts,
          rules: {
            go: "[]rulefmt.Rule",
            list: {
              go: "rulefmt.Rule",
              fields: {
                record: "string",
                alert: "string",
                expr: "string",
                for: "string",
                keep_firing_for: "string",
                labels: texts,
                annotations: texts,
              },
            },
          },
        },
      },
    },
  },
} satisfies YamlStruct;

type FileFields = Decoded<typeof fileStruct>;
type RuleFields = ItemOf<ItemOf<FileFields["groups"]>["rules"]>;

/**
 * Reads the rule groups of one file.
 * Errors: ConfigError with everything that is wrong, a line each, worded as upstream.
 * Source: prometheus/prometheus model/rulefmt/rulefmt.go.
 * Differs: what will not decode is told once; upstream decodes twice.
 */
export function parseRuleFile(
  text: string,
  file: string,
  options: ParseOptions = {},
): RuleGroupSpec[] {
  try {
    return readGroups(text, file, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${file}: ${error.message}`);
  }
}

/** Errors: ConfigError with the mistakes, one a line, all but the first after the file's name. */
function readGroups(text: string, file: string, options: ParseOptions): RuleGroupSpec[] {
  const { fields = {}, problems, root } = readFields(text, fileStruct, "v3");
  refuseFields(problems);
  const errors: string[] = [];
  const groups: RuleGroupSpec[] = [];
  const names = new Set<string>();
  (fields.groups ?? []).forEach((group, index) => {
    if (group === undefined) return;
    const name = String(group.name ?? "");
    // Upstream looks for a group's place in the wrong node and finds none.
    if (name === "") errors.push("0:0: Groupname must not be empty");
    if (names.has(name)) {
      errors.push(`0:0: groupname: ${quote(name)} is repeated in the same file`);
    }
    names.add(name);
    const labels = stringMap(group.labels);
    for (const label in labels) {
      if (label === "" || label === "__name__") errors.push(`invalid label name: ${label}`);
    }
    const rules = (group.rules ?? []).flatMap((one, number) => {
      if (one === undefined) return [];
      const { rule, mistakes } = readRule(one, labels, options);
      for (const { at, message } of mistakes) {
        const places = at.map((field) =>
          positionOf(root, ["groups", index, "rules", number, field])
        );
        const what = String(one.alert ?? one.record ?? "");
        errors.push(
          `${places.map((place) => `${place}: `).join("")}group ${quote(name)}, rule ${
            number + 1
          }, ${quote(what)}: ${message}`,
        );
      }
      return rule ? [rule] : [];
    });
    groups.push({
      file,
      name,
      intervalMs: durationOf(group.interval) || undefined,
      queryOffsetMs: durationOf(group.query_offset),
      limit: group.limit ?? 0,
      rules,
    });
  });
  if (errors.length > 0) throw new ConfigError(errors.join(`\n${file}: `));
  return groups;
}

/** Errors: ConfigError. */
function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parsePromDuration(text);
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
  raw: RuleFields,
  groupLabels: Record<string, string>,
  options: ParseOptions,
): { rule?: Rule; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const wrong = (message: string, ...at: string[]) => mistakes.push({ at, message });
  if (raw.record && raw.alert) {
    wrong("only one of 'record' and 'alert' must be set", "record", "alert");
  }
  if (!raw.record && !raw.alert) wrong("one of 'record' or 'alert' must be set", "record", "alert");
  const text = String(raw.expr ?? "");
  let expr: Expr | undefined;
  if (text === "") wrong("field 'expr' must be set in rule", "expr");
  else {
    try {
      expr = parse(text, options);
    } catch (error) {
      if (!(error instanceof PromqlSyntaxError)) throw error;
      wrong(`could not parse expression: ${error.message}`, "expr");
    }
  }
  if (raw.record) {
    for (const field of ["annotations", "for", "keep_firing_for"] as const) {
      const value = raw[field];
      const isSet = typeof value === "object" && value !== null
        ? Object.keys(value).length > 0
        : value !== undefined && value !== null && value !== "";
      if (isSet) wrong(`invalid field '${field}' in recording rule`, "record");
    }
    if (/[{}]/.test(String(raw.record))) {
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
  const annotations = stringMap(raw.annotations);
  if (raw.alert) {
    for (const [kind, all] of [["label", labels], ["annotation", annotations]] as const) {
      for (const name in all) {
        if (!all[name].includes("{{")) continue;
        const message = new AlertTemplate(String(raw.alert), all[name]).mistake;
        if (message) wrong(`${kind} ${quote(name)}: ${message}`);
      }
    }
  }
  if (mistakes.length > 0 || expr === undefined) return { mistakes };
  // What is evaluated, shown and logged is how upstream writes the expression, not how the file does.
  const query = writtenExpr(expr);
  const rule: Rule = {
    kind: raw.record ? "recording" : "alerting",
    name: String(raw.record ?? raw.alert),
    text,
    query,
    expr: parse(query, options),
    labels: { ...groupLabels, ...labels },
    annotations,
    forMs: durationOf(raw.for) ?? 0,
    keepFiringForMs: durationOf(raw.keep_firing_for) ?? 0,
  };
  return { rule, mistakes };
}
