import type { IncomingMessage } from "node:http";

/** How much of a body that is too large is read away, so that its sender gets to read why. */
const MAX_SPILL_BYTES = 64 * 1024 * 1024;
/** How much of bodies that are still coming is kept, of all requests together. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/**
 * Reads the bodies of requests. Those that come slowly are in nobody's way: when too much is kept of bodies
 * that are not whole, the one that has been coming for longest is given up.
 */
export class Bodies {
  /** How much is kept of each, the one that began first first. */
  readonly #kept = new Map<IncomingMessage, number>();
  readonly #maxKeptBytes: number;
  #total = 0;

  constructor(maxKeptBytes = MAX_KEPT_BYTES) {
    this.#maxKeptBytes = maxKeptBytes;
  }

  /** The whole body; undefined when it is too large. Errors: an Error when it does not come to its end. */
  async read(
    incoming: IncomingMessage,
    maxBytes: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (Number(incoming.headers["content-length"] ?? 0) > MAX_SPILL_BYTES) return undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
        length += chunk.length;
        if (length > MAX_SPILL_BYTES) return undefined;
        if (length > maxBytes) continue;
        chunks.push(chunk);
        this.#keep(incoming, chunk.length);
      }
    } finally {
      this.#forget(incoming);
    }
    return length > maxBytes ? undefined : joined(chunks, length);
  }

  #keep(incoming: IncomingMessage, bytes: number): void {
    this.#kept.set(incoming, (this.#kept.get(incoming) ?? 0) + bytes);
    this.#total += bytes;
    while (this.#total > this.#maxKeptBytes) {
      const [oldest] = this.#kept.keys();
      this.#forget(oldest);
      oldest.socket.destroy();
    }
  }

  #forget(incoming: IncomingMessage): void {
    this.#total -= this.#kept.get(incoming) ?? 0;
    this.#kept.delete(incoming);
  }
}

function joined(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
