import { createHash } from "node:crypto";
import {
  type AuthorStage,
  type GateOptions,
  type KeptStage,
  LessonGate,
  type StartCache,
} from "../authoring/mod.ts";
import { MADE, USUAL_SPEED, writePrivately } from "../labs/mod.ts";
import { PackError, packOf, readPack } from "../labs/state/mod.ts";
import type { Shelf } from "../lesson/mod.ts";
import { FRESH_ENVIRONMENT } from "../shell/mod.ts";
import { LineKeeper } from "../tutor/mod.ts";
import { openWorkbench, PROJECT_URL, restoreFiles } from "./context.ts";
import { ownFolder, temporaryHome } from "./home.ts";
import { contentVersion } from "./version.ts";

/** The folders that an author's lessons are read from. */
export interface AuthorFolders {
  all: URL[];
  /** Those but the project's own. */
  others: URL[];
}

/** Lessons and their gate, with the starts that are kept on the disk; its stage comes up while they are read. */
export async function openGate<S extends Pick<Shelf, "lessons">>(
  { all, others }: AuthorFolders,
  reading: Promise<S>,
  options: Pick<GateOptions, "seeds" | "draws"> = {},
): Promise<{ shelf: S; gate: LessonGate }> {
  const stage = openStage(others);
  stage.catch(() => {}); // Told to whoever wants it.
  try {
    const [shelf, starts] = await Promise.all([reading, diskStarts(all)]);
    const gate = new LessonGate(shelf.lessons, stage, { ...options, folders: all, starts });
    return { shelf, gate };
  } catch (error) {
    await stage.then(({ close }) => close(), () => {});
    throw error;
  }
}

/** A stage in a throw-away home, with an empty lab; `lessons` are folders of further lessons, for their programs. */
export async function openStage(lessons: readonly URL[] = []): Promise<AuthorStage> {
  const home = await temporaryHome("check");
  try {
    return await openStageIn(home, lessons);
  } catch (error) {
    await Deno.remove(home, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function openStageIn(home: string, lessons: readonly URL[]): Promise<AuthorStage> {
  const { lab, shell, files, plan, close } = await openWorkbench(home, {
    purpose: "tutor lesson check",
    lessons,
    isFleeting: true,
  });
  void shell.warm().catch(() => {}); // Its failure is that of the first line.
  const onFailure = (error: unknown) => {
    throw error;
  };
  const lines = new LineKeeper({ lab, shell, files, onFailure });
  const keep = async () => {
    lines.note();
    return await lab.entries();
  };
  const goOnFrom = async (entries: KeptStage) => {
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
  const empty = await keep().catch(async (error) => {
    await close();
    throw error;
  });
  return {
    lab,
    files: shell.files,
    shell: { run: (line, options) => shell.run(line, options) },
    begin: (seed) => goOnFrom(new Map([...empty, [MADE, `${seed - 1}`]])),
    keep,
    goBack: goOnFrom,
    async close() {
      await close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** What was packed; undefined where it is not whole. */
function unpacked(bytes: Uint8Array<ArrayBuffer>): KeptStage | undefined {
  try {
    return readPack(bytes).entries;
  } catch (error) {
    if (error instanceof PackError) return undefined;
    throw error;
  }
}

/**
 * How hard a start is compressed that is read a few times, and goes with the next change of the program: zlib's
 * least.
 */
const LEVEL = 1;

/** Starts that are kept on the disk, by the content of program and lessons; those of another program go. */
async function diskStarts(folders: readonly URL[]): Promise<StartCache> {
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
      return kept && unpacked(kept);
    },
    put: async (lessons, seed, kept) =>
      writePrivately(await pathOf(lessons, seed), await packOf(kept, "{}", { level: LEVEL })),
  };
}
