import type { Teaching } from "./teaching.ts";

/** Does something to lab and files under a name, as one step that is undone where it throws. Errors: those of `work`. */
export async function allOrNothing<T>(
  teaching: Teaching,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  teaching.lines.note();
  const before = await teaching.lab.checkpoint?.(name);
  try {
    const done = await work();
    before?.drop();
    return done;
  } catch (error) {
    await before?.undo();
    teaching.followLab();
    throw error;
  }
}
