import type { IFileSystem } from "just-bash";
import { messageOf } from "../base/mod.ts";
import { FileError, type Files } from "../commands/command.ts";

/** Where the learner's folder stands in the shell's own tree of files. */
export const HOME = "/lab";

/** A folder as a prompt shows it: `~` is the learner's. */
export function placeOf(folder = HOME): string {
  return folder === HOME || folder.startsWith(`${HOME}/`)
    ? `~${folder.slice(HOME.length)}`
    : folder;
}

/**
 * A word of a command with a path of the shell's in it (`/lab/x`, `--values=/lab/x`) as a program of this machine finds
 * that; any other word as it is.
 */
export function onDisk(word: string, workspaceDir: string): string {
  const [, before, path] = /^(-[^=]*=)?(\/lab(?:\/.*)?)$/s.exec(word) ?? [];
  return path === undefined ? word : `${before ?? ""}${workspaceDir}${path.slice(HOME.length)}`;
}

/** {@linkcode Files} over a shell's file system; relative paths start where the shell is. */
export class WorkspaceFiles implements Files {
  #open: () => Promise<IFileSystem>;
  #cwd: () => string;

  /** `open` is called at every use, so that the file system may be loaded late. */
  constructor(open: () => Promise<IFileSystem>, cwd: () => string) {
    this.#open = open;
    this.#cwd = cwd;
  }

  async read(path: string): Promise<string> {
    const { fs, full } = await this.#existing(path);
    const { isDirectory, isFile } = await attempt(() => fs.stat(full));
    if (isDirectory) throw new FileError("is a directory");
    // A pipe that nobody writes to would be waited for without end.
    if (!isFile) throw new FileError("not a regular file");
    return await attempt(() => fs.readFile(full));
  }

  async write(path: string, text: string): Promise<void> {
    const { fs, full } = await this.#resolve(path);
    await attempt(() => fs.writeFile(full, text));
  }

  async list(path: string): Promise<string[]> {
    const { fs, full } = await this.#existing(path);
    const { isDirectory } = await attempt(() => fs.stat(full));
    if (!isDirectory) throw new FileError("not a directory");
    const names = await attempt(() => fs.readdir(full));
    const marked = await Promise.all(names.map(async (name) => {
      const stat = await this.stat(`${full}/${name}`);
      return stat?.isDirectory ? `${name}/` : name;
    }));
    return marked.sort();
  }

  async stat(path: string): Promise<{ isDirectory: boolean; size?: number } | undefined> {
    const { fs, full } = await this.#resolve(path);
    try {
      if (!(await fs.exists(full))) return undefined;
      const { isDirectory, size } = await fs.stat(full);
      return isDirectory ? { isDirectory } : { isDirectory, size };
    } catch {
      return undefined; // Outside the workspace, or gone meanwhile: not there.
    }
  }

  async #resolve(path: string): Promise<{ fs: IFileSystem; full: string }> {
    const fs = await this.#open();
    const expanded = path === "~" ? HOME : path.replace(/^~\//, `${HOME}/`);
    return { fs, full: fs.resolvePath(this.#cwd(), expanded) };
  }

  async #existing(path: string): Promise<{ fs: IFileSystem; full: string }> {
    const found = await this.#resolve(path);
    if (!(await attempt(() => found.fs.exists(found.full)))) {
      throw new FileError("no such file or directory");
    }
    return found;
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const told = messageOf(error);
    throw new FileError(fileMessage(error) ?? told, { cause: error });
  }
}

const MESSAGES: [RegExp, string][] = [
  [/^ENOENT\b/, "no such file or directory"],
  [/^EISDIR\b/, "is a directory"],
  [/^ENOTDIR\b/, "not a directory"],
  [/^(EACCES|EPERM|ELOOP)\b/, "permission denied"],
  [/^ENAMETOOLONG\b/, "file name too long"],
  [/^EROFS\b/, "read-only file system"],
  [/^EFBIG\b/, "file too large"],
  [/^EBUSY\b/, "device or resource busy"],
  [/^EINVAL\b/, "invalid argument"],
  [/^EIO\b/, "input/output error"],
  [/^(EMFILE|ENFILE)\b/, "too many open files"],
  [/^(ENOSPC|EDQUOT)\b/, "no space left on device"],
];

/** What a file system's error says, in C's words; undefined for an error of another kind. */
export function fileMessage(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : "";
  return MESSAGES.find(([pattern]) => pattern.test(text))?.[1];
}
