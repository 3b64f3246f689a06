import { Buffer } from "node:buffer";
import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { ApiError } from "../../kube/mod.ts";
import { bearerToken, protocolToken } from "./rbac/identity.ts";
import { ServiceAccountTokens } from "./rbac/tokens.ts";
import { type Credentials, makeAuthority, makeServerCertificate } from "../certificates.ts";
import { diskFault, keepPrivate, writePrivately } from "../state/mod.ts";
import {
  type Door,
  type Limits,
  openDoor,
  type Refusal,
  type Socket,
  upgradeWebSocket,
  wantsWebSocket,
} from "./door.ts";

/** Whatever answers Kubernetes API requests; bodies may stream. */
export interface RequestHandler {
  handle(request: Request): Promise<Response>;
  /** The time that answers tell, where it is not the wall's: milliseconds since the Unix epoch. */
  nowMs?(): number;
  /** Answers a request to go over to a WebSocket; without it there are none. */
  stream?(
    request: Request,
    accept: (protocol?: string) => Promise<{ socket: Socket; response: Response }>,
  ): Promise<Response>;
}

export interface ServeOptions {
  /** 0, the default, means the port of last time when it is free, and any free one otherwise. */
  port?: number;
  /** Where the certificate authority and the port are kept; without it they are new each time. */
  homeDir?: string;
  /** How long parts of a request may take to come; see {@linkcode Limits}. */
  limits?: Partial<Limits>;
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
/** Each watch holds one. */
const MAX_CONNECTIONS = 2_000;
const HOST = "127.0.0.1";
const NAME = "kind-hpa-practice";
const AUTHORITY = "hpa-tutor";
const DAY_MS = 24 * 3600 * 1000;

/**
 * Serves the API over HTTPS on 127.0.0.1, to whoever has the kubeconfig's token, which is a new one each time, or a service account's.
 * Errors: an Error with the code EADDRINUSE for a port that was asked for.
 * Differs: speaks HTTP/1.1 alone, and answers nobody without a token, not even /healthz and /version.
 */
export async function serveHttps(
  api: RequestHandler,
  options: ServeOptions = {},
): Promise<Listener> {
  const identity = loadIdentity(options.homeDir);
  const certificate = issueCertificate(identity);
  const token = randomBytes(32).toString("hex");
  const open = (port: number) =>
    openDoor({
      port,
      tls: certificate,
      maxBodyBytes: MAX_BODY_BYTES,
      maxConnections: MAX_CONNECTIONS,
      sameOriginOnly: true,
      limits: options.limits,
      handle: (request) => answer(api, request, token),
      refuse,
    });
  const door = await openOn(options.port || identity.port || 0, open, Boolean(options.port));
  const { port } = door;
  keep(options.homeDir, { ...identity, port });
  const url = `https://${HOST}:${port}`;
  return { port, url, kubeconfig: kubeconfigOf(url, identity, token), close: () => door.close() };
}

/**
 * {@linkcode serveHttps}, with the kubeconfig written to a file that only its owner can read; what is to
 * be kept for next time lies beside it. Where the disk takes nothing it lies in a temporary folder while it is served.
 * Errors: StateError where it cannot be written at all.
 */
export async function startListener(
  options: RequestHandler & { kubeconfigPath: string; port?: number },
): Promise<Listener & { kubeconfigPath: string }> {
  const homeDir = options.kubeconfigPath.replace(/[^/\\]*$/, "") || ".";
  const listener = await serveHttps(options, { port: options.port, homeDir });
  try {
    const { kubeconfigPath, remove } = writeKubeconfig(options.kubeconfigPath, listener.kubeconfig);
    const close = async () => {
      remove();
      await listener.close();
    };
    return { ...listener, kubeconfigPath, close };
  } catch (error) {
    await listener.close();
    throw diskFault(error, options.kubeconfigPath) ?? error;
  }
}

function writeKubeconfig(path: string, text: string): { kubeconfigPath: string; remove(): void } {
  try {
    writePrivately(path, text);
    return { kubeconfigPath: path, remove() {} };
  } catch (error) {
    if (!diskFault(error, path)) throw error;
  }
  const folder = Deno.makeTempDirSync({ prefix: "hpa-tutor-" });
  const kubeconfigPath = `${folder}/kubeconfig`;
  writePrivately(kubeconfigPath, text);
  return { kubeconfigPath, remove: () => Deno.removeSync(folder, { recursive: true }) };
}

async function openOn(
  port: number,
  open: (port: number) => Promise<Door>,
  insist: boolean,
): Promise<Door> {
  try {
    return await open(port);
  } catch (error) {
    if (insist || port === 0 || (error as { code?: string }).code !== "EADDRINUSE") throw error;
    return await open(0);
  }
}

async function answer(api: RequestHandler, request: Request, token: string): Promise<Response> {
  if (isWebSocket(request)) readProtocolToken(request.headers);
  const authorization = request.headers.get("authorization");
  if (isToken(authorization, token)) request.headers.delete("authorization");
  else if (!ServiceAccountTokens.looksLike(bearerToken(authorization ?? "") ?? "")) {
    // Service accounts are known to the API alone.
    return stamped(status(new ApiError(401, "Unauthorized", "Unauthorized")), request, api);
  }
  if (api.stream && wantsWebSocket(request) && isWebSocket(request)) {
    return await api.stream(request, (protocol) => upgradeWebSocket(request, { protocol }));
  }
  const seconds = Number(new URL(request.url).searchParams.get("timeoutSeconds"));
  // The lab's time may stand still, and a client's does not.
  const signal = seconds > 0
    ? AbortSignal.any([request.signal, AbortSignal.timeout(Math.min(seconds * 1000, DAY_MS))])
    : request.signal;
  const { method } = request;
  const timed = seconds > 0
    // The method may be one that a Request does not take from a Request.
    ? Object.defineProperty(new Request(request, { signal }), "method", { value: method })
    : request;
  return stamped(await api.handle(timed), request, api);
}

/** What every answer says of itself. Source: kubernetes/apiserver pkg/endpoints/filters (audit_init, cachecontrol). */
function stamped(response: Response, request: Request, api: RequestHandler): Response {
  response.headers.set("audit-id", request.headers.get("audit-id") ?? randomUUID());
  // Documents that are asked for by their hash say that they may be kept.
  if (!response.headers.has("cache-control")) {
    response.headers.set("cache-control", "no-cache, private");
  }
  if (api.nowMs) response.headers.set("date", new Date(api.nowMs()).toUTCString());
  return response;
}

/** Takes a token out of the protocols that a WebSocket asks for, where it has no other. */
function readProtocolToken(headers: Headers): void {
  if (headers.has("authorization")) return;
  const shown = protocolToken(headers.get("sec-websocket-protocol") ?? "");
  if (!shown) return;
  headers.set("authorization", `Bearer ${shown.token}`);
  headers.set("sec-websocket-protocol", shown.protocols);
}

/** Others ask to go over to SPDY, which is answered like any request. */
function isWebSocket(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

const REASONS = {
  400: "BadRequest",
  403: "Forbidden",
  413: "RequestEntityTooLarge",
  500: "InternalError",
};

function refuse({ code, message }: Refusal): Response {
  return status(
    code === 500 ? ApiError.internal(message) : new ApiError(code, REASONS[code], message),
  );
}

function status(error: ApiError): Response {
  return Response.json(error.toStatus(), { status: error.code });
}

/** Compares in constant time, whatever the lengths. */
function isToken(header: string | null, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}

/** What makes this server the same one next time. */
interface Identity {
  ca: Credentials;
  port?: number;
}

const IDENTITY_FILE = "api-server.json";

function loadIdentity(homeDir: string | undefined): Identity {
  const kept = homeDir === undefined ? undefined : readIdentity(`${homeDir}/${IDENTITY_FILE}`);
  return kept ?? { ca: makeAuthority(AUTHORITY, validity(3650)) };
}

/** A file that cannot be used is as good as none: another identity takes its place. */
function readIdentity(path: string): Identity | undefined {
  try {
    const { ca, port } = JSON.parse(Deno.readTextFileSync(path));
    const whole = [ca?.cert, ca?.key].every((part) => typeof part === "string");
    return whole ? { ca, port } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What cannot be kept, for want of room, makes another server of this one next time. */
function keep(homeDir: string | undefined, identity: Identity): void {
  if (homeDir === undefined) return;
  const path = `${homeDir}/${IDENTITY_FILE}`;
  const text = JSON.stringify(identity);
  try {
    if (Deno.readTextFileSync(path) === text) return keepPrivate(path);
  } catch {
    // There is none yet.
  }
  try {
    writePrivately(path, text);
  } catch (error) {
    if (!diskFault(error, path)) throw error;
  }
}

function issueCertificate({ ca }: Identity): Credentials {
  const hosts = { addresses: [HOST], names: ["localhost"] };
  const authority = { name: AUTHORITY, key: ca.key };
  return makeServerCertificate("kube-apiserver", hosts, validity(365), authority);
}

/** From yesterday, for clocks that disagree. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

function kubeconfigOf(url: string, { ca }: Identity, token: string): string {
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
