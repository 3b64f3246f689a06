import { fieldsOf, fromYaml, isMap, quote, YamlError } from "../go/mod.ts";

/** A kubeconfig that names no cluster to go to, with what to do about it, in English and in Korean. */
export class KubeconfigError extends Error {
  override name = "KubeconfigError";

  constructor(en: string, readonly ko: string) {
    super(en);
  }
}

/** A program that gives credentials. Source: kubernetes/client-go tools/clientcmd/api/types.go (ExecConfig). */
export interface ExecCredentials {
  apiVersion: string;
  /** A name to be looked for, or a path. */
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  /** How to come by the program. */
  installHint?: string;
  /** Whether it is told of the cluster. */
  provideClusterInfo?: boolean;
  /** Whether it may ask somebody at the terminal. */
  interactiveMode?: "Never" | "IfAvailable" | "Always";
}

/** Where a context leads, and as whom. */
export interface KubeTarget {
  context: string;
  /** The names by which the kubeconfig has the cluster and the user. */
  cluster: string;
  user: string;
  /** The default namespace of the context. */
  namespace: string;
  /** `https://host:port`. */
  server: string;
  /** Nothing is checked about the server's certificate. */
  isInsecure: boolean;
  /** Whose name the server's certificate is to bear, where that is not the address'. */
  serverName?: string;
  /** Through which proxy: `http://…`, `https://…`, `socks5://…`. */
  proxy?: string;
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

/** A map of YAML. */
type Fields = Record<string, unknown>;
/** An entry of `contexts`, `clusters` or `users`. */
type Entry = Fields & { name: string };

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
  if (files.length === 0) {
    throw new KubeconfigError(
      "None of the files that KUBECONFIG names is there. Name one that is: --kubeconfig FILE",
      "KUBECONFIG의 파일이 하나도 없습니다. 있는 파일을 쓰세요: --kubeconfig 파일",
    );
  }
  const name = context ?? read.map(({ config }) => textIn(config, "current-context")).find(Boolean);
  const known = [
    ...new Set(
      read.flatMap(({ config }) => entriesOf(config.contexts).map(({ name }) => name)),
    ),
  ];
  if (!name) {
    const some = known[0] ?? "NAME";
    throw new KubeconfigError(
      `${files[0].path} has no current context; name one: --context ${some}`,
      `${files[0].path}에 현재 context가 없습니다. 하나를 쓰세요: --context ${some}`,
    );
  }
  const at = fieldsIn(named("contexts", name)?.found, "context");
  if (!at) {
    const where = files.map(({ path }) => path).join(", ");
    throw new KubeconfigError(
      `There is no context ${quote(name)} in ${where}; there ` +
        (known.length === 0 ? "is none" : `is ${known.join(", ")}`),
      `${where}에 context ${quote(name)}이(가) 없습니다. 있는 것: ${known.join(", ") || "없음"}`,
    );
  }
  const [clusterName, userName] = [textIn(at, "cluster") ?? "", textIn(at, "user") ?? ""];
  const cluster = named("clusters", clusterName);
  const entry = fieldsIn(cluster?.found, "cluster") ?? {};
  const server = textIn(entry, "server");
  if (!cluster || server === undefined || !/^https?:/.test(server) || !URL.canParse(server)) {
    const set = `kubectl config set-cluster ${clusterName || "NAME"} --server=https://HOST:PORT`;
    throw new KubeconfigError(
      `The context ${quote(name)} leads to the cluster ${
        quote(clusterName)
      }, which has no server ` +
        `with an address. Set it: ${set}`,
      `context ${quote(name)}의 클러스터 ${quote(clusterName)}에 server 주소가 없습니다. ` +
        `쓰세요: ${set}`,
    );
  }
  const user = named("users", userName);
  if (userName !== "" && !user) {
    throw new KubeconfigError(
      `The context ${quote(name)} is of the user ${quote(userName)}, whom no file has. See: ` +
        `kubectl config get-users`,
      `context ${quote(name)}의 사용자 ${quote(userName)}이(가) 없습니다. 보기: ` +
        `kubectl config get-users`,
    );
  }
  const [serverName, proxy] = ["tls-server-name", "proxy-url"].map((key) => textIn(entry, key));
  return {
    context: name,
    cluster: clusterName,
    user: userName,
    namespace: textIn(at, "namespace") ?? "default",
    server: server.replace(/\/+$/, ""),
    isInsecure: entry["insecure-skip-tls-verify"] === true,
    ...(serverName !== undefined ? { serverName } : {}),
    ...(proxy !== undefined ? { proxy } : {}),
    ...pem("authority", entry, "certificate-authority", cluster.folder),
    ...userOf(fieldsIn(user?.found, "user") ?? {}, user?.folder ?? ""),
  };
}

function userOf(user: Fields, folder: string): Partial<KubeTarget> {
  const [token, tokenFile, username, as] = ["token", "tokenFile", "username", "as"]
    .map((field) => textIn(user, field));
  if (user["auth-provider"]) {
    throw new KubeconfigError(
      "The kubeconfig's user has an auth-provider, which clients no longer run. Log in anew with your " +
        "cloud's own program, which writes exec in its place",
      "kubeconfig의 사용자에 auth-provider가 있는데 이제는 쓰이지 않습니다. 클라우드의 프로그램으로 다시 " +
        "로그인하면 exec로 바뀝니다",
    );
  }
  return {
    ...pem("certificate", user, "client-certificate", folder),
    ...pem("key", user, "client-key", folder),
    ...(token !== undefined ? { token } : {}),
    ...(tokenFile !== undefined ? { tokenFile: within(folder, tokenFile) } : {}),
    ...(username !== undefined
      ? { basic: { username, password: textIn(user, "password") ?? "" } }
      : {}),
    ...(user.exec ? { exec: execOf(user.exec, folder) } : {}),
    ...(as !== undefined ? { impersonate: { user: as, groups: groupsOf(user) } } : {}),
  };
}

/** A path is from the kubeconfig's folder on. Source: kubernetes/client-go tools/clientcmd/loader.go (ResolveLocalPaths). */
function execOf(exec: unknown, folder: string): ExecCredentials {
  const fields = fieldsOf(exec);
  const command = textIn(fields, "command");
  if (command === undefined) {
    throw new KubeconfigError(
      "The kubeconfig's exec names no command. Write exec.command, or a token in its place",
      "kubeconfig의 exec에 command가 없습니다. exec.command나 token을 쓰세요",
    );
  }
  return {
    ...fields,
    apiVersion: textIn(fields, "apiVersion") ?? "",
    command: /[\\/]/.test(command) ? within(folder, command) : command,
  } as ExecCredentials;
}

function groupsOf(user: Fields): string[] {
  const groups: unknown = user["as-groups"] ?? [];
  if (Array.isArray(groups) && groups.every((group) => typeof group === "string")) return groups;
  throw new KubeconfigError(
    '"as-groups" in the kubeconfig is no list of texts: as-groups: [NAME]',
    'kubeconfig의 "as-groups"가 텍스트 목록이 아닙니다: as-groups: [이름]',
  );
}

/** A field's text, which YAML may take for a number; undefined where it is empty. Errors: KubeconfigError for others. */
function textIn(from: Fields, field: string): string | undefined {
  const value: unknown = from[field] ?? "";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value || undefined;
  throw new KubeconfigError(
    `${quote(field)} in the kubeconfig is no text. Write it in quotes`,
    `kubeconfig의 ${quote(field)}가 텍스트가 아닙니다. 따옴표 안에 쓰세요`,
  );
}

/** A field that is given as base64 in itself, or as a file. */
function pem(
  as: "authority" | "certificate" | "key",
  from: Fields,
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
    throw new KubeconfigError(
      "The kubeconfig holds a certificate that is no base64. Write it anew: base64 -w0 FILE",
      "kubeconfig의 인증서가 base64가 아닙니다. 다시 쓰세요: base64 -w0 파일",
    );
  }
}

function within(folder: string, path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path)
    ? path
    : `${folder}${path.replace(/^(\.[\\/])+/, "")}`;
}

function entriesOf(list: unknown): Entry[] {
  return Array.isArray(list) ? list.filter(isEntry) : [];
}

function isEntry(entry: unknown): entry is Entry {
  return isMap(entry) && typeof entry.name === "string";
}

/** What a field holds by names; undefined where it holds something else, or nothing. */
function fieldsIn(from: Fields | undefined, field: string): Fields | undefined {
  const value = from?.[field];
  return isMap(value) ? value : undefined;
}

function parsed({ path, text }: KubeconfigFile): { config: Fields; folder: string } {
  let config: unknown;
  try {
    config = fromYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw noKubeconfig(path, error.message);
  }
  if (!isMap(config)) throw noKubeconfig(path, "it holds no map");
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return { config, folder: path.slice(0, end) };
}

function noKubeconfig(path: string, why: string): KubeconfigError {
  return new KubeconfigError(
    `${path} is no kubeconfig: ${why}. Name one: --kubeconfig FILE`,
    `${path}은(는) kubeconfig가 아닙니다: ${why}. 파일을 쓰세요: --kubeconfig 파일`,
  );
}
