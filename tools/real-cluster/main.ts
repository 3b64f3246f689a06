/** `up`: a genuine cluster until Ctrl-C, its nodes taking no pods with `--cordoned`. `test FILE…`: tests on one, or on the cluster of KUBECONFIG where that is set. */
import { fileURLToPath } from "node:url";
import { build, CONTROL_PLANE } from "./build.ts";
import { ControlPlane } from "./control_plane.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Tests that are about a real cluster; those of the lab's folder run on `lab serve` as well. */
const TESTS = [
  "tests/real/",
  "tests/labs/context/guard_test.ts",
  "tests/labs/context/taken_test.ts",
];
const tell = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));

/** Runs what is to run on a cluster, with its kubeconfig in the environment. */
async function test(files: readonly string[]): Promise<number> {
  const given = Deno.env.get("KUBECONFIG");
  if (given) return await runTests(given, files);
  await using plane = await ControlPlane.begin({ tell });
  return await runTests(plane.kubeconfigPath, files);
}

/** By a configuration of its own: that of the project leaves these tests out. */
async function runTests(kubeconfig: string, files: readonly string[]): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const { imports, unstable, compilerOptions } = JSON.parse(
      await Deno.readTextFile(`${ROOT}deno.json`),
    );
    const config = { imports, unstable, compilerOptions, nodeModulesDir: "none" };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
    // A copy, so that a test never writes into the tree.
    await Deno.copyFile(`${ROOT}lib/labs/context/deno.lock`, `${folder}/deno.lock`);
    const given = ["--config", `${folder}/deno.json`, "--lock", `${folder}/deno.lock`];
    const what = files.length > 0 ? files : TESTS;
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--quiet", "--no-check", ...given, ...what],
      cwd: ROOT,
      env: { HPA_TUTOR_REAL: kubeconfig },
    }).spawn().status;
    return code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function up(cordoned: boolean): Promise<number> {
  await using plane = await ControlPlane.begin({ tell, cordoned });
  console.log(`export KUBECONFIG=${plane.kubeconfigPath}`);
  tell(`Kubernetes ${plane.version}; Ctrl-C ends it\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, resolve);
  });
  return 0;
}

const [verb, ...files] = Deno.args;
const verbs: Record<string, () => Promise<number>> = {
  build: async () => (await build(CONTROL_PLANE, tell), 0),
  up: () => up(files.includes("--cordoned")),
  test: () => test(files),
};
if (!(verb in verbs)) {
  tell("main.ts build | up [--cordoned] | test [FILE…]\n");
  Deno.exit(2);
}
Deno.exit(await verbs[verb]());
