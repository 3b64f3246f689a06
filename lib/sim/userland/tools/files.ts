import { MONTHS, shortName } from "../../../go/mod.ts";
import { CHECKPOINT, type Task } from "../channels.ts";
import { FileFault, orRefused } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { Glob } from "../glob.ts";
import { badOption, fail, isGnu } from "./common.ts";
import { readOptions } from "./options.ts";

/** Does something to a file; a refusal is told as `words`. Gives whether it was done. */
function attempt(call: ToolCall, words: string, change: () => void): boolean {
  return orRefused(() => (change(), true), (why) => fail(call, `${words}: ${why}`) === 0);
}

/** Does something to each of the files named; gives 1 when it was not done to one. */
function* eachPath(
  call: ToolCall,
  paths: readonly string[],
  change: (path: string, full: string) => boolean,
): Task<number> {
  let status = 0;
  for (const path of paths) {
    yield CHECKPOINT;
    if (!change(path, call.path(path))) status = 1;
  }
  return status;
}

const baseName = (path: string) => path.replace(/\/+$/, "").split("/").at(-1) || "/";

const ls: Tool = function* (call) {
  const options = readOptions(call.args, "1alhAdRFStrCipnk", {
    long: { all: "a", "color=": "color", color: "color" },
  });
  if (options.unknown) {
    return badOption(call, options.unknown, "[-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...");
  }
  const { files } = call.machine;
  const paths = options.rest.length > 0 ? options.rest : ["."];
  let status = 0;
  const single: string[] = [];
  const folders: string[] = [];
  for (const path of paths) {
    yield CHECKPOINT;
    const kind = files.kind(call.path(path));
    if (!kind) {
      const shown = isGnu(call) ? `cannot access '${path}'` : path;
      call.err(`ls: ${shown}: No such file or directory\n`);
      status = isGnu(call) ? 2 : 1;
    } else if (kind === "directory" && !options.has("d")) folders.push(path);
    else single.push(path);
  }
  const show = (entries: { name: string; path: string }[]) => {
    const ordered = options.has("r") ? entries.toReversed() : entries;
    if (options.has("l")) {
      for (const { name, path } of ordered) call.out(longRow(call, name, path));
    } else if (call.stdout.isTty && !options.has("1")) {
      if (ordered.length > 0) call.out(`${ordered.map(({ name }) => name).join("  ")}\n`);
    } else for (const { name } of ordered) call.out(`${name}\n`);
  };
  show(single.map((name) => ({ name, path: call.path(name) })));
  const list = (folder: string, titled: boolean, first: boolean) => {
    const full = call.path(folder);
    const names = files.names(full).filter((name) =>
      options.has("a", "A") || !name.startsWith(".")
    );
    if (titled) call.out(`${first ? "" : "\n"}${folder}:\n`);
    if (options.has("l")) call.out(`total ${names.length * 4}\n`);
    show(
      [...(options.has("a") ? [".", ".."] : []), ...names].map((name) => ({
        name,
        path: files.resolve(name, full),
      })),
    );
    if (!options.has("R")) return;
    for (const name of names) {
      if (files.kind(files.resolve(name, full)) === "directory") {
        list(`${folder.replace(/\/$/, "")}/${name}`, true, false);
      }
    }
  };
  const titled = folders.length + single.length > 1 || options.has("R");
  folders.forEach((folder, i) => list(folder, titled, i === 0 && single.length === 0));
  return status;
};

function longRow(call: ToolCall, name: string, path: string): string {
  const { files } = call.machine;
  const isFolder = files.kind(path) === "directory";
  const mode = (isFolder ? "d" : "-") + (files.isExecutable(path) ? "rwxr-xr-x" : "rw-r--r--");
  const size = isFolder ? 4096 : files.read(path).length;
  const at = new Date(call.machine.host.startedAtMs);
  const time = `${shortName(MONTHS[at.getUTCMonth()])} ${String(at.getUTCDate()).padStart(2)} ${
    at.toISOString().slice(11, 16)
  }`;
  const links = isFolder ? 2 : 1;
  return isGnu(call)
    ? `${mode} ${links} root root ${String(size).padStart(4)} ${time} ${name}\n`
    : `${mode}    ${links} root     root     ${String(size).padStart(9)} ${time} ${name}\n`;
}

const mkdir: Tool = function* (call) {
  const options = readOptions(call.args, "pm:v");
  if (options.unknown) return badOption(call, options.unknown, "[-m MODE] [-p] DIRECTORY...");
  if (options.rest.length === 0) return fail(call, "missing operand");
  return yield* eachPath(call, options.rest, (path, full) => {
    const words = `${isGnu(call) ? "cannot" : "can't"} create directory '${path}'`;
    return attempt(call, words, () => {
      if (options.has("p")) makeParents(call, full);
      else call.machine.files.mkdir(full);
    });
  });
};

function makeParents(call: ToolCall, path: string): void {
  const { files } = call.machine;
  const parts = path.split("/").filter(Boolean);
  for (let i = 1; i <= parts.length; i++) {
    const part = `/${parts.slice(0, i).join("/")}`;
    const kind = files.kind(part);
    if (kind === "file") {
      throw new FileFault(i === parts.length ? "File exists" : "Not a directory");
    }
    if (!kind) files.mkdir(part);
  }
}

function removeAll(call: ToolCall, path: string): void {
  const { files } = call.machine;
  if (files.kind(path) === "directory") {
    for (const name of files.names(path)) removeAll(call, files.resolve(name, path));
  }
  files.remove(path);
}

const rm: Tool = function* (call) {
  const options = readOptions(call.args, "rRfivd", { long: { recursive: "r", force: "f" } });
  if (options.unknown) return badOption(call, options.unknown, "[-irf] FILE...");
  if (options.rest.length === 0) return options.has("f") ? 0 : fail(call, "missing operand");
  const { files } = call.machine;
  return yield* eachPath(call, options.rest, (path, full) => {
    const kind = files.kind(full);
    const words = isGnu(call) ? `cannot remove '${path}'` : `can't remove '${path}'`;
    if (!kind && options.has("f")) return true;
    if (kind === "directory" && !options.has("r", "R")) {
      call.err(isGnu(call) ? `rm: ${words}: Is a directory\n` : `rm: '${path}' is a directory\n`);
      return false;
    }
    return attempt(call, words, () => removeAll(call, full));
  });
};

const rmdir: Tool = (call) => {
  const paths = call.args.filter((arg) => !arg.startsWith("-"));
  return eachPath(
    call,
    paths,
    (path, full) =>
      attempt(call, isGnu(call) ? `failed to remove '${path}'` : `'${path}'`, () => {
        if (call.machine.files.kind(full) === "file") throw new FileFault("Not a directory");
        call.machine.files.remove(full);
      }),
  );
};

function copyTree(call: ToolCall, from: string, to: string): void {
  const { files } = call.machine;
  if (files.kind(from) !== "directory") {
    files.write(to, files.read(from));
    if (files.isExecutable(from)) files.setExecutable(to, true);
    return;
  }
  if (!files.kind(to)) files.mkdir(to);
  for (const name of files.names(from)) {
    copyTree(call, files.resolve(name, from), files.resolve(name, to));
  }
}

const copyOrMove: Tool = function* (call) {
  const options = readOptions(call.args, "rRafpvidLnT");
  if (options.unknown) return badOption(call, options.unknown, "[-arPLHpfinlsTu] SOURCE DEST");
  const paths = [...options.rest];
  const target = paths.pop();
  if (target === undefined || paths.length === 0) {
    return fail(call, isGnu(call) ? "missing file operand" : "missing operand");
  }
  const { files } = call.machine;
  const full = call.path(target);
  const intoFolder = files.kind(full) === "directory";
  if (paths.length > 1 && !intoFolder) {
    return fail(call, `target '${target}' is not a directory`);
  }
  let status = 0;
  for (const path of paths) {
    yield CHECKPOINT;
    const from = call.path(path);
    const kind = files.kind(from);
    const to = intoFolder ? files.resolve(baseName(path), full) : full;
    if (!kind) {
      const words = isGnu(call)
        ? `cannot stat '${path}'`
        : call.name === "mv"
        ? `can't rename '${path}'`
        : `can't stat '${path}'`;
      call.err(`${call.name}: ${words}: No such file or directory\n`);
      status = 1;
      continue;
    }
    if (call.name === "cp" && kind === "directory" && !options.has("r", "R", "a")) {
      call.err(
        isGnu(call)
          ? `cp: -r not specified; omitting directory '${path}'\n`
          : `cp: omitting directory '${path}'\n`,
      );
      status = 1;
      continue;
    }
    const words = isGnu(call) ? `cannot create regular file '${to}'` : `can't create '${to}'`;
    const done = attempt(call, words, () => {
      copyTree(call, from, to);
      if (call.name === "mv") removeAll(call, from);
    });
    if (!done) status = 1;
  }
  return status;
};

const touch: Tool = (call) => {
  const options = readOptions(call.args, "acmd:t:r:");
  const { files } = call.machine;
  return eachPath(
    call,
    options.rest,
    (path, full) =>
      files.kind(full) !== undefined || options.has("c") ||
      attempt(call, isGnu(call) ? `cannot touch '${path}'` : path, () => files.write(full, "")),
  );
};

const chmod: Tool = function* (call) {
  const [mode, ...paths] = call.args.filter((arg) => arg !== "-R");
  if (mode === undefined || paths.length === 0) return fail(call, "missing operand");
  const on = /^\d+$/.test(mode) ? (parseInt(mode, 8) & 0o111) !== 0 : /\+.*x/.test(mode);
  return yield* eachPath(call, paths, (path, full) => {
    if (!call.machine.files.kind(full)) {
      fail(call, `${isGnu(call) ? `cannot access '${path}'` : path}: No such file or directory`);
      return false;
    }
    if (/^\d+$/.test(mode) || mode.includes("x")) call.machine.files.setExecutable(full, on);
    return true;
  });
};

const find: Tool = (call) => {
  const { files } = call.machine;
  const at = call.args.findIndex((arg) => /^[-(!]/.test(arg));
  const roots = call.args.slice(0, at < 0 ? undefined : at);
  const tests = at < 0 ? [] : call.args.slice(at);
  let name: Glob | undefined;
  let path: Glob | undefined;
  let type: string | undefined;
  let depth = Infinity;
  let least = 0;
  let deletes = false;
  for (let i = 0; i < tests.length; i++) {
    if (tests[i] === "-name") name = new Glob(tests[++i] ?? "");
    else if (tests[i] === "-iname") name = new Glob(tests[++i] ?? "", { ignoreCase: true });
    else if (tests[i] === "-path") path = new Glob(tests[++i] ?? "");
    else if (tests[i] === "-type") type = tests[++i];
    else if (tests[i] === "-maxdepth") depth = Number(tests[++i]);
    else if (tests[i] === "-mindepth") least = Number(tests[++i]);
    else if (tests[i] === "-delete") deletes = true;
    else if (tests[i] !== "-print") return fail(call, `unrecognized: ${tests[i]}`);
  }
  let status = 0;
  const visit = (shown: string, full: string, level: number) => {
    const kind = files.kind(full);
    if (!kind) {
      call.err(`find: ${isGnu(call) ? `‘${shown}’` : shown}: No such file or directory\n`);
      status = 1;
      return;
    }
    const fits = level >= least && (!name || name.test(baseName(shown))) &&
      (!path || path.test(shown)) &&
      (!type || type === (kind === "directory" ? "d" : "f"));
    if (fits && !deletes) call.out(`${shown}\n`);
    if (kind === "directory" && level < depth) {
      for (const one of files.names(full)) {
        visit(`${shown === "/" ? "" : shown}/${one}`, files.resolve(one, full), level + 1);
      }
    }
    if (fits && deletes && !attempt(call, shown, () => files.remove(full))) status = 1;
  };
  for (const root of roots.length > 0 ? roots : ["."]) visit(root, call.path(root), 0);
  return status;
};

const basename: Tool = (call) => {
  const [path = "", suffix = ""] = call.args;
  const name = baseName(path);
  const isCut = suffix !== "" && name.endsWith(suffix) && name !== suffix;
  call.out(`${isCut ? name.slice(0, -suffix.length) : name}\n`);
  return 0;
};

const dirname: Tool = (call) => {
  const clean = (call.args[0] ?? "").replace(/\/+$/, "");
  const slash = clean.lastIndexOf("/");
  call.out(`${slash < 0 ? "." : clean.slice(0, slash) || "/"}\n`);
  return 0;
};

const realpath: Tool = function* (call) {
  let status = 0;
  for (const path of call.args.filter((arg) => !arg.startsWith("-"))) {
    yield CHECKPOINT;
    const full = call.path(path);
    if (call.machine.files.kind(full)) call.out(`${full}\n`);
    else status = fail(call, `${path}: No such file or directory`);
  }
  return status;
};

const mktemp: Tool = (call) => {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const { random } = call.machine.host;
  const tail = Array.from({ length: 6 }, () => letters[random.int(letters.length)]).join("");
  const path = `/tmp/tmp.${tail}`;
  const made = attempt(call, path, () => {
    if (call.args.includes("-d")) call.machine.files.mkdir(path);
    else call.machine.files.write(path, "");
  });
  if (!made) return 1;
  call.out(`${path}\n`);
  return 0;
};

/** Tools that look at files and folders and change them. */
export const fileTools: Readonly<Record<string, Tool>> = {
  basename,
  chmod,
  chown: () => 0,
  cp: copyOrMove,
  dirname,
  find,
  ls,
  mkdir,
  mktemp,
  mv: copyOrMove,
  readlink: realpath,
  realpath,
  rm,
  rmdir,
  sync: () => 0,
  touch,
};
