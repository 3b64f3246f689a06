import { labView } from "../lesson/mod.ts";
import { escapeMarkdown } from "../term/mod.ts";
import { ask } from "./present.ts";
import { removalOf } from "./removal.ts";
import { runShellLine } from "./shell_line.ts";
import type { Teaching } from "./teaching.ts";

/** How long the cluster may keep silent before that is said, in wall milliseconds. */
const SILENCE_MS = 2_000;
const LOOK_EVERY_MS = 200;

/**
 * Waits for what a line asks for, and tells what failed. When the cluster keeps silent meanwhile that is said, with
 * what it is at, and Ctrl-C asks whether to wait on or to bring it back.
 */
export async function attend(teaching: Teaching, work: Promise<void>): Promise<void> {
  const { lab, present, screen, words } = teaching;
  let asking: Promise<void> | undefined;
  let release: (() => void) | undefined;
  const ask = () => {
    if (!isSilent(teaching)) return teaching.giveUp();
    asking ??= askWhetherToWait(teaching)
      .catch((error) => teaching.explainFailure(error))
      .finally(() => asking = undefined);
  };
  const timer = setInterval(() => {
    if (!isSilent(teaching) || release) return;
    present.endProgress();
    present.note(words.silent(lab.doing && escapeMarkdown(lab.doing)));
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
  return (lab.silentMs ?? 0) >= SILENCE_MS;
}

async function askWhetherToWait(teaching: Teaching): Promise<void> {
  const read = await ask(teaching.screen, teaching.words.waitOrBringBack);
  // Ctrl-C once more is meant for the line.
  if (read.kind !== "line") return teaching.giveUp();
  if (!/^(b|ㅠ)/i.test(read.text.trim())) return;
  await teaching.lab.bringBack?.();
  teaching.giveUp();
  teaching.present.good(teaching.words.broughtBack);
}

/** Offers to remove what the cluster did not come up with, and to let time go on then; tells what failed. */
export async function offerRemoval(teaching: Teaching): Promise<void> {
  await removeAfterAsking(teaching).catch((error) => teaching.explainFailure(error));
}

async function removeAfterAsking(teaching: Teaching): Promise<void> {
  const { lab, shell, present, words } = teaching;
  await lab.ready();
  present.notices(teaching.notices);
  const lines = await removalOf(labView(lab, shell.files), lab.troubledBy);
  if (lines.length === 0) return;
  present.prose(["```", ...lines, "```"].join("\n"));
  if (!(await teaching.confirm(words.removeIt))) return;
  for (const text of lines) {
    await runShellLine(teaching, { kind: "shell", text, opensEditor: false });
  }
  await teaching.keep();
  await lab.bringBack?.();
  present.good(words.thawed);
}
