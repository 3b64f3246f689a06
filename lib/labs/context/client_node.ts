import type { RequestOptions } from "node:https";
import { dirname } from "node:path";
import { messageOf } from "../../base/mod.ts";
import { KubeconfigError, type KubeconfigFile, type KubeTarget } from "../../kube/mod.ts";

/** What is used of client-node's KubeConfig. Source: kubernetes-client/javascript src/config.ts, config_types.ts. */
export interface KubeConfig {
  clusters: Named<{ server: string; skipTLSVerify: boolean }>[];
  users: Named<{ token?: string; exec?: Program }>[];
  contexts: Named<{ cluster: string; user: string; namespace?: string }>[];
  /** What is wrong in itself is left out with `filter`. */
  loadFromString(text: string, options: { onInvalidEntry: "filter" | "throw" }): void;
  makePathsAbsolute(folder: string): void;
  setCurrentContext(name: string): void;
  getCurrentUser(): KubeConfig["users"][number] | null;
  addAuthenticator(authenticator: Authenticator): void;
  /** Adds certificates, who one is and the agent to use. Errors: what files and programs give. */
  applyToHTTPSOptions(options: Options): Promise<void>;
}

type Named<T> = { name: string } & T;

interface Program {
  apiVersion?: string;
  command: string;
  env?: { name: string; value: string }[];
}

interface Authenticator {
  isAuthProvider(user: { name: string }): boolean;
  applyAuthentication(user: { name: string }, options: Options): Promise<void>;
}

/** Options of a request, as far as they are filled in. */
export type Options = RequestOptions & { headers?: Record<string, string | string[]> };

/**
 * client-node's view of a kubeconfig, at the context of `target`, with what it does not know of by itself: users' token
 * files, and what credential programs are told. Errors: KubeconfigError where client-node cannot be fetched.
 */
export async function loadConfig(
  files: readonly KubeconfigFile[],
  { context, tokenFile }: KubeTarget,
): Promise<KubeConfig> {
  const config = await mergedConfig(files);
  config.setCurrentContext(context);
  if (tokenFile !== undefined) readTokenFrom(tokenFile, config);
  return config;
}

/** The token of the current user lies in a file, and is read each time. It wins over one in the kubeconfig. */
function readTokenFrom(file: string, config: KubeConfig): void {
  // Source: kubernetes/client-go rest/transport.go (TransportConfig).
  const name = config.getCurrentUser()?.name;
  config.users = config.users.map((one) => one.name === name ? { ...one, token: undefined } : one);
  config.addAuthenticator({
    isAuthProvider: (one) => one.name === name,
    applyAuthentication: async (_user, options) => {
      const token = (await Deno.readTextFile(file)).trim();
      const headers = options.headers as Record<string, string>;
      options.headers = { ...headers, Authorization: `Bearer ${token}` };
    },
  });
}

/** Several kubeconfigs as one: of what two name, the first counts. Source: kubernetes/client-go tools/clientcmd/loader.go. */
async function mergedConfig(files: readonly KubeconfigFile[]): Promise<KubeConfig> {
  const { KubeConfig } = await clientNode();
  const merged = new KubeConfig();
  for (const { path, text } of files) {
    const one = new KubeConfig();
    one.loadFromString(text, { onInvalidEntry: "filter" });
    one.makePathsAbsolute(dirname(path));
    for (const list of ["clusters", "users", "contexts"] as const) {
      const known = new Set((merged[list] as { name: string }[]).map(({ name }) => name));
      (merged[list] as { name: string }[]).push(
        ...one[list].filter(({ name }) => !known.has(name)),
      );
    }
  }
  for (const { exec } of merged.users) if (exec) exec.env = [...exec.env ?? [], execInfo(exec)];
  // A server without TLS has nothing to verify.
  merged.clusters = merged.clusters.map((cluster) => ({
    ...cluster,
    skipTLSVerify: cluster.skipTLSVerify || cluster.server.startsWith("http:"),
  }));
  return merged;
}

/** Errors: KubeconfigError where it cannot be fetched. */
async function clientNode(): Promise<{ KubeConfig: new () => KubeConfig }> {
  try {
    return await import(CLIENT);
  } catch (error) {
    const why = messageOf(error);
    throw new KubeconfigError(
      `What reaches real clusters (${CLIENT}) is fetched from npm the first time, and could not be: ${why}`,
      `실제 클러스터에 접속하는 패키지(${CLIENT})를 처음 한 번 npm에서 받아야 하는데 받지 못했습니다: ${why}`,
    );
  }
}

/** What client-go tells a credential program of who asks. Source: kubernetes/client-go plugin/pkg/client/auth/exec/exec.go. */
function execInfo({ apiVersion }: { apiVersion?: string }): { name: string; value: string } {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  return { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) };
}

/**
 * Not named where it is imported, and not in deno.json, so that it is fetched with the first real cluster and not with
 * the program; what it needs is locked in the deno.lock beside this file.
 */
const CLIENT = "npm:@kubernetes/client-node@2.0.1";
