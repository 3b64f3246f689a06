import { Buffer } from "node:buffer";
import https from "node:https";
import { messageOf } from "../base/mod.ts";
import {
  ConnectionError,
  KubeconfigError,
  type KubeTarget,
  type PemSource,
  type Transport,
} from "../kube/mod.ts";
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

/** What to do about each way in which a server is not reached. */
const REMEDIES: [words: RegExp, en: string, ko: string][] = [
  [
    /UnknownIssuer|UNABLE_TO_VERIFY|SELF_SIGNED|self.signed|unable to verify/i,
    "Its certificate is of an authority that is not known here: write certificate-authority-data of the cluster, as " +
    "kubectl config view --raw has it where it works",
    "서버 인증서의 발급자를 알 수 없습니다. 그 클러스터의 certificate-authority-data를 쓰세요. 되는 곳에서 kubectl " +
    "config view --raw로 볼 수 있습니다",
  ],
  [
    /NotValidForName|not valid for name|ALTNAME/i,
    "Its certificate bears another name: write it as the cluster's tls-server-name",
    "서버 인증서의 이름이 다릅니다. 그 이름을 클러스터의 tls-server-name에 쓰세요",
  ],
  [
    /expired|NotValidYet/i,
    "A certificate is out of its time: have it made anew, and look at the clock of this machine",
    "인증서의 기간이 지났습니다. 다시 발급받고 이 컴퓨터의 시각도 보세요",
  ],
  [
    /certificate.?required|bad.?certificate|unknown.?ca|access.?denied/i,
    "It does not take the client certificate: log in anew, or write that of its own authority",
    "클라이언트 인증서를 받지 않습니다. 다시 로그인하거나 그 클러스터가 발급한 것을 쓰세요",
  ],
  [
    /InvalidContentType|corrupt message|WRONG_VERSION_NUMBER|packet length/i,
    "It speaks no TLS there: is the address http:// or of another port?",
    "그곳은 TLS가 아닙니다. 주소가 http://이거나 포트가 다르지 않은가요?",
  ],
  [
    /refused/i,
    "Nothing listens there: is the cluster up, and the port right? See: kubectl config view --minify",
    "그곳에 듣는 것이 없습니다. 클러스터가 떠 있고 포트가 맞나요? 보기: kubectl config view --minify",
  ],
  [
    /dns error|lookup|ENOTFOUND|EAI_AGAIN|name or service|nodename/i,
    "No such name is known here: look at the address, and at the VPN",
    "그런 이름을 찾을 수 없습니다. 주소와 VPN을 보세요",
  ],
  [
    /tunnel|proxy/i,
    "The proxy lets nobody through: look at the cluster's proxy-url",
    "프록시를 지나지 못합니다. 클러스터의 proxy-url을 보세요",
  ],
];
const ELSE: [en: string, ko: string] = [
  "Look at the address, the VPN and the firewall: kubectl config view --minify",
  "주소, VPN, 방화벽을 보세요: kubectl config view --minify",
];

/** The server was not reached. */
function away({ server, proxy, context }: KubeTarget, why: string): ConnectionError {
  const { host } = new URL(server);
  const by = proxy ? ` (through ${proxy})` : "";
  const found = REMEDIES.find(([words]) => words.test(why));
  const [en, ko] = found ? [found[1], found[2]] : ELSE;
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
