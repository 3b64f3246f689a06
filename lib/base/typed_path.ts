import { resolve } from "node:path";

/** A path as it was typed, from the root: `deno task` runs in the project's folder, and INIT_CWD is where it was typed. */
export function typedPath(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}
