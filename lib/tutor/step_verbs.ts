import { judgeStep, playStep, type Step, UPGRADE } from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { printedBy } from "./present.ts";
import { TRIES } from "./progress.ts";
import { giveHint } from "./hints.ts";
import { openStep, showStep } from "./show.ts";
import { showRepair } from "./show_repair.ts";
import { showRule, writeRule } from "./show_solution.ts";
import { finishStep, goOn } from "./steps.ts";
import type { Verb } from "./verb.ts";

export const next: Verb = {
  name: "next",
  ofStep: true,
  help: {
    en: ["next", "look whether the step is done, and go on (once it is, Enter does too)"],
    ko: ["next", "단계가 끝났는지 보고 다음으로 (끝났으면 Enter도 같음)"],
  },
  async run(teaching) {
    const { step, progress, present, judge } = teaching;
    if (progress.stepDone) return await goOn(teaching);
    if (step?.kind === "predict") return present.line(teaching.words.predictPrompt);
    if (await judge.check()) await finishStep(teaching, "done", { goesOn: true });
  },
};

export const hint: Verb = {
  name: "hint",
  ofStep: true,
  help: {
    en: ["hint", "a hint on what is missing now; again, the next one"],
    ko: ["hint", "지금 모자란 것에 대한 힌트. 다시 입력하면 다음 힌트"],
  },
  run: (teaching) => giveHint(teaching),
};

export const check: Verb = {
  name: "check",
  ofStep: true,
  help: {
    en: ["check", "look at the lab: expected beside actual, and why; moves the clock when needed"],
    ko: ["check", "실습 환경을 보고 기대와 실제를 나란히, 이유와 함께. 필요하면 시계를 보냄"],
  },
  async run(teaching) {
    if (!(await teaching.judge.check())) return await teaching.edits.offerAgain();
    if (teaching.progress.stepDone) teaching.present.good(teaching.words.done);
    else await finishStep(teaching, "done");
  },
};

export const solution: Verb = {
  name: "solution",
  ofStep: true,
  help: {
    en: ["solution", "show what to type, or what to change in your file"],
    ko: ["solution", "입력할 것, 또는 내 파일에서 바꿀 것을 보기"],
  },
  async run(teaching) {
    const { step, stage, present, progress, words } = teaching;
    if (!step) return;
    if (step.kind === "task" && step.rule) return await showRule(teaching, step, step.rule);
    if (step.kind === "task" && step.repairs) {
      return await showRepair(teaching, step, step.repairs);
    }
    if (step.kind === "predict") {
      const { value, arithmetic } = (await judgeStep(stage, step, undefined)).answer!;
      progress.tries = TRIES;
      present.note(words.solutionPredict(!progress.stepDone));
      present.arithmetic(arithmetic);
      return present.line(String(value));
    }
    const lines = step.kind === "run" ? step.lines : step.solution;
    present.note(words.solution);
    present.prose(["```bash", ...lines, "```"].join("\n"));
  },
};

export const again: Verb = {
  name: "again",
  ofStep: true,
  help: {
    en: ["again, back", "show the step again; go to the step before (undoes nothing)"],
    ko: ["again, back", "단계를 다시 보기, 앞 단계로 가기 (되돌리지 않음)"],
  },
  run(teaching) {
    showStep(teaching);
    if (teaching.progress.stepDone) teaching.present.note(teaching.words.goOn);
  },
};

export const back: Verb = {
  name: "back",
  ofStep: true,
  help: again.help,
  async run(teaching) {
    const { precedingStep } = teaching.place;
    if (!precedingStep) return teaching.present.line(teaching.words.firstStep);
    openStep(teaching, precedingStep);
    await again.run(teaching);
  },
};

export const skip: Verb = {
  name: "skip",
  ofStep: true,
  help: {
    en: ["skip", "have the step done for you, and go on"],
    ko: ["skip", "단계를 대신 해 주고 다음으로"],
  },
  async run(teaching) {
    const { step, progress, present, screen, words } = teaching;
    if (!step || progress.stepDone) return await goOn(teaching);
    if (teaching.place.loaded?.lesson.noSkips) return present.prose(words.noSkips);
    present.note(words.skipping);
    let isLeft = false;
    const play = (step: Step) =>
      teaching.interruptibly(async (signal) => {
        const played = await playStep(teaching.stage, step, {
          signal,
          onLine: (played) => {
            present.endProgress();
            // As it is typed, for who copies it.
            present.output.show(`${screen.style.bold(`$ ${played.line}`)}\n`);
            present.output.show(printedBy(played));
          },
          onWait: (waitedMs, boundMs, missing) =>
            present.waiting(
              waitedMs,
              boundMs,
              teaching.lab.clock.movable ? undefined : { missing },
            ),
        });
        isLeft = signal.aborted;
        return played;
      });
    // A rule goes into the learner's own file; the author's lines write all of it, and are for where that does not do.
    const own = step.kind === "task" && step.rule && await writeRule(teaching, step.rule)
      ? await play({ ...step, solution: [UPGRADE] })
      : undefined;
    const played = own && (own.ok || isLeft) ? own : await play(step);
    present.endProgress();
    teaching.edits.forget();
    if (played.rerun) {
      present.note(words.rerun(codeSpan(played.rerun.line)));
      present.output.show(printedBy(played.rerun));
    }
    present.arithmetic(played.answer?.arithmetic ?? []);
    if (!played.ok) {
      teaching.judge.explain(played, step);
      return present.prose(words.skipFailed);
    }
    await finishStep(teaching, "skipped", { goesOn: !teaching.place.isLastStep });
  },
};
