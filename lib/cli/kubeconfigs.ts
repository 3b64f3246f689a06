import { resolve } from "node:path";
import { messageOf } from "../base/mod.ts";
import { KubeconfigError, type KubeconfigFile } from "../kube/mod.ts";

/**
 * The texts of a kubeconfig: of `given`, or of the files that KUBECONFIG names, or of `~/.kube/config`.
 * Errors: KubeconfigError for one that cannot be read.
 */
export async function readKubeconfigs(given?: string): Promise<KubeconfigFile[]> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  const named = Deno.env.get("KUBECONFIG")?.split(separator).filter((path) => path !== "") ?? [];
  const paths = given !== undefined
    ? [resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given)]
    : named.length > 0
    ? named
    : [`${home}/.kube/config`];
  const files: KubeconfigFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, text: await Deno.readTextFile(path) });
    } catch (error) {
      // Of several that KUBECONFIG names, some may not be there.
      if (error instanceof Deno.errors.NotFound && paths.length > 1) continue;
      throw new KubeconfigError(`${path} cannot be read: ${messageOf(error)}`);
    }
  }
  return files;
}
