import { resolve } from "node:path";

/** The folder in which the command was typed: `deno task` runs in the project's, and leaves that one in INIT_CWD. */
export function typedFolder(): string {
  return Deno.env.get("INIT_CWD") ?? Deno.cwd();
}

/** A path as it was typed, from the root. */
export function typedPath(path: string): string {
  return resolve(typedFolder(), path);
}
