import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** An answer of Node's as `fetch` gives it, its body as it comes; `signal` ends it. */
export function responseOf(message: IncomingMessage, signal: AbortSignal): Response {
  const status = message.statusCode ?? 500;
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    for (const each of value ?? []) headers.append(name, each);
  }
  if ([204, 205, 304].includes(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const abort = () => void message.destroy();
  signal.addEventListener("abort", abort, { once: true });
  message.on("close", () => signal.removeEventListener("abort", abort));
  return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, { status, headers });
}
