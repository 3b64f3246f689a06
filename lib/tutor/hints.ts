import { type Finding, type Localized, lookBehindWork, viewOf } from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { markCommands } from "./present.ts";
import type { Progress } from "./progress.ts";
import { note } from "./records.ts";
import type { Teaching } from "./teaching.ts";

/** What a finding is told apart by: not by what was seen, which changes with time. */
function keyOf({ why, next }: { why: Localized; next: Localized }): string {
  return `${why.en} ${next.en}`;
}

/** The tiers that a learner has read before asking for a hint. */
export const TOLD = { gap: 1, gapAndWhy: 2 } as const;

/** Notes that the first `tiers` of a finding were told: the next hint is the one behind them. */
export function noteTold(
  progress: Progress,
  finding: { why: Localized; next: Localized },
  tiers: number,
): void {
  const key = keyOf(finding);
  if (progress.hintOf !== key) begin(progress, key);
  if (progress.hints >= tiers) return;
  progress.hintsTold = (progress.hintsTold ?? 0) + tiers - progress.hints;
  progress.hints = tiers;
}

/** Hints begin anew, about what `key` stands for. */
function begin(progress: Progress, key: string | undefined): void {
  if (key === undefined) delete progress.hintOf;
  else progress.hintOf = key;
  progress.hints = 0;
  delete progress.hintsTold;
}

/** Gives the next hint: of what the open step lacks first at this moment, then those of its author. */
export async function giveHint(teaching: Teaching): Promise<void> {
  const { present, progress, words } = teaching;
  // Nothing is missing, and nothing is counted.
  if (progress.stepDone) return present.prose(words.doneAlready);
  const finding = await firstFinding(teaching);
  const key = finding && keyOf(finding);
  if (progress.hintOf !== key) begin(progress, key);
  const tiers = finding ? tiersOf(teaching, finding) : lookTiers(teaching);
  const authors = teaching.prose()?.hints ?? [];
  const all = [...tiers, ...authors.map((text) => () => present.prose(text))];
  if (all.length === 0) return present.prose(words.noHint);
  const at = progress.hints % all.length;
  if (progress.hints > 0 && at === 0) {
    present.note(words.noMoreHints);
    // All of them from now on, also what was told with the finding.
    delete progress.hintsTold;
  }
  const { hintsTold = 0 } = progress;
  present.note(words.hint(at + 1 - hintsTold, all.length - hintsTold));
  all[at]();
  progress.hints++;
  note(progress, "hints");
}

/** What the step's check finds first, as things are; no time is let pass. */
async function firstFinding({ step, stage, progress }: Teaching): Promise<Finding | undefined> {
  if (!step || step.kind === "predict" || !step.check || progress.stepDone) return undefined;
  return (await step.check(viewOf(stage, progress.sinceMs)))[0];
}

/** Where a step's work is done and only what came of it is still to be seen: the line that shows it. */
function lookTiers({ step, present }: Teaching): (() => void)[] {
  const line = step?.kind === "run" && step.check ? lookBehindWork(step) : undefined;
  return line ? [() => present.quoted([[present.words.next, codeSpan(line)]])] : [];
}

/** The tiers of a finding: the gap, why it matters, what to do. */
function tiersOf({ present }: Teaching, finding: Finding): (() => void)[] {
  const { words } = present;
  const text = (part: Localized) => present.local(part);
  return [
    () =>
      present.quoted([[words.actual, text(finding.actual)], [
        words.expected,
        text(finding.expected),
      ]]),
    () => present.quoted([[words.why, text(finding.why)]]),
    () => present.quoted([[words.next, markCommands(text(finding.next))]]),
  ];
}
