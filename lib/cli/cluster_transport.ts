import { Buffer } from "node:buffer";
import https from "node:https";
import { messageOf } from "../base/mod.ts";
import {
  ConnectionError,
  failureOf,
  KubeconfigError,
  type KubeTarget,
  type PemSource,
  type Transport,
} from "../kube/mod.ts";
import { GUARD_WORDS } from "./guard_words.ts";
import { type Credentials, execCredentials } from "./exec_credentials.ts";

/** How long a server may take to answer anything at all, and once it has: as long as an API server gives a request. */
const PATIENCE = { firstMs: 15_000, laterMs: 65_000 };

/** A request without a body, and what came of it. */
type Send = (url: string, headers: Headers, signal: AbortSignal) => Promise<Response>;

interface Pems {
  authority?: string | undefined;
  certificate?: string | undefined;
  key?: string | undefined;
}

/**
 * A way to the cluster that a context names, with its credentials; it only reads. Errors: KubeconfigError at once; of a
 * request ConnectionError, each with what to do.
 * Source: kubernetes/client-go rest/transport.go, transport/round_trippers.go.
 */
export async function transportTo(
  target: KubeTarget,
  signal: AbortSignal,
  { firstMs, laterMs } = PATIENCE,
): Promise<Transport> {
  const given = target.exec ? await execCredentials(target.exec, target, signal) : target;
  const pems: Pems = {
    authority: await pemOf(target.authority),
    certificate: await pemOf(given.certificate),
    key: await pemOf(given.key),
  };
  const send = sender(target, pems);
  let answered = false;
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    const patience = AbortSignal.timeout(answered ? laterMs : firstMs);
    try {
      // The file may be written anew, as those of pods are.
      const authorization = await authorizationOf(given);
      if (authorization) headers.set("authorization", authorization);
      for (const [name, value] of impersonation(target)) headers.append(name, value);
      const ends = AbortSignal.any([request.signal, patience]);
      const response = await send(`${target.server}${pathname}${search}`, headers, ends);
      answered = true;
      return response;
    } catch (error) {
      if (request.signal.aborted) throw error;
      if (error instanceof KubeconfigError) throw new ConnectionError(error.message, error.ko);
      const seconds = (answered ? laterMs : firstMs) / 1000;
      throw away(target, patience.aborted ? `no answer in ${seconds} s` : causeOf(error));
    }
  };
}

/** Source: kubernetes/client-go transport/round_trippers.go (impersonatingRoundTripper). */
function impersonation({ impersonate }: KubeTarget): [name: string, value: string][] {
  if (!impersonate) return [];
  return [
    ["Impersonate-User", impersonate.user],
    ...impersonate.groups.map((group): [string, string] => ["Impersonate-Group", group]),
  ];
}

/** Sends requests as a target's TLS asks for. Errors: KubeconfigError. */
function sender(target: KubeTarget, pems: Pems): Send {
  const { isInsecure, serverName, proxy, context, user, cluster } = target;
  if (isInsecure && pems.authority) {
    const unset = `kubectl config unset clusters.${cluster}.insecure-skip-tls-verify`;
    throw new KubeconfigError(
      `The cluster of the context "${context}" has both insecure-skip-tls-verify and a certificate-authority. Take one ` +
        `away: ${unset}`,
      `context "${context}"의 클러스터에 insecure-skip-tls-verify와 certificate-authority가 함께 있습니다. 하나를 ` +
        `빼세요: ${unset}`,
    );
  }
  if (Boolean(pems.certificate) !== Boolean(pems.key)) {
    const [has, lacks] = pems.certificate
      ? ["client-certificate", "client-key"]
      : ["client-key", "client-certificate"];
    throw new KubeconfigError(
      `The user "${user}" has a ${has} and no ${lacks}. Both are needed: kubectl config set-credentials ${user} ` +
        `--client-certificate=FILE --client-key=FILE`,
      `사용자 "${user}"에 ${has}만 있고 ${lacks}가 없습니다. 둘 다 필요합니다: kubectl config set-credentials ${user} ` +
        `--client-certificate=파일 --client-key=파일`,
    );
  }
  // What fetch cannot be told is asked another way, which knows no proxy.
  if (isInsecure || serverName) {
    if (!proxy) return byNode(target, pems);
    throw new KubeconfigError(
      `The context "${context}" goes through a proxy and also says ${
        isInsecure ? "insecure-skip-tls-verify" : "tls-server-name"
      }, which do not go together here. Go through: kubectl proxy`,
      `context "${context}"의 proxy-url은 ${
        isInsecure ? "insecure-skip-tls-verify" : "tls-server-name"
      }와 함께 쓸 수 없습니다. kubectl proxy를 거치세요`,
    );
  }
  return byFetch(target, pems);
}

function byFetch({ proxy, user, cluster }: KubeTarget, pems: Pems): Send {
  const { authority, certificate, key } = pems;
  let client: Deno.HttpClient;
  try {
    client = Deno.createHttpClient({
      ...(authority ? { caCerts: [authority] } : {}),
      ...(certificate && key ? { cert: certificate, key } : {}),
      ...(proxy ? { proxy: { url: proxy } } : {}),
    });
  } catch (error) {
    const why = messageOf(error);
    throw new KubeconfigError(
      `The certificates of the cluster "${cluster}" or the user "${user}", or its proxy-url, cannot be used: ${why}. ` +
        `See them: kubectl config view --raw`,
      `클러스터 "${cluster}"나 사용자 "${user}"의 인증서 또는 proxy-url을 쓸 수 없습니다: ${why}. ` +
        `보기: kubectl config view --raw`,
    );
  }
  return async (url, headers, signal) => await fetch(url, { headers, signal, client });
}

function byNode({ isInsecure, serverName }: KubeTarget, { authority, ...own }: Pems): Send {
  const { certificate: cert, key } = own;
  return (url, headers, signal) =>
    new Promise((resolve, reject) => {
      const options = {
        headers: Object.fromEntries(headers),
        signal,
        rejectUnauthorized: !isInsecure,
        ...(serverName ? { servername: serverName } : {}),
        ...(authority ? { ca: authority } : {}),
        ...(cert && key ? { cert, key } : {}),
      };
      const request = https.request(url, options, (answer) => {
        const parts: Uint8Array[] = [];
        answer.on("data", (part: Uint8Array) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const given = Object.entries(answer.headers).flatMap(([name, value]) =>
            [value ?? []].flat().map((one): [string, string] => [name, one])
          );
          const status = answer.statusCode ?? 500;
          const body = [204, 304].includes(status) ? null : Buffer.concat(parts);
          resolve(new Response(body, { status, headers: given }));
        });
      });
      request.on("error", reject);
      request.end();
    });
}

/** Why a request came to nothing: the innermost words. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const text = messageOf(cause instanceof Error ? cause : error);
  return text.replace(/^error sending request for url \([^)]*\): /, "").replace(
    /^client error \(Connect\): /,
    "",
  );
}

/** The server was not reached. */
function away({ server, proxy, context }: KubeTarget, why: string): ConnectionError {
  const { host } = new URL(server);
  const by = proxy ? ` (through ${proxy})` : "";
  const { kind } = failureOf(why, host, proxy);
  const [en, ko] = [GUARD_WORDS.en, GUARD_WORDS.ko].map(({ remedies }) => remedies[kind]);
  return new ConnectionError(
    `The server ${host} of the context "${context}"${by} does not answer: ${why}. ${en}`,
    `context "${context}"의 서버 ${host}${by}이(가) 답하지 않습니다: ${why}. ${ko}`,
  );
}

/** Source: kubernetes/client-go transport/round_trippers.go (HTTPWrappersForConfig): a token goes before a password. */
async function authorizationOf(
  { token, tokenFile, basic }: Credentials,
): Promise<string | undefined> {
  if (tokenFile) return `Bearer ${(await readFile(tokenFile)).trim()}`;
  if (token) return `Bearer ${token}`;
  return basic
    ? `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`
    : undefined;
}

async function pemOf(source: PemSource | undefined): Promise<string | undefined> {
  if (!source) return undefined;
  return "text" in source ? source.text : await readFile(source.file);
}

async function readFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = messageOf(error);
    throw new KubeconfigError(
      `${path}, which the kubeconfig names, cannot be read: ${why}. Bring it back, or log in anew`,
      `kubeconfig에 쓰인 ${path}을(를) 읽을 수 없습니다: ${why}. 되돌려 놓거나 다시 로그인하세요`,
    );
  }
}
