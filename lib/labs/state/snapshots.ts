import {
  diskFault,
  type DiskState,
  keepPrivate,
  readStateFile,
  removeIfThere,
} from "../../sim/state/mod.ts";
import type { Snapshot } from "../lab.ts";

/** How many snapshots a home keeps, unless another number is asked for. */
const KEPT = 5;
const NAME = /^[\w-][\w.-]*$/;

export function snapshotsDir(homeDir: string): string {
  return `${homeDir}/snapshots`;
}

/**
 * Keeps a copy of what is committed of a home's state, under a name of letters, digits, dots and dashes; an
 * earlier one of that name is replaced, and the oldest go where there are more than `keep`.
 * Errors: StateError, and all is as before; RangeError for another kind of name.
 */
export function takeSnapshot(
  homeDir: string,
  state: DiskState,
  name: string,
  options: { keep?: number } = {},
): void {
  const folder = snapshotsDir(homeDir);
  makePrivateDir(folder);
  state.copyTo(snapshotPath(homeDir, name));
  const others = lastSnapshots(homeDir).filter((other) => other.name !== name);
  for (const old of others.slice((options.keep ?? KEPT) - 1)) dropSnapshot(homeDir, old.name);
}

/** A home's snapshots, the newest first. */
export function lastSnapshots(homeDir: string): Snapshot[] {
  return snapshotNames(homeDir).map((name) => ({
    name,
    takenAt: Deno.statSync(snapshotPath(homeDir, name)).mtime ?? new Date(0),
  })).sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
}

/**
 * What a database of a home holds under some prefixes; nobody else may have it open.
 * Errors: StateError; Deno.errors.NotFound.
 */
export function entriesOf(
  path: string,
  prefixes: readonly string[],
): Map<string, string | Uint8Array> {
  let state: DiskState | undefined;
  try {
    state = readStateFile(path);
    return new Map(prefixes.flatMap((prefix) => [...state!.raw(prefix)]));
  } finally {
    state?.close();
    for (const suffix of ["-wal", "-shm"]) removeIfThere(path + suffix);
  }
}

/** Removes a snapshot; it may be gone. */
export function dropSnapshot(homeDir: string, name: string): void {
  removeIfThere(snapshotPath(homeDir, name));
}

/** The names of a home's snapshots, in their order. */
export function snapshotNames(homeDir: string): string[] {
  return databasesIn(snapshotsDir(homeDir)).sort();
}

export function snapshotPath(homeDir: string, name: string): string {
  if (!NAME.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name for a snapshot`);
  return `${snapshotsDir(homeDir)}/${name}.db`;
}

/** The names of the databases in a folder, which need not be there. */
export function databasesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".db"))
      .map(({ name }) => name.slice(0, -".db".length));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw diskFault(error, folder) ?? error;
  }
}

/** Makes a folder that its owner alone may look into. Errors: StateError. */
export function makePrivateDir(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskFault(error, folder) ?? error;
  }
  keepPrivate(folder, 0o700);
}
