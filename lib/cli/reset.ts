import { withParticles } from "../base/mod.ts";
import { plantBreaks, type Stage } from "../lesson/mod.ts";
import { Terminal, wrapWords } from "../term/mod.ts";
import {
  beginAnew,
  bringToStart,
  drawnIn,
  drawOnce,
  freshProgress,
  loadProgress,
  printedBy,
  resetWorkspace,
  stageProgress,
  WORDS,
} from "../tutor/mod.ts";
import {
  type CommonOptions,
  confirm,
  homeDir,
  openWorkbench,
  restoreFiles,
  usualLanguage,
  warnOf,
} from "./context.ts";
import { CLI_WORDS } from "./cli_words.ts";
import { print, warn } from "./output.ts";
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
  const words = CLI_WORDS[options.lang ?? usualLanguage()];
  const what = found ? words.lessonStart(found.lesson.id) : words.veryBeginning;
  if (!options.yes) {
    const screen = new Terminal({ plain: options.plain });
    if (!screen.capabilities.interactive) {
      throw new UsageError(({ nobodyToAsk }) => nobodyToAsk("reset"));
    }
    const question = withParticles(words.confirmReset(what));
    const agreed = await confirm(screen, question, WORDS[options.lang ?? usualLanguage()]);
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
    const files = await resetWorkspace(plan).catch(async (error) => {
      await before.undo();
      throw error;
    });
    const goBack = async (code: number) => {
      try {
        await files.undo();
      } finally {
        await before.undo();
        restoreFiles(keptFiles);
        await lab.save();
      }
      warn(words.asBefore);
      return code;
    };
    const progress = { ...freshProgress(), language: kept.language };
    if (!found) {
      for (const cluster of await lab.clusters()) await lab.deleteCluster(cluster);
      for (const prefix of ["tutor/", "shell/", "helm/"]) lab.state.deletePrefix(prefix);
    } else {
      drawOnce(kept, found.lesson);
      const drawn = drawnIn(kept, found.lesson);
      const stage: Stage = { lab, files: shell.files, shell, drawn };
      const result = await bringToStart(stage, found.lesson.id, lessons, {
        signal,
        onProgress: ({ lesson, step }) => {
          if (step === 1) print(`${lesson.id}\n`);
        },
      });
      const failed = result.ok && !signal.aborted
        ? await plantBreaks(stage, found.lesson, { signal })
        : undefined;
      if (signal.aborted) return await goBack(130);
      if (failed) {
        warn(words.notBroken(found.lesson.id, failed.line));
        warn(printedBy(failed));
        return await goBack(1);
      }
      if (!result.ok) {
        warn(words.stoppedAt(result.lesson.id, result.failed?.line));
        if (result.failed) warn(printedBy(result.failed));
        return await goBack(1);
      }
      beginAnew(kept, found.lesson.id);
      Object.assign(progress, {
        done: kept.done,
        earlier: kept.earlier,
        records: kept.records,
        seed: kept.seed,
        passes: kept.passes,
        inLab: result.inLab,
        lesson: found.lesson.id,
        step: found.lesson.steps[0].id,
      });
    }
    stageProgress(lab.state, progress);
    keptFiles.changes().stage();
    try {
      await before.drop();
    } catch (error) {
      await goBack(1);
      throw error;
    }
    await files.drop();
    if (files.aside) {
      const { filesAside, openThere } = WORDS[options.lang ?? usualLanguage()];
      const told = wrapWords(openThere(files.isWhole), 80);
      print(`${filesAside(files.aside)}\n${told.join("\n")}\n`);
    }
    print(`${withParticles(words.backAt(what))}\n`);
    return 0;
  }, close);
}
