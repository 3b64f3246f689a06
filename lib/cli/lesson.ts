import { ownCommand } from "../base/mod.ts";
import { type AuthorStage, LessonGate, newLesson as write } from "../authoring/mod.ts";
import { type CommonOptions, openWorkbench, print, warn } from "./context.ts";
import { temporaryHome } from "./home.ts";
import { lessonOf, readAll } from "./shelf.ts";

/** Writes the files of a new lesson. */
export async function newLesson(_options: CommonOptions, name: string): Promise<number> {
  try {
    const { id, files } = await write(name);
    for (const path of files) print(`${path}\n`);
    print(`Write it, then: ${ownCommand().tasks} lesson check ${id}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      warn(
        `Only the task for authors may write lessons: ${ownCommand().tasks} lesson new ${name}`,
      );
      return 2;
    }
    if (!(error instanceof Error) || error.name !== "NewLessonError") throw error;
    warn(error.message);
    return 2;
  }
}

/** Checks one lesson, or all; gives 1 when one cannot be taught as it stands. */
export async function checkLesson(_options: CommonOptions, name?: string): Promise<number> {
  const shelf = await readAll();
  const { lessons, broken } = shelf;
  const found = name === undefined ? undefined : lessonOf(name, shelf);
  let bad = 0;
  for (const { id, why } of found ? [] : broken) {
    print(`${id}\n`);
    warn(`  ✗ ${why}`);
    bad++;
  }
  const gate = new LessonGate(lessons, openStage);
  try {
    for (const loaded of found ? [found] : lessons) {
      print(`${loaded.lesson.id}\n`);
      const report = await gate.check(loaded, (text) => print(`  ${text}\n`));
      for (const problem of report.problems) warn(`  ✗ ${problem}`);
      if (report.problems.length > 0) bad++;
    }
  } finally {
    await gate.close();
  }
  print(bad === 0 ? "Ready to be taught.\n" : `${bad} lesson(s) cannot be taught yet.\n`);
  return bad === 0 ? 0 : 1;
}

/** A stage in a throw-away home; `from` is a home to begin with a copy of. */
export async function openStage(from?: string): Promise<AuthorStage> {
  const home = await temporaryHome("check");
  if (from) await copyHome(from, home);
  const { lab, shell, close } = await openWorkbench(home, { purpose: "tutor lesson check" });
  return {
    lab,
    files: shell.files,
    shell: { run: (line, options) => shell.run(line, options) },
    async keep() {
      await lab.save();
      const kept = await temporaryHome("kept");
      await copyHome(home, kept);
      return {
        open: () => openStage(kept),
        drop: () => Deno.remove(kept, { recursive: true }),
      };
    },
    async close() {
      await close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** Copies the state and the files of a home that nobody writes to just now. */
async function copyHome(from: string, to: string): Promise<void> {
  for await (const entry of Deno.readDir(from)) {
    if (entry.isDirectory) {
      await Deno.mkdir(`${to}/${entry.name}`);
      await copyHome(`${from}/${entry.name}`, `${to}/${entry.name}`);
    } else if (!/^(lock|owner\.json|.*-shm)$/.test(entry.name)) {
      await Deno.copyFile(`${from}/${entry.name}`, `${to}/${entry.name}`);
    }
  }
}
