import { type DiskState, removeIfThere, StateError, writeStateFile } from "../../sim/state/mod.ts";
import { START_PARTS } from "../lines.ts";
import { databasesIn, entriesOf, makePrivateDir } from "./snapshots.ts";

/** A lab as it is at the start of something, made by an earlier build of it. */
export interface StartName {
  name: string;
  /** Of the program that made it; another one makes its own. */
  version: string;
}

const ABOUT = "start/about";

/** Keeps what is committed as a start; those of other versions go. Errors: StateError. */
export function writeStart(
  homeDir: string,
  state: DiskState,
  { name, version, about }: StartName & { about: string },
): void {
  const folder = `${homeDir}/starts`;
  makePrivateDir(folder);
  const entries = START_PARTS.flatMap((prefix) => [...state.raw(prefix)]);
  writeStateFile(pathOf(homeDir, { name, version }), [...entries, [ABOUT, about]]);
  for (const other of databasesIn(folder)) {
    if (!other.endsWith(`-${version}`)) removeIfThere(`${folder}/${other}.db`);
  }
}

/** A start and what was noted with it; undefined when there is none that can be used. */
export function readStart(
  homeDir: string,
  start: StartName,
): { about: string; entries: Map<string, string | Uint8Array> } | undefined {
  try {
    const entries = entriesOf(pathOf(homeDir, start), [...START_PARTS, ABOUT]);
    const about = entries.get(ABOUT);
    entries.delete(ABOUT);
    return about === undefined ? undefined : { about: String(about), entries };
  } catch (error) {
    // It is built again.
    if (error instanceof StateError || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function pathOf(homeDir: string, { name, version }: StartName): string {
  return `${homeDir}/starts/${name}-${version}.db`;
}
