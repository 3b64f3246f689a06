import type { FileContent, IFileSystem } from "just-bash";
import { InMemoryFs, MountableFs, ReadWriteFs } from "./_mended_engine.ts";
import { HOME } from "./workspace.ts";

/** Bytes that a name may have; Source: the NAME_MAX of Linux. */
const NAME_MAX = 255;

type Writing = Parameters<IFileSystem["writeFile"]>[2];

/**
 * The files a shell sees: the learner's folder at {@linkcode HOME}, and around it a tree in memory
 * (`/tmp`, `/dev`), so that nothing of the machine's own disk can be named. A link out of the folder is
 * shown and not followed, and no folder comes about by writing a file into it.
 */
export class Tree extends MountableFs {
  #refused = new Map<string, string>();
  /** Why files could not be opened, in Bash's words, by the name that was typed. */
  readonly refusals: Map<string, string> = new Map();

  /** Lets a redirection to `path` fail, of which just-bash asks first whether the file exists. */
  refuse(path: string, typed: string, why: string): void {
    this.#refused.set(path, why);
    this.refusals.set(typed, why);
  }

  /** Why a file cannot be opened for writing, in Bash's words; undefined when nothing speaks against it. */
  async refusal(path: string): Promise<string | undefined> {
    const names = path.split("/").filter((name) => name !== "");
    const length = (name: string) => new TextEncoder().encode(name).length;
    if (names.some((name) => length(name) > NAME_MAX)) return "File name too long";
    for (let depth = 1; depth < names.length; depth++) {
      const kind = await this.#kind(`/${names.slice(0, depth).join("/")}`);
      if (kind === "directory") continue;
      return { none: "No such file or directory", file: "Not a directory" }[kind as string] ??
        "Permission denied";
    }
    return await this.#kind(path) === "link" ? "Permission denied" : undefined;
  }

  async #kind(path: string): Promise<"none" | "file" | "directory" | "link"> {
    try {
      const { isDirectory } = await this.stat(path);
      return isDirectory ? "directory" : "file";
    } catch {
      const isLink = await this.lstat(path).then((stat) => stat.isSymbolicLink, () => false);
      return isLink ? "link" : "none";
    }
  }

  override async exists(path: string): Promise<boolean> {
    const why = this.#refused.get(path);
    if (why === undefined) return await super.exists(path);
    this.#refused.delete(path);
    throw new Error(why);
  }

  override async writeFile(path: string, content: FileContent, how?: Writing): Promise<void> {
    if (path === "/dev/null") return;
    await this.#mustOpen(path);
    await super.writeFile(path, content, how);
  }

  override async appendFile(path: string, content: FileContent, how?: Writing): Promise<void> {
    if (path === "/dev/null") return;
    await this.#mustOpen(path);
    await super.appendFile(path, content, how);
  }

  async #mustOpen(path: string): Promise<void> {
    const why = await this.refusal(path);
    if (why !== undefined) throw new Error(`${CODES[why]}: ${why.toLowerCase()}, open '${path}'`);
  }
}

const CODES: Record<string, string> = {
  "No such file or directory": "ENOENT",
  "Not a directory": "ENOTDIR",
  "Permission denied": "EACCES",
  "File name too long": "ENAMETOOLONG",
};

/** The learner's folder; unlike just-bash's it asks for no leave but to read and to write. */
class LearnersFolder extends ReadWriteFs {
  override async exists(path: string): Promise<boolean> {
    return await this.stat(path).then(() => true, () => false);
  }
}

/** The tree around `workspaceDir`; `turn` is called after each use of the disk. */
export function openTree(workspaceDir: string, turn: () => Promise<void>): Tree {
  const base = new InMemoryFs();
  base.mkdirSync("/tmp", { recursive: true });
  base.writeFileSync("/dev/null", "");
  const filesystem = afterEach(new LearnersFolder({ root: workspaceDir }), turn);
  return new Tree({ base, mounts: [{ mountPoint: HOME, filesystem }] });
}

/** A file system that calls `then` after each of its operations. */
function afterEach(fs: IFileSystem, then: () => Promise<void>): IFileSystem {
  return new Proxy(fs, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result = value.apply(target, args);
        return result instanceof Promise ? result.finally(then) : result;
      };
    },
  });
}
