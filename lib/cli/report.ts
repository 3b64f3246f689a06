import { type LoadedLesson, loadLessonsApart } from "../lesson/mod.ts";
import { diskFault, TIME } from "../labs/mod.ts";
import { renderTable } from "../term/mod.ts";
import { freshProgress, loadProgress, type Progress, WORDS } from "../tutor/mod.ts";
import { type CommonOptions, homeDir, localeLanguage, print } from "./context.ts";

interface Recorded {
  progress: Progress;
  /** Lab time in milliseconds since the Unix epoch, and the cluster's name, when there is one. */
  nowMs?: number;
  cluster?: string;
}

/** Prints the lessons and how far the learner is. */
export async function list(options: CommonOptions & { json?: boolean }): Promise<number> {
  const lessons = await loadLessonsApart();
  const { progress } = await readRecord(homeDir(options));
  const rows = lessons.map(({ lesson }) => ({
    id: lesson.id,
    title: lesson.title,
    minutes: lesson.minutes,
    requires: lesson.requires,
    steps: lesson.steps.length,
    done: doneCount(progress, lesson.id),
    current: lesson.id === progress.lesson,
  }));
  if (options.json) {
    print(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const language = languageFor(options, progress);
  const table = rows.map((row, index) => [
    `${row.current ? ">" : " "} ${index + 1}`,
    row.id,
    `${row.done}/${row.steps}`,
    `${row.minutes} min`,
    row.title[language],
  ]);
  const columns = Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  print(`${renderTable(table, columns)}\n`);
  return 0;
}

/** Prints where the learner is and how the lab stands. */
export async function status(options: CommonOptions & { json?: boolean }): Promise<number> {
  const lessons = await loadLessonsApart();
  const home = homeDir(options);
  const record = await readRecord(home);
  const { progress } = record;
  const at = position(progress, lessons);
  if (options.json) {
    const told = {
      home,
      language: languageFor(options, progress),
      lesson: progress.lesson ?? null,
      step: progress.step ?? null,
      stepDone: progress.stepDone ?? false,
      done: progress.done,
      cluster: record.cluster ?? null,
      labTime: record.nowMs ? new Date(record.nowMs).toISOString() : null,
    };
    print(`${JSON.stringify(told, null, 2)}\n`);
    return 0;
  }
  const language = languageFor(options, progress);
  const words = WORDS[language];
  if (at) print(`${words.statusLine(at.loaded.lesson.title[language], at.step, at.steps)}\n`);
  else print(`${words.notBegun}\n`);
  if (record.nowMs) {
    const time = new Date(record.nowMs).toISOString().slice(0, 19).replace("T", " ");
    print(`${words.clockLine(time, record.cluster ?? words.noCluster)}\n`);
  }
  print(`${home}\n`);
  return 0;
}

function languageFor(options: CommonOptions, progress: Progress) {
  return options.lang ?? progress.language ?? localeLanguage();
}

function position(progress: Progress, lessons: readonly LoadedLesson[]) {
  const loaded = lessons.find(({ lesson }) => lesson.id === progress.lesson);
  if (!loaded) return undefined;
  const { steps } = loaded.lesson;
  return {
    loaded,
    step: steps.findIndex((step) => step.id === progress.step) + 1,
    steps: steps.length,
  };
}

function doneCount(progress: Progress, lesson: string): number {
  return Object.keys(progress.done[lesson] ?? {}).length;
}

/** Reads what is kept, also while another process works on it; makes nothing. Errors: StateError. */
async function readRecord(home: string): Promise<Recorded> {
  const path = `${home}/state.db`;
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { progress: freshProgress() };
    throw diskFault(error, home) ?? error;
  }
  const { readStateFile } = await import("../sim/state/mod.ts");
  const state = readStateFile(path);
  try {
    const cluster = state.get("lab/cluster");
    return {
      progress: loadProgress(state).progress,
      nowMs: Number(state.get(TIME)) || undefined,
      cluster: cluster ? JSON.parse(cluster).name : undefined,
    };
  } finally {
    state.close();
  }
}
