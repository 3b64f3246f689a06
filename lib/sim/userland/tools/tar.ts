import { readAll } from "../channels.ts";
import { FileFault, orRefused } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { fail } from "./common.ts";

const BLOCK = 512;

/**
 * `tar` to make, list and take apart archives on standard input and output, as `kubectl cp` uses it.
 * Source: POSIX.1-2024 pax, the ustar interchange format.
 * Differs: no compression; owners are root's.
 */
export const tar: Tool = function* (call) {
  const { letters, file, folder, paths, excludes } = readArgs(call.args);
  if (letters.includes("z") || letters.includes("j")) {
    return fail(call, "compressed archives are not supported");
  }
  const target = file ?? "-";
  try {
    if (letters.includes("c")) {
      return create(call, { target, folder, paths, excludes, verbose: letters.includes("v") });
    }
    if (letters.includes("x") || letters.includes("t")) {
      const archive = target === "-"
        ? yield* readAll(call.stdin, call.held)
        : call.machine.files.read(call.path(target));
      return unpack(call, archive, {
        folder,
        list: letters.includes("t"),
        verbose: letters.includes("v"),
      });
    }
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return fail(call, `can't open '${target}': ${error.message}`);
  }
  return fail(call, "must specify one of -c, -x, -t");
};

function readArgs(args: readonly string[]) {
  let letters = "";
  let file: string | undefined;
  let folder = ".";
  const paths: string[] = [];
  const excludes: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg.startsWith("--")) {
      const [name, value] = arg.slice(2).split("=");
      if (name === "exclude") excludes.push(value);
      else if (name === "directory") folder = value ?? args[++i];
      else if (name === "file") file = value ?? args[++i];
      else if (name === "create") letters += "c";
      else if (name === "extract") letters += "x";
      continue;
    }
    if (!arg.startsWith("-") && !(i === 0 && /^[cxtvfmpzjo]+$/.test(arg)) || arg === "-") {
      paths.push(arg);
      continue;
    }
    for (const letter of arg.replace(/^-/, "")) {
      if (letter === "f") file = args[++i];
      else if (letter === "C") folder = args[++i];
      else letters += letter;
    }
  }
  return { letters, file, folder, paths, excludes };
}

function create(
  call: ToolCall,
  options: {
    target: string;
    folder: string;
    paths: string[];
    excludes: string[];
    verbose: boolean;
  },
): number {
  const { files } = call.machine;
  let archive = "";
  let status = 0;
  const base = call.path(options.folder);
  const add = (name: string, full: string) => {
    const kind = files.kind(full);
    if (!kind) {
      call.err(`tar: ${name}: No such file or directory\n`);
      status = 1;
      return;
    }
    const stored = name.replace(/^\/+/, "");
    if (kind === "directory") {
      if (stored !== "") archive += header(call, `${stored.replace(/\/$/, "")}/`, "");
      for (const one of files.names(full)) {
        add(`${name.replace(/\/$/, "")}/${one}`, files.resolve(one, full));
      }
    } else {
      const content = files.read(full);
      archive += header(call, stored, content) +
        content.padEnd(Math.ceil(content.length / BLOCK) * BLOCK, "\0");
    }
    if (options.verbose) call.err(`${stored}\n`);
  };
  for (const path of options.paths) {
    if (path.startsWith("/")) call.err("tar: removing leading '/' from member names\n");
    add(path, files.resolve(path, base));
  }
  archive += "\0".repeat(2 * BLOCK);
  if (options.target === "-") call.out(archive);
  else files.write(call.path(options.target), archive);
  if (status !== 0) call.err("tar: error exit delayed from previous errors\n");
  return status;
}

function header(call: ToolCall, name: string, content: string): string {
  const isFolder = name.endsWith("/");
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  const field = (text: string, width: number) => text.slice(0, width).padEnd(width, "\0");
  const cut = name.length > 100 ? name.lastIndexOf("/", 154) : -1;
  const [prefix, short] = cut > 0 ? [name.slice(0, cut), name.slice(cut + 1)] : ["", name];
  const before = field(short, 100) + octal(isFolder ? 0o755 : 0o644, 8) + octal(0, 8) +
    octal(0, 8) +
    octal(content.length, 12) + octal(Math.floor(call.machine.now() / 1000), 12);
  const after = (isFolder ? "5" : "0") + field("", 100) + "ustar\x0000" + field("root", 32) +
    field("root", 32) +
    octal(0, 8) + octal(0, 8) + field(prefix, 155) + "\0".repeat(12);
  const unsummed = `${before}        ${after}`;
  let sum = 0;
  for (let i = 0; i < unsummed.length; i++) sum += unsummed.charCodeAt(i);
  return `${before}${sum.toString(8).padStart(6, "0")}\0 ${after}`;
}

function unpack(
  call: ToolCall,
  archive: string,
  options: { folder: string; list: boolean; verbose: boolean },
): number {
  const { files } = call.machine;
  const base = call.path(options.folder);
  if (files.kind(base) !== "directory") {
    return fail(call, `can't change directory to '${options.folder}': No such file or directory`);
  }
  let longName = "";
  if (archive.length < BLOCK) return fail(call, "short read");
  for (let at = 0; at + BLOCK <= archive.length;) {
    const block = archive.slice(at, at + BLOCK);
    at += BLOCK;
    const text = (from: number, length: number) => block.slice(from, from + length).split("\0")[0];
    if (text(0, 100) === "") break;
    if (block.slice(257, 262) !== "ustar") return fail(call, "invalid tar magic");
    const size = parseInt(text(124, 12).trim() || "0", 8);
    const content = archive.slice(at, at + size);
    at += Math.ceil(size / BLOCK) * BLOCK;
    const type = block[156];
    const prefix = text(345, 155);
    const name = longName || (prefix ? `${prefix}/` : "") + text(0, 100);
    longName = "";
    if (type === "L") {
      longName = content.split("\0")[0];
      continue;
    }
    if (type === "x" || type === "g") {
      longName = type === "x" ? /\d+ path=([^\n]*)/.exec(content)?.[1] ?? "" : "";
      continue;
    }
    if (options.list || options.verbose) call.out(`${name}\n`);
    if (options.list) continue;
    const full = files.resolve(name, base);
    makeFolders(call, type === "5" ? full : full.slice(0, full.lastIndexOf("/")));
    if (type !== "5") {
      const failed = orRefused(
        () => files.write(full, content),
        (why) => fail(call, `can't open '${name}': ${why}`),
      );
      if (failed) return failed;
    }
  }
  return 0;
}

function makeFolders(call: ToolCall, path: string): void {
  const { files } = call.machine;
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    if (!files.kind(path.slice(0, at))) files.mkdir(path.slice(0, at));
  }
  if (path !== "" && !files.kind(path)) files.mkdir(path);
}
