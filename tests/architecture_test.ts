import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Which rooms a room may import; `sim` means any of its sub-rooms. */
const MAY_IMPORT: Record<string, string[]> = {
  base: [],
  go: ["base"],
  promql: ["base", "go"],
  kube: ["base", "go"],
  adapter: ["base", "go", "kube"],
  autoscale: ["base", "go", "kube"],
  sim: ["base", "go", "promql", "adapter", "autoscale", "kube"],
  labs: ["base", "go", "kube", "sim"],
  commands: ["base", "go", "kube", "labs"],
  shell: ["base", "go", "commands", "labs"],
  lesson: ["base", "go", "commands", "shell", "labs", "kube"],
  authoring: ["base", "lesson", "shell", "labs", "commands"],
  term: ["base", "go"],
  tutor: ["base", "go", "lesson", "shell", "labs", "term", "commands"],
};

/** Files that stand between rooms and may be imported by name, for their types. */
const SEAMS = [
  "lib/sim/seams.ts",
  "lib/sim/reconcile.ts",
  "lib/labs/lab.ts",
  "lib/commands/command.ts",
  "lib/lesson/lesson.ts",
];

interface Import {
  from: string;
  to: string;
}

async function sources(folder: string): Promise<string[]> {
  const out: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) out.push(...await sources(path));
    else if (entry.name.endsWith(".ts")) out.push(path);
  }
  return out.sort();
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

async function imports(files: string[]): Promise<Import[]> {
  const out: Import[] = [];
  for (const from of files) {
    const text = await Deno.readTextFile(new URL(from, ROOT));
    const found = text.matchAll(/(?:\bfrom|\bimport\(?)\s*["'](\.{1,2}\/[^"']+)["']/g);
    for (const match of found) out.push({ from, to: resolve(from, match[1]) });
  }
  return out;
}

/** `sim/api/store.ts` is in the room `sim`, in its part `sim/api`. */
function roomOf(path: string): string | undefined {
  return /^lib\/([^/]+)\//.exec(path)?.[1];
}

function partOf(path: string): string {
  const parts = path.split("/");
  return parts[1] === "sim" && parts.length > 3 ? `sim/${parts[2]}` : parts[1];
}

Deno.test("rooms import only the rooms that the map allows", async () => {
  const wrong = (await imports(await sources("lib"))).filter(({ from, to }) => {
    const [room, target] = [roomOf(from)!, roomOf(to)];
    if (room === "cli" || target === room || target === undefined) return false;
    return !MAY_IMPORT[room]?.includes(target);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("rooms reach each other through mod.ts or a seam, never through a private file", async () => {
  const wrong = (await imports(await sources("lib"))).filter(({ from, to }) => {
    if (to.split("/").at(-1)!.startsWith("_")) return partOf(from) !== partOf(to);
    if (roomOf(from) === roomOf(to) || SEAMS.includes(to)) return false;
    return !to.endsWith("/mod.ts") && !isLazyDoor(to);
  });
  assert.deepEqual(wrong, []);
});

/** Modules that are kept out of a mod.ts because loading them is slow, and imported when needed. */
function isLazyDoor(path: string): boolean {
  return /^lib\/(sim\/api\/(listener|door|_door_\w+)|labs\/cluster_host)\.ts$/.test(path);
}

Deno.test("no module imports itself by a detour", async () => {
  const graph = new Map<string, string[]>();
  for (const { from, to } of await imports(await sources("lib"))) {
    graph.set(from, [...graph.get(from) ?? [], to]);
  }
  // Types that need each other are no cycle at run time: only value imports count.
  for (const from of graph.keys()) {
    const text = await Deno.readTextFile(new URL(from, ROOT));
    const typeOnly = [...text.matchAll(/\b(?:import|export) type [^;]*?from\s*["'](\.[^"']+)["']/g)]
      .map((match) => resolve(from, match[1]));
    graph.set(from, graph.get(from)!.filter((to) => !typeOnly.includes(to)));
  }
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    graph.get(file)?.forEach((to) => visit(to, [...path, file]));
    done.add(file);
  };
  [...graph.keys()].forEach((file) => visit(file, []));
  assert.deepEqual(cycles, []);
});

Deno.test("lessons import lib/lesson/mod.ts and nothing else of the project", async () => {
  const wrong = (await imports(await sources("lessons"))).filter(({ to }) =>
    to !== "lib/lesson/mod.ts"
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the embedded cluster takes time and chance from its clock and generator alone", async () => {
  const pure = ["lib/sim", "lib/promql", "lib/adapter", "lib/autoscale"];
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
