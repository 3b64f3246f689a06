import type { Limits } from "../sim/api/door.ts";
import type { HttpRequest, HttpResponse } from "../sim/seams.ts";
import type { HostPort } from "./lab.ts";

/** A port's server, until closed. */
export interface OpenPort extends HostPort {
  close(): Promise<void>;
}

/** The largest body that a page of the lab takes; Source: nginx's client_max_body_size. */
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 500;
/** What is tried in the place of a port that another program has: a second lab has 31050 to 31052. */
export function othersOf(port: number): number[] {
  return [100, 200, 300, 400, 500].map((by) => port + by).filter((other) => other < 1 << 16);
}

/**
 * Listens on 127.0.0.1 and hands requests to `answer`, as kind's port mappings do. Where a port is
 * taken or kept back another one is opened for it, whose requests are answered as its own. That none is to be had is no
 * error: the lab goes on without it, and commands in its shell reach the port anyway.
 */
export async function openHostPort(
  port: number,
  answer: (request: Request) => Promise<Response>,
  options: { limits?: Partial<Limits> } = {},
): Promise<OpenPort> {
  const wanted = await open(port, answer, options);
  if (wanted.state !== "busy" && wanted.state !== "reserved") return wanted;
  const own = (request: Request) => {
    const url = new URL(request.url);
    url.port = `${port}`;
    return answer(new Request(url, request));
  };
  for (const at of othersOf(port)) {
    const other = await open(at, own, options);
    if (other.state === "open") return { ...other, port, at };
  }
  return wanted;
}

async function open(
  port: number,
  answer: (request: Request) => Promise<Response>,
  options: { limits?: Partial<Limits> },
): Promise<OpenPort> {
  const { openDoor } = await import("../sim/api/door.ts");
  try {
    const door = await openDoor({
      port,
      maxBodyBytes: MAX_BODY_BYTES,
      maxConnections: MAX_CONNECTIONS,
      sameOriginOnly: false,
      handle: (request) => respond(request, answer),
      refuse: ({ code, message }) => new Response(`${message}\n`, { status: code }),
      ...options,
    });
    return { port: door.port, state: "open", close: () => door.close() };
  } catch (error) {
    return { port, ...refusalOf(error as Error), close: () => Promise.resolve() };
  }
}

/**
 * Why a port cannot be had.
 * Source: for EACCES, Windows' reserved ranges (`netsh int ipv4 show excludedportrange`).
 */
export function refusalOf(error: { code?: string; message: string }): Omit<HostPort, "port"> {
  if (error.code === "EADDRINUSE") return { state: "busy" };
  if (error.code === "EACCES") return { state: "reserved" };
  return { state: "refused", reason: error.message };
}

async function respond(
  request: Request,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  try {
    return await answer(request);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const { port } = new URL(request.url);
    return new Response(
      `Nothing answers behind port ${port} of the lab: ${error.message}\n` +
        "A Service of type NodePort with ready pods has to be there first.\n",
      { status: 502, headers: { "content-type": "text/plain; charset=utf-8" } },
    );
  }
}

/** A fetch request as the virtual network takes it. */
export async function toHttpRequest(request: Request): Promise<HttpRequest> {
  const body = await request.text();
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...(body === "" ? {} : { body }),
  };
}

/** An answer of the virtual network as fetch gives it. */
export function toResponse(response: HttpResponse): Response {
  const { status, headers } = response;
  if ([204, 205, 304].includes(status)) return new Response(null, { status, headers });
  const body = new TextEncoder().encode(response.body);
  const known = Object.keys(headers).some((name) => name.toLowerCase() === "content-length");
  return new Response(body, {
    status,
    headers: known ? headers : { ...headers, "content-length": String(body.length) },
  });
}
