/** The root of the project. */
export const ROOT = new URL("../", import.meta.url);

/** One module that names another: by `import`, `export … from`, `import()` or a type's `import("…").X`. */
export interface Import {
  /** Paths from the root of the project. */
  from: string;
  to: string;
  /** Whether it is there at run time, before the module that names it: no type alone, and no `import()`. */
  atLoad: boolean;
}

/** The TypeScript files under a folder, by their paths from the root. */
export async function sources(folder: string, root = ROOT): Promise<string[]> {
  const out: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, root))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) out.push(...await sources(path, root));
    else if (entry.name.endsWith(".ts")) out.push(path);
  }
  return out.sort();
}

/** What `deno info --json` says of a module; positions and packages are left out. */
interface ModuleInfo {
  specifier: string;
  error?: string;
  dependencies?: {
    code?: { specifier?: string };
    type?: { specifier?: string };
    isDynamic?: boolean;
  }[];
}

/**
 * The imports among the project's modules as Deno reads them, of every source under the folders given.
 * Errors: Error where a module cannot be read or names one that is not there.
 */
export async function moduleGraph(folders: string[], root = ROOT): Promise<Import[]> {
  const files = (await Promise.all(folders.map((folder) => sources(folder, root)))).flat();
  const own = new Set(files.map((file) => new URL(file, root).href));
  const modules = await readModules(own);
  const out: Import[] = [];
  for (const { specifier, dependencies = [] } of modules) {
    if (!own.has(specifier)) continue;
    for (const { code, type, isDynamic } of dependencies) {
      const target = code?.specifier ?? type?.specifier;
      if (!target?.startsWith(root.href)) continue;
      const [from, to] = [specifier, target].map((url) => url.slice(root.href.length));
      out.push({ from, to, atLoad: code !== undefined && !isDynamic });
    }
  }
  return out;
}

/** `deno info` takes one root, so it is given a module that names them all. */
async function readModules(urls: Iterable<string>): Promise<ModuleInfo[]> {
  const root = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      root,
      [...urls].map((url) => `import ${JSON.stringify(url)};\n`).join(""),
    );
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", new URL("deno.json", ROOT).pathname, root],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: ModuleInfo[] };
    const broken = modules.filter(({ error }) => error !== undefined);
    if (broken.length > 0) throw new Error(broken.map(({ error }) => error).join("\n"));
    return modules;
  } finally {
    await Deno.remove(root);
  }
}

/**
 * The knots of a graph: each set of modules that reach each other, in order of their paths.
 * Source: R. Tarjan, Depth-first search and linear graph algorithms (1972).
 */
export function knots(imports: readonly Import[]): string[][] {
  const out = new Map<string, string[]>();
  for (const { from, to } of imports) out.set(from, [...out.get(from) ?? [], to]);
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const next of out.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const knot = stack.splice(stack.indexOf(file));
    if (knot.length > 1 || out.get(file)?.includes(file)) found.push(knot.sort());
  };
  for (const file of out.keys()) if (!index.has(file)) visit(file);
  return found;
}
