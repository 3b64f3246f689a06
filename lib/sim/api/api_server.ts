import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type SeededRandom, type VirtualClock } from "../../base/mod.ts";
import { fromHeaderBytes, headersInBytes } from "../../go/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import type { ContainerLogs, ContainerStreams, Network, SimApi, StateFile } from "../seams.ts";
import { Aggregator } from "./aggregator.ts";
import { Discovery } from "./discovery.ts";
import { decodeProtobuf, PROTOBUF } from "./protobuf.ts";
import type { OpenedStream } from "./pod_streams.ts";
import { GuardedClient } from "./rbac/guarded_client.ts";
import {
  ADMIN,
  ANONYMOUS,
  bearerToken,
  serviceAccountOf,
  type UserInfo,
  userNamed,
} from "./rbac/identity.ts";
import { ServiceAccountTokens, TokenError } from "./rbac/tokens.ts";
import { ResourceServer } from "./resource_server.ts";
import type { ApiRequest } from "./requests.ts";
import { type ApiResponse, json } from "./responses.ts";
import { RestHandler } from "./rest_handler.ts";
import { type Identity, SimClient } from "./sim_client.ts";
import { VERSION } from "./version.ts";

/** The largest body that is read, as upstream's limit; Source: kubernetes/apiserver pkg/server/config.go. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

export interface ApiServerOptions {
  clock: VirtualClock;
  random: SeededRandom;
  /** Objects found in it are served again. */
  state: StateFile;
  /** The way to the Services behind APIServices. */
  network: Network;
  /** Runs what a request causes; whoever runs the cluster may bound how long that takes. */
  bounded?: <T>(work: () => T) => T;
  /** As kube-apiserver's `--authorization-mode`, with the same default. */
  authorizationMode?: "AlwaysAllow" | "RBAC";
}

/**
 * The Kubernetes API of the embedded cluster, from inside ({@linkcode ApiServer.client}, synchronous) and
 * from outside ({@linkcode ApiServer.handle}, as HTTP).
 */
export class ApiServer {
  readonly #clock: VirtualClock;
  readonly #server: ResourceServer;
  readonly #handler: RestHandler;
  readonly #isGuarded: boolean;
  readonly #bounded: <T>(work: () => T) => T;
  #logs: ContainerLogs | undefined;
  #streams: ContainerStreams | undefined;

  constructor(options: ApiServerOptions) {
    const { clock, random, state, network } = options;
    this.#clock = clock;
    this.#bounded = options.bounded ?? ((work) => work());
    this.#isGuarded = options.authorizationMode === "RBAC";
    this.#server = new ResourceServer({ clock, random, state, network });
    const api = this.client({ user: "system:apiserver", manager: "kube-apiserver" });
    const aggregator = new Aggregator({ api, network, clock });
    const { registry, store } = this.#server;
    this.#handler = new RestHandler({
      server: this.#server,
      clock,
      aggregator,
      discovery: new Discovery(registry, store, () => aggregator.remoteVersions()),
      logs: () => this.#logs,
      streams: () => this.#streams,
    });
  }

  /** The API as one user reaches it from inside. */
  client(who: Identity): SimApi {
    const isAccount = this.#isGuarded && serviceAccountOf(who.user) !== undefined;
    const reader = who.reader ?? who.user;
    const isHeld = this.#isGuarded && serviceAccountOf(reader) !== undefined;
    const user = isHeld ? userNamed(reader) : undefined;
    const client = new SimClient(
      this.#server,
      this.#clock,
      who,
      (path, accept) => this.#getJson(path, accept, { user, agent: userAgent(who) }),
    );
    return isAccount ? new GuardedClient(client, this.#server.authorizer, who.user) : client;
  }

  /** The token that a Secret of a service account holds. */
  tokenFor(account: KubeObject, secret: KubeObject): string {
    return this.#server.tokens.forSecret(account, secret);
  }

  /** Takes the logs that `pods/log` serves. */
  registerLogs(logs: ContainerLogs): void {
    this.#logs = logs;
  }

  /** Takes the containers that `pods/exec`, `pods/attach` and `pods/portforward` reach. */
  registerStreams(streams: ContainerStreams): void {
    this.#streams = streams;
  }

  /**
   * Opens a stream into a pod for a request that asks for one; what it causes has happened when a message
   * has been taken. Errors: ApiError; an Error in the kubelet's words.
   */
  openStream(request: Pick<ApiRequest, "path" | "query" | "headers">): OpenedStream {
    const { protocol, start } = this.#handler.stream({
      method: "GET",
      body: "",
      ...request,
      ...this.#visitor(request.headers.authorization),
    });
    return {
      protocol,
      start: (socket) => {
        const fenced = <T>(work: () => T): T | undefined =>
          this.#caused(() =>
            this.#server.scope.run(work, () => {
              socket.close(1011);
              return undefined;
            }, request.path)
          );
        const handler = fenced(() => start(socket));
        return {
          onMessage: (bytes) => void fenced(() => handler?.onMessage(bytes)),
          onClose: () => void fenced(() => handler?.onClose()),
        };
      },
    };
  }

  /** Does something from outside, and lets happen what it causes. */
  #caused<T>(work: () => T): T {
    return this.#bounded(() => {
      const result = work();
      this.#clock.drain();
      return result;
    });
  }

  /** Answers at once, without letting anything that follows from it happen. */
  respond(request: ApiRequest): ApiResponse {
    return this.#handler.respond(request);
  }

  /** Answers a request that comes over the network of the cluster, with a service account's token or none. */
  respondTo(request: Omit<ApiRequest, "user">): ApiResponse {
    if (!this.#isGuarded) return this.respond(request);
    try {
      return this.respond({ ...request, user: this.#userOf(request.headers.authorization) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return json(error.toStatus(), error.code);
    }
  }

  /** Who has a bearer token; nobody in particular without one. Errors: ApiError (Unauthorized). */
  #userOf(header: string | undefined): UserInfo {
    const token = bearerToken(header);
    if (token === undefined) return ANONYMOUS;
    try {
      return this.#server.tokens.ownerOf(token).user;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      throw new ApiError(401, "Unauthorized", "Unauthorized");
    }
  }

  /** Who asks from outside: whose token it is, or the lab's own user. Errors: ApiError (Unauthorized). */
  #visitor(header: string | undefined): { user?: UserInfo } {
    const token = bearerToken(header) ?? "";
    const isAccount = ServiceAccountTokens.looksLike(token);
    const user = isAccount ? this.#userOf(header) : ADMIN;
    return this.#isGuarded ? { user } : {};
  }

  /**
   * Answers a request from outside, made as the lab's own user unless it has a service account's token; what it causes
   * has happened when the answer comes.
   */
  async handle(request: Request): Promise<Response> {
    let received: { headers: Record<string, string>; body: string; user?: UserInfo };
    try {
      const visitor = this.#visitor(request.headers.get("authorization") ?? undefined);
      received = { ...await readBody(request), ...visitor };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return Response.json(error.toStatus(), { status: error.code });
    }
    const url = new URL(request.url);
    const answer = this.#caused(() =>
      this.respond({
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        ...received,
      })
    );
    const { status } = answer;
    const headers = headersInBytes(answer.headers);
    if (!answer.stream) {
      const { body, headers: more } = await compressed(answer.body, request);
      return new Response(status === 304 ? null : body, {
        status,
        headers: { ...headers, ...more },
      });
    }
    return new Response(streamed(answer.stream, request.signal), { status, headers });
  }

  /** How many watches there are now, those of the cluster's own parts included. */
  get watches(): number {
    return this.#server.store.listeners;
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#server.store.revision;
  }

  /** Stages the objects that changed since the last save. */
  save(state: StateFile): void {
    this.#server.store.save(state);
  }

  #getJson(
    path: string,
    accept = "application/json",
    { user, agent }: { user: UserInfo | undefined; agent: string },
  ): unknown {
    const url = new URL(path, "https://kubernetes.default.svc");
    const answer = this.respond({
      method: "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: { accept, "user-agent": agent },
      body: "",
      user,
    });
    if (answer.status >= 400) throw ApiError.fromResponse("GET", answer.status, answer.body);
    try {
      return JSON.parse(answer.body);
    } catch {
      return answer.body;
    }
  }
}

/**
 * How a client inside the cluster calls itself; a controller with the account that it works as.
 * Source: kubernetes/client-go rest/config.go (DefaultKubernetesUserAgent), pkg/controller/client_builder_dynamic.go.
 */
function userAgent({ manager, reader }: Identity): string {
  const { gitVersion, platform, gitCommit } = VERSION;
  const agent = `${manager}/${gitVersion} (${platform}) kubernetes/${gitCommit.slice(0, 7)}`;
  return reader === undefined ? agent : `${agent}/${reader}`;
}

/** Source: kubernetes/apiserver pkg/endpoints/handlers/responsewriters/writers.go. */
const GZIP_THRESHOLD_BYTES = 128 * 1024;
const gzipped = promisify(gzip);

async function compressed(
  body: string,
  request: Request,
): Promise<{ body: Uint8Array<ArrayBuffer>; headers: Record<string, string> }> {
  const plain = encoder.encode(body);
  const wanted = request.headers.get("accept-encoding") ?? "";
  if (plain.length <= GZIP_THRESHOLD_BYTES || !wanted.includes("gzip")) {
    return { body: plain, headers: { "content-length": String(plain.length) } };
  }
  const bytes = new Uint8Array(await gzipped(plain, { level: 1 }));
  const length = String(bytes.length);
  return {
    body: bytes,
    headers: { "content-encoding": "gzip", "content-length": length, vary: "Accept-Encoding" },
  };
}

function headersOf(request: Request): Record<string, string> {
  return Object.fromEntries(
    [...request.headers].map(([name, value]) => [name, fromHeaderBytes(value)]),
  );
}

/** The headers and body of a request; protocol buffers become JSON. Errors: ApiError. */
async function readBody(
  request: Request,
): Promise<{ headers: Record<string, string>; body: string }> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > MAX_BODY_BYTES) throw ApiError.tooLarge(`limit is ${MAX_BODY_BYTES}`);
  const headers = headersOf(request);
  if (bytes.length === 0 || !headers["content-type"]?.startsWith(PROTOBUF)) {
    return { headers, body: new TextDecoder().decode(bytes) };
  }
  const body = JSON.stringify(decodeProtobuf(bytes));
  return { headers: { ...headers, "content-type": "application/json" }, body };
}

/** How many bytes of a stream may lie unread before it waits, and before it is ended. */
const ROOM_BYTES = 256 * 1024;
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** A stream as the body of a response. One whose reader is gone, or far behind, is ended. */
function streamed(
  stream: NonNullable<ApiResponse["stream"]>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let cancel = () => {};
  let resume: (() => void) | undefined;
  let end = () => {};
  return new ReadableStream({
    start(controller) {
      let open = true;
      end = () => {
        if (!open) return;
        open = false;
        signal.removeEventListener("abort", end);
        cancel();
        try {
          controller.close();
        } catch {
          // The reader has cancelled it.
        }
      };
      const send = (text: string) => {
        if (!open) return;
        controller.enqueue(encoded(text));
        if (ROOM_BYTES - controller.desiredSize! > MAX_UNREAD_BYTES) end();
      };
      cancel = stream(send, end, {
        get full() {
          return controller.desiredSize! <= 0;
        },
        onRoom: (then) => resume = then,
      });
      if (!open) return cancel();
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    },
    pull() {
      const then = resume;
      resume = undefined;
      then?.();
    },
    cancel: () => end(),
  }, { highWaterMark: ROOM_BYTES, size: (chunk) => chunk!.byteLength });
}

const encoder = new TextEncoder();
/** The text that was encoded last: many streams send the same. */
let last = { text: "", bytes: new Uint8Array() };

function encoded(text: string): Uint8Array {
  if (last.text !== text) last = { text, bytes: encoder.encode(text) };
  return last.bytes;
}
