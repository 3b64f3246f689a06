import { pathToFileURL } from "node:url";
import { diskFault, writePrivately } from "../labs/mod.ts";
import { freeBeside, lookAt } from "./kept_files.ts";

/** The learner's files, put back to what they began with. */
export interface FilesReset {
  /** Where the files of before are kept, when they were changed. */
  aside?: string;
  /** Whether a folder went as a whole with all that is in it: a terminal that is open there is not among the new files. */
  isWhole?: boolean;
  /** Puts the files of before back. */
  undo(): Promise<void>;
  /** They are not wanted any more, unless they were changed. */
  drop(): Promise<void>;
}

/** Where the learner's files come from and go to. */
export interface WorkspacePlan {
  /** The project's folder, with `examples/` and `helm_values/`. */
  projectUrl: URL;
  /** The learner's folder. */
  workspaceDir: string;
}

/** What a workspace begins with: folders of the project, and the Makefile at its top. */
const FOLDERS = ["examples", "helm_values"];
const MAKEFILE = "helm_values/Makefile";

/**
 * Puts the project's files into a workspace that is not there yet; files that somebody was killed over are brought where
 * they belong first. Errors: StateError, also for one that is no folder.
 */
export function seedWorkspace(plan: WorkspacePlan): Promise<void> {
  return onDisk(plan, async () => {
    await finishMove(plan);
    await (await exists(plan.workspaceDir) ? readable(plan.workspaceDir) : seed(plan));
  });
}

async function readable(folder: string): Promise<void> {
  for await (const _ of Deno.readDir(folder)) return;
}

async function seed(plan: WorkspacePlan): Promise<void> {
  await Deno.rename(await build(plan), plan.workspaceDir);
}

/** Builds the project's files beside a workspace, so that a killed process leaves no half of it; gives where. */
async function build(plan: WorkspacePlan): Promise<string> {
  const building = `${plan.workspaceDir}.new`;
  await removeAll(building);
  await Deno.mkdir(building, { recursive: true, mode: 0o700 });
  for (const folder of FOLDERS) {
    await copyFolder(new URL(`${folder}/`, plan.projectUrl), `${building}/${folder}`);
  }
  await Deno.writeTextFile(
    `${building}/Makefile`,
    await Deno.readTextFile(new URL(MAKEFILE, plan.projectUrl)),
  );
  return building;
}

/**
 * Puts the files of a folder in place of the workspace's, which go into another that is not there yet. Where the disk
 * refuses that, all is as before. Whether a folder went as a whole.
 */
async function exchange(plan: WorkspacePlan, comes: string, aside: string): Promise<boolean> {
  await Deno.stat(comes);
  try {
    mark(plan, aside);
    const isOutWhole = await moveOver(plan.workspaceDir, aside);
    return await bringIn(plan, comes) || isOutWhole;
  } catch (error) {
    await bringIn(plan, aside).catch(() => {}); // What is left is brought in the next time.
    throw error;
  }
}

/** Puts the files of a folder, if there is one, among those of the workspace; whether it went as a whole. */
async function bringIn(plan: WorkspacePlan, folder: string): Promise<boolean> {
  mark(plan, folder);
  const isWhole = await exists(folder) && await putIn(folder, plan.workspaceDir);
  await Deno.remove(markOf(plan)).catch(() => {});
  return isWhole;
}

/** Brings in what somebody was bringing in, or taking out, when they were killed. */
async function finishMove(plan: WorkspacePlan): Promise<void> {
  const folder = await Deno.readTextFile(markOf(plan)).catch(() => "");
  if (/^\.(new|old(-\d+)?)$/.test(folder)) await bringIn(plan, plan.workspaceDir + folder);
}

/** While files are moved: what the name of the folder that belongs into the workspace has behind the workspace's. */
function markOf({ workspaceDir }: WorkspacePlan): string {
  return `${workspaceDir}.moving`;
}

/** A full disk keeps nobody from moving files; there is no mark then. */
function mark(plan: WorkspacePlan, folder: string): void {
  try {
    writePrivately(markOf(plan), folder.slice(plan.workspaceDir.length));
  } catch {
    if (lookAt(markOf(plan))) Deno.removeSync(markOf(plan));
  }
}

/**
 * Moves the files of a folder into another. The folders stay where they are, for the terminals that are open in them;
 * where the disk refuses that, all goes as a whole, with what is in the other; whether it did.
 */
async function moveOver(from: string, to: string): Promise<boolean> {
  try {
    await moveFiles(from, to);
    return false;
  } catch (error) {
    try {
      if (await exists(to)) {
        await moveFiles(to, from);
        await dropFolders(to);
        await Deno.remove(to);
      }
      await Deno.rename(from, to);
      return true;
    } catch {
      throw error;
    }
  }
}

/** Nothing is overwritten: what stands in the way, as a file that was saved meanwhile, is left beside as `NAME.old-1`. */
async function moveFiles(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(from))) {
    const [path, target] = [`${from}/${name}`, `${to}/${name}`];
    const there = lookAt(target);
    if (there && !(isDirectory && there.isDirectory)) await Deno.rename(target, freeBeside(target));
    await (isDirectory ? moveFiles : Deno.rename)(path, target);
  }
}

/**
 * Puts the files of a folder into a workspace, whose folders go where they have none and the other had no such; it goes
 * itself. Whether it went as a whole.
 */
async function putIn(from: string, workspaceDir: string): Promise<boolean> {
  if (await moveOver(from, workspaceDir)) return true;
  await dropFolders(workspaceDir, from);
  await dropFolders(from);
  await Deno.remove(from).catch(() => {});
  return false;
}

/** Removes the folders in a folder that nothing is in, and that another does not have. */
async function dropFolders(folder: string, but?: string): Promise<void> {
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(folder))) {
    if (!isDirectory) continue;
    const other = but && `${but}/${name}`;
    await dropFolders(`${folder}/${name}`, other);
    // What was saved in it meanwhile keeps it.
    if (!other || !lookAt(other)) await Deno.remove(`${folder}/${name}`).catch(() => {});
  }
}

/** Does what may be refused by the disk. Errors: StateError. */
async function onDisk<T>({ workspaceDir }: WorkspacePlan, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFault(error, workspaceDir) ?? error;
  }
}

/**
 * Keeps the present files aside and begins with the project's; with a way back.
 * Errors: StateError.
 */
export function resetWorkspace(plan: WorkspacePlan): Promise<FilesReset> {
  return onDisk(plan, () => replaceWorkspace(plan));
}

async function replaceWorkspace(plan: WorkspacePlan): Promise<FilesReset> {
  const { workspaceDir } = plan;
  await finishMove(plan);
  if (!await exists(workspaceDir)) {
    await seed(plan);
    return { undo: () => Promise.resolve(), drop: () => Promise.resolve() };
  }
  const changed = await isChanged(plan);
  const old = changed ? freeBeside(workspaceDir) : `${workspaceDir}.old`;
  if (!changed) await removeAll(old);
  const building = await build(plan);
  const isWhole = await exchange(plan, building, old).catch(async (error) => {
    await removeAll(building);
    throw error;
  });
  return {
    ...(changed ? { aside: old } : {}),
    isWhole,
    undo: async () => {
      const unwanted = `${workspaceDir}.new`;
      await removeAll(unwanted);
      await exchange(plan, old, unwanted);
      await removeAll(unwanted);
    },
    drop: async () => {
      if (!changed) await removeAll(old);
    },
  };
}

/** What cannot be removed is left. */
async function removeAll(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
}

/** The learner's files of an earlier time. */
export interface OldFiles {
  /** By which they are asked for: `work.old-1`. */
  name: string;
  path: string;
  savedAt: Date;
  bytes: number;
}

/** The files that were kept aside, the oldest first. Errors: those of the disk. */
export async function oldFiles({ workspaceDir }: WorkspacePlan): Promise<OldFiles[]> {
  const at = workspaceDir.lastIndexOf("/");
  const [folder, own] = [workspaceDir.slice(0, at), workspaceDir.slice(at + 1)];
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.startsWith(`${own}.old-`));
  const found = await Promise.all(names.map(async (name) => {
    const path = `${folder}/${name}`;
    let [bytes, savedMs] = [0, 0];
    for await (const file of filesUnder(pathToFileURL(`${await Deno.realPath(path)}/`))) {
      const { size, mtime } = await Deno.stat(`${path}/${file}`);
      bytes += size;
      savedMs = Math.max(savedMs, mtime?.getTime() ?? 0);
    }
    return { name, path, bytes, savedAt: new Date(savedMs) };
  }));
  return found.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** Makes files that were kept aside the present ones, which are kept aside; gives their path. Errors: StateError. */
export function takeOldFiles(plan: WorkspacePlan, { path }: OldFiles): Promise<string | undefined> {
  return onDisk(plan, async () => {
    await finishMove(plan);
    // They were being taken back when somebody was killed.
    if (!await exists(path)) return undefined;
    if (!await exists(plan.workspaceDir)) return void await Deno.rename(path, plan.workspaceDir);
    const aside = freeBeside(plan.workspaceDir);
    await exchange(plan, path, aside);
    return aside;
  });
}

/** Whether a workspace differs from what it began with. */
async function isChanged(plan: WorkspacePlan): Promise<boolean> {
  const expected = new Map<string, string>();
  for (const folder of FOLDERS) {
    for await (const path of filesUnder(new URL(`${folder}/`, plan.projectUrl))) {
      const text = await Deno.readTextFile(new URL(`${folder}/${path}`, plan.projectUrl));
      if (`${folder}/${path}` !== MAKEFILE) expected.set(`${folder}/${path}`, text);
    }
  }
  expected.set("Makefile", await Deno.readTextFile(new URL(MAKEFILE, plan.projectUrl)));
  let count = 0;
  const root = pathToFileURL(`${await Deno.realPath(plan.workspaceDir)}/`);
  for await (const path of filesUnder(root)) {
    count++;
    const own = expected.get(path);
    const url = new URL(path, root);
    // What the project has not brought is not read: it may be a pipe, a link to nothing, or have any name.
    if (own === undefined || !(await Deno.lstat(url)).isFile) return true;
    if (own !== await Deno.readTextFile(url)) return true;
  }
  return count !== expected.size;
}

async function* filesUnder(folder: URL, prefix = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) {
      yield* filesUnder(new URL(`${entry.name}/`, folder), `${prefix}${entry.name}/`);
    } else yield prefix + entry.name;
  }
}

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (entry.isDirectory) {
      await copyFolder(new URL(`${entry.name}/`, from), `${to}/${entry.name}`);
    } else if (entry.name !== "Makefile") {
      await Deno.writeTextFile(
        `${to}/${entry.name}`,
        await Deno.readTextFile(new URL(entry.name, from)),
      );
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
