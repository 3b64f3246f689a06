/**
 * The lesson contract: what an instructor writes, how it is loaded, how output is compared with
 * what was expected, how the state of the lab is checked, what a step came to, and how a lesson is played.
 *
 * @module
 */
export { formatSelector, type LabelSelector, selects } from "../kube/mod.ts";
export type { Deployment, HorizontalPodAutoscaler, KubeObject, Pod, Service } from "../kube/mod.ts";
export type {
  ContainerContext,
  HttpResponse,
  Program,
  RunningProgram,
  SimulatedImage,
} from "../labs/lab.ts";
export * from "./checks.ts";
export { adapterBreaks } from "./breaks/adapter_breaks.ts";
export { type Break, type FileChange, mendedText, mendingLines } from "./breaks/break.ts";
export { dealBreaks } from "./breaks/deal.ts";
export { hpaBreaks } from "./breaks/hpa_breaks.ts";
export { kedaBreaks } from "./breaks/keda_breaks.ts";
export { breaksOf, repairTask } from "./breaks/repair_task.ts";
export { requestsBreak } from "./breaks/requests_break.ts";
export { scrapingBreaks } from "./breaks/scraping_breaks.ts";
export { defineLesson } from "./define_lesson.ts";
export * from "./done_since.ts";
export * from "./expect.ts";
export {
  isOfStateAlone,
  type JudgeOptions,
  judgeStep,
  lookBehindWork,
  mayBeDoneBy,
  type PlayedLine,
  type Stage,
  type StepResult,
  viewOf,
} from "./judge.ts";
export * from "./lesson.ts";
export * from "./load.ts";
export { examineSource, type SourceFault } from "./source.ts";
export * from "./play.ts";
export * from "./prose.ts";
export { nothingSeen, type Seen } from "./_looks.ts";
export { type Mistake, type Part, placed } from "./_mistake.ts";
export { PROMETHEUS, prometheusOf, query } from "./_prometheus.ts";
export { adapterRevision } from "./_release.ts";
export { loadLessonsApart } from "./remote_lessons.ts";
export {
  adapterReachesPrometheus,
  adapterUpgraded,
  adapterWalk,
  customMetricServed,
} from "./rule_checks.ts";
export * from "./rule_task.ts";
export * from "./same_line.ts";
export * from "./state_checks.ts";
export * from "./view.ts";
export { thenUpgrade, UPGRADE, VALUES_PATH } from "./_values_place.ts";
export {
  askedNow,
  metricWanted,
  servedValues,
  type WantedMetric,
  type WantedValue,
  wordsOf,
} from "./wanted_metric.ts";
