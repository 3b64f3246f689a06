import { readTar, TAR_END, TarError, tarPart } from "../../../go/mod.ts";
import { readAll } from "../channels.ts";
import { FileFault } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { fail } from "./common.ts";

/**
 * `tar` to make, list and take apart archives on standard input and output, as `kubectl cp` uses it.
 * Source: busybox archival/tar.c.
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
      if (stored !== "") archive += tarPart({ name: stored }, call.machine.now());
      for (const one of files.names(full)) {
        add(`${name.replace(/\/$/, "")}/${one}`, files.resolve(one, full));
      }
    } else {
      archive += tarPart({ name: stored, content: files.read(full) }, call.machine.now());
    }
    if (options.verbose) call.err(`${stored}\n`);
  };
  for (const path of options.paths) {
    if (path.startsWith("/")) call.err("tar: removing leading '/' from member names\n");
    add(path, files.resolve(path, base));
  }
  archive += TAR_END;
  if (options.target === "-") call.out(archive);
  else files.write(call.path(options.target), archive);
  if (status !== 0) call.err("tar: error exit delayed from previous errors\n");
  return status;
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
  if (archive.length === 0) return fail(call, "short read");
  try {
    for (const { name, content } of readTar(archive)) {
      if (options.list || options.verbose) call.out(`${name}\n`);
      if (options.list) continue;
      const full = files.resolve(name, base);
      makeFolders(call, content === undefined ? full : full.slice(0, full.lastIndexOf("/")));
      if (content === undefined) continue;
      try {
        files.write(full, content);
      } catch (error) {
        if (!(error instanceof FileFault)) throw error;
        return fail(call, `can't open '${name}': ${error.message}`);
      }
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    return fail(call, error.message === "unexpected EOF" ? "short read" : "invalid tar magic");
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
