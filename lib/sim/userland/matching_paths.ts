import { CHECKPOINT, type Task } from "./channels.ts";
import { Glob } from "./glob.ts";
import type { ShellState } from "./shell_state.ts";

/** What a path takes in memory beside its text. */
const NAME_BYTES = 64;

/** A path that a pattern led to, and how it is written. */
interface Place {
  shown: string;
  path: string;
}

/** Paths that a pattern matches, sorted. */
export function* matchingPaths(shell: ShellState, pattern: string): Task<string[]> {
  const absolute = pattern.startsWith("/");
  let found: Place[] = [{ shown: absolute ? "/" : "", path: absolute ? "/" : shell.cwd }];
  const parts = pattern.split("/").filter((part) => part !== "");
  shell.grow(pattern.length * 2 + parts.length * NAME_BYTES);
  for (const [i, part] of parts.entries()) {
    const next: Place[] = [];
    for (const place of found) {
      for (const one of inFolder(shell, place, part, i === parts.length - 1)) {
        shell.grow(NAME_BYTES + one.shown.length + one.path.length);
        next.push(one);
      }
      yield CHECKPOINT;
    }
    found = next;
  }
  return found.map(({ shown }) => shown);
}

/** What one part of a pattern matches in a folder. */
function inFolder(
  shell: ShellState,
  { shown, path }: Place,
  part: string,
  isLast: boolean,
): Place[] {
  const { files } = shell.machine;
  const isPattern = /(^|[^\\])[*?[]/.test(part);
  const matcher = new Glob(part);
  const names = isPattern
    ? files.names(path).filter((name) =>
      matcher.test(name) && (!name.startsWith(".") || part.startsWith("."))
    )
    : [part.replace(/\\(.)/g, "$1")];
  return names.map((name) => ({
    shown: shown + name + (isLast ? "" : "/"),
    path: files.resolve(name, path),
  })).filter((one) => {
    const kind = files.kind(one.path);
    return isLast ? kind !== undefined : kind === "directory";
  });
}
