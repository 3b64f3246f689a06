import { createHash } from "node:crypto";
import {
  type AuthorStage,
  type GateOptions,
  type KeptStage,
  LessonGate,
  type StartCache,
} from "../authoring/mod.ts";
import type { Shelf } from "../lesson/mod.ts";
import { openWorkbench, PROJECT_URL } from "./context.ts";
import { ownFolder, temporaryHome } from "./home.ts";
import { contentVersion } from "./version.ts";

/** Lessons that were read for an author, and the folders that they were read from. */
export interface AuthorShelf extends Shelf {
  folders: URL[];
  /** Those but the project's own. */
  others: URL[];
}

/** The gate of these lessons, with the starts that are kept on the disk. */
export async function openGate(
  shelf: AuthorShelf,
  options: Pick<GateOptions, "seeds"> = {},
): Promise<LessonGate> {
  const open = (seed: number) => openStage({ seed, lessons: shelf.others });
  const starts = await diskStarts(shelf);
  return new LessonGate(shelf.lessons, open, { ...options, folders: shelf.folders, starts });
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
async function diskStarts({ folders, others }: AuthorShelf): Promise<StartCache> {
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
