import { resolve } from "node:path";
import { messageOf } from "../base/mod.ts";
import type { Elsewhere } from "../commands/mod.ts";
import { InputError, said } from "../doctor/mod.ts";
import { KubeClient, KubeconfigError, type KubeconfigFile, readKubeconfig } from "../kube/mod.ts";
import { DIAGNOSIS } from "../labs/mod.ts";
import { transportTo } from "./cluster_transport.ts";

/**
 * A client of the cluster that a kubeconfig's context names: `--kubeconfig`, or KUBECONFIG, or `~/.kube/config`.
 * Errors: InputError, with what to do.
 */
export async function clusterElsewhere(
  named: { context?: string; kubeconfig?: string },
  signal: AbortSignal,
): Promise<Omit<Elsewhere, "nowMs">> {
  try {
    const target = readKubeconfig(await kubeconfigs(named.kubeconfig), named.context);
    const transport = await transportTo(target, signal);
    return {
      name: target.context,
      client: new KubeClient(transport, { signal, userAgent: DIAGNOSIS }),
      namespace: target.namespace,
    };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new InputError(said(error.message, error.ko));
  }
}

/** Source: kubernetes/client-go tools/clientcmd/loader.go (GetLoadingPrecedence, Load). */
async function kubeconfigs(given: string | undefined): Promise<KubeconfigFile[]> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  const listed = (Deno.env.get("KUBECONFIG") ?? "").split(separator).filter((path) => path !== "");
  const cwd = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const paths = given !== undefined
    ? [resolve(cwd, given)]
    : listed.length > 0
    ? listed.map((path) => resolve(cwd, path))
    : [`${home}/.kube/config`];
  const files: KubeconfigFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, text: await Deno.readTextFile(path) });
    } catch (error) {
      // Of several that KUBECONFIG names, some may not be there.
      if (error instanceof Deno.errors.NotFound && paths.length > 1) continue;
      const why = error instanceof Deno.errors.NotFound
        ? "no such file"
        : error instanceof Deno.errors.IsADirectory
        ? "it is a folder"
        : messageOf(error);
      throw new KubeconfigError(
        `The kubeconfig ${path} cannot be read: ${why}. Name another: --kubeconfig FILE`,
        `kubeconfig ${path}을(를) 읽을 수 없습니다: ${why}. 다른 파일을 쓰세요: --kubeconfig 파일`,
      );
    }
  }
  return files;
}
