import { tutorCommand } from "../base/mod.ts";
import { lockHome } from "../labs/mod.ts";
import type { StateFile } from "../labs/lab.ts";
import type { KeptState } from "../labs/state/mod.ts";
import { localTime, renderTable } from "../term/mod.ts";
import { loadProgress, type OldFiles, oldFiles, takeOldFiles, WORDS } from "../tutor/mod.ts";
import type { Language } from "../lesson/lesson.ts";
import { CLI_WORDS, type CliWords } from "./cli_words.ts";
import { type CommonOptions, homeDir, usualLanguage, workspacePlan } from "./context.ts";
import { print } from "./output.ts";
import { UsageError } from "./errors.ts";

interface About {
  cluster?: string;
  lesson?: string;
}

/** What is said of states. */
type StatesWords = CliWords["states"];

type StatesOptions = CommonOptions & {
  restore?: string;
  remove?: string[];
  setAside?: boolean;
  json?: boolean;
};

/** What `--remove` takes for all files that were kept aside. */
const ALL_FILES = "work.old";

/** Lists the states of a home and the files that were kept aside, takes one back, removes some, or begins afresh. */
export async function states(options: StatesOptions): Promise<number> {
  const home = homeDir(options);
  const words = wordsOf(options);
  const { restore, remove, setAside } = options;
  if (restore === undefined && !setAside && !remove) return await list(home, options);
  const { findState } = await import("../labs/state/mod.ts");
  const files = await filesOf(home);
  const isThere = (name: string) =>
    findState(home, name) !== undefined || files.some((old) => old.name === name);
  for (const name of remove?.filter((name) => name !== ALL_FILES) ?? [restore ?? ""]) {
    if (name === "" || isThere(name)) continue;
    throw new UsageError(({ states }) => states.none(name, command()));
  }
  const lock = lockHome(home, "tutor lab states");
  try {
    if (remove) await removeAll(home, remove, files, words);
    else await take(home, restore, files.find(({ name }) => name === restore), languageOf(options));
    return 0;
  } finally {
    lock.release();
  }
}

function languageOf({ lang }: CommonOptions): Language {
  return lang ?? usualLanguage();
}

function wordsOf(options: CommonOptions): CliWords {
  return CLI_WORDS[languageOf(options)];
}

async function filesOf(home: string): Promise<OldFiles[]> {
  try {
    return await oldFiles(workspacePlan(home));
  } catch {
    return []; // What is wrong with the home is told of its states.
  }
}

/** How this command is typed. */
function command(option?: string): string {
  return tutorCommand(option === undefined ? "lab states" : `lab states ${option}`);
}

async function take(
  home: string,
  name: string | undefined,
  files: OldFiles | undefined,
  language: Language,
): Promise<void> {
  const { states: words } = CLI_WORDS[language];
  if (files) {
    const aside = await takeOldFiles(workspacePlan(home), files);
    if (aside) print(`${WORDS[language].filesAside(aside)}\n`);
    print(`${words.filesAre(files.name)}\n`);
    return;
  }
  const { restoreState, setStateAside } = await import("../labs/state/mod.ts");
  const aside = name === undefined
    ? setStateAside(home, new Date())
    : restoreState(home, name, new Date());
  print(`${aside ? words.aside(command(`--restore ${aside}`)) : words.nothingBefore}\n`);
  print(`${name ? words.goesOn(name) : words.afresh}\n`);
}

async function removeAll(
  home: string,
  names: string[],
  files: OldFiles[],
  { states: words }: CliWords,
): Promise<void> {
  const { removeState } = await import("../labs/state/mod.ts");
  for (const name of names) {
    const old = files.filter((old) => old.name === name || name === ALL_FILES);
    for (const { path } of old) await Deno.remove(path, { recursive: true });
    if (old.length === 0 && name !== ALL_FILES) removeState(home, name);
    print(`${words.removed(old.map(({ name }) => name).join(", ") || name)}\n`);
  }
}

async function list(home: string, options: StatesOptions): Promise<number> {
  const { states: words } = wordsOf(options);
  const { listStates } = await import("../labs/state/mod.ts");
  const found = listStates(home, about);
  const files = await filesOf(home);
  if (options.json) {
    print(`${JSON.stringify([...found.map(toJson), ...files.map(filesToJson)], null, 2)}\n`);
    return 0;
  }
  if (found.length + files.length === 0) {
    print(`${words.noneYet(home)}\n`);
    return 0;
  }
  const rows = [
    ...found.map((state) => row(state, words)),
    ...files.map((old) => filesRow(old, words)),
  ];
  print(`${renderTable(rows)}\n`);
  for (const { fault, name } of found) {
    if (fault) print(`${name ?? words.present}: ${fault.told[languageOf(options)]}\n`);
  }
  print(
    `${words.howTo}\n` +
      ["--restore NAME", "--remove NAME…", "--set-aside"]
        .map((option) => `  ${command(option)}\n`).join(""),
  );
  if (files.length > 1) {
    print(`${words.howToRemoveFiles(command(`--remove ${ALL_FILES}`))}\n`);
  }
  return 0;
}

function filesRow({ name, savedAt, bytes }: OldFiles, { yourFiles }: StatesWords): string[] {
  return [name, yourFiles, localTime(savedAt), sizeText(bytes), "", ""];
}

function sizeText(bytes: number): string {
  return bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function filesToJson({ name, path, savedAt, bytes }: OldFiles) {
  return { name, kind: "files", path, savedAt: savedAt.toISOString(), bytes };
}

/** What a learner knows a state by. Errors: StateError for a newer version's. */
function about(state: StateFile): About {
  const cluster = state.get("lab/cluster");
  return {
    cluster: cluster === undefined ? undefined : JSON.parse(cluster).name,
    lesson: loadProgress(state).progress.lesson,
  };
}

function row(
  { name, kind, savedAt, bytes, fault, about }: KeptState<About>,
  words: StatesWords,
): string[] {
  return [
    name ?? words.present,
    kind === "set-aside" || kind === "snapshot" ? words.kinds[kind] : "",
    localTime(savedAt),
    sizeText(bytes),
    fault ? fault.kind : about?.cluster ?? words.noCluster,
    about?.lesson ?? "",
  ];
}

function toJson({ name, kind, path, savedAt, bytes, fault, about }: KeptState<About>) {
  return {
    name: name ?? null,
    kind,
    path,
    savedAt: savedAt.toISOString(),
    bytes,
    cluster: about?.cluster ?? null,
    lesson: about?.lesson ?? null,
    fault: fault ? { kind: fault.kind, key: fault.key ?? null, message: fault.message } : null,
  };
}
