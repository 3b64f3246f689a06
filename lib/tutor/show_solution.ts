import {
  type AskedRule,
  labView,
  placed,
  solvedValues,
  type TaskStep,
  UPGRADE,
  VALUES_PATH,
  valuesMistake,
  whysOf,
} from "../lesson/mod.ts";
import { changedLines, codeSpan } from "../term/mod.ts";
import { EDIT_WORDS } from "./edit_words.ts";
import { markCommands } from "./present.ts";
import type { Teaching } from "./teaching.ts";

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
  const view = labView(stage.lab, stage.files);
  const text = await view.file(VALUES_PATH) ?? "";
  const mistake = await valuesMistake(view, text, asked.wanted);
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
  const solved = solvedValues(text, asked);
  const rest = await valuesMistake(view, solved, asked.wanted);
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
