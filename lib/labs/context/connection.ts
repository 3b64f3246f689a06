import { Buffer } from "node:buffer";
import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { messageOf } from "../../base/mod.ts";
import {
  ApiError,
  type KubeconfigFile,
  type KubeTarget,
  readKubeconfig,
  type Transport,
} from "../../kube/mod.ts";
import type { LabStream, LabStreamOptions } from "../lab.ts";
import { type KubeConfig, loadConfig, type Options } from "./client_node.ts";
import { CredentialsError, unreachable } from "./failures.ts";
import { responseOf } from "./responses.ts";

/** A server and credentials for it, and how to send it requests. */
export interface Connection {
  readonly target: KubeTarget;
  /** Errors: UnreachableError, an AbortError when the request's signal aborts. */
  readonly api: Transport;
  /** As {@linkcode Lab.stream}. */
  readonly stream: (path: string, options: LabStreamOptions) => Promise<LabStream>;
  /** Milliseconds that the server's clock is ahead of this machine's, as its last answer had it. */
  readonly aheadMs: number;
  close(): void;
}

/** How long a server may take to take a connection, and to begin an answer, in wall milliseconds. */
interface Patience {
  connectMs: number;
  answerMs: number;
}

const PATIENCE: Patience = { connectMs: 10_000, answerMs: 60_000 };
/** How long a credential program may take, in wall milliseconds. */
const PLUGIN_MS = 60_000;

/**
 * Reads a kubeconfig's context and makes its credentials ready; nothing is sent yet.
 * Errors: KubeconfigError.
 */
export async function connect(
  files: readonly KubeconfigFile[],
  context: string | undefined,
  patience: Partial<Patience> = {},
): Promise<Connection> {
  // What is wrong with a kubeconfig is told in this reader's words.
  const target = readKubeconfig(files, context);
  const config = await loadConfig(files, target);
  return new NodeConnection(config, target, { ...PATIENCE, ...patience });
}

class NodeConnection implements Connection {
  readonly #config: KubeConfig;
  readonly #patience: Patience;
  readonly #server: URL;
  readonly #sockets = new Set<WebSocket>();
  readonly #agents = new Set<{ destroy?(): void }>();
  aheadMs = 0;

  constructor(config: KubeConfig, readonly target: KubeTarget, patience: Patience) {
    this.#config = config;
    this.#patience = patience;
    this.#server = new URL(target.server);
  }

  get #host(): string {
    const { protocol, host, port } = this.#server;
    return port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host;
  }

  /** Address, certificates and who one is, anew for each request: a token may have run out. */
  async #options(): Promise<Options> {
    const options: Options = { headers: {} };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const said = `it gave nothing within ${PLUGIN_MS / 1000} s`;
      timer = setTimeout(() => reject(new Error(said)), PLUGIN_MS);
    });
    const applied = this.#config.applyToHTTPSOptions(options);
    applied.catch(() => {}); // Late: it was told.
    try {
      await Promise.race([applied, late]);
    } catch (error) {
      const { exec } = this.target;
      const message = messageOf(error).trim() || "it failed without a word";
      throw exec
        ? new CredentialsError("plugin", `exec: executable ${exec.command}: ${message}`)
        : new CredentialsError("credentials", message);
    } finally {
      clearTimeout(timer);
    }
    const groups = this.target.impersonate?.groups ?? [];
    if (groups.length > 0) options.headers!["Impersonate-Group"] = [...groups];
    if (options.agent) this.#agents.add(options.agent as { destroy?(): void });
    return options;
  }

  #url(path: string): URL {
    const { pathname, search } = new URL(`https://lab${path}`);
    const to = new URL(this.#server);
    // Set, and not resolved: `//host/x` is a path of the server's, and leads to no other with the credentials.
    to.pathname = this.#server.pathname.replace(/\/+$/, "") + pathname;
    to.search = search;
    return to;
  }

  readonly api: Transport = async (request) => {
    const { signal } = request;
    signal.throwIfAborted();
    try {
      const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
      const answer = await this.#send(request, body, await this.#options());
      return responseOf(answer, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(error, this.#host, this.target.proxy);
    }
  };

  async #send(
    { url, method, headers: given, signal }: Request,
    body: Buffer | undefined,
    options: Options,
  ): Promise<IncomingMessage> {
    const { pathname, search } = new URL(url);
    const to = this.#url(pathname + search);
    const headers = { ...passedOn(given), ...options.headers } as Record<string, string>;
    if (body) headers["content-length"] = String(body.length);
    const { request: send } = to.protocol === "https:" ? https : http;
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = send(to, { ...options, method, headers });
      const waits = new Waits(sent, this.#patience, reject);
      const abort = () => void sent.destroy(new Error("aborted"));
      signal.addEventListener("abort", abort, { once: true });
      sent.on("close", () => signal.removeEventListener("abort", abort));
      sent.on("error", (error) => {
        waits.end();
        reject(error);
      });
      sent.on("response", (answer) => {
        waits.end();
        resolve(answer);
      });
      sent.end(body);
    });
    const date = Date.parse(message.headers.date ?? "");
    // It is told in whole seconds.
    if (Number.isFinite(date)) {
      const ahead = date + 500 - Date.now();
      if (Math.abs(ahead - this.aheadMs) > 1_000) {
        this.aheadMs = Math.abs(ahead) > 1_000 ? ahead : 0;
      }
    }
    return message;
  }

  readonly stream = async (path: string, options: LabStreamOptions): Promise<LabStream> => {
    const to = this.#url(path);
    to.protocol = to.protocol === "https:" ? "wss:" : "ws:";
    try {
      return await this.#open(to, options, await this.#options());
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw unreachable(error, this.#host, this.target.proxy);
    }
  };

  #open(to: URL, options: LabStreamOptions, how: Options): Promise<LabStream> {
    const { resolve, reject, promise } = Promise.withResolvers<LabStream>();
    const handshakeTimeout = this.#patience.answerMs;
    const socket = new WebSocket(to, [...options.protocols], { ...how, handshakeTimeout });
    this.#sockets.add(socket);
    socket.binaryType = "nodebuffer";
    let isOpen = false;
    socket.on("open", () => {
      isOpen = true;
      resolve({
        protocol: socket.protocol,
        send: (bytes) => void (socket.readyState === WebSocket.OPEN && socket.send(bytes)),
        close: () => socket.close(),
      });
    });
    socket.on("message", (data: Buffer) => options.onMessage(new Uint8Array(data)));
    socket.on("error", reject);
    socket.on("unexpected-response", (_request: ClientRequest, answer: IncomingMessage) => {
      void refusal(answer).then(reject, reject).finally(() => socket.terminate());
    });
    socket.on("close", (code: number, reason: Buffer) => {
      this.#sockets.delete(socket);
      if (isOpen) options.onClose(code, reason.toString());
    });
    return promise;
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
    for (const agent of this.#agents) agent.destroy?.();
  }
}

/** Of one connection, or of who one is. Source: RFC 9110, section 7.6.1; golang/go src/net/http/httputil/reverseproxy.go. */
const NOT_PASSED_ON =
  /^(connection|upgrade|keep-alive|te|trailer|transfer-encoding|host|authorization|cookie|proxy-.*|sec-websocket-.*)$/;

/** The headers of a request that are for the server, whoever sent it. */
function passedOn(given: Headers): Record<string, string> {
  return Object.fromEntries([...given].filter(([name]) => !NOT_PASSED_ON.test(name)));
}

/** What is waited for of a request, and no longer than that. */
class Waits {
  #timer: ReturnType<typeof setTimeout>;

  constructor(request: ClientRequest, patience: Patience, late: (error: Error) => void) {
    const within = (ms: number, what: string) =>
      setTimeout(() => {
        late(
          Object.assign(new Error(`${what} timed out after ${ms / 1000} s`), { code: "ETIMEDOUT" }),
        );
        request.destroy();
      }, ms);
    this.#timer = within(patience.connectMs, "the connection");
    request.on("socket", (socket: Socket & { encrypted?: boolean }) => {
      const isThere = () => {
        clearTimeout(this.#timer);
        this.#timer = within(patience.answerMs, "the answer");
      };
      if (!socket.connecting) return isThere();
      socket.once(socket.encrypted ? "secureConnect" : "connect", isThere);
    });
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Why a WebSocket was not opened: a Status of the API's, or the kubelet's words. */
async function refusal(answer: IncomingMessage): Promise<Error> {
  let text = "";
  answer.setEncoding("utf8");
  for await (const part of answer) text += part;
  const code = answer.statusCode ?? 500;
  if (/^\s*\{/.test(text)) return ApiError.fromResponse("GET", code, text);
  return new Error(text.trim() || `the server answered ${code}`);
}
