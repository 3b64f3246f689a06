import {
  judgeStep,
  LANGUAGES,
  type Lesson,
  lessonChain,
  type LoadedLesson,
  type PlayedLine,
  type PlayedStep,
  playLesson,
  playSetup,
  playStep,
  type Stage,
  type TaskStep,
  type WrongAnswer,
} from "../lesson/mod.ts";

/** A stage that an author's check can set up, copy and throw away. */
export interface AuthorStage extends Stage {
  /** A copy of this one as it is now. */
  keep(): Promise<KeptStage>;
  close(): Promise<void>;
}

/** A stage as it was. */
export interface KeptStage {
  /** Another one in that very state. */
  open(): Promise<AuthorStage>;
  /** Throws the copy away. */
  drop(): Promise<void>;
}

/** What a check of a lesson found; no problem means it can be taught. */
export interface LessonReport {
  id: string;
  problems: string[];
}

/** How lessons ended that were played in this order. */
interface Played {
  lessons: readonly Lesson[];
  end: KeptStage;
}

/**
 * The gate of lessons: the texts of each are all there, its start state does not pass, its solution does, and every
 * listed wrong answer fails with its own words.
 */
export class LessonGate {
  readonly #lessons: readonly LoadedLesson[];
  readonly #open: () => Promise<AuthorStage>;
  /** Where lessons begin that require just these. */
  readonly #played: Played[] = [];

  /** @param open gives a fresh stage. */
  constructor(lessons: readonly LoadedLesson[], open: () => Promise<AuthorStage>) {
    this.#lessons = lessons;
    this.#open = open;
  }

  /** What is found of a lesson. One that others require is played once, when they come after it. */
  async check(
    loaded: LoadedLesson,
    onProgress: (text: string) => void = () => {},
  ): Promise<LessonReport> {
    const { lesson } = loaded;
    const required = lessonChain(lesson.id, this.#lessons);
    const [before] = this.#played
      .filter(({ lessons }) => lessons.every((played, at) => played === required[at]))
      .sort((a, b) => b.lessons.length - a.lessons.length);
    const toPlay = required.slice(before?.lessons.length ?? 0);
    const stage = await (before?.end.open() ?? this.#open());
    const problems = missingTexts(loaded);
    try {
      problems.push(...await problemsOn(stage, lesson, toPlay, onProgress));
      if (problems.length === 0) {
        this.#played.push({ lessons: [...required, lesson], end: await stage.keep() });
      }
    } finally {
      await stage.close();
    }
    return { id: lesson.id, problems };
  }

  /** Throws away what was kept. */
  async close(): Promise<void> {
    for (const { end } of this.#played.splice(0)) await end.drop();
  }
}

/** What keeps a lesson from being taught, on a stage where `before` are still to be played. */
async function problemsOn(
  stage: AuthorStage,
  lesson: Lesson,
  before: readonly Lesson[],
  onProgress: (text: string) => void,
): Promise<string[]> {
  for (const required of before) {
    onProgress(`playing ${required.id}`);
    const played = await playLesson(stage, required);
    if (!played.ok) {
      return [`"${required.id}", which it requires, does not play: ${lastWords(played)}`];
    }
  }
  const problems: string[] = [];
  const failedSetup = await playSetup(stage, lesson);
  if (failedSetup) problems.push(`setup fails: ${shown(failedSetup)}`);
  for (const step of lesson.steps) {
    onProgress(`step ${step.id}`);
    if (step.kind === "task") problems.push(...await checkTask(stage, step, onProgress));
    const played = await playStep(stage, step);
    if (played.ok) continue;
    problems.push(
      `step "${step.id}": its solution does not pass: ${lastWords({ steps: [played] })}`,
    );
    break;
  }
  return problems;
}

/** Prose that the loader does not insist on and a learner misses. */
function missingTexts({ lesson, prose }: LoadedLesson): string[] {
  const problems: string[] = [];
  for (const language of LANGUAGES) {
    for (const step of lesson.steps) {
      const text = prose[language].steps.get(step.id);
      if (step.kind === "task" && !text?.hints.length) {
        problems.push(`${language}.md: a task needs a hint: "### hint" under "## ${step.id}"`);
      }
      if (step.kind === "run" && step.expect && !text?.why) {
        problems.push(
          `${language}.md: say why a difference matters: "### why" under "## ${step.id}"`,
        );
      }
    }
  }
  return problems;
}

async function checkTask(
  stage: AuthorStage,
  step: TaskStep,
  onProgress: (text: string) => void,
): Promise<string[]> {
  const sinceMs = stage.lab.clock.now();
  const before = await judgeStep(stage, step, undefined, { atOnce: true, sinceMs });
  if (before.ok) return [`step "${step.id}": its check passes before anything is done`];
  const problems: string[] = [];
  for (const wrong of step.wrongAnswers ?? []) {
    onProgress(`step ${step.id}, wrong answer: ${wrong.name}`);
    const problem = await checkWrongAnswer(stage, step, wrong);
    if (problem) problems.push(`step "${step.id}", wrong answer "${wrong.name}": ${problem}`);
  }
  return problems;
}

async function checkWrongAnswer(
  stage: AuthorStage,
  step: TaskStep,
  wrong: WrongAnswer,
): Promise<string | undefined> {
  const kept = await stage.keep();
  const fork = await kept.open();
  try {
    const sinceMs = fork.lab.clock.now();
    for (const line of wrong.lines) await fork.shell.run(line);
    const { ok, findings } = await judgeStep(fork, step, undefined, { sinceMs });
    if (ok) return "the check passes";
    const said = findings.map(({ expected, actual, why, next }) =>
      [expected, actual, why, next].map((text) => text.en).join("\n")
    );
    if (said.some((text) => text.includes(wrong.says))) return undefined;
    return `no finding says "${wrong.says}". They say: ${said.join("\n")}`;
  } finally {
    await fork.close();
    await kept.drop();
  }
}

function lastWords(
  { steps, failedSetup }: { steps: PlayedStep[]; failedSetup?: PlayedLine },
): string {
  if (failedSetup) return shown(failedSetup);
  const step = steps.at(-1)!;
  const words = [
    ...step.findings.map((finding) =>
      `expected ${finding.expected.en}; actual: ${finding.actual.en}`
    ),
    ...(step.comparison?.differences ?? []).map(({ where, expected, actual }) =>
      `${where}: expected ${expected}, actual ${actual || "nothing"}`
    ),
  ];
  const failed = step.rerun ?? step.lines.find(({ exitCode }) => exitCode !== 0) ??
    step.lines.at(-1);
  if (words.length === 0 && failed) return shown(failed);
  return `[${step.step.id}] ${words.join("; ")}`;
}

function shown({ line, stdout, stderr, exitCode }: PlayedLine): string {
  return `\`${line}\` exited with ${exitCode}\n${(stdout + stderr).trim()}`;
}
