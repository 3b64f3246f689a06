import { Bash, defineCommand, InMemoryFs, MountableFs, ReadWriteFs } from "just-bash";
import { decodeBytesToUtf8, getCommandNames, parse, stdoutAsBytes } from "just-bash";
import type { CustomCommand, IFileSystem } from "just-bash";
import { HOME } from "./workspace.ts";

/*
 * The only module that loads just-bash; it is imported when the first line is run, or before, in the
 * background.
 */

export { Bash, decodeBytesToUtf8, defineCommand, parse, stdoutAsBytes };
export type { CustomCommand, IFileSystem };

/** Names of the commands that just-bash brings and that work without a machine below. */
export function bundledNames(): string[] {
  return getCommandNames().filter((name) => !ABSENT.test(name));
}

const ABSENT = /^(python3?|js-exec|node|sqlite3|curl|html-to-markdown|xan|rg)$/;

/**
 * The files a shell sees: the learner's folder at {@linkcode HOME}, and around it a tree in memory
 * (`/tmp`, `/dev`), so that nothing of the machine's own disk can be named. `turn` is called after each use of the
 * disk.
 */
export function openFileSystem(workspaceDir: string, turn: () => Promise<void>): IFileSystem {
  const base = new InMemoryFs();
  base.mkdirSync("/tmp", { recursive: true });
  const filesystem = afterEach(new ReadWriteFs({ root: workspaceDir }), turn);
  return new MountableFs({ base, mounts: [{ mountPoint: HOME, filesystem }] });
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
