import { adapterWalk } from "./rule_checks.ts";
import type { TaskStep, WrongAnswer } from "./lesson.ts";
import type { WantedMetric } from "./wanted_metric.ts";

/** A rule of the adapter that a task asks for, as data that outlives a thread. */
export interface AskedRule {
  wanted: WantedMetric;
  /** One rule that does it: a YAML map, as it stands behind the dash of a list. */
  text: string;
}

/**
 * A task to write a rule of the adapter. Any rule that serves the metric with its value is right; `rule` is one, for
 * `solution`, and `lines` bring it about. Findings are those of the walk from the file to the value.
 */
export function ruleTask(
  { id, wanted, rule, lines, wrongAnswers }: {
    id: string;
    wanted: WantedMetric;
    rule: string;
    lines: string[];
    wrongAnswers: WrongAnswer[];
  },
): TaskStep {
  return {
    kind: "task",
    id,
    about: "adapter",
    solution: lines,
    check: adapterWalk(wanted),
    rule: { wanted, text: rule },
    withinMs: 5 * 60_000,
    wrongAnswers,
  };
}
