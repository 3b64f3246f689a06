import assert from "node:assert/strict";
import { knots, moduleGraph, ROOT, sources } from "./_module_graph.ts";

const ARCHITECTURE = await Deno.readTextFile(new URL("lib/ARCHITECTURE.md", ROOT));
const IMPORTS = await moduleGraph(["lib", "lessons"]);

Deno.test("the module graph knows every way to name a module, and what is only text", async () => {
  const root = new URL(`file://${await Deno.realPath(await Deno.makeTempDir())}/`);
  const files: Record<string, string> = {
    "a.ts": [
      'import { b } from "./b.ts";',
      'import type { B } from "./c.ts";',
      'export type { B } from "./d.ts";',
      'export * from "./b.ts"; export const e = () => import("./e.ts");',
      'export let f: import("./f.ts").B | typeof b;',
      '// import "./none.ts"',
      "export const text = 'import \"./none.ts\"';",
    ].join("\n"),
    ...Object.fromEntries(
      [..."bcdef"].map((name) => [`${name}.ts`, "export const b = 1;\nexport type B = 1;\n"]),
    ),
  };
  try {
    await Deno.mkdir(new URL("lib", root));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(new URL(`lib/${name}`, root), text);
    }
    const graph = await moduleGraph(["lib"], root);
    const seen = graph.map(({ from, to, atLoad }) => `${from} ${to} ${atLoad}`).sort();
    assert.deepEqual(
      seen,
      ["b.ts true", "c.ts false", "d.ts false", "e.ts false", "f.ts false"].map((to) =>
        `lib/a.ts lib/${to}`
      ),
    );
    const back = { from: "lib/f.ts", to: "lib/a.ts", atLoad: false };
    assert.deepEqual(knots([...graph, back]), [["lib/a.ts", "lib/f.ts"]]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

/** The rows of the table under a heading of ARCHITECTURE.md, cell by cell. */
function rowsUnder(heading: string): string[][] {
  const [, after] = ARCHITECTURE.split(`\n${heading}\n`);
  assert.ok(after, `ARCHITECTURE.md has no "${heading}"`);
  const rows = after.split(/\n#/)[0].split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
}

/** A room, or a part of one: its name, the files and folders that it is, and what it says that it imports. */
interface Part {
  name: string;
  paths: string[];
  imports: string[] | "all";
}

/** The parts that a table under `heading` names; a row that is no one folder has a name before a colon. */
function partsUnder(heading: string, folder: string): Part[] {
  return rowsUnder(heading).map(([what, , imports]) => ({
    name: /^(\w+):/.exec(what)?.[1] ?? quoted(what)[0].replace(/\/$/, ""),
    paths: quoted(what).map((path) => folder + path),
    imports: imports === "all" ? "all" : imports === "nothing" ? [] : imports.split(", ").sort(),
  }));
}

const TABLES: Record<string, Part[]> = {
  rooms: partsUnder("## Rooms of `lib/`", "lib/"),
  sim: partsUnder("### Parts of `sim/`", "lib/sim/"),
  commands: partsUnder("### Parts of `commands/`", "lib/commands/"),
};

function partOf(file: string, parts: readonly Part[]): string | undefined {
  const found = parts.filter(({ paths }) =>
    paths.some((path) => path.endsWith("/") ? file.startsWith(path) : file === path)
  );
  assert.ok(found.length < 2, `${file} is in two parts`);
  return found[0]?.name;
}

for (const [table, parts] of Object.entries(TABLES)) {
  Deno.test(`${table} import what the map says, no more and no less`, () => {
    const drawn = new Map(parts.map(({ name }) => [name, new Set<string>()]));
    for (const { from, to } of IMPORTS) {
      const [part, target] = [partOf(from, parts), partOf(to, parts)];
      if (part && target && part !== target) drawn.get(part)!.add(target);
    }
    const written = parts.filter(({ imports }) => imports !== "all");
    assert.deepEqual(
      Object.fromEntries(written.map(({ name }) => [name, [...drawn.get(name)!].sort()])),
      Object.fromEntries(written.map(({ name, imports }) => [name, imports])),
    );
  });
}

Deno.test("every file of a room with parts is in one of them", async () => {
  for (const room of ["sim", "commands"]) {
    const files = await sources(`lib/${room}`);
    assert.deepEqual(files.filter((file) => partOf(file, TABLES[room]) === undefined), []);
  }
});

/** Files that stand beside a mod.ts and may be imported by name. */
const SEAMS = rowsUnder("## Seams").flatMap(([files]) =>
  quoted(files).map((file) => `lib/${file}`)
);

/** Modules that are kept out of a mod.ts because loading them is slow, and imported when needed. */
function isLazyDoor(path: string): boolean {
  return /^lib\/(sim\/api\/(listener|door|_door_\w+)|labs\/cluster_host)\.ts$/.test(path);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** The innermost folder around a file that has a mod.ts. */
function houseOf(path: string, mods: ReadonlySet<string>): string {
  let folder = folderOf(path);
  while (!["lib/", ""].includes(folder) && !mods.has(`${folder}mod.ts`)) {
    folder = folderOf(folder.slice(0, -1));
  }
  return folder;
}

Deno.test("what has a mod.ts is reached through it or a seam, and a private file from its folder", async () => {
  const mods = new Set((await sources("lib")).filter((file) => file.endsWith("/mod.ts")));
  const reachedSeams = new Set<string>();
  const wrong = IMPORTS.filter(({ from, to }) => {
    if (to.split("/").at(-1)!.startsWith("_")) return !from.startsWith(folderOf(to));
    if (to.endsWith("/mod.ts") || from.startsWith(houseOf(to, mods)) || isLazyDoor(to)) {
      return false;
    }
    if (!SEAMS.includes(to)) return true;
    reachedSeams.add(to);
    return false;
  });
  assert.deepEqual(wrong, []);
  const unused = SEAMS.filter((seam) => !reachedSeams.has(seam) && !INNER_SEAMS.includes(seam));
  assert.deepEqual(unused, [], "seams that nobody needs");
});

/** Seams that only parts of their own room import. */
const INNER_SEAMS = ["lib/sim/reconcile.ts"];

/** What is loaded with some modules, before anything in them runs. */
function loadedWith(...modules: string[]): Set<string> {
  const loaded = new Set(modules);
  // A set is walked to its end, with what is added on the way.
  for (const file of loaded) {
    for (const { from, to, atLoad } of IMPORTS) if (atLoad && from === file) loaded.add(to);
  }
  return loaded;
}

Deno.test("the first prompt waits for no room that only a later line needs", () => {
  const loaded = loadedWith(
    "main.ts",
    "lib/cli/mod.ts",
    "lib/lesson/remote_lessons.ts",
    "lib/cli/tutor.ts",
    "lib/sim/state/mod.ts",
  );
  const rooms = new Set([...loaded].map((file) => partOf(file, TABLES.rooms) ?? file));
  const later = ["adapter", "authoring", "autoscale", "curl", "doctor", "expr", "pages", "rules"];
  assert.deepEqual(later.filter((room) => rooms.has(room)), []);
  assert.deepEqual([...loaded].filter((file) => file.startsWith("lib/seeing/")), [
    "lib/seeing/words.ts",
  ]);
  assert.ok(loaded.size <= 280, `${loaded.size} modules`);
});

Deno.test("the cluster's thread comes up without what judges steps", () => {
  const loaded = loadedWith("lib/cli/cluster_worker.ts");
  assert.ok(loaded.has("lib/lesson/load.ts"));
  assert.ok(!loaded.has("lib/lesson/judge.ts") && !loaded.has("lib/lesson/mod.ts"));
});

Deno.test("no module imports itself by a detour", () => {
  assert.deepEqual(knots(IMPORTS.filter(({ atLoad }) => atLoad)), []);
});

Deno.test("in sim and commands no module needs itself by a detour, types included", () => {
  const inside = IMPORTS.filter(({ from }) => /^lib\/(sim|commands)\//.test(from));
  assert.deepEqual(knots(inside), []);
});

/** Whether a text declares `Name`, and within it `Name.member`. */
function declares(text: string, name: string): boolean {
  const [outer, member] = name.split(".");
  const declaration = `(?:class|function\\*?|const|interface|type)\\s+${outer}\\b`;
  if (!new RegExp(`^\\s*(?:export )?(?:async )?(?:abstract )?${declaration}`, "m").test(text)) {
    return false;
  }
  return member === undefined ||
    new RegExp(`^  (?:(?:async|static|get|readonly) )*\\*?${member}\\??[(<:= ]`, "m").test(text);
}

Deno.test("every function that a walk, or what says where something is, names is there", async () => {
  const [, after] = ARCHITECTURE.split("\n### The walk, function by function\n");
  const named = [...after.split("\n## ")[0].matchAll(/`(lib\/[\w/]+\.ts): ([^`]+)`/g)];
  assert.ok(named.length > 20);
  const missing: string[] = [];
  for (const [whole, file, name] of named) {
    const text = await Deno.readTextFile(new URL(file, ROOT)).catch(() => "");
    if (!declares(text, name)) missing.push(whole);
  }
  assert.deepEqual(missing, []);
});

Deno.test("lessons import lib/lesson/mod.ts and nothing else of the project", () => {
  const wrong = IMPORTS.filter(({ from, to }) =>
    from.startsWith("lessons/") && to !== "lib/lesson/mod.ts"
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the embedded cluster takes time and chance from its clock and generator alone", async () => {
  const pure = ["lib/sim", "lib/promql", "lib/adapter", "lib/expr", "lib/autoscale"];
  const banned =
    /\b(Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\()/;
  const wrong: string[] = [];
  for (const folder of pure) {
    for (const file of await sources(folder)) {
      if (isLazyDoor(file)) continue;
      const lines = (await Deno.readTextFile(new URL(file, ROOT))).split("\n");
      lines.forEach((line, i) => {
        const code = line.replace(/^\s*(\*|\/\/|\/\*).*/, "");
        if (banned.test(code)) wrong.push(`${file}:${i + 1}: ${line.trim()}`);
      });
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("every function, class and value that a file of lib exports is imported by another", async () => {
  const folders = await Promise.all(["lib", "lessons", "tests"].map((folder) => sources(folder)));
  const texts = new Map<string, string>();
  for (const file of [...folders.flat(), "main.ts"]) {
    texts.set(file, await Deno.readTextFile(new URL(file, ROOT)));
  }
  const { imported, passedOn, read } = namesTaken(texts);
  const isTaken = (file: string, name: string): boolean =>
    imported.has(`${file} ${name}`) ||
    [...read.get(file) ?? []].some((other) =>
      new RegExp(`\\b${name}\\b`).test(texts.get(other)!)
    ) ||
    [...passedOn.get(`${file} ${name}`) ?? [], ...passedOn.get(`${file} *`) ?? []]
      .some((other) => isTaken(other, name));
  const declared = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let) ([\w$]+)/gm;
  const alone: string[] = [];
  for (const [file, text] of texts) {
    if (!file.startsWith("lib/")) continue;
    for (const [, name] of text.matchAll(declared)) {
      if (!isTaken(file, name)) alone.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(alone, []);
});

/**
 * What files take of each other, as `file name`: what is imported, by whom it is passed on (`*` is everything), and which
 * files read another as a whole, by `import()` or under a name.
 */
function namesTaken(texts: ReadonlyMap<string, string>) {
  const imported = new Set<string>();
  const passedOn = new Map<string, Set<string>>();
  const read = new Map<string, Set<string>>();
  const note = (of: Map<string, Set<string>>, key: string, file: string) =>
    of.set(key, (of.get(key) ?? new Set()).add(file));
  for (const [file, text] of texts) {
    const at = (path: string) => new URL(path, new URL(file, ROOT)).href.slice(ROOT.href.length);
    const lists = /^(import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"(\.[^"]+)"/gm;
    for (const [, word, list, path] of text.matchAll(lists)) {
      for (const [, name] of list.matchAll(/(?:^|,)\s*(?:type\s+)?([\w$]+)/g)) {
        if (word === "import") imported.add(`${at(path)} ${name}`);
        else note(passedOn, `${at(path)} ${name}`, file);
      }
    }
    for (const [, path] of text.matchAll(/^export \* from "(\.[^"]+)"/gm)) {
      note(passedOn, `${at(path)} *`, file);
    }
    const whole = /\* as \w+ from "(\.[^"]+)"|import\(\s*"(\.[^"]+)"|new URL\("(\.[^"]+\.ts)"/g;
    for (const [, named, lazy, url] of text.matchAll(whole)) {
      note(read, at(named ?? lazy ?? url), file);
    }
  }
  return { imported, passedOn, read };
}

Deno.test("every room opens with its charter", async () => {
  const missing: string[] = [];
  for (const file of await sources("lib")) {
    if (!file.endsWith("/mod.ts")) continue;
    if (!(await Deno.readTextFile(new URL(file, ROOT))).startsWith("/**")) missing.push(file);
  }
  assert.deepEqual(missing, []);
});

Deno.test("every known difference has its row, and every row its Differs line", async () => {
  const text = await Deno.readTextFile(new URL("KNOWN_DIFFERENCES.md", ROOT));
  const rows = new Set([...text.matchAll(/^\| `([^`]+\.ts)` \|/gm)].map((match) => match[1]));
  const files: string[] = [];
  for (const file of await sources("lib")) {
    if (/\bDiffers\b/.test(await Deno.readTextFile(new URL(file, ROOT)))) files.push(file);
  }
  assert.deepEqual(files.filter((file) => !rows.has(file)), [], "files without a row");
  assert.deepEqual([...rows].filter((row) => !files.includes(row)), [], "rows without a file");
});

/** How often the type system is off, by room; a room that is not named has no `any`. A number may only fall. */
const UNTYPED: Readonly<Record<string, number>> = {
  "base": 4,
  "commands/kubectl": 5,
  "doctor": 3,
  "go": 2,
  "kube": 4,
  "lesson": 3,
  "prometheus": 1,
  "sim": 1,
};

Deno.test("no room uses any more often than it did", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = `${folder}/deno.json`;
    const rules = { tags: [], include: ["no-explicit-any"] };
    await Deno.writeTextFile(config, JSON.stringify({ lint: { rules } }));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["lint", "--config", config, "--json", "lib"],
      cwd: ROOT,
    }).output();
    const { diagnostics, errors } = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(errors, []);
    const found: Record<string, number> = {};
    for (const { filename } of diagnostics as { filename: string }[]) {
      const [room, part, ...below] = filename.slice(filename.lastIndexOf("/lib/") + 5).split("/");
      const isParted = below.length > 0 && (room === "sim" || room === "commands");
      const name = isParted ? `${room}/${part}` : room;
      found[name] = (found[name] ?? 0) + 1;
    }
    for (const [room, times] of Object.entries(found)) {
      const known = UNTYPED[room] ?? 0;
      assert.ok(times <= known, `${room} has any ${times} times, and had it ${known} times`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
