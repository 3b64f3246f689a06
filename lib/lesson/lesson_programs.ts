import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { boundedBy, isInterrupt } from "../base/mod.ts";
import type { SimulatedImage } from "../labs/lab.ts";
import type { Lesson } from "./lesson.ts";
import {
  type Importer,
  isWaiting,
  lessonIds,
  LESSONS_URL,
  readSource,
  readSources,
} from "./load.ts";

/** The programs that the lessons of some folders bring; a lesson that does not load brings none. */
export async function lessonPrograms(
  folders: readonly URL[] = [LESSONS_URL],
): Promise<readonly SimulatedImage[]> {
  const bring = boundedImporter();
  const programs: SimulatedImage[] = [];
  for (const folder of folders) {
    for (const id of await lessonIds(folder)) {
      try {
        // Most bring none, and need no closer look.
        if (!/\bprograms\b/.test(await readSource(id, "lesson.ts", folder))) continue;
        const source = await readSources(id, folder);
        await import("./mod.ts"); // What lessons import is no part of the time that they take.
        const { default: lesson } = await bring(new URL(`${id}/lesson.ts`, folder), source) as {
          default?: Lesson;
        };
        programs.push(...lesson?.programs ?? []);
      } catch {
        // What is wrong with it is told by who reads the lessons.
      }
    }
  }
  return programs;
}

/** How long a lesson's module may take to do what stands in it, in wall milliseconds. */
const BRING_MS = 2_000;

/**
 * Brings in modules, each interrupted where it does not come to an end; they may not wait at their top. What surely does
 * not is loaded first and then run: several times as fast as `require`, which compiles it anew at each start.
 */
export function boundedImporter(): Importer {
  const require = createRequire(import.meta.url);
  const bounded = boundedBy(BRING_MS);
  return async (url, { isPrompt }) => {
    try {
      if (!isPrompt) return bounded(() => require(fileURLToPath(url)));
      const module = await import.defer(url.href);
      return bounded(() => ({ default: module.default }));
    } catch (error) {
      if (isInterrupt(error) || isWaiting(error)) throw error;
      // What it threw is told by the loader of modules alone; nothing is run again.
      return import(url.href);
    }
  };
}
