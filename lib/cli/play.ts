import {
  dealBreaks,
  type Lesson,
  type LoadedLesson,
  plantBreaks,
  type PlayedLine,
  type PlayedStep,
  playSetup,
  playSteps,
  type Stage,
} from "../lesson/mod.ts";
import type { ContextLab, Sandbox } from "../labs/mod.ts";
import { Terminal } from "../term/mod.ts";
import {
  bringToStart,
  type BuildResult,
  isAtStart,
  Presenter,
  printedBy,
  resetWorkspace,
  type WorkspacePlan,
} from "../tutor/mod.ts";
import { type LabOptions, openBench } from "./bench.ts";
import { readOn } from "./choice.ts";
import {
  type CommonOptions,
  homeDir,
  openWorkbench,
  usualLanguage,
  warnOf,
  type Workbench,
} from "./context.ts";
import type { FurtherLessons } from "./further_lessons.ts";
import { print, warn } from "./output.ts";
import { CLI_WORDS } from "./cli_words.ts";
import { temporaryHome } from "./home.ts";
import { UsageError } from "./errors.ts";
import { GUARD_WORDS } from "./guard_words.ts";
import { lessonOf, openShelf } from "./shelf.ts";

interface PlayReport {
  id: string;
  ok: boolean;
  virtualSeconds: number;
  wallSeconds: number;
  steps: {
    id: string;
    kind: string;
    ok: boolean;
    waitedSeconds: number;
    lines: PlayedLine[];
    differences: unknown[];
    findings: unknown[];
  }[];
}

interface PlayOptions {
  all?: boolean;
  json?: boolean;
  /** What the draws of a lesson that plants breaks are made of, and how many of them are played. */
  seed?: string;
  draws?: string;
}

/**
 * Plays lessons with their authors' solutions and prints what a learner would see; gives 1 when an
 * expectation or a check fails. The lab is a throw-away one, unless a home is named.
 */
export async function play(
  options: LabOptions & PlayOptions & FurtherLessons,
  name?: string,
): Promise<number> {
  const shelf = await openShelf(options);
  const { lessons, others } = shelf;
  if (name === undefined && !options.all) {
    throw new UsageError(({ playWhat }) => playWhat);
  }
  const wanted = options.all ? lessons : [lessonOf(name!, shelf)];
  // What is agreed with a real cluster stands in the learner's home; a sandbox is a throw-away one.
  const isReal = options.on !== undefined && readOn(options.on).kind !== "sandbox";
  const isOwn = options.home !== undefined || isReal;
  const home = isOwn ? homeDir(options) : await temporaryHome("play");
  if (isReal) tellDuration(wanted, options);
  const purpose = { purpose: "tutor play", onNotice: warnOf(options), lessons: others };
  const bench = isReal
    ? await openBench(home, options, purpose)
    : await openWorkbench(home, purpose);
  try {
    const reports: PlayReport[] = [];
    // What the lab of a named home holds is not known.
    let inLab: string[] | undefined;
    const passes = passesOf(options);
    for (const [loaded, pass] of wanted.flatMap((one) => passesThrough(one, passes))) {
      const report = await playOne(bench, loaded, { lessons, inLab, pass }, options);
      reports.push(report);
      if (!report.ok) break;
      inLab = [...new Set([...inLab ?? [], ...loaded.lesson.requires, loaded.lesson.id])];
    }
    const isWhole = !options.all || shelf.broken.length === 0;
    const ok = isWhole && reports.every((report) => report.ok);
    if (options.json) print(`${JSON.stringify({ ok, lessons: reports }, null, 2)}\n`);
    else if (ok) print(`\n${wordsOf(options).played(reports.length)}\n`);
    return ok ? 0 : 1;
  } finally {
    await bench.close();
    if (!isOwn) await Deno.remove(home, { recursive: true }).catch(() => {});
  }
}

function wordsOf({ lang }: CommonOptions) {
  return CLI_WORDS[lang ?? usualLanguage()];
}

/** More than any lesson has hands to draw. */
const MAX_DRAWS = 1000;

function passesOf({ draws = "1" }: PlayOptions): number {
  const count = Number(draws);
  if (Number.isInteger(count) && count > 0 && count <= MAX_DRAWS) return count;
  throw new UsageError(({ badDraws }) => badDraws(MAX_DRAWS, draws));
}

/** Each pass through a lesson that is to be played: one, where it draws nothing. */
function passesThrough(loaded: LoadedLesson, passes: number): [LoadedLesson, number][] {
  const count = loaded.lesson.breaks ? passes : 1;
  return Array.from({ length: count }, (_, pass) => [loaded, pass]);
}

/** Says how long real time may take. */
function tellDuration(wanted: readonly LoadedLesson[], options: LabOptions): void {
  const minutes = wanted.reduce((sum, { lesson }) => sum + lesson.minutes, 0);
  warn(GUARD_WORDS[options.lang ?? usualLanguage()].playTakes(minutes));
}

async function playOne(
  { lab, shell, plan }: Workbench<Sandbox | ContextLab>,
  loaded: LoadedLesson,
  { lessons, inLab, pass }: {
    lessons: readonly LoadedLesson[];
    inLab: readonly string[] | undefined;
    pass: number;
  },
  options: CommonOptions & PlayOptions,
): Promise<PlayReport> {
  const { lesson } = loaded;
  const words = wordsOf(options);
  const drawn = lesson.breaks
    ? dealBreaks(lesson.breaks, { seed: options.seed ?? "1", pass }).map(({ id }) => id)
    : [];
  const stage: Stage = { lab, files: shell.files, shell, drawn };
  const presenter = makePresenter(options);
  const say = options.json ? () => {} : print;
  const onLine = (line: PlayedLine) => say(`$ ${line.line}\n${printedBy(line)}`);
  const built = inLab && isAtStart(lesson.id, inLab, lessons)
    ? await setUp(stage, lesson, onLine)
    : await build(stage, plan, lesson, lessons, say);
  const unplayed = { id: lesson.id, ok: false, virtualSeconds: 0, wallSeconds: 0, steps: [] };
  if (!built.ok) {
    warn(words.cannotBegin(lesson.id, built.lesson.id));
    if (built.failed) warn(`$ ${built.failed.line}\n${printedBy(built.failed)}`);
    return unplayed;
  }
  const unplanted = await plantBreaks(stage, lesson);
  if (unplanted) {
    warn(words.notBroken(lesson.id, unplanted.line));
    warn(printedBy(unplanted));
    return unplayed;
  }
  say(`\n== ${lesson.id}: ${presenter.local(lesson.title)}\n`);
  if (drawn.length > 0) say(`# broken: ${drawn.join(", ")}\n`);
  const startMs = lab.clock.now();
  const wallMs = performance.now();
  const played = await playSteps(stage, lesson, {
    onLine,
    onStep: (step) => {
      if (!options.json) tellStep(step, loaded, presenter);
    },
  });
  await lab.save();
  return {
    id: lesson.id,
    ok: played.ok,
    virtualSeconds: (lab.clock.now() - startMs) / 1000,
    wallSeconds: (performance.now() - wallMs) / 1000,
    steps: played.steps.map(reportStep),
  };
}

/** Goes on from the lab as it is: only the lesson's own setup is to be played. */
async function setUp(
  stage: Stage,
  lesson: Lesson,
  onLine: (line: PlayedLine) => void,
): Promise<BuildResult> {
  const failed = await playSetup(stage, lesson, { onLine });
  return failed ? { ok: false, lesson, failed } : { ok: true, inLab: [] };
}

/** Begins with the project's files and plays what the lesson requires, and its setup. */
async function build(
  stage: Stage,
  plan: WorkspacePlan,
  { id }: Lesson,
  lessons: readonly LoadedLesson[],
  say: (text: string) => void,
): Promise<BuildResult> {
  const { aside, drop } = await resetWorkspace(plan);
  await drop();
  if (aside) say(`# the changed files of this home are kept in ${aside}\n`);
  return await bringToStart(stage, id, lessons, {
    onProgress: ({ lesson, step }) => step === 1 && say(`# building: ${lesson.id}\n`),
  });
}

function reportStep(played: PlayedStep): PlayReport["steps"][number] {
  return {
    id: played.step.id,
    kind: played.step.kind,
    ok: played.ok,
    waitedSeconds: played.waitedMs / 1000,
    lines: played.rerun ? [...played.lines, played.rerun] : played.lines,
    differences: played.comparison?.differences ?? [],
    findings: played.findings,
  };
}

function tellStep(played: PlayedStep, loaded: LoadedLesson, presenter: Presenter): void {
  const { step } = played;
  if (played.rerun) {
    const { afterTime } = CLI_WORDS[presenter.language];
    print(`# ${afterTime(Math.round(played.waitedMs / 1000), played.rerun.line)}\n`);
    print(printedBy(played.rerun));
  }
  for (const line of played.answer?.arithmetic ?? []) print(`  ${presenter.local(line)}\n`);
  if (played.ok) {
    presenter.good(`${stepName(loaded.lesson, step.id)}`);
    return;
  }
  presenter.bad(`${stepName(loaded.lesson, step.id)}: ${presenter.words.notDone}`);
  for (const finding of played.findings) presenter.finding(finding);
  if (played.comparison && !played.comparison.ok) {
    const why = loaded.prose[presenter.language].steps.get(step.id)?.why ?? "";
    presenter.comparison(played.comparison, why);
  }
}

function stepName(lesson: Lesson, id: string): string {
  return `${lesson.id} / ${id}`;
}

function makePresenter(options: CommonOptions): Presenter {
  const screen = new Terminal({ plain: options.plain });
  return new Presenter(screen, options.lang ?? usualLanguage());
}
