import { CLUSTER_DNS_IP, CLUSTER_DOMAIN, type ContainerContext } from "../seams.ts";
import { toBytes, toText } from "../../go/mod.ts";
import type { Image } from "./image.ts";
import { detached } from "./memory.ts";
import type { Work } from "./work.ts";

export type FileKind = "file" | "directory";

/** A file operation that the kernel refuses, with its words: `No such file or directory`. */
export class FileFault extends Error {
  override name = "FileFault";
}

/** What `work` gives, or what is made of the kernel's words where it refuses. */
export function orRefused<T, R>(work: () => T, refused: (why: string) => R): T | R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return refused(error.message);
  }
}

const MISSING = "No such file or directory";
/** What a container may keep on its disk, and in how many files and folders. */
const DISK_BYTES = 2 << 20;
const DISK_FILES = 1_000;
/** Source: linux include/uapi/linux/limits.h. */
const NAME_MAX = 255;
const PATH_MAX = 4_096;
/** Text that is the same in bytes and in characters, and no sign of a binary file. */
// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7f]*$/;
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;
/** Folders that every image has. */
const FOLDERS = "/bin /dev /etc /home /proc /root /sbin /sys /tmp /usr /usr/bin /usr/sbin /var"
  .split(" ");
const DEVICES = new Set(["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/tty"]);
/** Where it is noted that a file of the image was deleted. */
const DELETED = "/\u0002";

/**
 * A container's file system: the image's files, what the kubelet puts over them, mounted volumes, and
 * what was written since. Contents are byte strings.
 * Differs: the disk holds 2 MiB in 1,000 files.
 */
export class MachineFiles {
  readonly #given: ContainerContext["files"];
  readonly #image: Record<string, string>;
  readonly #tools: Image["tools"];
  readonly #folders: Set<string>;
  /** How many files the image has. */
  readonly #names: number;
  /** Files made executable since the start. */
  readonly #executable = new Set<string>();
  /** Lengths of what the container's disk and volumes hold, once something is written. */
  #sizes: Map<string, number> | undefined;
  #usedBytes = 0;
  /** Files of which all was written here, and that hold ASCII alone: more of it changes no other byte. */
  readonly #ascii = new Set<string>();

  constructor(
    host: Pick<ContainerContext, "files" | "pod">,
    image: Image,
    private readonly work: Work,
  ) {
    this.#given = host.files;
    this.#image = { ...image.files, ...kubeletFiles(host) };
    this.#tools = image.tools;
    this.#names = image.tools.size + Object.keys(this.#image).length;
    this.#folders = new Set(["/", ...FOLDERS, image.workingDir]);
    for (const path of [...Object.keys(this.#image), ...image.tools.keys()]) {
      for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
        this.#folders.add(path.slice(0, at));
      }
    }
  }

  /** An absolute path without `.` and `..`. */
  resolve(path: string, cwd: string): string {
    const out: string[] = [];
    for (const part of `${path.startsWith("/") ? "" : cwd}/${path}`.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === "..") out.pop();
      else out.push(part);
    }
    return `/${out.join("/")}`;
  }

  kind(path: string): FileKind | undefined {
    this.#look();
    if (DEVICES.has(path) || this.#tools.has(path)) return "file";
    const given = this.#given.kind(toText(path));
    if (given) return given;
    if (this.#isHidden(path)) return undefined;
    if (Object.hasOwn(this.#image, path)) return "file";
    return this.#folders.has(path) ? "directory" : undefined;
  }

  /** Errors: FileFault. */
  read(path: string): string {
    if (DEVICES.has(path)) return "";
    const text = this.#given.read(toText(path));
    this.#look(text?.length);
    if (text !== undefined) return toBytes(text);
    if (Object.hasOwn(this.#image, path) && !this.#isHidden(path)) {
      return toBytes(this.#image[path]);
    }
    if (this.#tools.has(path)) return `\x7fELF${path}`;
    throw new FileFault(this.kind(path) === "directory" ? "Is a directory" : MISSING);
  }

  /** Errors: FileFault. */
  write(path: string, bytes: string): void {
    if (DEVICES.has(path)) return;
    if (this.kind(path) === "directory") throw new FileFault("Is a directory");
    this.#needsParent(path);
    if (ASCII.test(bytes)) this.#ascii.add(path);
    else this.#ascii.delete(path);
    this.#store(path, toText(bytes));
  }

  /** Writes behind what a file holds. Errors: FileFault. */
  append(path: string, bytes: string): void {
    if (DEVICES.has(path)) return;
    const before = this.#given.read(toText(path));
    const isCheap = PLAIN.test(bytes) || (this.#ascii.has(path) && ASCII.test(bytes));
    if (before !== undefined && isCheap) this.#store(path, before + bytes, bytes.length);
    else this.write(path, (this.kind(path) === "file" ? this.read(path) : "") + bytes);
  }

  #store(path: string, text: string, changed = text.length): void {
    this.work.spend(0, changed / 1_024);
    this.#reserve(path, text.length);
    this.#guarded(() =>
      this.#given.write(toText(path), changed < text.length ? text : detached(text))
    );
  }

  /** Makes room for what is to be at a path; undefined when that is nothing any more. */
  #reserve(path: string, bytes: number | undefined): void {
    const sizes = this.#sizes ??= this.#measure();
    const change = (bytes ?? 0) - (sizes.get(path) ?? 0);
    const isFull = this.#usedBytes + change > DISK_BYTES ||
      (!sizes.has(path) && sizes.size >= DISK_FILES);
    if (bytes !== undefined && change >= 0 && isFull) {
      throw new FileFault("No space left on device");
    }
    this.#usedBytes += change;
    if (bytes === undefined) sizes.delete(path);
    else sizes.set(path, bytes);
  }

  #measure(): Map<string, number> {
    const sizes = new Map<string, number>();
    for (const path of this.#given.list("/")) {
      const { length } = this.#given.read(path) ?? "";
      sizes.set(toBytes(path), length);
      this.#usedBytes += length;
    }
    return sizes;
  }

  /** Notes that files were looked through, or one was read. */
  #look(bytes = 0): void {
    this.work.spend(0, (this.#sizes?.size ?? 0) / 40 + bytes / 1_024);
  }

  /** Errors: FileFault. */
  mkdir(path: string): void {
    if (this.kind(path)) throw new FileFault("File exists");
    this.#needsParent(path);
    this.#reserve(path, 0);
    this.#guarded(() => this.#given.mkdir(toText(path)));
  }

  /** Deletes a file or an empty folder. Errors: FileFault. */
  remove(path: string): void {
    const kind = this.kind(path);
    if (!kind) throw new FileFault(MISSING);
    if (kind === "directory" && this.names(path).length > 0) {
      throw new FileFault("Directory not empty");
    }
    this.#guarded(() => this.#given.remove(toText(path)));
    this.#reserve(path, undefined);
    this.#ascii.delete(path);
    if (Object.hasOwn(this.#image, path) || this.#folders.has(path)) {
      this.#given.write(DELETED + toText(path), "");
    }
  }

  /** Names in a folder, sorted. */
  names(folder: string): string[] {
    this.#look();
    this.work.spend(0, this.#names / 40);
    const prefix = folder === "/" ? "/" : `${folder}/`;
    const out = new Set<string>();
    const add = (path: string) => {
      if (!path.startsWith(prefix) || path === folder) return;
      const name = path.slice(prefix.length).split("/")[0];
      if (name !== "" && name !== "\u0002") out.add(name);
    };
    for (const path of this.#given.entries(toText(folder))) add(toBytes(path));
    for (const path of Object.keys(this.#image)) if (!this.#isHidden(path)) add(path);
    for (const path of this.#folders) if (!this.#isHidden(path)) add(path);
    for (const path of this.#tools.keys()) add(path);
    if (folder === "/dev") { for (const path of DEVICES) add(path); }
    return [...out].sort();
  }

  isExecutable(path: string): boolean {
    return this.#tools.has(path) || this.#executable.has(path) ||
      this.kind(path) === "directory" || Object.hasOwn(this.#image, path) && path.endsWith(".sh");
  }

  setExecutable(path: string, on: boolean): void {
    if (on) this.#executable.add(path);
    else this.#executable.delete(path);
  }

  /** Whether a file of the image was deleted, or a volume lies over it. */
  #isHidden(path: string): boolean {
    return this.#given.isMounted(path) || this.#given.read(DELETED + toText(path)) !== undefined;
  }

  #needsParent(path: string): void {
    const slash = path.lastIndexOf("/");
    if (path.length - slash > NAME_MAX + 1 || path.length > PATH_MAX) {
      throw new FileFault("File name too long");
    }
    const parent = path.slice(0, slash) || "/";
    const kind = this.kind(parent);
    if (kind !== "directory") throw new FileFault(kind ? "Not a directory" : MISSING);
  }

  #guarded(change: () => void): void {
    try {
      change();
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ReadOnlyError") throw error;
      throw new FileFault("Read-only file system");
    }
  }
}

/** Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go (hostsFileContent), network/dns/dns.go. */
function kubeletFiles({ pod }: Pick<ContainerContext, "pod">): Record<string, string> {
  const domain = `svc.${CLUSTER_DOMAIN}`;
  return {
    "/etc/hosts": "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n" +
      "::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\n" +
      `fe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${pod.ip}\t${pod.name}\n`,
    "/etc/hostname": `${pod.name}\n`,
    "/etc/resolv.conf":
      `search ${pod.namespace}.${domain} ${domain} ${CLUSTER_DOMAIN}\nnameserver ${CLUSTER_DNS_IP}\n` +
      "options ndots:5\n",
  };
}
