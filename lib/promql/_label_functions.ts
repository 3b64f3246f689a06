import { compileAnchored, type GoRegexp } from "../go/mod.ts";
import { type Expr, unparen } from "./ast.ts";
import { type Labels, METADATA_LABELS, type Metric } from "./labels.ts";
import type { Matcher } from "./matchers.ts";
import type { QueryBudget } from "./query_budget.ts";
import { EvaluationError } from "./_vector.ts";

/** What one match of a regular expression costs, and each character of its text. */
const STEPS_PER_MATCH = 128;
const STEPS_PER_MATCHED_CHARACTER = 8;
/** The labels that a series gets instead of its own; undefined where it keeps those. */
export type Relabelling = (metric: Metric) => Labels | undefined;

/**
 * `label_replace(v, target, replacement, source, pattern)`; `texts` are its arguments but the first. Errors: EvaluationError.
 * Source: prometheus/prometheus promql/functions.go (evalLabelReplace).
 */
export function labelReplace(texts: readonly string[], budget: QueryBudget): Relabelling {
  const [target, replacement, source, pattern] = texts;
  let regexp: GoRegexp;
  try {
    regexp = compileAnchored(pattern);
  } catch {
    throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`);
  }
  if (target === "") {
    throw new EvaluationError(`invalid destination label name in label_replace(): ${target}`);
  }
  const references = replacement.split("$").length - 1;
  return (metric) => {
    const text = metric.get(source);
    const perCharacter = Math.max(STEPS_PER_MATCHED_CHARACTER, regexp.size);
    budget.spend(STEPS_PER_MATCH + text.length * perCharacter);
    const match = regexp.exec(text);
    if (!match) return undefined;
    // The most that can come of it: what is captured is a part of the text.
    budget.spendCharacters(replacement.length + references * text.length);
    return { ...metric.labels, [target]: regexp.expand(replacement, match) };
  };
}

/**
 * `label_join(v, target, separator, source…)`; `texts` are its arguments but the first. Errors: EvaluationError.
 * Source: as above (evalLabelJoin).
 */
export function labelJoin(texts: readonly string[], budget: QueryBudget): Relabelling {
  const [target, separator, ...sources] = texts;
  if (sources.includes("")) {
    throw new EvaluationError("invalid source label name in label_join(): ");
  }
  if (target === "") {
    throw new EvaluationError(`invalid destination label name in label_join(): ${target}`);
  }
  return (metric) => {
    const found = sources.map((source) => metric.get(source));
    budget.spendCharacters(
      found.reduce((sum, text) => sum + text.length + separator.length, 0),
    );
    return { ...metric.labels, [target]: found.join(separator) };
  };
}

/**
 * The labels that `absent` and `absent_over_time` give their sample: those that the argument's selector names.
 * Source: prometheus/prometheus promql/functions.go (createLabelsForAbsentFunction).
 */
export function absentLabels(arg: Expr): Labels {
  const source = unparen(arg);
  const matchers: Matcher[] = source.kind === "vectorSelector"
    ? source.matchers
    : source.kind === "matrixSelector"
    ? source.selector.matchers
    : [];
  const labels: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { name, type, value } of matchers) {
    if (METADATA_LABELS.includes(name)) continue;
    if (type === "=" && !seen.has(name)) {
      labels[name] = value;
      seen.add(name);
    } else delete labels[name];
  }
  return labels;
}
