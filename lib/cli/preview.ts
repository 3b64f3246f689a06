import { AUTHOR_WORDS, type AuthorStage, tryOut } from "../authoring/mod.ts";
import { judgeStep, type Language, type LoadedLesson, playStep, type Step } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import { Presenter, printedBy } from "../tutor/mod.ts";

/**
 * Draws a lesson as its learner will see it, and what they come to see only when they ask or err: hints, solutions, what
 * `check` says at the start, and of each listed mistake. The stage is at the lesson's start. Gives whether all of it played.
 */
export async function preview(
  stage: AuthorStage,
  { lesson, prose }: LoadedLesson,
  { language, plain }: { language: Language; plain?: boolean },
): Promise<boolean> {
  const present = new Presenter(new Terminal({ plain }), language);
  const words = AUTHOR_WORDS[language];
  const texts = prose[language];
  present.heading(present.local(lesson.title));
  present.prose(texts.intro);
  for (const [at, step] of lesson.steps.entries()) {
    const text = texts.steps.get(step.id)!;
    present.heading(`${at + 1}/${lesson.steps.length} ${step.id}`);
    present.prose(text.body);
    for (const [number, hint] of text.hints.entries()) {
      present.note(words.hint(number + 1));
      present.prose(hint);
    }
    if (step.kind === "task") await previewTask(stage, step, present, language);
    const played = await playStep(stage, step, {
      onLine: (line) => present.output.show(`$ ${line.line}\n${printedBy(line)}`),
    });
    if (played.rerun) present.output.show(`$ ${played.rerun.line}\n${printedBy(played.rerun)}`);
    present.arithmetic(played.answer?.arithmetic ?? []);
    if (!played.ok) {
      present.bad(present.words.notDone);
      for (const finding of played.findings) present.finding(finding);
      if (played.comparison?.ok === false) present.comparison(played.comparison, text.why);
      return false;
    }
    present.good(present.words.done);
    present.prose(text.done);
  }
  present.line();
  present.prose(texts.outro);
  return true;
}

async function previewTask(
  stage: AuthorStage,
  step: Step & { kind: "task" },
  present: Presenter,
  language: Language,
): Promise<void> {
  const words = AUTHOR_WORDS[language];
  const { findings } = await judgeStep(stage, step, undefined, {
    atOnce: true,
    sinceMs: stage.lab.clock.now(),
  });
  present.note(words.atStart);
  for (const finding of findings) present.finding(finding);
  for (const wrong of step.wrongAnswers ?? []) {
    present.note(words.ifWrong(wrong.name));
    present.prose(["```bash", ...wrong.lines, "```"].join("\n"));
    await tryOut(stage, async () => {
      const sinceMs = stage.lab.clock.now();
      for (const line of wrong.lines) await stage.shell.run(line);
      const [finding] = (await judgeStep(stage, step, undefined, { sinceMs })).findings;
      if (finding) present.finding(finding);
    });
  }
  present.note(words.learnerSees);
}
