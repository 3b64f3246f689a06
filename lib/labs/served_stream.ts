import { PeerGoneError } from "../base/mod.ts";
import { ApiError } from "../kube/mod.ts";
import type { Socket } from "../sim/api/door.ts";
import { isTextProtocol } from "../sim/api/mod.ts";
import type { Lab } from "./lab.ts";

/** The part of a lab that answers requests from outside. */
type Served = Pick<Lab, "api" | "stream">;

type Accept = (protocol?: string) => Promise<{ socket: Socket; response: Response }>;

/**
 * Answers a request to go over to a WebSocket: with a stream into a pod, a watch or a log of the lab's, which `accept`
 * takes over by the protocol that was agreed on. What is none of these is answered as if it had not asked.
 */
export async function streamOver(lab: Served, request: Request, accept: Accept): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const protocols = (request.headers.get("sec-websocket-protocol") ?? "").split(",")
    .map((protocol) => protocol.trim()).filter(Boolean);
  if (/\/pods\/[^/]+\/(exec|attach|portforward)$/.test(pathname)) {
    return await podStream(lab, request, { protocols, accept });
  }
  if (request.method !== "GET") return await lab.api(request);
  const isWatch = ["true", "1"].includes(searchParams.get("watch") ?? "") ||
    /^\/(api|apis\/[^/]+)\/[^/]+\/watch\//.test(pathname);
  if (isWatch) return await watchOver(lab, request, { protocols, accept });
  if (/\/pods\/[^/]+\/log$/.test(pathname)) {
    return await logOver(lab, request, { protocols, accept });
  }
  return await lab.api(request);
}

/**
 * A watch whose events are text, one a message.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/watch.go (HandleWS), which takes one protocol of any name.
 */
async function watchOver(
  lab: Served,
  request: Request,
  { protocols, accept }: { protocols: string[]; accept: Accept },
): Promise<Response> {
  const answer = await lab.api(request);
  if (!answer.ok || !answer.body) return answer;
  if (protocols.length > 1) {
    await answer.body.cancel();
    return new Response(null, { status: 400 });
  }
  const { socket, response } = await accept(protocols[0]);
  const decoder = new TextDecoder();
  let rest = "";
  pump(answer.body, socket, (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) socket.send(`${line}\n`);
  });
  return response;
}

/**
 * The bytes of a log, after an empty message.
 * Source: kubernetes/streaming pkg/httpstream/wsstream/stream.go, whose protocols are "", binary and base64.
 */
async function logOver(
  lab: Served,
  request: Request,
  { protocols, accept }: { protocols: string[]; accept: Accept },
): Promise<Response> {
  const known = ["binary.k8s.io", "base64.binary.k8s.io"];
  const protocol = protocols.find((one) => known.includes(one));
  const answer = await lab.api(request);
  if (!answer.ok || !answer.body) return answer;
  if (protocols.length > 0 && protocol === undefined) {
    await answer.body.cancel();
    return new Response(null, { status: 403 });
  }
  const { socket, response } = await accept(protocol);
  const isText = protocol === "base64.binary.k8s.io";
  const send = (bytes: Uint8Array) =>
    socket.send(isText ? bytes.toBase64() : new Uint8Array(bytes));
  send(new Uint8Array());
  pump(answer.body, socket, send);
  return response;
}

/** Sends what comes until either side ends. */
function pump(
  body: ReadableStream<Uint8Array>,
  socket: Socket,
  send: (bytes: Uint8Array) => void,
): void {
  const reader = body.getReader();
  socket.onclose = () => void reader.cancel().catch(() => {});
  socket.onerror = () => {};
  const run = async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || socket.readyState !== WebSocket.OPEN) break;
        send(value);
      }
    } catch {
      // The lab has ended it.
    }
    socket.close();
  };
  void run();
}

async function podStream(
  lab: Served,
  request: Request,
  { protocols, accept }: { protocols: string[]; accept: Accept },
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  let socket: Socket | undefined;
  const early: Uint8Array[] = [];
  // What came before the socket was there goes first.
  const send = (bytes: Uint8Array) => {
    if (!socket) early.push(bytes);
    else if (socket.readyState === WebSocket.OPEN) {
      socket.send(isText ? new TextDecoder().decode(bytes) : new Uint8Array(bytes));
    }
  };
  let isText = false;
  let ended: [code?: number, reason?: string] | undefined;
  try {
    const authorization = request.headers.get("authorization");
    const stream = await lab.stream(pathname + search, {
      protocols,
      ...(authorization ? { authorization } : {}),
      onMessage: send,
      onClose: (...how) => {
        ended = how;
        socket?.close(...how);
      },
    });
    // A client that has gone, or that cannot be accepted, holds nothing open.
    request.signal.addEventListener("abort", () => stream.close());
    isText = isTextProtocol(stream.protocol);
    const accepted = await accept(stream.protocol || undefined);
    socket = accepted.socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      stream.send(typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data));
    };
    socket.onclose = () => stream.close();
    socket.onerror = () => {};
    early.splice(0).forEach(send);
    if (ended) socket.close(...ended);
    return accepted.response;
  } catch (error) {
    if (error instanceof ApiError) return Response.json(error.toStatus(), { status: error.code });
    if (error instanceof TypeError || error instanceof PeerGoneError) {
      return new Response(null, { status: 503 });
    }
    const { name, code = 500, message } = error as Error & { code?: number };
    if (name !== "KubeletRefusal") throw error;
    return new Response(message && `${message}\n`, { status: code });
  }
}
