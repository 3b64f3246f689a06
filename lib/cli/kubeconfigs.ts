import { typedPath } from "../base/mod.ts";
import { FileError } from "../commands/mod.ts";
import { KubeconfigError, type KubeconfigFile } from "../kube/mod.ts";
import { readText } from "./read_text.ts";

/**
 * The texts of a kubeconfig: of `given`, or of the files that KUBECONFIG names, or of `~/.kube/config`; and in a pod what
 * its service account's files say, as the context `in-cluster`.
 * Errors: KubeconfigError for one that cannot be read.
 * Source: kubernetes/client-go tools/clientcmd/loader.go (GetLoadingPrecedence, Load).
 */
export async function readKubeconfigs(given?: string): Promise<KubeconfigFile[]> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  const named = Deno.env.get("KUBECONFIG")?.split(separator).filter((path) => path !== "") ?? [];
  const paths = given !== undefined
    ? [typedPath(given)]
    : named.length > 0
    ? named.map(typedPath)
    : [`${home}/.kube/config`];
  const inCluster = given === undefined ? inClusterConfig() : [];
  const files: KubeconfigFile[] = [];
  for (const path of paths) {
    try {
      files.push({ path, text: await readText(path) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      // Of several that KUBECONFIG names, some may not be there.
      if (error.cause instanceof Deno.errors.NotFound && paths.length + inCluster.length > 1) {
        continue;
      }
      const why = error.message;
      throw new KubeconfigError(
        `The kubeconfig ${path} cannot be read: ${why}. Name another: --kubeconfig FILE`,
        `kubeconfig ${path}을(를) 읽을 수 없습니다: ${why}. 다른 파일을 쓰세요: --kubeconfig 파일`,
      );
    }
  }
  return [...files, ...inCluster];
}

/** Where a pod finds who it is. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Source: kubernetes/client-go rest/config.go (InClusterConfig), tools/clientcmd/client_config.go (inClusterClientConfig). */
export function inClusterConfig(folder = ACCOUNT): KubeconfigFile[] {
  const [host, port] = ["HOST", "PORT"].map((name) => Deno.env.get(`KUBERNETES_SERVICE_${name}`));
  if (!host || !port) return [];
  let namespace = "";
  try {
    Deno.statSync(`${folder}/token`);
    namespace = Deno.readTextFileSync(`${folder}/namespace`).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && namespace === "") return [];
    throw error;
  }
  const name = "in-cluster";
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority": "ca.crt" } }],
    // It is read anew each time, since it is written anew.
    users: [{ name, user: { tokenFile: "token" } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    "current-context": name,
  };
  return [{ path: `${folder}/kubeconfig`, text: JSON.stringify(config) }];
}
