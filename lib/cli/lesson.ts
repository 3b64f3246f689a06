import { pathToFileURL } from "node:url";
import { ownCommand, withParticles } from "../base/mod.ts";
import {
  AUTHOR_WORDS,
  type AuthorStage,
  type AuthorWords,
  type GateProgress,
  type LessonGate,
  type LessonTexts,
  newLesson as write,
  type NoLesson,
  problemText,
  recordedLesson,
  type RecordedLine,
} from "../authoring/mod.ts";
import {
  lessonChain,
  lessonIds,
  LESSONS_URL,
  loadLessonsApart,
  type Shelf,
} from "../lesson/mod.ts";
import { Terminal, wrapWords } from "../term/mod.ts";
import { openGate } from "./author_stage.ts";
import { type CommonOptions, usualLanguage } from "./context.ts";
import { print, warn } from "./output.ts";
import { lessonsFolder, type LessonsOption } from "./lessons_folder.ts";
import { brokenOf, lessonOf, notEmpty } from "./shelf.ts";
import { UsageError } from "./errors.ts";

/** The options of every command for authors. */
export type AuthorOptions = CommonOptions & LessonsOption;

/** How long a check may take before its lesson is refused, in wall milliseconds. */
const CHECK_MS = 10_000;

function wordsOf(options: CommonOptions): AuthorWords {
  return AUTHOR_WORDS[options.lang ?? usualLanguage()];
}

/** The folders that lessons are read from, the author's own first. */
function foldersOf(
  options: AuthorOptions,
  use: "read" | "write",
): { own: URL; others: URL[]; all: URL[] } {
  const dir = lessonsFolder(options, { task: "lesson", use });
  if (dir === undefined) return { own: LESSONS_URL, others: [], all: [LESSONS_URL] };
  const own = pathToFileURL(`${dir}/`);
  return { own, others: [own], all: [own, LESSONS_URL] };
}

/** The lessons that an author has, and their gate. */
async function openGateFor(
  options: AuthorOptions,
  { use = "read", seeds }: { use?: "read" | "write"; seeds?: number[] } = {},
): Promise<{ shelf: Shelf; gate: LessonGate }> {
  const folders = foldersOf(options, use);
  const { others } = folders;
  const reading = notEmpty(loadLessonsApart(LESSONS_URL, { others, checkMs: CHECK_MS }));
  return await openGate(folders, reading, { seeds });
}

/** A command for authors as it is typed, on the same folder. */
function command(options: AuthorOptions, words: string): string {
  const where = options.lessons === undefined ? "" : ` --lessons ${options.lessons}`;
  return `${ownCommand().tasks} lesson ${words}${where}`;
}

/** Writes the files of a new lesson. */
export async function newLesson(options: AuthorOptions, name: string): Promise<number> {
  return await writeLesson(options, name);
}

async function writeLesson(
  options: AuthorOptions,
  name: string,
  texts?: (id: string, name: string) => LessonTexts,
): Promise<number> {
  const words = wordsOf(options);
  const dir = lessonsFolder(options, { task: "lesson", use: "write" });
  const folder = dir === undefined ? LESSONS_URL : pathToFileURL(`${dir}/`);
  const taken = dir === undefined ? [] : await lessonIds(LESSONS_URL);
  let made: Awaited<ReturnType<typeof write>>;
  try {
    made = await write(name, { folder, taken, ...(texts ? { texts } : {}) });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    warn(words.onlyAuthors(command(options, `new ${name}`)));
    return 2;
  }
  if (typeof made === "string") {
    warn(words[made satisfies NoLesson](name));
    return 2;
  }
  const { id, files } = made;
  const shown = options.lessons ?? "lessons";
  for (const file of files) print(`${shown}/${id}/${file}\n`);
  print(`${words.writeIt(command(options, `check ${id}`))}\n`);
  return 0;
}

/** Checks one lesson, or all; gives 1 when one cannot be taught as it stands. */
export async function checkLesson(
  options: AuthorOptions & { seeds?: string },
  name?: string,
): Promise<number> {
  const beganMs = performance.now();
  const words = wordsOf(options);
  const language = options.lang ?? usualLanguage();
  const seeds = seedsOf(options, words);
  const { shelf, gate } = await openGateFor(options, { seeds });
  let bad = 0;
  try {
    const spoilt = name === undefined ? shelf.broken : brokenOf(name, shelf);
    for (const lesson of spoilt) {
      print(`${lesson.id}\n`);
      warn(`  ✗ ${withParticles(lesson.why[language])}`);
      bad++;
    }
    const whole = name === undefined
      ? await ownLessons(options, shelf)
      : spoilt.length > 0
      ? []
      : [lessonOf(name, shelf)];
    for (const loaded of whole) {
      print(`${loaded.lesson.id}\n`);
      const report = await gate.check(loaded, (at) => print(`  ${progressText(at, words)}\n`));
      for (const problem of report.problems) {
        warn(`  ✗ ${withParticles(problemText(problem, language))}`);
      }
      if (report.problems.length > 0) bad++;
    }
  } finally {
    await gate.close();
  }
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  print(`${bad === 0 ? words.ready(seconds) : words.notReady(bad)}\n`);
  return bad === 0 ? 0 : 1;
}

/** Those of the author's own folder; without one, all. */
async function ownLessons(options: AuthorOptions, { lessons }: Shelf): Promise<Shelf["lessons"]> {
  if (options.lessons === undefined) return lessons;
  const ids = await lessonIds(foldersOf(options, "read").own);
  return lessons.filter(({ lesson }) => ids.includes(lesson.id));
}

function seedsOf({ seeds = "2" }: { seeds?: string }, words: AuthorWords): number[] {
  const count = Number(seeds);
  if (!Number.isInteger(count) || count < 1 || count > 9) {
    throw new UsageError(words.badSeeds(seeds));
  }
  return Array.from({ length: count }, (_, at) => at + 1);
}

function progressText({ at, name, step }: GateProgress, words: AuthorWords): string {
  switch (at) {
    case "playing":
      return words.playing(name);
    case "step":
      return words.step(name);
    case "wrong-answer":
      return words.wrongAnswer(step ?? "", name);
    case "broken":
      return words.broken(name);
    case "seed":
      return words.seed(name);
  }
}

/** Shows a lesson as a learner will see it: its texts, its lines with what they print, its hints and findings. */
export async function previewLesson(options: AuthorOptions, name: string): Promise<number> {
  const language = options.lang ?? usualLanguage();
  const { shelf, gate } = await openGateFor(options);
  try {
    const loaded = lessonOf(name, shelf);
    const { preview } = await import("./preview.ts");
    const { stage, problems } = await gate.open(loaded);
    for (const problem of problems) warn(`✗ ${problemText(problem, language)}`);
    if (!stage) return 1;
    return await preview(stage, loaded, { language, plain: options.plain }) ? 0 : 1;
  } finally {
    await gate.close();
  }
}

/** Makes a lesson of what is typed at a shell. */
export async function recordLesson(
  options: AuthorOptions & { requires?: string },
  name: string,
): Promise<number> {
  const words = wordsOf(options);
  const language = options.lang ?? usualLanguage();
  // What is typed may not be lost for want of leave to write it.
  const { shelf, gate } = await openGateFor(options, { use: "write" });
  let session: RecordedLine[];
  let required: Shelf["lessons"][number];
  try {
    required = lessonOf(options.requires ?? shelf.lessons[0].lesson.id, shelf);
    const { stage, problems } = await gate.openAfter(required);
    for (const problem of problems) warn(problemText(problem, language));
    if (!stage) return 1;
    session = await recordSession(stage, required.lesson.id, options);
  } finally {
    await gate.close();
  }
  if (session.length === 0) {
    warn(words.recordEmpty);
    return 1;
  }
  print(`${words.recorded(session.length)}\n`);
  const chain = lessonChain(required.lesson.id, shelf.lessons).map(({ id }) => id);
  const requires = [...chain, required.lesson.id];
  return await writeLesson(options, name, recordedLesson(session, requires));
}

async function recordSession(
  stage: AuthorStage,
  requires: string,
  options: AuthorOptions,
): Promise<RecordedLine[]> {
  const session: RecordedLine[] = [];
  const screen = new Terminal({ plain: options.plain });
  let said: string[] = [];
  try {
    const head = wrapWords(wordsOf(options).recordHead(requires), screen.capabilities.columns);
    screen.write(`${head.join("\n")}\n`);
    for (;;) {
      const { kind, text } = await nextLine(screen);
      if (kind === "end" || text === "exit") return session;
      if (text === "") continue;
      if (text.startsWith("#")) {
        said.push(text.replace(/^#\s*/, ""));
        continue;
      }
      const ran = await stage.shell.run(text);
      screen.write(ran.printed ?? ran.stdout + ran.stderr);
      // A typing error is no step.
      if (ran.exitCode === 127) continue;
      session.push({ line: text, ...ran, words: said.join(" ") });
      said = [];
    }
  } finally {
    screen.close();
  }
}

async function nextLine(screen: Terminal): Promise<{ kind: "line" | "end"; text: string }> {
  for (;;) {
    const read = await screen.readLine({ prompt: "$ " });
    if (read.kind === "line") return { kind: "line", text: read.text.trim() };
    if (read.kind !== "interrupt") return { kind: "end", text: "" };
  }
}
