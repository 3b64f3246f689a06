/**
 * The lesson contract: what an instructor writes, how it is loaded, how output is compared with
 * what was expected, how the state of the lab is checked, what a step came to, and how a lesson is played.
 *
 * @module
 */
export type { Deployment, HorizontalPodAutoscaler, KubeObject, Pod, Service } from "../kube/mod.ts";
export type {
  ContainerContext,
  HttpResponse,
  Program,
  RunningProgram,
  SimulatedImage,
} from "../labs/lab.ts";
export * from "./adapter_walk.ts";
export * from "./checks.ts";
export { defineLesson } from "./define_lesson.ts";
export * from "./done_since.ts";
export * from "./expect.ts";
export {
  isOfStateAlone,
  type JudgeOptions,
  judgeStep,
  mayBeDoneBy,
  type PlayedLine,
  type Stage,
  type StepResult,
} from "./judge.ts";
export * from "./lesson.ts";
export * from "./load.ts";
export * from "./play.ts";
export * from "./prose.ts";
export { nothingSeen, type Seen } from "./_looks.ts";
export { type Mistake, type Part, placed } from "./_mistake.ts";
export { PROMETHEUS, prometheusOf, query } from "./_prometheus.ts";
export { loadLessonsApart } from "./remote_lessons.ts";
export * from "./rule_task.ts";
export * from "./same_line.ts";
export * from "./solved_values.ts";
export * from "./state_checks.ts";
export * from "./upgrade.ts";
export { isMistake, readValues, UPGRADE, VALUES_PATH } from "./values_file.ts";
export * from "./values_report.ts";
export * from "./view.ts";
export { servedValues, type WantedMetric, type WantedValue, wordsOf } from "./wanted_metric.ts";
