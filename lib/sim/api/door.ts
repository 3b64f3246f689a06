import type { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { Bodies } from "./_door_bodies.ts";
import { Connections } from "./_door_connections.ts";
import { goAnswer, isForeign, isLocalHost, isNavigation, refusedHead } from "./_door_rules.ts";
import { ConnectionStream } from "./_door_stream.ts";

export { isLocalHost };

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
  /** How many connections there may be at once; the process may have room for fewer. */
  maxConnections: number;
  /** Whether no link of another page leads here either; images, scripts, frames and forms never do. */
  sameOriginOnly: boolean;
  /** How long parts of a request may take to come. */
  limits?: Partial<Limits>;
  /** May take long, and need not come to an end when the request's signal is aborted. */
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

/** Those of all doors of this process. */
const connections = new Connections();
const bodies = new Bodies();

/** How long it is waited before it is tried again to accept a connection, in wall milliseconds. */
const ACCEPT_AGAIN_MS = 100;

/**
 * Listens on 127.0.0.1 and hands whole requests to `handle`, those of one connection one after another.
 *
 * Only requests to a name of this machine come in, so that no web page reaches the lab by a name of its own;
 * of what pages of other origins send, only a link that is followed does. Heads, bodies and connections have
 * limits of size, time and number; a client that goes away aborts its request's signal at once, and one that
 * stops reading is let go of.
 * Errors: an Error with the code EADDRINUSE, EACCES….
 * Differs: methods that Node's parser does not know, folded headers and bare line feeds are refused.
 */
export function openDoor(options: DoorOptions): Promise<Door> {
  // An error of the listener is one of the promise.
  return Promise.resolve().then(() => new OpenDoor(options));
}

class OpenDoor implements Door {
  readonly port: number;
  readonly #options: DoorOptions;
  readonly #limits: Limits;
  readonly #listener: Deno.TcpListener;
  readonly #secure: ReturnType<typeof createSecureContext> | undefined;
  readonly #server: Server;
  readonly #visits: Visits;
  readonly #streams = new Set<Duplex>();
  #open = true;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#secure = options.tls && createSecureContext(options.tls);
    this.#listener = Deno.listen({ hostname: HOST, port: options.port });
    this.port = this.#listener.addr.port;
    this.#visits = new Visits(options, this.port, this.#limits);
    this.#server = this.#parser();
    void this.#accept();
  }

  /** A server that listens nowhere, and is handed its connections. */
  #parser(): Server {
    const server = createServer({
      headersTimeout: this.#limits.headMs,
      requestTimeout: this.#limits.requestMs,
      keepAliveTimeout: 0,
      connectionsCheckingInterval: Math.min(1_000, this.#limits.headMs),
      maxHeaderSize: MAX_HEAD_BYTES,
      requireHostHeader: false,
    });
    server.on("request", (request, response) => this.#visits.receive(request, response));
    server.on(
      "upgrade",
      (request, socket, head) => void this.#visits.upgrade(request, socket, head),
    );
    server.on("connect", (_request, socket) => hangUp(socket, goAnswer("400 Bad Request")));
    server.on("clientError", refuseBroken);
    // It looks for heads and bodies that are late once it listens, and keeps connections while it does.
    Object.defineProperty(server, "listening", { get: () => this.#open });
    server.emit("listening");
    return server;
  }

  async #accept(): Promise<void> {
    while (this.#open) {
      try {
        this.#welcome(await this.#listener.accept());
      } catch {
        // Of this one or of all: the listener is closed, or there are no descriptors.
        if (this.#open) await new Promise((resolve) => setTimeout(resolve, ACCEPT_AGAIN_MS));
      }
    }
  }

  #welcome(connection: Deno.TcpConn): void {
    const stream = new ConnectionStream(connection, this.#limits.readMs);
    stream.on("error", () => stream.destroy());
    if (!connections.admit(stream, this, this.#options.maxConnections)) {
      return void stream.destroy();
    }
    this.#streams.add(stream);
    stream.on("close", () => this.#streams.delete(stream));
    if (this.#secure) return this.#agree(stream, this.#secure);
    this.#visits.meet(stream, stream);
    this.#server.emit("connection", stream);
  }

  /** Agrees on TLS. */
  #agree(stream: ConnectionStream, secureContext: ReturnType<typeof createSecureContext>): void {
    const timer = setTimeout(() => stream.destroy(), this.#limits.headMs);
    stream.on("close", () => clearTimeout(timer));
    const socket = new TLSSocket(stream, {
      isServer: true,
      secureContext,
      ALPNProtocols: ["http/1.1"],
    });
    socket.on("error", () => stream.destroy());
    socket.on("secure", () => {
      clearTimeout(timer);
      this.#visits.meet(socket, stream);
      this.#server.emit("connection", socket);
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#listener.close();
    await this.#visits.end();
    for (const stream of this.#streams) stream.destroy();
    this.#server.close();
  }
}

/** Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** How long clients are given to take the end of what they were being sent, in wall milliseconds. */
const FAREWELL_MS = 1_000;

function refuseBroken(error: Error & { code?: string }, socket: Duplex): void {
  if (socket.writableEnded) return;
  if (!socket.writable) return void socket.destroy();
  const line = error.code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    ? "408 Request Timeout"
    : "400 Bad Request";
  hangUp(socket, goAnswer(line));
}

/** Says a last word, and does not wait for long until it is heard. */
function hangUp(socket: Duplex, text: string): void {
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.on("close", () => clearTimeout(timer));
  socket.end(text);
}

/** Requests on their way through a door. */
class Visits {
  readonly #options: DoorOptions;
  readonly #limits: Limits;
  readonly #port: number;
  /** Of every request that is under way, what tells it that nobody waits any more. */
  readonly #waited = new Set<AbortController>();
  readonly #sockets = new Set<Duplex>();
  readonly #answers = new Set<Promise<void>>();
  readonly #guests = new WeakMap<Duplex, Guest>();

  constructor(options: DoorOptions, port: number, limits: Limits) {
    this.#options = options;
    this.#port = port;
    this.#limits = limits;
  }

  /** A connection that requests come from; `stream` is what {@linkcode connections} knows it by. */
  meet(socket: Duplex, stream: Duplex): void {
    const guest: Guest = { stream, last: Promise.resolve(), under: 0, timer: undefined };
    this.#guests.set(socket, guest);
    stream.on("close", () => clearTimeout(guest.timer));
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
    const guest = this.#guests.get(incoming.socket)!;
    clearTimeout(guest.timer);
    const unread = guest.under === 0 && refusedHead(incoming);
    if (unread) return hangUp(incoming.socket, unread);
    guest.under++;
    const answer = guest.last = guest.last.then(() => this.#answer(incoming, outgoing, guest));
    this.#answers.add(answer);
    void answer.finally(() => {
      this.#answers.delete(answer);
      guest.under--;
      this.#rest(guest);
    });
  }

  /** Waits for the next request, not for ever. */
  #rest(guest: Guest): void {
    if (guest.under > 0 || guest.stream.destroyed) return;
    connections.wait(guest.stream);
    guest.timer = setTimeout(() => guest.stream.destroy(), this.#limits.idleMs);
  }

  async #answer(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { stream }: Guest,
  ): Promise<void> {
    if (outgoing.destroyed) return;
    const unread = refusedHead(incoming);
    if (unread) return hangUp(incoming.socket, unread);
    const gone = this.#wait(outgoing);
    const response = await this.#respond(incoming, gone, () => connections.engage(stream));
    if (!response || outgoing.destroyed) return void response?.body?.cancel().catch(() => {});
    if (!incoming.complete) outgoing.setHeader("connection", "close");
    try {
      await this.#send(response, outgoing, stream);
    } catch {
      // The head has gone out, and there is no other way to tell that the rest is not whole.
      outgoing.destroy();
    }
  }

  /** Undefined when nobody waits any more. */
  async #respond(
    incoming: IncomingMessage,
    gone: AbortSignal,
    onRead: () => void,
  ): Promise<Response | undefined> {
    const { refuse, handle, maxBodyBytes } = this.#options;
    const refusal = this.#refusal(incoming);
    if (refusal) return refuse(refusal);
    try {
      if (incoming.method === "OPTIONS" && incoming.url === "*") return new Response("");
      const body = await bodies.read(incoming, maxBodyBytes);
      if (!body) {
        const message = `Request entity too large: limit is ${maxBodyBytes}`;
        return refuse({ code: 413, message });
      }
      onRead();
      return await unlessGone(handle(this.#request(incoming, body, gone)), gone);
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
    const request = new Request(new URL(url, `${scheme}://${HOST}:${this.#port}`), {
      method: method === "TRACE" ? "GET" : method,
      headers,
      ...(body.length > 0 && !BODILESS.has(method) ? { body } : {}),
      signal: gone,
    });
    // The method is no browser's to use, so that a Request does not take it.
    return method === "TRACE"
      ? Object.defineProperty(request, "method", { value: method })
      : request;
  }

  #refusal(incoming: IncomingMessage): Refusal | undefined {
    const { method, url = "", headers: { host = "" } } = incoming;
    if (!isLocalHost(host)) {
      return { code: 403, message: `host ${JSON.stringify(host)} is not served here` };
    }
    if (isForeign(incoming) && (this.#options.sameOriginOnly || !isNavigation(incoming))) {
      return { code: 403, message: "pages of another origin may not do this" };
    }
    if ((!url.startsWith("/") || url.startsWith("//")) && !(method === "OPTIONS" && url === "*")) {
      return { code: 400, message: `${JSON.stringify(url)} is no path of this server` };
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

  async #send(response: Response, outgoing: ServerResponse, stream: Duplex): Promise<void> {
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
    if (response.headers.has("content-length") || !response.body) {
      const whole = new Uint8Array(await response.arrayBuffer());
      // A client that does not read it is in nobody's way.
      connections.wait(stream);
      return await ended(outgoing, whole);
    }
    outgoing.flushHeaders();
    if (outgoing.req.method === "HEAD") {
      await response.body.cancel();
      return await ended(outgoing);
    }
    const reader = response.body.getReader();
    outgoing.on("close", () => void reader.cancel().catch(() => {}));
    for (;;) {
      const { value, done } = await reader.read();
      if (done || outgoing.destroyed) break;
      if (!outgoing.write(value)) await drained(outgoing);
    }
    await ended(outgoing);
  }

  /** A request to go over to another protocol; see {@linkcode upgradeWebSocket}. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = this.#wait(socket);
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    const unread = refusedHead(incoming);
    if (unread) return hangUp(socket, unread);
    const refusal = this.#refusal(incoming);
    if (!refusal) connections.engage(this.#guests.get(socket)!.stream);
    const response = refusal
      ? this.#options.refuse(refusal)
      : await this.#upgraded(incoming, socket, head, gone);
    if (!response || upgraded.has(response)) return;
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
  ): Promise<Response | undefined> {
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
      return await unlessGone(this.#options.handle(request), gone);
    } catch (error) {
      return this.#options.refuse({ code: 500, message: messageOf(error) });
    }
  }
}

/** A connection that requests come from. */
interface Guest {
  stream: Duplex;
  /** Its answers so far: they go out in the order of the requests. */
  last: Promise<void>;
  /** How many requests are under way. */
  under: number;
  /** Ends it when no request comes. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Methods that a Request takes no body with. */
const BODILESS = new Set(["GET", "HEAD", "TRACE"]);

/** What `work` comes to, or undefined as soon as nobody waits for it; nothing is kept for its sake then. */
async function unlessGone(
  work: Promise<Response>,
  gone: AbortSignal,
): Promise<Response | undefined> {
  let leave = () => {};
  const left = new Promise<undefined>((resolve) => leave = () => resolve(undefined));
  gone.addEventListener("abort", leave, { once: true });
  if (gone.aborted) leave();
  const response = await Promise.race([work, left]);
  gone.removeEventListener("abort", leave);
  if (!response) work.then((late) => late.body?.cancel()).catch(() => {});
  return response;
}

/** Resolves when the client has read, or is gone. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off("drain", settle);
      outgoing.off("close", settle);
      resolve();
    };
    outgoing.on("drain", settle);
    outgoing.on("close", settle);
    if (outgoing.destroyed) settle();
  });
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
