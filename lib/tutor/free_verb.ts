import { allOrNothing } from "./all_or_nothing.ts";
import { showStep } from "./show.ts";
import type { Teaching } from "./teaching.ts";
import type { Verb } from "./verb.ts";

/** The name under which the lab is kept as it was when free play began. */
const BEFORE = "before-free-play";

export const free: Verb = {
  name: "free",
  help: {
    en: ["free", "try what you like: nothing counts until `free` again, which can bring all back"],
    ko: ["free", "마음껏 해 보기: 다시 `free` 할 때까지 세지 않고, 그때 모두 되돌릴 수 있음"],
  },
  run: (teaching) => teaching.progress.free ? end(teaching) : begin(teaching),
};

async function begin(teaching: Teaching): Promise<void> {
  const { lab, files, shell, progress, present, words } = teaching;
  const version = await teaching.version();
  if (files && version !== undefined) {
    files.changes().stage();
    await lab.keepStart?.(BEFORE, version, JSON.stringify(shell.environment ?? {}));
  }
  progress.free = true;
  await teaching.keep();
  present.prose(words.freeBegun);
}

/** Goes back to the step, and after asking to the lab and the files of before. */
async function end(teaching: Teaching): Promise<void> {
  const { present, progress, words, step } = teaching;
  const bringsBack = await teaching.confirm(words.confirmFreeEnd);
  const isBack = bringsBack && await bringBack(teaching);
  delete progress.free;
  await teaching.keep();
  if (isBack) present.good(words.freeBack);
  else present.prose(bringsBack ? words.freeLost : words.freeKept);
  if (step) showStep(teaching);
}

/** Whether lab and files are as they were when free play began. */
async function bringBack(teaching: Teaching): Promise<boolean> {
  const { lab, files, shell } = teaching;
  const version = await teaching.version();
  if (!lab.takeStart || !files || version === undefined) return false;
  return await allOrNothing(teaching, "free", async () => {
    const environment = await lab.takeStart!(BEFORE, version);
    if (environment === undefined) return false;
    teaching.restoreFiles();
    shell.forget?.(JSON.parse(environment));
    return true;
  });
}
