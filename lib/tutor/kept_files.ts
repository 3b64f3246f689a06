import { Buffer } from "node:buffer";
import { diskFault, FILES_DUE, type StateFile } from "../labs/mod.ts";

/** The learner's files as they are kept with the lab, so that they go where it goes. */
export interface KeptFiles {
  /** What is not as it is kept. */
  changes(): FileChanges;
  /**
   * Makes the files what is kept, where that is still to be done. What stands in their way and is not kept itself (a
   * link, a pipe, a large file) is left beside them as `NAME.old-1`; gives those. Errors: StateError.
   */
  restore(): MovedAside[];
}

/** Something that stood in the way of a file that was restored, and where it lies now, by their paths among the files. */
export interface MovedAside {
  path: string;
  aside: string;
}

/** Files as they were found in one look. */
export interface FileChanges {
  /** Those that are not as they were kept; none before the first time. */
  readonly paths: readonly string[];
  /** Stages them. */
  stage(): void;
}

const PREFIX = "files/";
/** Larger files, and what comes after so many, stay where they are and are not kept. */
const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 1_000;

/** Something in the workspace: bytes of a file; those of a folder, whose path ends with a slash, are none. */
interface Found {
  bytes: Uint8Array<ArrayBuffer>;
  /** What changes with the content; none where the file is so young that its next change may leave the same. */
  mark?: string;
}

/** Times on disks are coarse: what is written twice within this bears one time. */
const YOUNG_MS = 2_000;

const NONE = new Uint8Array();

export class WorkspaceFilesKept implements KeptFiles {
  readonly #folder: string;
  readonly #state: StateFile;
  #found = new Map<string, Found>();

  constructor(workspaceDir: string, state: StateFile) {
    this.#folder = workspaceDir;
    this.#state = state;
  }

  changes(): FileChanges {
    const kept = this.#kept();
    const different = this.#differences(kept);
    return {
      paths: kept.size === 0 ? [] : different.map(([path]) => path),
      stage: () => {
        for (const [path, found] of different) {
          if (found) this.#state.put(PREFIX + path, found.bytes);
          else this.#state.delete(PREFIX + path);
        }
      },
    };
  }

  restore(): MovedAside[] {
    if (this.#state.get(FILES_DUE) === undefined) return [];
    const kept = this.#kept();
    const moved: MovedAside[] = [];
    try {
      if (kept.size > 0) this.#write(kept, moved);
    } catch (error) {
      throw diskFault(error, this.#folder) ?? error;
    }
    this.#state.delete(FILES_DUE);
    return moved;
  }

  #write(kept: Set<string>, moved: MovedAside[]): void {
    const different = this.#differences(kept);
    // What is gone first: a file may stand where a folder has to be.
    for (const [path, found] of different.toReversed()) {
      if (found && !kept.has(path)) remove(this.#at(path));
    }
    Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const [path] of different) {
      if (!kept.has(path)) continue;
      const aside = makeWay(this.#at(path), path.endsWith("/"));
      if (aside !== undefined) {
        moved.push({ path: path.replace(/\/$/, ""), aside: aside.slice(this.#folder.length + 1) });
      }
      if (path.endsWith("/")) Deno.mkdirSync(this.#at(path), { recursive: true });
      else Deno.writeFileSync(this.#at(path), this.#state.getBytes(PREFIX + path)!);
    }
  }

  #at(path: string): string {
    return `${this.#folder}/${path.replace(/\/$/, "")}`;
  }

  #kept(): Set<string> {
    return new Set([...this.#state.keys(PREFIX)].map((key) => key.slice(PREFIX.length)));
  }

  /** What is not as it is kept, folders before what is in them; undefined is what is there no more. */
  #differences(kept: Set<string>): [path: string, found: Found | undefined][] {
    const found = new Map<string, Found>();
    this.#look("", found);
    this.#found = found;
    const paths = [...new Set([...kept, ...found.keys()])].sort();
    return paths.map((path): [string, Found | undefined] => [path, found.get(path)])
      .filter(([path, now]) => {
        const then = kept.has(path) ? this.#state.getBytes(PREFIX + path) : undefined;
        return !then || !now || Buffer.compare(then, now.bytes) !== 0;
      });
  }

  #look(folder: string, found: Map<string, Found>): void {
    for (const { name, isDirectory, isFile } of entriesOf(`${this.#folder}/${folder}`)) {
      if (found.size >= MAX_FILES) return;
      const path = folder + name;
      if (isDirectory) {
        found.set(`${path}/`, { bytes: NONE });
        this.#look(`${path}/`, found);
      } else if (isFile) {
        const file = this.#read(path);
        if (file) found.set(path, file);
      }
    }
  }

  #read(path: string): Found | undefined {
    try {
      const now = Date.now();
      const { size, mtime, ctime } = Deno.statSync(`${this.#folder}/${path}`);
      if (size > MAX_BYTES) return undefined;
      const times = [mtime, ctime].map((time) => time?.getTime() ?? 0);
      const mark = `${size} ${times.join(" ")}`;
      const before = this.#found.get(path);
      if (before?.mark === mark) return before;
      const bytes = Deno.readFileSync(`${this.#folder}/${path}`);
      return Math.max(...times) < now - YOUNG_MS ? { bytes, mark } : { bytes };
    } catch {
      return undefined; // Gone meanwhile, or nobody's to read.
    }
  }
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return [];
  }
}

/**
 * Moves aside what a folder or a file cannot be put over without going elsewhere, waiting for ever or losing it; gives
 * where it lies then.
 */
function makeWay(path: string, forFolder: boolean): string | undefined {
  const there = lookAt(path);
  if (!there) return undefined;
  const isKept = there.isFile && there.size <= MAX_BYTES;
  if (forFolder ? there.isDirectory : isKept) return undefined;
  const aside = freeBeside(path);
  Deno.renameSync(path, aside);
  return aside;
}

/** Where what is at a path can be kept beside it: `NAME.old-1`. */
export function freeBeside(path: string): string {
  let number = 1;
  while (lookAt(`${path}.old-${number}`)) number++;
  return `${path}.old-${number}`;
}

/** What is at a path, through no link; undefined where nothing is. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A folder stays where something is in it that is not kept. */
function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!Deno.statSync(path).isDirectory) throw error;
  }
}
