import { createHash } from "node:crypto";
import {
  type AuthorStage,
  type GateOptions,
  type KeptStage,
  LessonGate,
  type StartCache,
} from "../authoring/mod.ts";
import { MADE, USUAL_SPEED, writePrivately } from "../labs/mod.ts";
import { PackError, readPack } from "../labs/state/mod.ts";
import type { Shelf } from "../lesson/mod.ts";
import { FRESH_ENVIRONMENT } from "../shell/mod.ts";
import { LineKeeper } from "../tutor/mod.ts";
import { openWorkbench, PROJECT_URL, restoreFiles } from "./context.ts";
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
  options: Pick<GateOptions, "seeds" | "draws"> = {},
): Promise<LessonGate> {
  const open = () => openStage(shelf.others);
  const starts = await diskStarts(shelf);
  return new LessonGate(shelf.lessons, open, { ...options, folders: shelf.folders, starts });
}

/** A stage in a throw-away home, with an empty lab; `lessons` are folders of further lessons, for their programs. */
export async function openStage(lessons: readonly URL[] = []): Promise<AuthorStage> {
  const home = await temporaryHome("check");
  const { lab, shell, files, plan, close } = await openWorkbench(home, {
    purpose: "tutor lesson check",
    lessons,
  });
  const onFailure = (error: unknown) => {
    throw error;
  };
  const lines = new LineKeeper({ lab, shell, files, onFailure });
  const keep = async () => {
    lines.note();
    return await lab.pack("{}");
  };
  const goOnFrom = async (entries: ReadonlyMap<string, string | Uint8Array>) => {
    await lab.ready();
    await lab.unpack(entries);
    lab.clock.setSpeed(USUAL_SPEED);
    // What is too large to be kept is no part of a stage.
    for await (const { name } of Deno.readDir(plan.workspaceDir)) {
      await Deno.remove(`${plan.workspaceDir}/${name}`, { recursive: true });
    }
    restoreFiles(files);
    shell.forget(lines.environment ?? FRESH_ENVIRONMENT);
  };
  const { entries: empty } = readPack(
    await keep().catch(async (error) => {
      await close();
      throw error;
    }),
  );
  return {
    lab,
    files: shell.files,
    shell: { run: (line, options) => shell.run(line, options) },
    begin: (seed) => goOnFrom(new Map([...empty, [MADE, `${seed - 1}`]])),
    keep,
    goBack: (kept) => goOnFrom(readPack(kept).entries),
    async close() {
      await close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

function isWhole(kept: KeptStage): boolean {
  try {
    readPack(kept);
    return true;
  } catch (error) {
    if (error instanceof PackError) return false;
    throw error;
  }
}

/** Starts that are kept on the disk, by the content of program and lessons; those of another program go. */
async function diskStarts({ folders }: AuthorShelf): Promise<StartCache> {
  const program = await contentVersion(PROJECT_URL, ["examples", "helm_values", "lib"]);
  const all = `${ownFolder()}/checks`;
  const folder = `${all}/${program}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  for await (const { name } of Deno.readDir(all)) {
    if (name !== program) await Deno.remove(`${all}/${name}`, { recursive: true }).catch(() => {});
  }
  const pathOf = async (lessons: readonly string[], seed: number) => {
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
    async get(lessons, seed) {
      const kept = await Deno.readFile(await pathOf(lessons, seed)).catch(() => undefined);
      return kept && isWhole(kept) ? kept : undefined;
    },
    put: async (lessons, seed, kept) => writePrivately(await pathOf(lessons, seed), kept),
  };
}
