import type { Stage } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import {
  beginAnew,
  bringToStart,
  freshProgress,
  loadProgress,
  printedBy,
  resetWorkspace,
  stageProgress,
} from "../tutor/mod.ts";
import {
  type CommonOptions,
  confirm,
  homeDir,
  openWorkbench,
  print,
  restoreFiles,
  warn,
  warnOf,
} from "./context.ts";
import { UsageError } from "./errors.ts";
import { lessonOf, openShelf } from "./shelf.ts";
import { endingWell } from "./signals.ts";

/** Brings a lesson's start back; without a lesson, everything begins afresh. */
export async function reset(
  options: CommonOptions & { yes?: boolean },
  name?: string,
): Promise<number> {
  const shelf = await openShelf(options);
  const { lessons } = shelf;
  const found = name === undefined ? undefined : lessonOf(name, shelf);
  const what = found ? `the start of lesson "${found.lesson.id}"` : "the very beginning";
  if (!options.yes) {
    const screen = new Terminal({ plain: options.plain });
    if (!screen.capabilities.interactive) {
      throw new UsageError("Nobody is here to ask; say --yes to reset.");
    }
    const question = `Bring lab and files back to ${what}? Your files are kept aside. [y/N] `;
    const agreed = await confirm(screen, question);
    screen.close();
    if (!agreed) return 1;
  }
  const { lab, shell, plan, files: keptFiles, close } = await openWorkbench(homeDir(options), {
    purpose: "tutor reset",
    onNotice: warnOf(options),
  });
  return await endingWell(async (signal) => {
    const kept = loadProgress(lab.state).progress;
    await lab.ready();
    keptFiles.changes().stage();
    const before = await lab.checkpoint(found ? `reset ${found.lesson.id}` : "reset");
    const files = await resetWorkspace(plan);
    const goBack = async (code: number) => {
      await files.undo();
      await before.undo();
      restoreFiles(keptFiles);
      await lab.save();
      warn("Lab and files are as they were.");
      return code;
    };
    const progress = { ...freshProgress(), language: kept.language };
    if (!found) {
      for (const cluster of await lab.clusters()) await lab.deleteCluster(cluster);
      for (const prefix of ["tutor/", "shell/", "helm/"]) lab.state.deletePrefix(prefix);
    } else {
      const stage: Stage = { lab, files: shell.files, shell };
      const result = await bringToStart(stage, found.lesson.id, lessons, {
        signal,
        onProgress: ({ lesson, step }) => {
          if (step === 1) print(`${lesson.id}\n`);
        },
      });
      if (signal.aborted) return await goBack(130);
      if (!result.ok) {
        warn(`Lesson "${result.lesson.id}" stopped at: ${result.failed?.line ?? "its first step"}`);
        if (result.failed) warn(printedBy(result.failed));
        return await goBack(1);
      }
      beginAnew(kept, found.lesson.id);
      Object.assign(progress, {
        done: kept.done,
        earlier: kept.earlier,
        records: kept.records,
        inLab: result.inLab,
        lesson: found.lesson.id,
        step: found.lesson.steps[0].id,
      });
    }
    stageProgress(lab.state, progress);
    keptFiles.changes().stage();
    await lab.save();
    before.drop();
    await files.drop();
    if (files.aside) print(`Your files of before are in ${files.aside}\n`);
    print(`Back at ${what}.\n`);
    return 0;
  }, close);
}
