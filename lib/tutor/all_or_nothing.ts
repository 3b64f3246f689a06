import type { Lab } from "../labs/mod.ts";
import type { LineKeeper } from "./line_keeper.ts";

/** What may be led back to where it was. */
export interface Restorable {
  lab: Lab;
  lines: LineKeeper;
  /** The state went elsewhere: what is made of it goes there too. */
  followLab(): void;
}

/** Does something to lab and files under a name, as one step that is undone where it throws. Errors: those of `work`. */
export async function allOrNothing<T>(
  place: Restorable,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  place.lines.note();
  const before = await place.lab.checkpoint?.(name);
  try {
    const done = await work();
    await before?.drop();
    return done;
  } catch (error) {
    try {
      await before?.undo();
    } finally {
      place.followLab();
    }
    throw error;
  }
}
