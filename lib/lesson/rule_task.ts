import { UPGRADE } from "./_values_place.ts";
import { firstOf } from "./checks.ts";
import {
  type Check,
  type Finding,
  finding,
  type LabView,
  type TaskStep,
  type WrongAnswer,
} from "./lesson.ts";
import { adapterWalk } from "./rule_checks.ts";
import { servedValues, type WantedMetric, wordsOf } from "./wanted_metric.ts";

/** A rule of the adapter that a task asks for, as data that outlives a thread. */
export interface AskedRule {
  wanted: WantedMetric;
  /** One rule that does it: a YAML map, as it stands behind the dash of a list. */
  text: string;
}

/**
 * A task to write a rule of the adapter. Any rule that serves the metric with its value is right; `rule` is one, for
 * `solution`, and `lines` bring it about. Findings are those of the walk from the file to the value. What it `keeps` has to be
 * served as before, beside it.
 */
export function ruleTask(
  { id, wanted, keeps, rule, lines, wrongAnswers }: {
    id: string;
    wanted: WantedMetric;
    keeps?: WantedMetric;
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
    check: keeps ? firstOf(adapterWalk(wanted), stillServed(keeps)) : adapterWalk(wanted),
    rule: { wanted, text: rule },
    withinMs: 5 * 60_000,
    wrongAnswers,
  };
}

/** A metric that was there before has not been given up for another. */
function stillServed(kept: WantedMetric): Check {
  return async (view: LabView): Promise<Finding[]> => {
    const served = await servedValues(view, kept);
    if ("values" in served) return [];
    const { metric } = kept;
    const { listed, parent, whose } = wordsOf(kept);
    return [finding(
      [
        `${listed} in the ${parent} metrics list as before, with a value for ${whose.en}`,
        `${metric} is not served any more`,
        "a metric is read by others too: the new one comes beside it, by a rule of its own",
        `have both rules in the file: edit rules, then: ${UPGRADE}`,
      ],
      [
        `전처럼 ${parent} metrics 목록에 ${listed}, 그리고 ${whose.ko}의 값`,
        `${metric}이(가) 더는 나오지 않습니다`,
        "그 메트릭을 읽는 것이 또 있을 수 있습니다: 새 메트릭은 자기 규칙으로 그 옆에 둡니다",
        `파일에 규칙 둘을 모두 두세요: edit rules, 그다음: ${UPGRADE}`,
      ],
    )];
  };
}
