import { type HttpRequest, type HttpResponse, NetworkError } from "../sim/seams.ts";

/** A host port of the lab and whether it listens. */
export interface HostPort {
  port: number;
  state: "open" | "busy" | "refused";
  /** What to do when it does not. */
  message?: string;
}

/** A port's server, until closed. */
export interface OpenPort extends HostPort {
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 and hands requests to `answer`, as kind's port mappings do. A port that is
 * taken is no error: the lab goes on without it, and commands in its shell reach the port anyway.
 */
export function openHostPort(
  port: number,
  answer: (request: HttpRequest) => HttpResponse,
): OpenPort {
  try {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => respond(request, answer),
    );
    return { port, state: "open", close: () => server.shutdown() };
  } catch (error) {
    const busy = error instanceof Deno.errors.AddrInUse;
    return {
      port,
      state: busy ? "busy" : "refused",
      message: busy
        ? `Port ${port} is in use by another program (a kind cluster, or another lab?). ` +
          `In the lab's own shell, curl http://127.0.0.1:${port} still reaches the lab; for a browser, ` +
          "end the other program and start again."
        : `Port ${port} cannot be opened: ${(error as Error).message}`,
      close: () => Promise.resolve(),
    };
  }
}

async function respond(
  request: Request,
  answer: (request: HttpRequest) => HttpResponse,
): Promise<Response> {
  // A web page elsewhere must not reach the lab by a name that it made point here.
  if (!isLocalHost(request.headers.get("host") ?? "")) {
    return new Response("This address answers to 127.0.0.1 and localhost only.\n", { status: 403 });
  }
  try {
    return toResponse(answer(await toHttpRequest(request)));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const { port } = new URL(request.url);
    return new Response(
      `Nothing answers behind port ${port} of the lab: ${error.message}\n` +
        "A Service of type NodePort with ready pods has to be there first.\n",
      { status: 502, headers: { "content-type": "text/plain; charset=utf-8" } },
    );
  }
}

/** Whether a Host header names this machine. */
export function isLocalHost(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
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
  const empty = [204, 205, 304].includes(response.status);
  return new Response(empty ? null : response.body, {
    status: response.status,
    headers: response.headers,
  });
}
