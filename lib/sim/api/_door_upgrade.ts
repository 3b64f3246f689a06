import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

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

/** A request that goes over to a WebSocket if whoever answers it wants to. */
interface Offer {
  incoming: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  /** The largest message that is taken. */
  maxBytes: number;
}

/** Makes a request one that {@linkcode upgradeWebSocket} takes. */
export function offerWebSocket(request: Request, offer: Offer): void {
  upgradable.set(request, (protocol) => accepted(offer, protocol));
}

/** Whether an answer is that of {@linkcode upgradeWebSocket}. */
export function isUpgraded(response: Response): boolean {
  return upgraded.has(response);
}

/** Source: RFC 9110, section 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

async function accepted(offer: Offer, protocol?: string): Promise<Socket> {
  const { incoming, socket, head, maxBytes } = offer;
  const { WebSocketServer } = await import("ws");
  return await new Promise((resolve, reject) => {
    // A handshake that ws refuses ends the connection, and nobody is called.
    socket.once("close", () => reject(new Error("the connection was closed")));
    const server = new WebSocketServer({
      noServer: true,
      handleProtocols: () => protocol ?? false,
      maxPayload: maxBytes,
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
}
