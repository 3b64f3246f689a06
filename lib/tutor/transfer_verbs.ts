import { greet } from "./greet.ts";
import type { Teaching } from "./teaching.ts";
import {
  exportPath,
  exportsDir,
  makeExport,
  readExport,
  readExportFile,
  takeIn,
  TransferError,
  writeExport,
} from "./transfer.ts";
import { explainVerb, type HelpRow, type Verb } from "./verb.ts";

/** A file's name may have spaces. */
const MOST_WORDS = 20;

const EXPORT_AND_IMPORT: HelpRow = {
  en: [
    "export X.lab, import X.lab",
    "all of this in a file: place, records, lab, your files (those over 1 MB not); and take it in",
  ],
  ko: [
    "export X.lab, import X.lab",
    "위치, 기록, 실습 환경, 파일(1 MB 넘는 것 제외)을 한 파일로 내보내기, 가져오기",
  ],
};

export const exportAll: Verb = {
  name: "export",
  help: EXPORT_AND_IMPORT,
  takes: () => [],
  // `export NAME` and `export NAME=value` are the shell's.
  suits: (words) => /^[^-=][^=]*[./][^=]*$|^[./]/.test(words.join(" ")),
  // Shell variables that are exported without a value are written in capitals.
  likely: ([name = "", ...rest]) =>
    rest.length === 0 && /^[a-z][a-z0-9-]*$/.test(name) ? `export ${name}.lab` : undefined,
  most: MOST_WORDS,
  run: (teaching, ...given) =>
    telling(teaching, async (folder) => {
      const { present, words } = teaching;
      const path = exportPath(fileOf(given), folder);
      const { bytes, about } = await makeExport(teaching);
      writeExport(path, bytes, words);
      present.good(words.exported(path, bytes.length));
      present.line(words.exportHolds(about));
    }),
};

export const importAll: Verb = {
  name: "import",
  help: EXPORT_AND_IMPORT,
  takes: ({ home }) => home === undefined ? [] : namesIn(exportsDir(home)),
  most: MOST_WORDS,
  run: (teaching, ...given) =>
    given.length === 0
      ? explainVerb(teaching.present, importAll)
      : telling(teaching, (folder) => importFrom(teaching, exportPath(fileOf(given), folder))),
};

/** A file as it was typed, in quotes or not; its name may have spaces. */
function fileOf(words: readonly string[]): string {
  const typed = words.join(" ");
  return /^(['"])(.*)\1$/.exec(typed)?.[2] ?? typed;
}

async function importFrom(teaching: Teaching, path: string): Promise<void> {
  const { present, words } = teaching;
  const read = await readExport(readExportFile(path, words), path, words);
  present.line(words.exportHolds(read.about));
  if (!(await teaching.confirm(words.confirmImport))) return present.line(words.kept);
  await takeIn(teaching, path, read);
  await teaching.keep();
  present.good(words.imported);
  await greet(teaching);
}

/** Does what may be refused, and says why where it is. */
async function telling(
  { home, lab, present, words }: Teaching,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  if (home === undefined || !lab.unpack) return present.prose(words.cannotExport);
  try {
    await work(exportsDir(home));
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    present.bad(error.message);
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return []; // Nothing was exported yet.
  }
}
