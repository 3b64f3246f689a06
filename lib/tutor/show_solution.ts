import {
  askedNow,
  type AskedRule,
  labView,
  placed,
  type TaskStep,
  UPGRADE,
  VALUES_PATH,
} from "../lesson/mod.ts";
import { changedLines, codeSpan } from "../term/mod.ts";
import { EDIT_WORDS } from "./edit_words.ts";
import { markCommands } from "./present.ts";
import type { Teaching } from "./teaching.ts";

const values = () => import("../lesson/values.ts");

/**
 * Shows what to change in the learner's values file for the rule that a task asks for, with why for each change, and
 * offers to write it; where the file is right, what is missing behind it.
 */
export async function showRule(
  teaching: Teaching,
  step: TaskStep,
  asked: AskedRule,
): Promise<void> {
  const { present, stage, screen } = teaching;
  const words = EDIT_WORDS[present.language];
  const { view, text, solved, mistake, rest } = await solve(teaching, asked);
  if (!mistake) {
    present.line(words.fileIsRight);
    const [found] = await step.check(view);
    if (found) {
      present.quoted([
        [present.words.actual, present.local(found.actual)],
        [present.words.next, markCommands(present.local(found.next))],
      ]);
    }
    return await teaching.edits.offerUpgrade();
  }
  // Nothing about the rule: Prometheus' address, say.
  if (rest && !rest.waits) {
    return present.quoted([
      [words.wrong, present.local(placed(rest))],
      [present.words.why, present.local(rest.why)],
      [present.words.next, markCommands(present.local(rest.next))],
    ]);
  }
  present.line(words.solutionFile(VALUES_PATH));
  await present.changes(text, solved);
  const { whysOf } = await values();
  const changed = (await changedLines(text, solved)).filter(({ change }) => change !== "same");
  present.quoted([
    [words.wrong, present.local(mistake.is)],
    ...whysOf(changed.map((line) => line.text)).map(({ field, why }) =>
      [field, present.local(why)] as [string, string]
    ),
  ]);
  if (!screen.capabilities.interactive) {
    return present.prose(words.thenUpgrade(codeSpan(UPGRADE)));
  }
  if (!(await teaching.confirm(words.applyIt(VALUES_PATH)))) {
    return present.line(present.words.kept);
  }
  await teaching.edits.begin();
  await stage.files.write(VALUES_PATH, solved);
  present.prose(words.applied(codeSpan(VALUES_PATH)));
  await teaching.edits.tell();
}

/**
 * Writes the rule that a task asks for into the learner's values file, where it is not there already: its other rules and
 * its comments stay. Tells what changed. False where that would not do, for a fault that is not the rule's.
 */
export async function writeRule(teaching: Teaching, asked: AskedRule): Promise<boolean> {
  const { present, stage } = teaching;
  const words = EDIT_WORDS[present.language];
  const { text, solved, mistake, rest } = await solve(teaching, asked);
  if (rest && !rest.waits) return false;
  if (!mistake || text === solved) {
    present.line(words.fileIsRight);
    return true;
  }
  await stage.files.write(VALUES_PATH, solved);
  present.line(words.written(VALUES_PATH));
  await present.changes(text, solved);
  return true;
}

/** The values file as it lies and with the rule, changed as little as will do, and what is wrong with each. */
async function solve({ stage }: Teaching, asked: AskedRule) {
  const { oneFieldSolved, solvedValues, valuesMistake } = await values();
  const view = labView(stage.lab, stage.files);
  const text = await view.file(VALUES_PATH) ?? "";
  const mistake = await valuesMistake(view, text, await askedNow(view, asked.wanted));
  const solved = solvedValues(text, asked);
  const rest = mistake && await valuesMistake(view, solved, asked.wanted);
  for (const less of mistake && !rest ? oneFieldSolved(text, asked) : []) {
    if (await valuesMistake(view, less, asked.wanted)) continue;
    return { view, text, solved: less, mistake, rest };
  }
  return { view, text, solved, mistake, rest };
}
