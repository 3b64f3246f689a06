import { SILENCE_MS } from "../labs/mod.ts";
import { labView } from "../lesson/mod.ts";
import { escapeMarkdown, localTime, renderTable } from "../term/mod.ts";
import { removalsOf } from "./removal.ts";
import { runShellLine } from "./shell_line.ts";
import { showStep } from "./show.ts";
import type { Teaching } from "./teaching.ts";

const LOOK_EVERY_MS = 200;
/** What comes up is waited for so long without a word, in wall milliseconds. */
const OPENING_MS = 8_000;

/**
 * Waits for what a line asks for, and tells what failed. When the cluster keeps silent meanwhile that is said, with
 * what it is at, and Ctrl-C asks whether to wait on or to bring it back.
 */
export async function attend(teaching: Teaching, work: Promise<void>): Promise<void> {
  const { lab, present, screen, words } = teaching;
  let asking: Promise<void> | undefined;
  let release: (() => void) | undefined;
  const ask = () => {
    if (!isSilent(teaching) || isPrinting(teaching)) return teaching.giveUp();
    asking ??= askWhetherToWait(teaching)
      .catch((error) => teaching.explainFailure(error))
      .finally(() => asking = undefined);
  };
  const timer = setInterval(() => {
    if (!isSilent(teaching) || release) return;
    present.endProgress();
    const doing = lab.doing && escapeMarkdown(lab.doing);
    present.note(lab.opening ? words.comingUp : words.silent(doing));
    teaching.onInterrupt = ask;
    release = screen.onInterrupt(ask);
  }, LOOK_EVERY_MS);
  try {
    await work.catch((error) => teaching.explainFailure(error));
  } finally {
    clearInterval(timer);
    await asking;
    teaching.onInterrupt = undefined;
    release?.();
  }
}

function isSilent({ lab }: Teaching): boolean {
  return (lab.silentMs ?? 0) >= (lab.opening ? OPENING_MS : SILENCE_MS);
}

/** Whether the line goes on without the lab: it does not wait for that, and what is asked would be lost in what it prints. */
function isPrinting({ lab, present }: Teaching): boolean {
  return performance.now() - present.output.cameMs < (lab.silentMs ?? 0);
}

async function askWhetherToWait(teaching: Teaching): Promise<void> {
  teaching.present.endProgress();
  const isBack = await teaching.ask(teaching.words.waitOrBringBack, {
    read: (text) => /^(b|ㅠ)/i.test(text) ? true : /^(|(w|ㅈ).*)$/i.test(text) ? false : undefined,
    again: teaching.words.answerWaitOrBack,
  });
  // Ctrl-C once more is meant for the line, and so is another line.
  if (isBack === undefined) return teaching.giveUp();
  if (!isBack) return;
  await teaching.lab.bringBack?.();
  teaching.giveUp();
  teaching.present.good(teaching.words.broughtBack);
}

/**
 * Offers to remove what the cluster did not come up with, and to let time go on then; else to go back to a snapshot.
 * Tells what failed.
 */
export async function offerWaysOut(teaching: Teaching): Promise<void> {
  try {
    await teaching.lab.ready();
    teaching.present.notices(teaching.notices);
    if (!(await removeAfterAsking(teaching))) await goBackAfterAsking(teaching);
  } catch (error) {
    teaching.explainFailure(error);
  }
}

/** Whether something was removed. */
async function removeAfterAsking(teaching: Teaching): Promise<boolean> {
  const { lab, shell, present, words } = teaching;
  for (const { object, lines } of await removalsOf(labView(lab, shell.files), lab.troubledBy)) {
    present.prose(["```bash", ...lines, "```"].join("\n"));
    if (!(await teaching.confirm(words.removeIt(object)))) continue;
    await teaching.lines.begin(lines.join("; "));
    for (const text of lines) {
      await runShellLine(teaching, { kind: "shell", text, opensEditor: false });
    }
    await teaching.keep();
    await teaching.lines.end();
    await lab.bringBack?.();
    present.good(words.thawed);
    return true;
  }
  return false;
}

async function goBackAfterAsking(teaching: Teaching): Promise<void> {
  const { lab, present, words } = teaching;
  const snapshots = await lab.snapshots?.() ?? [];
  if (snapshots.length === 0) return;
  const rows = snapshots.map(({ name, takenAt }, at) => [`${at + 1}`, name, localTime(takenAt)]);
  present.prose(["```", renderTable(rows), "```"].join("\n"));
  const numbers = snapshots.map((_, at) => `${at + 1}`);
  const number = await teaching.ask(words.goBackTo(snapshots.length), {
    read: (text) => text === "" || numbers.includes(text) ? Number(text) : undefined,
    again: words.answerNumber(snapshots.length),
  });
  if (!number) return;
  const chosen = snapshots[number - 1];
  await teaching.lines.begin(`lab states --restore ${chosen.name}`);
  await lab.goBackTo!(chosen.name);
  teaching.followLab();
  await teaching.keep();
  await teaching.lines.end();
  present.good(words.wentBackTo(chosen.name));
  if (teaching.step) showStep(teaching);
}
