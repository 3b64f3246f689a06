import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import type { DoorOptions, Limits, Refusal } from "./_door_options.ts";
import { goAnswer, isLocalHost } from "./_door_rules.ts";
import { ConnectionStream } from "./_door_stream.ts";
import { type Socket, upgradeWebSocket, wantsWebSocket } from "./_door_upgrade.ts";
import { connections, hangUp, Visits } from "./_door_visits.ts";

export { isLocalHost, type Socket, upgradeWebSocket, wantsWebSocket };
export type { Limits, Refusal };

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
  readonly #accepting: Promise<void>;
  #open = true;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#secure = options.tls && createSecureContext(options.tls);
    this.#listener = Deno.listen({ hostname: HOST, port: options.port });
    this.port = this.#listener.addr.port;
    this.#visits = new Visits(options, this.port, this.#limits);
    this.#server = this.#parser();
    this.#accepting = this.#accept();
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
    // The port is free when nobody waits at it any more.
    await this.#accepting;
    await this.#visits.end();
    for (const stream of this.#streams) stream.destroy();
    this.#server.close();
  }
}

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
