import { toYaml } from "../go/mod.ts";
import { mergePatch } from "../kube/mod.ts";
import {
  type Break,
  type FileChange,
  mendedText,
  mendingLines,
  type TaskStep,
  viewOf,
} from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { EDIT_WORDS } from "./edit_words.ts";
import type { Teaching } from "./teaching.ts";

/**
 * Shows what to change so that what the open step's check finds first is mended, with why, and offers to write it where
 * it is in a file.
 */
export async function showRepair(
  teaching: Teaching,
  step: TaskStep,
  breaks: readonly Break[],
): Promise<void> {
  const { present, stage, words } = teaching;
  const [found] = await step.check(viewOf(stage));
  const broken = breaks.find(({ id }) => id === found?.repair);
  if (!broken) {
    if (!found) return present.line(words.soAlready);
    return present.quoted([
      [words.actual, present.local(found.actual)],
      [words.next, present.local(found.next)],
    ]);
  }
  const { change } = broken;
  if ("lines" in change) return await showFile(teaching, broken, change);
  if ("tooMany" in change) {
    present.line(EDIT_WORDS[present.language].tooMany(change.tooMany));
  } else {
    const view = viewOf(stage);
    const live = await view.get(change.resource, "default", change.name) ??
      await view.get(change.resource, "", change.name);
    const fields = (object: unknown) => toYaml({ spec: (object as { spec?: unknown })?.spec });
    present.line(words.solution);
    await present.changes(fields(live), fields(mergePatch(live, change.right)));
  }
  tellWhy(teaching, broken);
  present.prose(["```", ...mendingLines(broken), "```"].join("\n"));
}

async function showFile(
  teaching: Teaching,
  broken: Break,
  change: FileChange,
): Promise<void> {
  const { present, stage, screen } = teaching;
  const words = EDIT_WORDS[present.language];
  const text = await viewOf(stage).file(change.path) ?? "";
  const mended = mendedText(text, change);
  const then = () => present.prose(words.thenUpgrade(codeSpan(change.then)));
  if (mended === undefined) {
    present.line(words.fileIsRight);
    tellWhy(teaching, broken);
    return then();
  }
  present.line(words.solutionFile(change.path));
  await present.changes(text, mended);
  tellWhy(teaching, broken);
  if (screen.capabilities.interactive) {
    if (!(await teaching.confirm(words.applyIt(change.path)))) {
      return present.line(present.words.kept);
    }
    await teaching.edits.begin();
    await stage.files.write(change.path, mended);
    present.prose(words.applied(codeSpan(change.path)));
  }
  then();
}

function tellWhy({ present }: Teaching, { why }: Break): void {
  present.quoted([[present.words.why, present.local(why)]]);
}
