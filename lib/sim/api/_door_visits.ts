import type { Buffer } from "node:buffer";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/mod.ts";
import { quote } from "../../go/mod.ts";
import type { DoorOptions, Limits, Refusal } from "./_door_options.ts";
import { Bodies } from "./_door_bodies.ts";
import { Connections } from "./_door_connections.ts";
import { isForeign, isLocalHost, isNavigation, refusedHead } from "./_door_rules.ts";
import { isUpgraded, offerWebSocket } from "./_door_upgrade.ts";

/** Those of all doors of this process. */
export const connections = new Connections();
const bodies = new Bodies();

/** How long clients are given to take the end of what they were being sent, in wall milliseconds. */
const FAREWELL_MS = 1_000;

/** Says a last word, and does not wait for long until it is heard. */
export function hangUp(socket: Duplex, text: string): void {
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.on("close", () => clearTimeout(timer));
  socket.end(text);
}

/** Requests on their way through a door. */
export class Visits {
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
    const request = new Request(new URL(url, `${scheme}://127.0.0.1:${this.#port}`), {
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
      return { code: 403, message: `host ${quote(host)} is not served here` };
    }
    if (isForeign(incoming) && (this.#options.sameOriginOnly || !isNavigation(incoming))) {
      return { code: 403, message: "pages of another origin may not do this" };
    }
    if ((!url.startsWith("/") || url.startsWith("//")) && !(method === "OPTIONS" && url === "*")) {
      return { code: 400, message: `${quote(url)} is no path of this server` };
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
    const guest = this.#guests.get(socket)!;
    clearTimeout(guest.timer);
    // It is at work until it is closed.
    guest.under++;
    if (!refusal) connections.engage(guest.stream);
    const response = refusal
      ? this.#options.refuse(refusal)
      : await this.#upgraded(incoming, socket, head, gone);
    if (!response || isUpgraded(response)) return;
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
    try {
      const request = this.#request(incoming, new Uint8Array(), gone);
      offerWebSocket(request, { incoming, socket, head, maxBytes: this.#options.maxBodyBytes });
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

/** Ends an answer, and resolves when it is on its way or its reader is gone. */
function ended(outgoing: ServerResponse, last?: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) return resolve();
    outgoing.on("close", () => resolve());
    outgoing.end(last, () => resolve());
  });
}
