/**
 * Builds what a genuine cluster is made of, from upstream's Go modules: `go.mod` in each folder here says which, and at
 * which version. Nothing of upstream's is kept; what is built goes to a cache outside the tree.
 */
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Programs that one module builds. */
interface Module {
  folder: string;
  packages: readonly string[];
}

const KUBERNETES = "k8s.io/kubernetes/cmd";

/** The control plane, and the tool that makes its certificates. */
export const CONTROL_PLANE: Module = {
  folder: "control-plane",
  packages: [
    `${KUBERNETES}/kube-apiserver`,
    `${KUBERNETES}/kubeadm`,
    "go.etcd.io/etcd/server/v3",
    `${KUBERNETES}/kube-controller-manager`,
    `${KUBERNETES}/kube-scheduler`,
  ],
};

/** Where programs are kept between runs. */
export function cacheDir(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache`;
  return `${base}/hpa-tutor/real-cluster`;
}

/** A program's path once it is built. */
export function programPath(name: string): string {
  return `${cacheDir()}/bin/${name}`;
}

/** The version of a module that a folder's `go.mod` requires: `v1.36.3`. Errors: where it names none. */
export async function versionOf(folder: string, module: string): Promise<string> {
  const text = await Deno.readTextFile(`${HERE}${folder}/go.mod`);
  const line = text.split("\n").find((line) => line.trim().split(" ")[0] === module);
  const [, version] = line?.trim().split(" ") ?? [];
  if (!version) throw new Error(`${folder}/go.mod requires no ${module}`);
  return version;
}

/** What a package's program is called: the last word of its path, a version aside, and etcd's server `etcd`. */
function nameOf(path: string): string {
  if (path.startsWith("go.etcd.io/etcd/server")) return "etcd";
  return path.split("/").filter((word) => !/^v\d+$/.test(word)).at(-1)!;
}

/**
 * Builds what of a module is not there yet at the version that is wanted, and tells each program before it begins.
 * Errors: where `go` is not there, or does not build it.
 */
export async function build(
  { folder, packages }: Module,
  tell: (text: string) => void,
): Promise<void> {
  const sum = await digest(`${HERE}${folder}/go.sum`);
  await Deno.mkdir(`${cacheDir()}/bin`, { recursive: true });
  for (const path of packages) {
    const program = programPath(nameOf(path));
    const stamp = `${program}.sum`;
    if (await readIfThere(stamp) === sum && await isThere(program)) continue;
    tell(`building ${nameOf(path)}\n`);
    await go(folder, ["build", "-ldflags", await flagsOf(path), "-o", program, path]);
    await Deno.writeTextFile(stamp, sum);
  }
}

/** Kubernetes' programs say their version by what the linker puts there. */
async function flagsOf(path: string): Promise<string> {
  if (!path.startsWith(KUBERNETES)) return "-s -w";
  const version = await versionOf("control-plane", "k8s.io/kubernetes");
  const [major, minor] = version.slice(1).split(".");
  const says = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const where = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return [
    "-s -w",
    ...where.flatMap((at) =>
      Object.entries(says).map(([key, value]) => `-X ${at}.${key}=${value}`)
    ),
  ]
    .join(" ");
}

async function go(folder: string, args: string[]): Promise<void> {
  const command = new Deno.Command("go", {
    args,
    cwd: HERE + folder,
    env: { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" },
    stdout: "inherit",
    stderr: "inherit",
  });
  let success: boolean;
  try {
    ({ success } = await command.output());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("a genuine cluster is built with Go, and there is no `go` on PATH");
  }
  if (!success) throw new Error(`go ${args.join(" ")} failed in ${folder}`);
}

async function digest(path: string): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(sum).toHex();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
