import { fromYaml, quote, YamlError } from "../go/mod.ts";

/** A kubeconfig that names no cluster to go to, with what to do about it. */
export class KubeconfigError extends Error {
  override name = "KubeconfigError";
}

/** A program that gives credentials. Source: kubernetes/client-go tools/clientcmd/api/types.go (ExecConfig). */
export interface ExecCredentials {
  apiVersion: string;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
}

/** Where a context leads, and as whom. */
export interface KubeTarget {
  context: string;
  /** The default namespace of the context. */
  namespace: string;
  /** `https://host:port`. */
  server: string;
  /** Nothing is checked about the server's certificate. */
  isInsecure: boolean;
  /** PEM, each as a text or a file that holds it. */
  authority?: PemSource;
  certificate?: PemSource;
  key?: PemSource;
  token?: string;
  tokenFile?: string;
  basic?: { username: string; password: string };
  exec?: ExecCredentials;
  /** Whom to be taken for. */
  impersonate?: { user: string; groups: readonly string[] };
}

export type PemSource = { text: string } | { file: string };

/** A kubeconfig's text, and the folder that its file names are relative to. */
export interface KubeconfigFile {
  path: string;
  text: string;
}

/**
 * The cluster and user of a context; of the current one where none is named. Of several files the first that names
 * something counts. Errors: KubeconfigError.
 * Source: kubernetes/client-go tools/clientcmd (loader.go, client_config.go, overrides.go).
 */
export function readKubeconfig(files: readonly KubeconfigFile[], context?: string): KubeTarget {
  const read = files.map(parsed);
  const named = (list: "contexts" | "clusters" | "users", name: string) => {
    for (const { config, folder } of read) {
      const found = entriesOf(config[list]).find((entry) => entry.name === name);
      if (found) return { found, folder };
    }
  };
  const name = context ?? read.map(({ config }) => textIn(config, "current-context")).find(Boolean);
  const known = read.flatMap(({ config }) => entriesOf(config.contexts).map((entry) => entry.name));
  if (!name) {
    throw new KubeconfigError(
      `${files[0]?.path ?? "The kubeconfig"} has no current context; name one: --context ${
        known[0] ?? "NAME"
      }`,
    );
  }
  const at = named("contexts", name)?.found.context;
  if (!at) {
    throw new KubeconfigError(
      `There is no context ${quote(name)} in ${files.map(({ path }) => path).join(", ")}; there ` +
        (known.length === 0 ? "is none" : `is ${known.join(", ")}`),
    );
  }
  const clusterName = textIn(at, "cluster") ?? "";
  const cluster = named("clusters", clusterName);
  const server = cluster?.found.cluster?.server;
  if (!cluster || typeof server !== "string" || !URL.canParse(server)) {
    throw new KubeconfigError(
      `The context ${quote(name)} leads to the cluster ${quote(clusterName)}, which has no server`,
    );
  }
  const user = named("users", at.user);
  return {
    context: name,
    namespace: textIn(at, "namespace") ?? "default",
    server: server.replace(/\/+$/, ""),
    isInsecure: cluster.found.cluster["insecure-skip-tls-verify"] === true,
    ...pem("authority", cluster.found.cluster, "certificate-authority", cluster.folder),
    ...userOf(user?.found.user ?? {}, user?.folder ?? ""),
  };
}

function userOf(user: Record<string, any>, folder: string): Partial<KubeTarget> {
  const [token, tokenFile, username, as] = ["token", "tokenFile", "username", "as"]
    .map((field) => textIn(user, field));
  return {
    ...pem("certificate", user, "client-certificate", folder),
    ...pem("key", user, "client-key", folder),
    ...(token !== undefined ? { token } : {}),
    ...(tokenFile !== undefined ? { tokenFile: within(folder, tokenFile) } : {}),
    ...(username !== undefined
      ? { basic: { username, password: textIn(user, "password") ?? "" } }
      : {}),
    ...(user.exec ? { exec: user.exec as ExecCredentials } : {}),
    ...(as !== undefined ? { impersonate: { user: as, groups: groupsOf(user) } } : {}),
  };
}

function groupsOf(user: Record<string, any>): string[] {
  const groups: unknown = user["as-groups"] ?? [];
  if (Array.isArray(groups) && groups.every((group) => typeof group === "string")) return groups;
  throw new KubeconfigError('"as-groups" in the kubeconfig is no list of texts');
}

/** A field's text, which YAML may take for a number; undefined where it is empty. Errors: KubeconfigError for others. */
function textIn(from: Record<string, any>, field: string): string | undefined {
  const value: unknown = from[field] ?? "";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value || undefined;
  throw new KubeconfigError(`${quote(field)} in the kubeconfig is no text`);
}

/** A field that is given as base64 in itself, or as a file. */
function pem(
  as: "authority" | "certificate" | "key",
  from: Record<string, any>,
  field: string,
  folder: string,
): Partial<KubeTarget> {
  const data = textIn(from, `${field}-data`);
  if (data !== undefined) return { [as]: { text: decoded(data) } };
  const file = textIn(from, field);
  return file !== undefined ? { [as]: { file: within(folder, file) } } : {};
}

function decoded(base64: string): string {
  try {
    return atob(base64.replace(/\s/g, ""));
  } catch {
    throw new KubeconfigError("The kubeconfig holds a certificate that is no base64");
  }
}

function within(folder: string, path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) ? path : `${folder}${path}`;
}

function entriesOf(list: unknown): any[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry?.name === "string") : [];
}

function parsed({ path, text }: KubeconfigFile): { config: Record<string, any>; folder: string } {
  let config: unknown;
  try {
    config = fromYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new KubeconfigError(`${path} is no kubeconfig: ${error.message}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new KubeconfigError(`${path} is no kubeconfig: it holds no map`);
  }
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return { config: config as Record<string, any>, folder: path.slice(0, end) };
}
