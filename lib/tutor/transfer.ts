import { resolve } from "node:path";
import { typedPath } from "../base/mod.ts";
import { diskFault, type Lab, writePrivately } from "../labs/mod.ts";
import type { LoadedLesson } from "../lesson/mod.ts";
import { allOrNothing, type Restorable } from "./all_or_nothing.ts";
import type { KeptFiles } from "./kept_files.ts";
import type { Progress } from "./progress.ts";
import { tallyAll } from "./records.ts";
import type { Words } from "./words.ts";

/** What an export says of itself. */
export interface ExportAbout {
  /** When it was made, as the wall has it. */
  madeAt: string;
  lesson?: string;
  done: number;
  steps: number;
  files: number;
  cluster?: string;
}

/** An export that was read and found whole. */
export interface Export {
  about: ExportAbout;
  entries: ReadonlyMap<string, string | Uint8Array>;
}

/** An export cannot be written or read as it was asked; the message is the learner's. */
export class TransferError extends Error {
  override name = "TransferError";
}

/** Where exports are that were named without a folder. */
export function exportsDir(home: string): string {
  return `${home}/exports`;
}

/** Where a file lies that was named: one without a folder in `folder`, another one where the command was typed. */
export function exportPath(name: string, folder: string): string {
  if (!/[/\\]/.test(name)) return `${folder}/${name}`;
  return typedPath(name);
}

/** The lab, the files and the progress as bytes, and what is in them. Errors: TransferError, StateError. */
export async function makeExport(
  { lab, files, progress, lessons, words }: {
    lab: Lab;
    files?: KeptFiles;
    progress: Progress;
    lessons: readonly LoadedLesson[];
    words: Words;
  },
): Promise<{ bytes: Uint8Array<ArrayBuffer>; about: ExportAbout }> {
  if (!lab.entries) throw new TransferError(words.cannotExport);
  files?.changes().stage();
  const { done, steps } = tallyAll(lessons, progress);
  const about: ExportAbout = {
    madeAt: new Date().toISOString(),
    ...(progress.lesson === undefined ? {} : { lesson: progress.lesson }),
    done,
    steps,
    files: [...lab.state.keys("files/")].filter((path) => !path.endsWith("/")).length,
    cluster: (await lab.clusters())[0],
  };
  const { packOf } = await import("../labs/state/mod.ts");
  return { bytes: await packOf(await lab.entries(), JSON.stringify(about)), about };
}

/** Writes an export, whole or not at all; never over a file that is there. Errors: TransferError, StateError. */
export function writeExport(path: string, bytes: Uint8Array, words: Words): void {
  if (!may("write", path)) throw new TransferError(words.mayNotWrite(path));
  try {
    Deno.mkdirSync(resolve(path, ".."), { recursive: true });
    if (isThere(path)) throw new TransferError(words.exportIsThere(path));
    writePrivately(path, bytes);
  } catch (error) {
    throw diskFault(error, path) ?? error;
  }
}

/** Errors: TransferError, StateError. */
export function readExportFile(path: string, words: Words): Uint8Array<ArrayBuffer> {
  if (!may("read", path)) throw new TransferError(words.mayNotRead(path));
  try {
    // A pipe would hold this thread, and with it Ctrl-C, until somebody writes to it.
    if (!Deno.statSync(path).isFile) throw new TransferError(words.badExport["no-pack"](path, 0));
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof TransferError) throw error;
    if (error instanceof Deno.errors.NotFound) throw new TransferError(words.noExport(path));
    throw diskFault(error, path) ?? error;
  }
}

/** What is in an export; `name` is what it is called in words. Errors: TransferError. */
export async function readExport(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  words: Words,
): Promise<Export> {
  const { PackError, readPack } = await import("../labs/state/mod.ts");
  try {
    const { about, entries } = readPack(bytes);
    return { about: JSON.parse(about), entries };
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    throw new TransferError(words.badExport[error.kind](name, error.format));
  }
}

/** Puts what an export holds in place of all that is there, whole or not at all; `name` is the export's in `undo`. */
export async function takeIn(place: Restorable, name: string, { entries }: Export): Promise<void> {
  await allOrNothing(place, `import ${name}`, async () => {
    await place.lab.unpack!(entries);
    place.followLab();
  });
}

function may(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
