import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { generate } from "selfsigned";
import { ApiError } from "../../kube/mod.ts";

/** Whatever answers Kubernetes API requests; bodies may stream. */
export interface RequestHandler {
  handle(request: Request): Promise<Response>;
}

export interface ServeOptions {
  /** 0, the default, means the port of last time when it is free, and any free one otherwise. */
  port?: number;
  /** Where the certificate authority, the token and the port are kept; without it they are new each time. */
  homeDir?: string;
}

/** An open door to the API for other processes of this machine. */
export interface Listener {
  readonly port: number;
  readonly url: string;
  /** The text of a kubeconfig that comes in through this door. */
  readonly kubeconfig: string;
  /** Ends every stream and closes the port. */
  close(): Promise<void>;
}

/** The largest body that is read; Source: kubernetes/apiserver pkg/server/config.go (MaxRequestBodyBytes). */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
const HOST = "127.0.0.1";
const NAME = "kind-hpa-practice";
const DAY_MS = 24 * 3600 * 1000;

/**
 * Serves the API over HTTPS on 127.0.0.1, to whoever has the token of the kubeconfig.
 * Requests that name another host are refused, so that no web page can reach it by a name of its own.
 * Errors: Deno.errors.AddrInUse for a port that was asked for.
 */
export async function serveHttps(
  api: RequestHandler,
  options: ServeOptions = {},
): Promise<Listener> {
  const identity = await loadIdentity(options.homeDir);
  const certificate = await issueCertificate(identity);
  const closing = new AbortController();
  const open = (port: number) =>
    Deno.serve({
      hostname: HOST,
      port,
      cert: certificate.cert,
      key: certificate.private,
      onListen: () => {},
      onError: (error) => refuse(ApiError.internal(error instanceof Error ? error.message : "")),
    }, (request) => answer(api, request, identity.token, closing.signal));
  const server = openOn(options.port || identity.port || 0, open, Boolean(options.port));
  const { port } = server.addr;
  keep(options.homeDir, { ...identity, port });
  const url = `https://${HOST}:${port}`;
  return {
    port,
    url,
    kubeconfig: kubeconfigOf(url, identity),
    async close() {
      closing.abort();
      await server.shutdown();
    },
  };
}

/**
 * {@linkcode serveHttps}, with the kubeconfig written to a file that only its owner can read; what is to
 * be kept for next time lies beside it.
 */
export async function startListener(
  options: { handle: RequestHandler["handle"]; kubeconfigPath: string; port?: number },
): Promise<Listener> {
  const homeDir = options.kubeconfigPath.replace(/[^/\\]*$/, "") || ".";
  const listener = await serveHttps(options, { port: options.port, homeDir });
  Deno.writeTextFileSync(options.kubeconfigPath, listener.kubeconfig, { mode: 0o600 });
  return listener;
}

type Server = Deno.HttpServer<Deno.NetAddr>;

function openOn(port: number, open: (port: number) => Server, insist: boolean): Server {
  try {
    return open(port);
  } catch (error) {
    if (insist || port === 0 || !(error instanceof Deno.errors.AddrInUse)) throw error;
    return open(0);
  }
}

async function answer(
  api: RequestHandler,
  request: Request,
  token: string,
  closing: AbortSignal,
): Promise<Response> {
  const url = new URL(request.url);
  if (!["127.0.0.1", "localhost"].includes(url.hostname)) {
    return refuse(new ApiError(403, "Forbidden", `host "${url.hostname}" is not served here`));
  }
  if (!isToken(request.headers.get("authorization"), token)) {
    return refuse(new ApiError(401, "Unauthorized", "Unauthorized"));
  }
  const body = await readBody(request);
  if (body === undefined) {
    const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
    return refuse(new ApiError(413, "RequestEntityTooLarge", message));
  }
  const response = await api.handle(
    new Request(url, {
      method: request.method,
      headers: request.headers,
      ...(body.length > 0 ? { body } : {}),
      signal: AbortSignal.any([request.signal, closing]),
    }),
  );
  // Compression would hold a stream back.
  response.headers.set("cache-control", "no-cache, private, no-transform");
  return response;
}

function refuse(error: ApiError): Response {
  return Response.json(error.toStatus(), { status: error.code });
}

/** Compares in constant time, whatever the lengths. */
function isToken(header: string | null, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}

/** The whole body; undefined when it is too large. */
async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!request.body) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** What makes this server the same one next time. */
interface Identity {
  ca: { cert: string; key: string };
  token: string;
  port?: number;
}

const IDENTITY_FILE = "api-server.json";

async function loadIdentity(homeDir: string | undefined): Promise<Identity> {
  const kept = homeDir === undefined ? undefined : readIdentity(`${homeDir}/${IDENTITY_FILE}`);
  if (kept) return kept;
  const authority = await generate([{ name: "commonName", value: "hpa-tutor" }], {
    keyType: "ec",
    algorithm: "sha256",
    ...validity(3650),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ca: { cert: authority.cert, key: authority.private },
    token: randomBytes(32).toString("hex"),
  };
}

/** A file that cannot be used is as good as none: another identity takes its place. */
function readIdentity(path: string): Identity | undefined {
  try {
    const { ca, token, port } = JSON.parse(Deno.readTextFileSync(path));
    const whole = [ca?.cert, ca?.key, token].every((part) => typeof part === "string");
    return whole ? { ca, token, port } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function keep(homeDir: string | undefined, identity: Identity): void {
  if (homeDir === undefined) return;
  Deno.writeTextFileSync(`${homeDir}/${IDENTITY_FILE}`, JSON.stringify(identity), { mode: 0o600 });
}

function issueCertificate({ ca }: Identity) {
  return generate([{ name: "commonName", value: "kube-apiserver" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca,
    ...validity(365),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [{ type: 7, ip: HOST }, { type: 2, value: "localhost" }],
      },
    ],
  });
}

/** From yesterday, for clocks that disagree. */
function validity(days: number): { notBeforeDate: Date; notAfterDate: Date } {
  const nowMs = Date.now();
  return {
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + days * DAY_MS),
  };
}

function kubeconfigOf(url: string, { ca, token }: Identity): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ${NAME}
  cluster:
    certificate-authority-data: ${Buffer.from(ca.cert).toString("base64")}
    server: ${url}
contexts:
- name: ${NAME}
  context:
    cluster: ${NAME}
    user: ${NAME}
current-context: ${NAME}
preferences: {}
users:
- name: ${NAME}
  user:
    token: ${token}
`;
}
