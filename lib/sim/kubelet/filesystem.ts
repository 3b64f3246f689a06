import type { Files } from "./volumes.ts";

/** One volume, or a part of it, where a container sees it. */
export interface Mount {
  /** Without a trailing slash. */
  path: string;
  /** The part of the volume that is mounted, or "" for all of it. */
  subPath: string;
  /** The volume's files as they are now. */
  files(): Files;
  /** Absent on read-only volumes. */
  write?: (path: string, text: string) => void;
  remove?: (path: string) => void;
}

/** The name of the mark that keeps a directory when nothing else is in it. */
const KEPT = "\u0001";

/** A write to what cannot be written. */
class ReadOnlyError extends Error {
  override name = "ReadOnlyError";
}

/** What a container sees of its volumes, over a root file system of its own. */
export class ContainerFiles {
  readonly #mounts: readonly Mount[];

  constructor(mounts: readonly Mount[], private readonly root: Files) {
    // The innermost mount wins.
    this.#mounts = [...mounts].sort((a, b) => b.path.length - a.path.length);
  }

  read(path: string): string | undefined {
    const clean = normalize(path);
    const mount = this.#mountOf(clean);
    if (!mount) return own(this.root, clean);
    return own(mount.files(), inVolume(mount, clean));
  }

  list(directory: string): string[] {
    return this.#under(directory).filter((path) => !path.endsWith(KEPT));
  }

  /** What is under a directory, empty directories included. */
  entries(directory: string): string[] {
    return this.#under(directory).map((path) =>
      path.endsWith(KEPT) ? path.slice(0, -KEPT.length - 1) : path
    );
  }

  kind(path: string): "file" | "directory" | undefined {
    const clean = normalize(path);
    if (this.read(clean) !== undefined) return "file";
    const isPlace = this.#mounts.some((mount) =>
      mount.path === clean || mount.path.startsWith(`${clean}/`)
    );
    return isPlace || this.#hasUnder(clean) ? "directory" : undefined;
  }

  /** Errors: ReadOnlyError. */
  mkdir(path: string): void {
    this.write(`${path}/${KEPT}`, "");
  }

  /** Removes a file or an empty directory. Errors: ReadOnlyError. */
  remove(path: string): void {
    const clean = normalize(path);
    const target = this.read(clean) === undefined ? `${clean}/${KEPT}` : clean;
    const mount = this.#mountOf(target);
    // A directory outlives the last thing in it.
    const parent = clean.slice(0, clean.lastIndexOf("/"));
    const leavesEmpty = parent !== "" && this.#under(parent).length === 1;
    if (!mount) delete this.root[target];
    else if (mount.remove) mount.remove(inVolume(mount, target));
    else throw new ReadOnlyError(`unlink ${clean}: read-only file system`);
    if (leavesEmpty) this.mkdir(parent);
  }

  /** Whether a volume is mounted at a path or above it. */
  isMounted(path: string): boolean {
    return this.#mountOf(normalize(path)) !== undefined;
  }

  /** Whether {@linkcode ContainerFiles.#under} gives anything, without looking further than it must. */
  #hasUnder(clean: string): boolean {
    const prefix = clean === "/" ? "/" : `${clean}/`;
    for (const path in this.root) if (path.startsWith(prefix)) return true;
    return this.#mounts.some((mount) =>
      Object.keys(mount.files()).some((file) => {
        const path = inContainer(mount, file);
        return path !== undefined && (path === clean || path.startsWith(prefix)) &&
          this.#mountOf(path) === mount;
      })
    );
  }

  #under(directory: string): string[] {
    const clean = normalize(directory);
    const below = clean === "/" ? clean : `${clean}/`;
    const inside = (path: string) => path === clean || path.startsWith(below);
    const out = new Set(Object.keys(this.root).filter(inside));
    for (const mount of this.#mounts) {
      if (!mayMeet(mount, clean, below)) continue;
      for (const file of Object.keys(mount.files())) {
        const path = inContainer(mount, file);
        if (path !== undefined && inside(path) && this.#mountOf(path) === mount) out.add(path);
      }
    }
    return [...out].sort();
  }

  /** Errors: ReadOnlyError. */
  write(path: string, text: string): void {
    const clean = normalize(path);
    const mount = this.#mountOf(clean);
    if (!mount) {
      this.root[clean] = text;
      return;
    }
    if (!mount.write) throw new ReadOnlyError(`open ${clean}: read-only file system`);
    mount.write(inVolume(mount, clean), text);
  }

  #mountOf(path: string): Mount | undefined {
    return this.#mounts.find((mount) =>
      path.startsWith(mount.path) &&
      (path.length === mount.path.length || mount.path === "/" || path[mount.path.length] === "/")
    );
  }
}

/** Whether a mount can have files in the directory `clean`, whose files' paths begin with `below`. */
function mayMeet(mount: Mount, clean: string, below: string): boolean {
  return mount.path === clean || mount.path.startsWith(below) || mount.path === "/" ||
    clean.startsWith(`${mount.path}/`);
}

function own(files: Files, path: string): string | undefined {
  return Object.hasOwn(files, path) ? files[path] : undefined;
}

function inVolume(mount: Mount, path: string): string {
  const rest = path.slice(mount.path.length).replace(/^\//, "");
  return [mount.subPath, rest].filter(Boolean).join("/");
}

function inContainer(mount: Mount, file: string): string | undefined {
  if (mount.subPath === "") return `${mount.path}/${file}`;
  if (file === mount.subPath) return mount.path;
  if (!file.startsWith(`${mount.subPath}/`)) return undefined;
  return `${mount.path}/${file.slice(mount.subPath.length + 1)}`;
}

/** An absolute path without `.`, `..` and doubled slashes. */
function normalize(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") out.pop();
    else out.push(part);
  }
  return `/${out.join("/")}`;
}
