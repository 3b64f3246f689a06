import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { ownCommand } from "../base/mod.ts";
import {
  AUTHOR_WORDS,
  type AuthorStage,
  type AuthorWords,
  type GateProgress,
  type KeptStage,
  LessonGate,
  type LessonTexts,
  newLesson as write,
  type NoLesson,
  problemText,
  recordedLesson,
  type RecordedLine,
  type StartCache,
} from "../authoring/mod.ts";
import { lessonChain, LESSONS_URL, loadLessonsApart, type Shelf } from "../lesson/mod.ts";
import { Terminal } from "../term/mod.ts";
import { type CommonOptions, localeLanguage, openWorkbench, PROJECT_URL } from "./context.ts";
import { ownFolder, temporaryHome } from "./home.ts";
import { print, warn } from "./output.ts";
import { lessonsFolder, type LessonsOption } from "./lessons_folder.ts";
import { brokenText, lessonOf, notEmpty } from "./shelf.ts";
import { UsageError } from "./errors.ts";
import { contentVersion } from "./version.ts";

/** The options of every command for authors. */
export type AuthorOptions = CommonOptions & LessonsOption;

/** How long a check may take before its lesson is refused, in wall milliseconds. */
const CHECK_MS = 10_000;

function wordsOf(options: CommonOptions): AuthorWords {
  return AUTHOR_WORDS[options.lang ?? localeLanguage()];
}

/** The folders that lessons are read from, the author's own first. */
function foldersOf(options: AuthorOptions): { own: URL; others: URL[]; all: URL[] } {
  const dir = lessonsFolder(options, "lesson check");
  if (dir === undefined) return { own: LESSONS_URL, others: [], all: [LESSONS_URL] };
  const own = pathToFileURL(`${dir}/`);
  return { own, others: [own], all: [own, LESSONS_URL] };
}

async function readShelfFor(
  options: AuthorOptions,
): Promise<Shelf & { folders: URL[]; others: URL[] }> {
  const { others, all } = foldersOf(options);
  const shelf = await notEmpty(loadLessonsApart(LESSONS_URL, { others, checkMs: CHECK_MS }));
  return { ...shelf, folders: all, others };
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
  const dir = lessonsFolder(options, `lesson new ${name}`, "write");
  const folder = dir === undefined ? LESSONS_URL : pathToFileURL(`${dir}/`);
  const taken = dir === undefined ? [] : (await loadIds(LESSONS_URL));
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

async function loadIds(folder: URL): Promise<string[]> {
  const { lessonIds } = await import("../lesson/mod.ts");
  return await lessonIds(folder);
}

/** Checks one lesson, or all; gives 1 when one cannot be taught as it stands. */
export async function checkLesson(
  options: AuthorOptions & { seeds?: string },
  name?: string,
): Promise<number> {
  const beganMs = performance.now();
  const words = wordsOf(options);
  const language = options.lang ?? localeLanguage();
  const seeds = seedsOf(options, words);
  const shelf = await readShelfFor(options);
  const { lessons, broken, folders } = shelf;
  const spoilt = broken.filter(({ id }) =>
    name === undefined || id === name || id.slice(3) === name || id.slice(0, 2) === name
  );
  const found = name === undefined || spoilt.length > 0 ? undefined : lessonOf(name, shelf);
  let bad = 0;
  for (const lesson of spoilt) {
    print(`${lesson.id}\n`);
    warn(`  ✗ ${brokenText(lesson, language)}`);
    bad++;
  }
  const own = options.lessons === undefined ? lessons : await lessonsIn(folders[0], lessons);
  const gate = new LessonGate(lessons, (seed) => openStage({ seed, lessons: shelf.others }), {
    seeds,
    folders,
    starts: await diskStarts(shelf),
  });
  try {
    for (const loaded of found ? [found] : name === undefined ? own : []) {
      print(`${loaded.lesson.id}\n`);
      const report = await gate.check(loaded, (at) => print(`  ${progressText(at, words)}\n`));
      for (const problem of report.problems) warn(`  ✗ ${problemText(problem, language)}`);
      if (report.problems.length > 0) bad++;
    }
  } finally {
    await gate.close();
  }
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  print(`${bad === 0 ? words.ready(seconds) : words.notReady(bad)}\n`);
  return bad === 0 ? 0 : 1;
}

async function lessonsIn(folder: URL, lessons: Shelf["lessons"]): Promise<Shelf["lessons"]> {
  const ids = await loadIds(folder);
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
  const shelf = await readShelfFor(options);
  const loaded = lessonOf(name, shelf);
  const language = options.lang ?? localeLanguage();
  const gate = new LessonGate(shelf.lessons, (seed) => openStage({ seed, lessons: shelf.others }), {
    folders: shelf.folders,
    starts: await diskStarts(shelf),
  });
  const { preview } = await import("./preview.ts");
  try {
    const { stage, problems } = await gate.open(loaded);
    for (const problem of problems) warn(`✗ ${problemText(problem, language)}`);
    if (!stage) return 1;
    try {
      return await preview(stage, loaded, { language, plain: options.plain }) ? 0 : 1;
    } finally {
      await stage.close();
    }
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
  const language = options.lang ?? localeLanguage();
  const shelf = await readShelfFor(options);
  const required = lessonOf(options.requires ?? shelf.lessons[0].lesson.id, shelf);
  const gate = new LessonGate(shelf.lessons, (seed) => openStage({ seed, lessons: shelf.others }), {
    folders: shelf.folders,
    starts: await diskStarts(shelf),
  });
  let session: RecordedLine[];
  try {
    const { stage, problems } = await gate.openAfter(required);
    for (const problem of problems) warn(problemText(problem, language));
    if (!stage) return 1;
    try {
      session = await recordSession(stage, required.lesson.id, options);
    } finally {
      await stage.close();
    }
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
    screen.write(`${wordsOf(options).recordHead(requires)}\n`);
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

/** A stage in a throw-away home; `from` is a home to begin with a copy of. */
export async function openStage(
  { from, seed, lessons }: { from?: string; seed?: number; lessons?: readonly URL[] } = {},
): Promise<AuthorStage> {
  const home = await temporaryHome("check");
  if (from) await copyHome(from, home);
  const { lab, shell, close } = await openWorkbench(home, {
    purpose: "tutor lesson check",
    seed,
    lessons,
  });
  // A check asks at once, and what is asked of a lab that is still coming up is not kept waiting for long.
  if (from) await lab.ready();
  return {
    lab,
    files: shell.files,
    shell: { run: (line, options) => shell.run(line, options) },
    async keep() {
      await lab.save();
      const kept = await temporaryHome("kept");
      await copyHome(home, kept);
      return {
        home: kept,
        open: () => openStage({ from: kept, seed, lessons }),
        drop: () => Deno.remove(kept, { recursive: true }),
      };
    },
    async close() {
      await close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** Starts that are kept on the disk, by the content of program and lessons; those of another program go. */
async function diskStarts(
  { folders, others }: { folders: readonly URL[]; others: readonly URL[] },
): Promise<StartCache> {
  const program = await contentVersion(PROJECT_URL, ["examples", "helm_values", "lib"]);
  const all = `${ownFolder()}/checks`;
  const folder = `${all}/${program}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  for await (const { name } of Deno.readDir(all)) {
    if (name !== program) await Deno.remove(`${all}/${name}`, { recursive: true }).catch(() => {});
  }
  const dirOf = async (lessons: readonly string[], seed: number) => {
    const hash = createHash("sha256").update(`${seed}\n`);
    for (const id of lessons) hash.update(`${id} ${await versionOf(id)}\n`);
    return `${folder}/${hash.digest("hex").slice(0, 16)}`;
  };
  const versions = new Map<string, Promise<string>>();
  const versionOf = (id: string): Promise<string> => {
    const known = versions.get(id);
    if (known) return known;
    const version = (async () => {
      for (const one of folders) {
        const isThere = await Deno.stat(new URL(`${id}/`, one)).then(() => true, () => false);
        if (isThere) return await contentVersion(one, [id]);
      }
      return "";
    })();
    versions.set(id, version);
    return version;
  };
  return {
    async open(lessons, seed) {
      const dir = await dirOf(lessons, seed);
      const isThere = await Deno.stat(dir).then(() => true, () => false);
      return isThere ? await openStage({ from: dir, seed, lessons: others }) : undefined;
    },
    async put(lessons, seed, kept: KeptStage) {
      const dir = await dirOf(lessons, seed);
      const part = await Deno.makeTempDir({ dir: folder, prefix: "part-" });
      await copyHome(kept.home, part);
      // Whoever was first has made the same.
      await Deno.rename(part, dir).catch(() => Deno.remove(part, { recursive: true }));
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
