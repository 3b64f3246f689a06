import {
  copyWhole,
  diskFault,
  readStateFile,
  removeIfThere,
  StateError,
} from "../../sim/state/mod.ts";
import type { StateFile } from "../../sim/seams.ts";
import { databasesIn, makePrivateDir, snapshotNames, snapshotPath } from "./snapshots.ts";

/** A state that a home has. */
export interface KeptState<About = unknown> {
  /** What it is asked for by; the one that is worked on has none. */
  name?: string;
  kind: "present" | "snapshot" | "set-aside";
  path: string;
  /** When it was last written to. */
  savedAt: Date;
  bytes: number;
  /** Why it cannot be used. */
  fault?: StateError;
  /** What `describe` made of it. */
  about?: About;
}

/** The state that is worked on. */
function presentPath(homeDir: string): string {
  return `${homeDir}/state.db`;
}

/** Earlier versions put states aside under such names, beside the one that is worked on. */
const CORRUPT = /^state\.db\.(corrupt-[\w-]+)(?<!-wal|-shm)$/;

/**
 * The states of a home: the one that is worked on first, then snapshots and those that were put aside, the
 * newest first. Each is read through and described; a home that is not there has none. It may be in use.
 * Errors: StateError when the folder cannot be read.
 */
export function listStates<About>(
  homeDir: string,
  describe: (state: StateFile) => About,
): KeptState<About>[] {
  namesIn(homeDir); // So that it is the home that is told of where it is none.
  const present = found<About>({ kind: "present", path: presentPath(homeDir) });
  const kept = [
    ...snapshotNames(homeDir).map((name) =>
      found<About>({ kind: "snapshot", name, path: snapshotPath(homeDir, name) })
    ),
    ...setAsidePaths(homeDir).map(([name, path]) =>
      found<About>({ kind: "set-aside", name, path })
    ),
  ].filter((state) => state !== undefined)
    .sort((a, b) => b.savedAt.getTime() - a.savedAt.getTime());
  const all = present ? [present, ...kept] : kept;
  for (const state of all) look(state, describe);
  return all;
}

function found<About>(
  state: Omit<KeptState<About>, "savedAt" | "bytes">,
): KeptState<About> | undefined {
  try {
    const { mtime, size } = Deno.statSync(state.path);
    const log = sizeAndTime(`${state.path}-wal`);
    const savedAtMs = Math.max(mtime?.getTime() ?? 0, log.size > 0 ? log.timeMs : 0);
    return { ...state, savedAt: new Date(savedAtMs), bytes: size + log.size };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw diskFault(error, state.path) ?? error;
  }
}

function sizeAndTime(path: string): { size: number; timeMs: number } {
  try {
    const { size, mtime } = Deno.statSync(path);
    return { size, timeMs: mtime?.getTime() ?? 0 };
  } catch {
    return { size: 0, timeMs: 0 };
  }
}

function look<About>(state: KeptState<About>, describe: (state: StateFile) => About): void {
  let file: StateFile | undefined;
  try {
    file = readStateFile(state.path);
    state.about = describe(file);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    state.fault = error;
  } finally {
    file?.close();
    if (state.kind !== "present") tidy(state.path);
  }
}

/** Removes the files that SQLite worked with, of a state that nobody works on. */
function tidy(path: string): void {
  if (sizeAndTime(`${path}-wal`).size > 0) return;
  for (const suffix of ["-wal", "-shm"]) removeIfThere(path + suffix);
}

/** The names and paths of the states that were put aside. */
function setAsidePaths(homeDir: string): [name: string, path: string][] {
  const folder = `${homeDir}/set-aside`;
  return [
    ...databasesIn(folder).map((name): [string, string] => [name, `${folder}/${name}.db`]),
    ...namesIn(homeDir).flatMap((file): [string, string][] => {
      const name = CORRUPT.exec(file)?.[1];
      return name ? [[name, `${homeDir}/${file}`]] : [];
    }),
  ];
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw diskFault(error, folder) ?? error;
  }
}

/**
 * Puts the state that is worked on aside, as it is, so that the next start begins afresh; gives its name, or
 * undefined when there is none. Nobody may have it open: hold the home's lock.
 * Errors: StateError.
 */
export function setStateAside(homeDir: string, now: Date): string | undefined {
  const path = presentPath(homeDir);
  const name = now.toISOString().slice(0, 19).replace(/:/g, "-");
  const folder = `${homeDir}/set-aside`;
  makePrivateDir(folder);
  const taken = new Set(databasesIn(folder));
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  const to = `${folder}/${free}.db`;
  try {
    const moved = moveIfThere(path, to);
    const hadLog = moveIfThere(`${path}-wal`, `${to}-wal`);
    removeIfThere(`${path}-shm`);
    return moved || hadLog ? free : undefined;
  } catch (error) {
    throw diskFault(error, path) ?? error;
  }
}

/**
 * Makes a snapshot, or a state that was put aside, the one that is worked on; that one is put aside first,
 * and its name given. A snapshot stays, a state that was put aside is so no more. Hold the home's lock.
 * Errors: StateError for one that cannot be used, and all is as before; Deno.errors.NotFound.
 */
export function restoreState(homeDir: string, name: string, now: Date): string | undefined {
  const chosen = findState(homeDir, name);
  if (!chosen) throw new Deno.errors.NotFound(`There is no state ${JSON.stringify(name)}`);
  readStateFile(chosen.path).close();
  const path = presentPath(homeDir);
  try {
    if (chosen.kind === "snapshot") {
      copyWhole(chosen.path, `${path}.next`);
      const aside = setStateAside(homeDir, now);
      // A process that ends before this leaves it to the next one to do.
      Deno.renameSync(`${path}.next`, path);
      return aside;
    }
    const aside = setStateAside(homeDir, now);
    moveIfThere(`${chosen.path}-wal`, `${path}-wal`);
    Deno.renameSync(chosen.path, path);
    removeIfThere(`${chosen.path}-shm`);
    return aside;
  } catch (error) {
    throw diskFault(error, path) ?? error;
  }
}

/** The state of a name that {@linkcode restoreState} would take. */
export function findState(
  homeDir: string,
  name: string,
): { kind: "snapshot" | "set-aside"; path: string } | undefined {
  if (snapshotNames(homeDir).includes(name)) {
    return { kind: "snapshot", path: snapshotPath(homeDir, name) };
  }
  const aside = setAsidePaths(homeDir).find(([other]) => other === name);
  return aside && { kind: "set-aside", path: aside[1] };
}

/** Removes a state that nobody works on; whether there was one. Hold the home's lock. Errors: StateError. */
export function removeState(homeDir: string, name: string): boolean {
  const found = findState(homeDir, name);
  try {
    for (const suffix of found ? ["", "-wal", "-shm"] : []) removeIfThere(found!.path + suffix);
  } catch (error) {
    throw diskFault(error, found!.path) ?? error;
  }
  return found !== undefined;
}

function moveIfThere(from: string, to: string): boolean {
  try {
    Deno.renameSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
