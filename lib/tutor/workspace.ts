import { pathToFileURL } from "node:url";
import { diskFault } from "../labs/mod.ts";

/** The learner's files, put back to what they began with. */
export interface FilesReset {
  /** Where the files of before are kept, when they were changed. */
  aside?: string;
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
 * Puts the project's files into a workspace that is not there yet. Errors: StateError, also for one that is no folder.
 */
export async function seedWorkspace(plan: WorkspacePlan): Promise<void> {
  const present = await exists(plan.workspaceDir);
  await onDisk(plan, () => present ? readable(plan.workspaceDir) : seed(plan));
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
  await Deno.remove(building, { recursive: true }).catch(() => {});
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
 * Moves the files of a folder into one that has none. The folders stay where they are, for the terminals that are open
 * in them; where the disk refuses that, all goes as one.
 */
async function moveOver(from: string, to: string): Promise<void> {
  try {
    await moveFiles(from, to);
  } catch {
    await moveFiles(to, from);
    await Deno.remove(to, { recursive: true });
    await Deno.rename(from, to);
  }
}

async function moveFiles(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(from))) {
    const move = isDirectory ? moveFiles : Deno.rename;
    await move(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Puts files into a workspace that has none; folders that are not theirs go, and so does where they came from. */
async function putIn(from: string, workspaceDir: string): Promise<void> {
  await moveOver(from, workspaceDir);
  if (!await exists(from)) return;
  await dropFolders(workspaceDir, from);
  await Deno.remove(from, { recursive: true });
}

/** Removes the folders that another folder does not have. */
async function dropFolders(folder: string, but: string): Promise<void> {
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(folder))) {
    if (!isDirectory) continue;
    if (await exists(`${but}/${name}`)) await dropFolders(`${folder}/${name}`, `${but}/${name}`);
    else await Deno.remove(`${folder}/${name}`, { recursive: true });
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
  if (!await exists(workspaceDir)) {
    await seedWorkspace(plan);
    return { undo: () => Promise.resolve(), drop: () => Promise.resolve() };
  }
  const changed = await isChanged(plan);
  const old = changed ? await freeAside(plan) : `${workspaceDir}.old`;
  if (!changed) await Deno.remove(old, { recursive: true }).catch(() => {});
  const undo = async () => {
    const unwanted = `${workspaceDir}.new`;
    await Deno.remove(unwanted, { recursive: true }).catch(() => {});
    await moveOver(workspaceDir, unwanted);
    await putIn(old, workspaceDir);
    await Deno.remove(unwanted, { recursive: true });
  };
  const building = await build(plan);
  await moveOver(workspaceDir, old);
  try {
    await putIn(building, workspaceDir);
  } catch (error) {
    await undo();
    throw error;
  }
  return {
    ...(changed ? { aside: old } : {}),
    undo,
    drop: async () => {
      if (!changed) await Deno.remove(old, { recursive: true }).catch(() => {});
    },
  };
}

async function freeAside({ workspaceDir }: WorkspacePlan): Promise<string> {
  let number = 1;
  while (await exists(`${workspaceDir}.old-${number}`)) number++;
  return `${workspaceDir}.old-${number}`;
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
    if (!await exists(plan.workspaceDir)) return void await Deno.rename(path, plan.workspaceDir);
    const aside = await freeAside(plan);
    await moveOver(plan.workspaceDir, aside);
    await putIn(path, plan.workspaceDir);
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
