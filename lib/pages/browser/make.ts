/**
 * Makes what the pages load: `deno task pages`. The bundles are committed, so that who learns fetches nothing for them;
 * the same sources make the same bytes. Those of Prometheus' pages lie beside the program that serves them.
 */
const LIB = new URL("../../", import.meta.url);
const PROMETHEUS = new URL("pages/prometheus/", LIB);

/** Errors: Error with what deno said. */
async function deno(args: string[], cwd: URL): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(text(stderr));
  return text(stdout);
}

/** Errors: Error with what the bundler said. */
async function bundle(entry: string): Promise<Uint8Array> {
  const made = await Deno.makeTempDir();
  try {
    const out = `${made}/out.js`;
    const options = ["--quiet", "--minify", "--platform", "browser", "-o", out];
    await deno(
      ["bundle", ...options, entry.split("/").at(-1)!],
      new URL("./", new URL(entry, LIB)),
    );
    return await Deno.readFile(out);
  } finally {
    await Deno.remove(made, { recursive: true });
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

const OWN =
  "What this page loads is hpa-tutor's own, under the MIT licence, and contains no other package.\n";

/** A package of a bundle, and where it lies on this machine. */
interface Package {
  name: string;
  version: string;
  localPath: string;
}

/** The packages of a bundle, those of packages too. */
async function packagesOf(entry: string): Promise<Package[]> {
  const { npmPackages, modules } = JSON.parse(await deno(["info", "--json", entry], PROMETHEUS));
  const seen = new Set<string>();
  const visit = (id: string) => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const next of npmPackages[id].dependencies) visit(next);
  };
  for (const { npmPackage } of modules) if (npmPackage) visit(npmPackage);
  return [...seen].sort().map((id) => npmPackages[id]);
}

/** Each package with its licence as it came. */
async function licences(packages: readonly Package[]): Promise<string> {
  const told: string[] = [];
  for (const { name, version, localPath } of packages) {
    const { license } = JSON.parse(await Deno.readTextFile(`${localPath}/package.json`));
    const files = [...Deno.readDirSync(localPath)].map(({ name }) => name)
      .filter((name) => /^(licen[cs]e|notice)/i.test(name)).sort();
    const texts = files.map((name) => Deno.readTextFileSync(`${localPath}/${name}`).trim());
    told.push([`${name} ${version} (${license})`, ...texts].join("\n\n"));
  }
  const head =
    "Besides hpa-tutor's own code, under the MIT licence, this page loads these packages:\n\n";
  return head + told.join(`\n\n${"-".repeat(72)}\n\n`) + "\n";
}

/** Every file that is made, by its path under `lib/`. */
export async function makeBundle(): Promise<Map<string, Uint8Array>> {
  const file = (path: string) => Deno.readFile(new URL(path, LIB));
  const assets = "sim/programs/prometheus/assets";
  const packages = await packagesOf("query.ts");
  const { localPath } = packages.find(({ name }) => name === "uplot")!;
  const uplot = await Deno.readTextFile(`${localPath}/dist/uPlot.min.css`);
  const style = new TextDecoder().decode(await file("pages/prometheus/style.css"));
  return new Map([
    ["pages/bundle/lab.js", await bundle("pages/browser/lab.ts")],
    ["pages/bundle/lab.css", await file("pages/browser/lab.css")],
    ["pages/bundle/licences.txt", bytesOf(OWN)],
    [`${assets}/query.js`, await bundle("pages/prometheus/query.ts")],
    [`${assets}/time.js`, await bundle("pages/prometheus/time.ts")],
    [`${assets}/style.css`, bytesOf(`${uplot}\n${style}`)],
    [`${assets}/licences.txt`, bytesOf(await licences(packages))],
  ]);
}

if (import.meta.main) {
  for (const [path, bytes] of await makeBundle()) {
    const url = new URL(path, LIB);
    await Deno.mkdir(new URL("./", url), { recursive: true });
    await Deno.writeFile(url, bytes);
    console.log(`${path}: ${bytes.length} bytes`);
  }
}
