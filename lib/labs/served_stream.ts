import { PeerGoneError } from "../base/mod.ts";
import { ApiError } from "../kube/mod.ts";
import type { Socket } from "../sim/api/door.ts";
import type { Lab } from "./lab.ts";

/**
 * Answers a request to go over to a WebSocket with a stream of the lab's, which `accept` takes over by the
 * protocol that was agreed on.
 */
export async function streamOver(
  lab: Lab,
  request: Request,
  accept: (protocol: string) => Promise<{ socket: Socket; response: Response }>,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const protocols = (request.headers.get("sec-websocket-protocol") ?? "").split(/\s*,\s*/);
  let socket: Socket | undefined;
  const early: Uint8Array[] = [];
  // What came before the socket was there goes first.
  const send = (bytes: Uint8Array) => {
    if (!socket) early.push(bytes);
    else if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(bytes));
  };
  let ended: [code?: number, reason?: string] | undefined;
  try {
    const stream = await lab.stream(pathname + search, {
      protocols,
      onMessage: send,
      onClose: (...how) => {
        ended = how;
        socket?.close(...how);
      },
    });
    // A client that has gone, or that cannot be accepted, holds nothing open.
    request.signal.addEventListener("abort", () => stream.close());
    const accepted = await accept(stream.protocol);
    socket = accepted.socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) stream.send(new Uint8Array(data));
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
    return new Response(`${message}\n`, { status: code });
  }
}
