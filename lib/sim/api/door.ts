import type { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** Why a door does not let a request in. */
export interface Refusal {
  code: 400 | 403 | 413 | 500;
  message: string;
}

export interface DoorOptions {
  /** 0 for any that is free. */
  port: number;
  /** Serves HTTPS when given. */
  tls?: { cert: string; key: string };
  /** The largest body that is read. */
  maxBodyBytes: number;
  /** How many connections there may be at once. */
  maxConnections: number;
  /** Whether pages of other origins may not even look. What changes something they may never. */
  sameOriginOnly: boolean;
  /** How long parts of a request may take to come. */
  limits?: Partial<Limits>;
  handle(request: Request): Promise<Response>;
  refuse(refusal: Refusal): Response;
}

/** In wall milliseconds. */
export interface Limits {
  /** For TLS to be agreed on, and for the head of a request to be whole. */
  headMs: number;
  /** For a request to be whole. */
  requestMs: number;
  /** For a connection without a request. */
  idleMs: number;
  /** For a client that has something to read to read some of it. */
  readMs: number;
}

/** Longer than what Go's clients keep a connection for (90 s), so that they end it and not the door. */
const LIMITS: Limits = { headMs: 15_000, requestMs: 60_000, idleMs: 120_000, readMs: 60_000 };
const HOST = "127.0.0.1";
const MAX_HEAD_BYTES = 64 * 1024;

/** A port of this machine that answers HTTP, until closed. */
export interface Door {
  readonly port: number;
  /** Ends every connection and closes the port. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 and hands whole requests to `handle`.
 *
 * Only requests to a name of this machine come in, so that no web page reaches the lab by a name of its own;
 * what a page of another origin sends may look at most. Heads, bodies and connections have limits of size,
 * time and number; a client that goes away aborts its request's signal at once, and one that stops reading is
 * let go of.
 * Errors: an Error with the code EADDRINUSE, EACCES….
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const limits = { ...LIMITS, ...options.limits };
  const { tls } = options;
  const settings = {
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headMs),
    maxHeaderSize: MAX_HEAD_BYTES,
    noDelay: true,
  };
  const server = tls
    ? createTlsServer({ ...settings, ...tls, handshakeTimeout: limits.headMs })
    : createServer(settings);
  const visits = new Visits(options, limits, () => (server.address() as AddressInfo).port);
  server.maxConnections = options.maxConnections;
  server.on("request", (request, response) => visits.receive(request, response));
  server.on("upgrade", (request, socket, head) => void visits.upgrade(request, socket, head));
  server.on("clientError", (error, socket) => refuseBroken(error, socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, HOST, () => {
      server.off("error", reject);
      // A connection that fails later is that client's trouble.
      server.on("error", () => {});
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const over = closed(server);
      await visits.end();
      server.closeAllConnections();
      await over;
    },
  };
}

/** Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** How long clients are given to take the end of what they were being sent, in wall milliseconds. */
const FAREWELL_MS = 1_000;

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

function refuseBroken(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const line = error.code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    ? "408 Request Timeout"
    : "400 Bad Request";
  socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\n\r\n`);
}

/** Requests on their way through a door. */
class Visits {
  readonly #options: DoorOptions;
  readonly #limits: Limits;
  readonly #port: () => number;
  /** Of every request that is under way, what tells it that nobody waits any more. */
  readonly #waited = new Set<AbortController>();
  readonly #sockets = new Set<Duplex>();
  readonly #answers = new Set<Promise<void>>();

  constructor(options: DoorOptions, limits: Limits, port: () => number) {
    this.#options = options;
    this.#limits = limits;
    this.#port = port;
  }

  /** Aborts every request, lets what is being sent come to its end, and ends what has been upgraded. */
  async end(): Promise<void> {
    for (const gone of this.#waited) gone.abort();
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, FAREWELL_MS));
    await Promise.race([Promise.allSettled([...this.#answers]), late]);
    clearTimeout(timer!);
    for (const socket of this.#sockets) socket.destroy();
  }

  receive(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const answer = this.#answer(incoming, outgoing);
    this.#answers.add(answer);
    void answer.finally(() => this.#answers.delete(answer));
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = this.#wait(outgoing);
    const response = await this.#respond(incoming, gone);
    if (outgoing.destroyed) return void response.body?.cancel().catch(() => {});
    if (!incoming.complete) outgoing.setHeader("connection", "close");
    try {
      await this.#send(response, outgoing);
    } catch {
      // The head has gone out, and there is no other way to tell that the rest is not whole.
      outgoing.destroy();
    }
  }

  async #respond(incoming: IncomingMessage, gone: AbortSignal): Promise<Response> {
    const { refuse, handle, maxBodyBytes } = this.#options;
    const refusal = this.#refusal(incoming);
    if (refusal) return refuse(refusal);
    try {
      const body = await readBody(incoming, maxBodyBytes);
      if (!body) {
        const message = `Request entity too large: limit is ${maxBodyBytes}`;
        return refuse({ code: 413, message });
      }
      return await handle(this.#request(incoming, body, gone));
    } catch (error) {
      return refuse({ code: 500, message: messageOf(error) });
    }
  }

  #request(
    { method = "GET", url = "/", rawHeaders }: IncomingMessage,
    body: Uint8Array<ArrayBuffer>,
    gone: AbortSignal,
  ): Request {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i], rawHeaders[i + 1]);
    const scheme = this.#options.tls ? "https" : "http";
    return new Request(new URL(url, `${scheme}://${HOST}:${this.#port()}`), {
      method,
      headers,
      ...(body.length > 0 && method !== "GET" && method !== "HEAD" ? { body } : {}),
      signal: gone,
    });
  }

  #refusal({ method = "GET", url = "", headers }: IncomingMessage): Refusal | undefined {
    const host = headers.host ?? "";
    if (!isLocalHost(host)) {
      return { code: 403, message: `host ${JSON.stringify(host)} is not served here` };
    }
    if (!url.startsWith("/") || url.startsWith("//")) {
      return { code: 400, message: `${JSON.stringify(url)} is no path of this server` };
    }
    const looks = method === "GET" || method === "HEAD";
    if (isForeign(headers, host) && (this.#options.sameOriginOnly || !looks)) {
      return { code: 403, message: "pages of another origin may not do this" };
    }
    return undefined;
  }

  /** A signal that is aborted when `stream` is closed, or the door. */
  #wait(stream: Duplex | ServerResponse): AbortSignal {
    const gone = new AbortController();
    this.#waited.add(gone);
    stream.on("close", () => {
      this.#waited.delete(gone);
      gone.abort();
    });
    return gone.signal;
  }

  async #send(response: Response, outgoing: ServerResponse): Promise<void> {
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
    if (response.headers.has("content-length") || !response.body) {
      return await ended(outgoing, new Uint8Array(await response.arrayBuffer()));
    }
    outgoing.flushHeaders();
    const reader = response.body.getReader();
    outgoing.on("close", () => void reader.cancel().catch(() => {}));
    for (;;) {
      const { value, done } = await reader.read();
      if (done || outgoing.destroyed) break;
      if (!outgoing.write(value) && !await this.#drained(outgoing)) {
        await reader.cancel();
        return void outgoing.destroy();
      }
    }
    await ended(outgoing);
  }

  /** Whether the client goes on reading in time. */
  #drained(outgoing: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (went: boolean) => {
        clearTimeout(timer);
        outgoing.off("drain", onDrain);
        outgoing.off("close", onGone);
        resolve(went);
      };
      const onDrain = () => settle(true);
      const onGone = () => settle(false);
      const timer = setTimeout(onGone, this.#limits.readMs);
      outgoing.on("drain", onDrain);
      outgoing.on("close", onGone);
    });
  }

  /** A request to go over to another protocol; see {@linkcode upgradeWebSocket}. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = this.#wait(socket);
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    const refusal = this.#refusal(incoming);
    const response = refusal
      ? this.#options.refuse(refusal)
      : await this.#upgraded(incoming, socket, head, gone);
    if (upgraded.has(response)) return;
    const body = await response.text();
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.end(
      `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}\r\n${lines}` +
        `connection: close\r\n\r\n${body}`,
    );
  }

  async #upgraded(
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    gone: AbortSignal,
  ): Promise<Response> {
    const accept = async (protocol?: string): Promise<Socket> => {
      const { WebSocketServer } = await import("ws");
      return await new Promise((resolve) => {
        const server = new WebSocketServer({
          noServer: true,
          handleProtocols: () => protocol ?? false,
          maxPayload: this.#options.maxBodyBytes,
        });
        if (protocol !== undefined && !TOKEN.test(protocol)) {
          // Kubernetes has a protocol with a slash in its name, which is no token, and ws insists.
          delete incoming.headers["sec-websocket-protocol"];
          server.on(
            "headers",
            (lines: string[]) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`),
          );
        }
        server.handleUpgrade(incoming, socket, head, resolve);
      });
    };
    try {
      const request = this.#request(incoming, new Uint8Array(), gone);
      upgradable.set(request, accept);
      return await this.#options.handle(request);
    } catch (error) {
      return this.#options.refuse({ code: 500, message: messageOf(error) });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends an answer, and resolves when it is on its way or its reader is gone. */
function ended(outgoing: ServerResponse, last?: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) return resolve();
    outgoing.on("close", () => resolve());
    outgoing.end(last, () => resolve());
  });
}

/** The server's side of a WebSocket: the browser's, but for what a server does not need. */
export type Socket = Pick<
  WebSocket,
  | "binaryType"
  | "bufferedAmount"
  | "close"
  | "onclose"
  | "onerror"
  | "onmessage"
  | "protocol"
  | "readyState"
  | "send"
>;

const upgradable = new WeakMap<Request, (protocol?: string) => Promise<Socket>>();
const upgraded = new WeakSet<Response>();

/** Whether a request asks for a WebSocket, and came through a door. */
export function wantsWebSocket(request: Request): boolean {
  return upgradable.has(request);
}

/**
 * Takes a request over as a WebSocket; `response` is what the door's `handle` then answers. The socket
 * has the events and methods of the browser's. Errors: TypeError for a request that asks for none.
 */
export async function upgradeWebSocket(
  request: Request,
  options: { protocol?: string } = {},
): Promise<{ socket: Socket; response: Response }> {
  const found = upgradable.get(request);
  if (!found) throw new TypeError("The request asks for no WebSocket");
  const response = new Response(null, { status: 200 });
  upgraded.add(response);
  return { socket: await found(options.protocol), response };
}

/** How much of a body that is too large is read away, so that its sender gets to read why. */
const MAX_SPILL_BYTES = 64 * 1024 * 1024;

/** The whole body; undefined when it is too large. */
async function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_SPILL_BYTES) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_SPILL_BYTES) return undefined;
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) return undefined;
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Whether a Host header names this machine, by whatever port it was found. */
export function isLocalHost(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host);
}

/**
 * Whether a browser says that a page from elsewhere is behind a request; other clients say nothing.
 * Source: https://www.w3.org/TR/fetch-metadata/, RFC 6454.
 */
function isForeign(headers: IncomingMessage["headers"], host: string): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  return origin !== undefined && origin.replace(/^https?:\/\//, "") !== host;
}
