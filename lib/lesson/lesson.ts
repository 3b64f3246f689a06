import type { Localized } from "../base/mod.ts";
import type { BuiltInKinds, KubeObject, ObjectOf } from "../kube/mod.ts";
import type { SimulatedImage } from "../labs/lab.ts";
import type { Decided } from "../doctor/mod.ts";
import type { Break } from "./breaks/break.ts";
import type { AskedRule } from "./rule_task.ts";

export type { Localized };

/** The languages of the tutor. */
export type Language = keyof Localized;
export const LANGUAGES: readonly Language[] = ["en", "ko"];

/** What a check found wrong; no finding means the step is done. */
export interface Finding {
  /** What should be, in a few words. */
  expected: Localized;
  /** What is, with the very names and values seen. */
  actual: Localized;
  /** Why the difference matters. */
  why: Localized;
  /** What to do next. */
  next: Localized;
  /** Whether it may come true as lab time passes, with nothing done; only then is time let pass for it. */
  waits?: boolean;
  /** Which of a step's repairs would take it away, by its id. */
  repair?: string;
}

/** A finding from its four texts (expected, actual, why, next) in English and in Korean. */
export function finding(
  en: [expected: string, actual: string, why: string, next: string],
  ko: [expected: string, actual: string, why: string, next: string],
  { waits = false } = {},
): Finding {
  const both = (i: 0 | 1 | 2 | 3): Localized => ({ en: en[i], ko: ko[i] });
  return {
    expected: both(0),
    actual: both(1),
    why: both(2),
    next: both(3),
    ...(waits ? { waits } : {}),
  };
}

/** What a check may look at: the state of the lab, never how it came about. */
export interface LabView {
  /** One object or undefined; `resource` is the plural with its group: `deployments.apps`. */
  get<R extends keyof BuiltInKinds>(
    resource: R,
    namespace: string,
    name: string,
  ): Promise<ObjectOf<R> | undefined>;
  get<T extends KubeObject = KubeObject>(
    resource: string,
    namespace: string,
    name: string,
  ): Promise<T | undefined>;
  /** Objects, or none when the resource is not served. */
  list<R extends keyof BuiltInKinds>(
    resource: R,
    options?: { namespace?: string; labelSelector?: string },
  ): Promise<ObjectOf<R>[]>;
  list<T extends KubeObject = KubeObject>(
    resource: string,
    options?: { namespace?: string; labelSelector?: string },
  ): Promise<T[]>;
  /** The parsed JSON of a GET on the API, or the error's code and message. Code 0: no cluster. */
  raw(path: string): Promise<{ code: number; body: any; message: string }>;
  /** A GET on one of the lab's own addresses; code 0 when nothing answers. */
  http(url: string): Promise<{ code: number; text: string }>;
  /** The log of a pod's container, or "" when it has none. */
  log(namespace: string, pod: string, container?: string): Promise<string>;
  /** A file of the learner's workspace; undefined where none can be read. */
  file(path: string): Promise<string | undefined>;
  /** Why a file that is there cannot be read, and how many bytes it has; undefined where it can, or is not there. */
  fileFault(path: string): Promise<{ reason: string; bytes?: number } | undefined>;
  /** What the controller made of the readings that an HPA shows; undefined where it shows none. */
  decide(namespace: string, name: string): Promise<Decided["decision"] | undefined>;
  /** Lab time in milliseconds since the Unix epoch. */
  now(): number;
  /** When the step was opened, in the same time: what it asks to be done was done after that. */
  readonly since: number;
  /** The lesson's breaks that were planted in this pass, by their ids. */
  readonly drawn: readonly string[];
}

/** Looks at the lab and says what is missing; it must not change anything. */
export type Check = (view: LabView) => Promise<Finding[]>;

/**
 * What a command is expected to print. Text may hold holes, `<age>`, `<hash>`, `<ip>`, `<time>`,
 * `<name>`, `<number>`, `<any>` (within a line) and a line `...` (any number of lines); numbers may
 * be ranges, `<50..200>`.
 *
 * - `table`: rows are found by their cells and compared by cell, whatever the padding;
 * - `json`: compared as JSON, key order and extra keys aside; `"<any>"` matches any value;
 * - `text`: compared line by line.
 */
export interface Expectation {
  as: "table" | "json" | "text";
  output: string;
  /** Which stream is compared; default standard output, or both when the exit code is not 0. */
  exitCode?: number;
  /** Whether further rows, keys, items or lines may be there; default true for tables and JSON. */
  allowMore?: boolean;
}

/** The hops that a metric takes through a lab, from what counts to what is scaled. */
export const HOPS = [
  "container",
  "exporter",
  "service",
  "service-monitor",
  "prometheus",
  "adapter",
  "metrics-server",
  "keda",
  "api-service",
  "hpa",
  "deployment",
] as const;
export type Hop = typeof HOPS[number];

/** What every step has. */
interface AnyStep {
  id: string;
  /** The step of the lesson before which this one's state is nobody's work: what is mended was broken first. */
  after?: string;
  /** The hop that it is about, for `map`. */
  about?: Hop;
}

/** What has to be looked at, by whatever line and in whatever form: a table, JSON, one value at the end of a pipe. */
export interface Look {
  /** What is to be seen, as it stands after "Still to be seen: ". */
  at: Localized;
  /**
   * Whom a line has to ask, one of these: a resource (`nodes`, `pods/log`, `deployments.apps`), a path of the API and
   * what is below it (`/apis/custom.metrics.k8s.io/v1beta1`), or a page (`:30952/metrics`), which may also be asked from
   * within the cluster. Paths and pages may have holes. Empty where files are looked at.
   */
  asks: string[];
  /**
   * What has to stand in what is printed, as whole words and with holes as in an {@linkcode Expectation}; of a list in
   * the list, one. It may come by several lines.
   */
  shows: (string | string[])[];
  /** Words of a line that looks for just them: it has seen what there is, be it nothing, or a number alone. */
  names?: string[];
}

/** A line to type, for what it brings about (`check`), for what it shows (`look`), or for both. */
export interface RunStep extends AnyStep {
  kind: "run";
  /** The line or lines to type, verbatim; the author's solution is to type them. */
  lines: string[];
  /** What the last line prints; other lines are shown beside it too where there is no `look`. */
  expect?: Expectation;
  /** What has to be seen for the step to be done. */
  look?: Look;
  /** What the state must be afterwards; the step is done when the check finds nothing. */
  check?: Check;
  /** Whether it asks for values of the adapter that are wrong, so that they are not to be corrected. */
  breaks?: boolean;
  /** Lab time the expectation and check may take to come true, in milliseconds; default 0. A check says what waits. */
  withinMs?: number;
  /** For lines that follow (`-f`, `-w`): lab time after which Ctrl-C is pressed when played. */
  followMs?: number;
}

/** A goal, to be reached in any way. */
export interface TaskStep extends AnyStep {
  kind: "task";
  /** Lines that reach the goal. */
  solution: string[];
  check: Check;
  /** Lab time that findings which wait may take to go away, in milliseconds; default 0. */
  withinMs?: number;
  /** The rule of the adapter that it is about; `solution` then shows what differs from the learner's file. */
  rule?: AskedRule;
  /** What may be broken; the lines of `solution` are then those that mend what the check finds first. */
  repairs?: readonly Break[];
  /** Mistakes people make: the lines that make it, and words that the check's findings must contain. */
  wrongAnswers?: WrongAnswer[];
}

/** A mistake people make in a task. */
export interface WrongAnswer {
  name: string;
  /** Lines typed in place of the solution. */
  lines: string[];
  /** English words that one of the findings must contain. */
  says: string;
}

/** A number to guess before the arithmetic is shown. */
export interface PredictStep extends AnyStep {
  kind: "predict";
  answer(view: LabView): Promise<{ value: number; arithmetic: Localized[] }>;
  /** How far off a guess may be; default 0. */
  tolerance?: number;
}

export type Step = RunStep | TaskStep | PredictStep;

/** A lesson; its prose is in `en.md` and `ko.md` beside it, under a heading `## <step id>` per step. */
export interface Lesson {
  /** The folder's name: `03-prometheus-adapter`. */
  id: string;
  title: Localized;
  /** Whom to tell of a mistake in it, as "Kim <kim@example.org>". */
  author?: string;
  minutes: number;
  /** Ids of lessons whose solutions bring about this one's start state, in order. */
  requires: string[];
  /**
   * What runs in the containers of further images, on every lab: a lesson's own HTTP server, say. An image
   * that another program has already is taken over.
   */
  programs?: readonly SimulatedImage[];
  /** Shell lines run before the first step. */
  setup?: string[];
  /** Breaks of which some are planted before the first step, others in each pass. */
  breaks?: LessonBreaks;
  /** Whether every step is the learner's own work: `skip` does none of them. */
  noSkips?: boolean;
  steps: Step[];
}

/** What may be broken at a lesson's start, in the order in which a metric's hops are looked at from its autoscaler. */
export interface LessonBreaks {
  from: readonly Break[];
  /** How many are planted at a time. */
  take: number;
}

/** A lesson that cannot be taught as it stands; what is told names the lesson and what to change. */
export class LessonError extends Error {
  override name = "LessonError";

  constructor(readonly told: Localized) {
    super(told.en);
  }
}
