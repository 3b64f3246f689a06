import {
  dealBreaks,
  type Finding,
  isOfStateAlone,
  judgeStep,
  type Lesson,
  lookBehindWork,
  plantBreaks,
  type PlayedLine,
  type PlayedStep,
  playLesson,
  playSetup,
  playStep,
  type Step,
  type TaskStep,
  type WrongAnswer,
} from "../lesson/mod.ts";
import { type AuthorStage, tryOut } from "./author_stage.ts";
import { type AuthorsFault, fenced, textsOf } from "./fenced.ts";
import type { LessonFiles, Problem } from "./problem.ts";

/** What a check is at. */
export interface GateProgress {
  at: "playing" | "step" | "wrong-answer" | "broken" | "seed";
  name: string;
  /** Of a wrong answer, the step. */
  step?: string;
}

/** How often a wrong answer is looked at while it might come right, in lab time: that is its whole bound, mostly. */
const WRONG_LOOK_EVERY_MS = 30_000;

/** What draws of a lesson are made of. */
const SEED = "1";

/** Looks that are requests of their own to what a lesson may count. */
const VISITS = /^\s*curl\b/;
/** Looks that do not end. */
const ENDLESS = /\s(-[fw]|--(follow|watch)\S*)(?=\s|$)/;

/** One lesson on a stage, and what is found as it is played. */
export class Playing {
  readonly #lesson: Lesson;

  constructor(
    lesson: Lesson,
    readonly files: LessonFiles,
    readonly draws: number,
    readonly onProgress: (progress: GateProgress) => void,
  ) {
    this.#lesson = { ...lesson, steps: lesson.steps.map(fenced) };
  }

  /** What a function of the author did that it may not. */
  faultOf({ step, field, what, remedy }: AuthorsFault): Problem {
    return this.files.inModule([`"${step}"`, field], what, remedy);
  }

  async required(stage: AuthorStage, lesson: Lesson): Promise<Problem | undefined> {
    this.onProgress({ at: "playing", name: lesson.id });
    const played = await playLesson(stage, lesson);
    if (played.ok) return undefined;
    return this.files.inModule(
      ["requires", `"${lesson.id}"`],
      {
        en: `"${lesson.id}", which it requires, does not play: ${lastWords(played)}`,
        ko: `이 수업에 필요한 "${lesson.id}"이(가) 끝까지 되지 않습니다: ${lastWords(played)}`,
      },
      {
        en: `mend that one first: lesson check ${lesson.id}`,
        ko: `그것부터 고치세요: lesson check ${lesson.id}`,
      },
    );
  }

  /** The setup, and everything of each step. */
  async everything(stage: AuthorStage): Promise<Problem[]> {
    const problems = await this.setup(stage);
    const { breaks } = this.#lesson;
    if (!breaks) return [...problems, ...await this.#steps(stage)];
    for (let pass = 0; pass < this.draws; pass++) {
      const drawn = dealBreaks(breaks, { seed: SEED, pass }).map(({ id }) => id);
      this.onProgress({ at: "broken", name: drawn.join(", ") });
      const found = await this.#draw(stage, drawn);
      const within = (text: string) => `[${drawn.join(", ")}] ${text}`;
      problems.push(...found.map((problem) => ({
        ...problem,
        what: { en: within(problem.what.en), ko: within(problem.what.ko) },
      })));
    }
    return problems;
  }

  /** The author's solution alone, on the lab of another seed. */
  async solution(stage: AuthorStage, seed: number): Promise<Problem[]> {
    const { breaks } = this.#lesson;
    const problems = await this.setup(stage);
    if (breaks) {
      stage.drawn = dealBreaks(breaks, { seed: String(seed), pass: 0 }).map(({ id }) => id);
      await plantBreaks(stage, this.#lesson);
    }
    for (const step of this.#lesson.steps) {
      const played = await playStep(stage, step);
      if (played.ok) continue;
      problems.push(this.files.inModule(
        [`"${step.id}"`],
        {
          en: `on the lab of seed ${seed} the solution of "${step.id}" does not pass: ${
            lastWords({ steps: [played] })
          }`,
          ko: `씨앗 ${seed}의 실습 환경에서는 "${step.id}"의 풀이가 통과하지 못합니다: ${
            lastWords({ steps: [played] })
          }`,
        },
        {
          en:
            "ask for what is so on every lab: holes (<hash>, <number>), ranges (<50..200>), findings that wait",
          ko:
            "어느 실습 환경에서나 그런 것만 확인하세요: 구멍(<hash>, <number>), 범위(<50..200>), 기다리는 finding",
        },
      ));
      break;
    }
    return problems;
  }

  /** Plays the setup. */
  async setup(stage: AuthorStage): Promise<Problem[]> {
    const failed = await playSetup(stage, this.#lesson);
    if (!failed) return [];
    return [this.files.inModule(
      ["setup", failed.line.split("\n")[0]],
      { en: `its setup fails: ${shown(failed)}`, ko: `setup이 실패합니다: ${shown(failed)}` },
      {
        en: "mend the line, or require the lesson that makes what it needs",
        ko: "그 줄을 고치거나, 필요한 것을 만드는 수업을 requires에 넣으세요",
      },
    )];
  }

  async #draw(stage: AuthorStage, drawn: readonly string[]): Promise<Problem[]> {
    return await tryOut(stage, async () => {
      stage.drawn = drawn;
      const failed = await plantBreaks(stage, this.#lesson);
      if (!failed) return await this.#steps(stage);
      return [this.files.inModule(
        ["breaks"],
        {
          en: `a break cannot be planted: ${shown(failed)}`,
          ko: `고장을 낼 수 없습니다: ${shown(failed)}`,
        },
        {
          en: "a break changes what the lesson's start has: require the lesson that makes it",
          ko: "고장은 수업의 처음에 있는 것을 바꿉니다. 그것을 만드는 수업을 requires에 넣으세요",
        },
      )];
    });
  }

  async #steps(stage: AuthorStage): Promise<Problem[]> {
    const problems: Problem[] = [];
    for (const step of this.#lesson.steps) {
      this.onProgress({ at: "step", name: step.id });
      if (step.kind === "task") problems.push(...await this.#task(stage, step));
      else if (step.kind === "run") problems.push(...await this.#nothingToDo(stage, step));
      problems.push(...await this.#countedTooEarly(stage, step));
      const played = await playStep(stage, step);
      const failed = failedLine(played);
      if (played.ok && !failed) continue;
      const solution = step.kind === "task" ? "solution" : "lines";
      const why = failed ? shown(failed) : lastWords({ steps: [played] });
      problems.push(this.files.inModule(
        [`"${step.id}"`, step.kind === "predict" ? "answer" : solution],
        failed
          ? {
            en: `a line of the solution of "${step.id}" fails: ${why}`,
            ko: `"${step.id}"의 풀이에서 한 줄이 실패합니다: ${why}`,
          }
          : {
            en: `the solution of "${step.id}" does not pass: ${why}`,
            ko: `"${step.id}"의 풀이가 통과하지 못합니다: ${why}`,
          },
        failed
          ? {
            en: "mend that line: each line of a solution has to end with 0",
            ko: "그 줄을 고치세요. 풀이의 모든 줄은 0으로 끝나야 합니다",
          }
          : {
            en:
              "mend the solution, or what is expected of it; where it needs lab time, say withinMs",
            ko: "풀이나 기대하는 것을 고치세요. 시간이 필요하면 withinMs를 쓰세요",
          },
      ));
      break;
    }
    return problems;
  }

  /** A step that is done by its state alone has something to do. */
  async #nothingToDo(stage: AuthorStage, step: Step & { kind: "run" }): Promise<Problem[]> {
    if (!step.check || step.look || step.expect) return [];
    const sinceMs = stage.lab.clock.now();
    const before = await judgeStep(stage, step, undefined, { atOnce: true, sinceMs });
    return before.ok ? [this.#passesAtStart(step)] : [];
  }

  /**
   * The steps from this one on that would count as done before their work is: by the state alone, or by the look that
   * their lines end with. The tutor counts what is done out of turn.
   */
  async #countedTooEarly(stage: AuthorStage, open: Step): Promise<Problem[]> {
    const ahead = this.#lesson.steps.slice(this.#lesson.steps.indexOf(open));
    const asked = ahead.flatMap((step): { step: Step; look?: string }[] => {
      if (step.kind === "predict" || ahead.some(({ id }) => id === step.after)) return [];
      // The open one has been asked already whether it is done by state alone.
      if (isOfStateAlone(step)) return step === open ? [] : [{ step }];
      const look = lookBehindWork(step);
      return look === undefined || ENDLESS.test(look) ? [] : [{ step, look }];
    });
    const early = async () => {
      const problems: Problem[] = [];
      for (const { step, look } of asked) {
        const ran = look === undefined ? undefined : { line: look, ...await stage.shell.run(look) };
        const sinceMs = stage.lab.clock.now();
        const { ok } = await judgeStep(stage, step, ran, { unasked: true, atOnce: true, sinceMs });
        if (ok) problems.push(this.#countsTooEarly(step, open, look));
      }
      return problems;
    };
    const visits = asked.some(({ look }) => look !== undefined && VISITS.test(look));
    return await (visits ? tryOut(stage, early) : early());
  }

  #countsTooEarly(step: Step, open: Step, look: string | undefined): Problem {
    const by = look === undefined
      ? { en: "by the state alone", ko: "상태만으로" }
      : { en: `by \`${look}\` alone`, ko: `\`${look}\`만으로` };
    return this.files.inModule(
      [`"${step.id}"`, look === undefined ? "check" : "lines"],
      {
        en: `at the start of "${open.id}" the step "${step.id}" is done already, ${by.en}`,
        ko: `"${open.id}"이(가) 시작될 때 "${step.id}"이(가) 이미 ${by.ko} 된 것이 됩니다`,
      },
      {
        en:
          "let its check see what its other lines bring about, or say with `after` which step comes before",
        ko: "검사가 나머지 줄이 만드는 것을 보게 하거나, 앞에 와야 하는 단계를 `after`에 쓰세요",
      },
    );
  }

  #passesAtStart(step: Step): Problem {
    return this.files.inModule(
      [`"${step.id}"`, "check"],
      {
        en: `the check of "${step.id}" passes before anything is done`,
        ko: `"${step.id}"의 검사가 아무것도 하기 전에 통과합니다`,
      },
      {
        en: "let it look for what the solution brings about, and the start state has not",
        ko: "풀이가 만들고 시작 상태에는 없는 것을 보게 하세요",
      },
    );
  }

  async #task(stage: AuthorStage, step: TaskStep): Promise<Problem[]> {
    const sinceMs = stage.lab.clock.now();
    const before = await judgeStep(stage, step, undefined, { atOnce: true, sinceMs });
    if (before.ok) return [this.#passesAtStart(step)];
    const problems: Problem[] = [];
    for (const wrong of step.wrongAnswers ?? []) {
      this.onProgress({ at: "wrong-answer", name: wrong.name, step: step.id });
      const problem = await tryOut(
        stage,
        () => this.#wrongAnswer(stage, step, wrong, before.findings),
      );
      if (problem) problems.push(problem);
    }
    return problems;
  }

  async #wrongAnswer(
    stage: AuthorStage,
    step: TaskStep,
    wrong: WrongAnswer,
    atStart: readonly Finding[],
  ): Promise<Problem | undefined> {
    const problem = (what: Problem["what"], remedy: Problem["remedy"], field = "says") =>
      this.files.inModule(
        [`"${step.id}"`, `"${wrong.name}"`, field],
        {
          en: `the wrong answer "${wrong.name}" of "${step.id}": ${what.en}`,
          ko: `"${step.id}"의 틀린 답 "${wrong.name}": ${what.ko}`,
        },
        remedy,
      );
    const sinceMs = stage.lab.clock.now();
    for (const line of wrong.lines) {
      const { exitCode, stdout, stderr } = await stage.shell.run(line);
      if (exitCode !== 127) continue;
      const played = shown({ line, exitCode, stdout, stderr });
      return problem(
        { en: `it is no command: ${played}`, ko: `명령이 아닙니다: ${played}` },
        {
          en: "write a line that runs, and does the wrong thing",
          ko: "실행되지만 틀린 일을 하는 줄을 쓰세요",
        },
        "lines",
      );
    }
    const { ok, findings } = await judgeStep(stage, step, undefined, {
      sinceMs,
      everyMs: WRONG_LOOK_EVERY_MS,
    });
    if (ok) {
      return problem(
        { en: "the check passes", ko: "검사가 통과합니다" },
        {
          en: "let the check look at what is wrong about it, or take it from the wrong answers",
          ko: "검사가 무엇이 틀렸는지 보게 하거나, 틀린 답에서 빼세요",
        },
        "lines",
      );
    }
    const said = textsOf(findings);
    if (!said.includes(wrong.says)) {
      return problem(
        {
          en: `no finding says "${wrong.says}". They say: ${said}`,
          ko: `"${wrong.says}"이라고 하는 finding이 없습니다. 하는 말: ${said}`,
        },
        {
          en: "let the check name this mistake, and write some of its English words as `says`",
          ko: "검사가 이 실수를 말하게 하고, 그 영어 말 일부를 `says`에 쓰세요",
        },
      );
    }
    // A mistake that changes nothing is told as the start is; and what is, and why, may be told alike.
    if (said === textsOf(atStart) || !isOfGoalAlone(wrong.says, findings, atStart)) {
      return undefined;
    }
    return problem(
      {
        en: `"${wrong.says}" is said before anything is done, too`,
        ko: `"${wrong.says}"은(는) 아무것도 하기 전에도 나오는 말입니다`,
      },
      {
        en: "take words as `says` that only this mistake brings up",
        ko: "이 실수에서만 나오는 말을 `says`에 쓰세요",
      },
    );
  }
}

/** Whether words are in what should be, and nowhere else, and were so before anything was done. */
function isOfGoalAlone(
  words: string,
  findings: readonly Finding[],
  atStart: readonly Finding[],
): boolean {
  const elsewhere = findings.some(({ actual, why, next }) =>
    [actual, why, next].some(({ en }) => en.includes(words))
  );
  return !elsewhere && atStart.some(({ expected }) => expected.en.includes(words));
}

/** The first line of a solution that fails, and is not what the step is about. */
function failedLine({ step, lines }: PlayedStep): PlayedLine | undefined {
  const last = step.kind === "run" && step.expect ? lines.at(-1) : undefined;
  return lines.find((line) => line.exitCode !== 0 && line.exitCode !== 130 && line !== last);
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
