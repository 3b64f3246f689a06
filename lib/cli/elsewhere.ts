import { messageOf } from "../base/mod.ts";
import type { Elsewhere } from "../commands/mod.ts";
import {
  ConnectionError,
  type ExecCredentials,
  KubeClient,
  KubeconfigError,
  type KubeTarget,
  type PemSource,
  readKubeconfig,
  type Transport,
} from "../kube/mod.ts";
import { DIAGNOSIS } from "../labs/mod.ts";
import { UsageError } from "./errors.ts";
import { readKubeconfigs } from "./kubeconfigs.ts";

/**
 * A client of the cluster that a kubeconfig's context names: `--kubeconfig`, or KUBECONFIG, or `~/.kube/config`.
 * Errors: UsageError, with what to do.
 */
export async function clusterElsewhere(
  named: { context?: string; kubeconfig?: string },
  signal: AbortSignal,
): Promise<Omit<Elsewhere, "nowMs">> {
  try {
    const target = readKubeconfig(await readKubeconfigs(named.kubeconfig), named.context);
    const transport = await transportTo(target);
    return {
      client: new KubeClient(transport, {
        signal,
        userAgent: DIAGNOSIS,
        headers: impersonation(target),
      }),
      namespace: target.namespace,
    };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new UsageError(error.message);
  }
}

/** Source: kubernetes/client-go transport/round_trippers.go (impersonatingRoundTripper). */
function impersonation({ impersonate }: KubeTarget): [name: string, value: string][] {
  if (!impersonate) return [];
  return [
    ["Impersonate-User", impersonate.user],
    ...impersonate.groups.map((group): [string, string] => ["Impersonate-Group", group]),
  ];
}

async function transportTo(target: KubeTarget): Promise<Transport> {
  const { server, context } = target;
  const { host } = new URL(server);
  if (target.isInsecure) {
    throw new KubeconfigError(
      `The context "${context}" says insecure-skip-tls-verify, which this program does not do. ` +
        `Give the cluster's certificate-authority-data, or go through: kubectl proxy`,
    );
  }
  const given = target.exec ? await credentialsOf(target.exec) : target;
  const authority = await pemOf(target.authority);
  const certificate = await pemOf(given.certificate);
  const key = await pemOf(given.key);
  const client = Deno.createHttpClient({
    ...(authority ? { caCerts: [authority] } : {}),
    ...(certificate && key ? { cert: certificate, key } : {}),
  });
  const authorization = await authorizationOf(given);
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    if (authorization) headers.set("authorization", authorization);
    try {
      const init = {
        method: request.method,
        headers,
        body: request.body,
        signal: request.signal,
        client,
      };
      return await fetch(`${server}${pathname}${search}`, init);
    } catch (error) {
      if (!(error instanceof TypeError) || request.signal.aborted) throw error;
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new ConnectionError(
        `The server ${host} of the context "${context}" does not answer: ${cause}`,
      );
    }
  };
}

type Credentials = Pick<KubeTarget, "certificate" | "key" | "token" | "tokenFile" | "basic">;

async function authorizationOf(
  { token, tokenFile, basic }: Credentials,
): Promise<string | undefined> {
  if (tokenFile) return `Bearer ${(await readFile(tokenFile)).trim()}`;
  if (token) return `Bearer ${token}`;
  return basic ? `Basic ${btoa(`${basic.username}:${basic.password}`)}` : undefined;
}

async function pemOf(source: PemSource | undefined): Promise<string | undefined> {
  if (!source) return undefined;
  return "text" in source ? source.text : await readFile(source.file);
}

async function readFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new KubeconfigError(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** What a credential program gives. Source: kubernetes/client-go plugin/pkg/client/auth/exec/exec.go. */
async function credentialsOf(
  { apiVersion, command, args, env }: ExecCredentials,
): Promise<Credentials> {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const given = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: args ?? [],
      env: { ...given, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    }).output();
    const text = new TextDecoder().decode(success ? stdout : stderr);
    if (!success) throw new KubeconfigError(`${command} gave no credentials: ${text.trim()}`);
    const { status } = JSON.parse(text);
    return {
      token: status.token,
      ...(status.clientCertificateData
        ? {
          certificate: { text: status.clientCertificateData },
          key: { text: status.clientKeyData },
        }
        : {}),
    };
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    throw new KubeconfigError(
      `${command}, which the kubeconfig names for credentials, cannot be run: ${
        messageOf(error)
      }. ` +
        `A token will do too: kubectl create token NAME`,
    );
  }
}
