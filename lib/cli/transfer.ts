import { Terminal } from "../term/mod.ts";
import {
  exportPath,
  exportsDir,
  LineKeeper,
  loadProgress,
  makeExport,
  readExport,
  readExportFile,
  stageProgress,
  takeIn,
  WORDS,
  type Words,
  writeExport,
} from "../tutor/mod.ts";
import {
  type CommonOptions,
  confirm,
  homeDir,
  openWorkbench,
  restoreFiles,
  usualLanguage,
  warnOf,
  type Workbench,
} from "./context.ts";
import { print, warn, writeBytes } from "./output.ts";
import { UsageError } from "./errors.ts";
import { openShelf } from "./shelf.ts";
import { endingWell } from "./signals.ts";

/** A file's name that stands for standard output, or input. */
const STREAM = "-";

/** Writes lab, files and progress to a file, or to standard output. */
export async function exportAll(options: CommonOptions, name: string): Promise<number> {
  const { lessons } = await openShelf(options);
  return await onLab(options, "tutor export", async ({ lab, files }, words) => {
    const { progress } = loadProgress(lab.state);
    await lab.ready();
    const { bytes, about } = await makeExport({ lab, files, progress, lessons, words });
    if (name === STREAM) writeBytes(bytes);
    else {
      const path = exportPath(name, exportsDir(homeDir(options)));
      writeExport(path, bytes, words);
      warn(words.exported(path, bytes.length));
    }
    warn(words.exportHolds(about));
    return 0;
  });
}

/** Takes in what was exported, in place of what is there; that can be undone in the tutor. */
export async function importAll(
  options: CommonOptions & { yes?: boolean },
  name: string,
): Promise<number> {
  const isStream = name === STREAM;
  if (isStream && !options.yes) {
    throw new UsageError(({ pipeNeedsYes }) => pipeNeedsYes);
  }
  return await onLab(options, "tutor import", async ({ lab, shell, files }, words) => {
    const path = isStream ? STREAM : exportPath(name, exportsDir(homeDir(options)));
    const bytes = isStream ? await readAll(Deno.stdin.readable) : readExportFile(path, words);
    const read = await readExport(bytes, path, words);
    print(`${words.exportHolds(read.about)}\n`);
    if (!options.yes && !(await isAgreed(options, words))) return 1;
    const lines = new LineKeeper({ lab, shell, files, onFailure: (error) => warn(String(error)) });
    // So that there is a place to go back to.
    stageProgress(lab.state, loadProgress(lab.state).progress);
    await lines.begin(`import ${name}`);
    await takeIn({ lab, lines, followLab: () => restoreFiles(files, words) }, name, read);
    await lab.save();
    await lines.end();
    print(`${words.imported}\n`);
    return 0;
  });
}

async function onLab(
  options: CommonOptions,
  purpose: string,
  work: (bench: Workbench, words: Words) => Promise<number>,
): Promise<number> {
  const bench = await openWorkbench(homeDir(options), { purpose, onNotice: warnOf(options) });
  const { language } = loadProgress(bench.lab.state).progress;
  const words = WORDS[options.lang ?? language ?? usualLanguage()];
  return await endingWell(() => work(bench, words), bench.close);
}

async function isAgreed(options: CommonOptions, words: Words): Promise<boolean> {
  const screen = new Terminal({ plain: options.plain });
  try {
    if (!screen.capabilities.interactive) {
      throw new UsageError(({ nobodyToAsk }) => nobodyToAsk("import"));
    }
    return await confirm(screen, words.confirmImport, words);
  } finally {
    screen.close();
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}
