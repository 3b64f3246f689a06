import { resolve } from "node:path";
import { FileError } from "../commands/mod.ts";
import { KubeconfigError, type KubeconfigFile } from "../kube/mod.ts";
import { readText } from "./read_text.ts";

/**
 * The texts of a kubeconfig: of `given`, or of the files that KUBECONFIG names, or of `~/.kube/config`.
 * Errors: KubeconfigError for one that cannot be read.
 * Source: kubernetes/client-go tools/clientcmd/loader.go (GetLoadingPrecedence, Load).
 */
export async function readKubeconfigs(given?: string): Promise<KubeconfigFile[]> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  const named = Deno.env.get("KUBECONFIG")?.split(separator).filter((path) => path !== "") ?? [];
  const cwd = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const paths = given !== undefined
    ? [resolve(cwd, given)]
    : named.length > 0
    ? named.map((path) => resolve(cwd, path))
    : [`${home}/.kube/config`];
  const files: KubeconfigFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, text: await readText(path) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      // Of several that KUBECONFIG names, some may not be there.
      if (error.cause instanceof Deno.errors.NotFound && paths.length > 1) continue;
      const why = error.message;
      throw new KubeconfigError(
        `The kubeconfig ${path} cannot be read: ${why}. Name another: --kubeconfig FILE`,
        `kubeconfig ${path}을(를) 읽을 수 없습니다: ${why}. 다른 파일을 쓰세요: --kubeconfig 파일`,
      );
    }
  }
  return files;
}
