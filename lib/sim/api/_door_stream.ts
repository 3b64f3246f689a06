import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** A part of what is written, as streams hand it over. */
interface Part {
  chunk: Buffer | string;
  encoding: BufferEncoding;
}

type Callback = (error?: Error | null) => void;

const READ_BYTES = 64 * 1024;

/**
 * A connection as the stream that Node's HTTP server reads requests from.
 *
 * Connections are accepted one by one and not by Node's own listener, which takes all that wait before
 * anything can be said of one of them. Here nothing is read that nobody asks for, and a client that takes
 * nothing of what it is sent for `readMs` (wall milliseconds) is let go of.
 */
export class ConnectionStream extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #connection: Deno.TcpConn;
  readonly #readMs: number;
  #reading = false;

  constructor(connection: Deno.TcpConn, readMs: number) {
    super({ allowHalfOpen: true });
    connection.setNoDelay(true);
    ({ hostname: this.remoteAddress, port: this.remotePort } = connection.remoteAddr);
    this.#connection = connection;
    this.#readMs = readMs;
  }

  override _read(): void {
    if (!this.#reading) void this.#pull();
  }

  async #pull(): Promise<void> {
    this.#reading = true;
    const bytes = Buffer.allocUnsafe(READ_BYTES);
    try {
      for (let wanted = true; wanted;) {
        const length = await this.#connection.read(bytes);
        if (length === null) return void this.push(null);
        wanted = this.push(Buffer.from(bytes.subarray(0, length)));
      }
    } catch (error) {
      this.destroy(this.destroyed ? undefined : error as Error);
    } finally {
      this.#reading = false;
    }
  }

  override _write(chunk: Part["chunk"], encoding: Part["encoding"], done: Callback): void {
    this._writev([{ chunk, encoding }], done);
  }

  override _writev(parts: Part[], done: Callback): void {
    const buffers = parts.map(({ chunk, encoding }) =>
      typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk
    );
    const bytes = buffers.length === 1 ? buffers[0] : Buffer.concat(buffers);
    this.#send(bytes).then(() => done(), done);
  }

  async #send(bytes: Buffer): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      const timer = setTimeout(() => this.destroy(), this.#readMs);
      try {
        sent += await this.#connection.write(bytes.subarray(sent));
      } finally {
        clearTimeout(timer);
      }
    }
  }

  override _final(done: Callback): void {
    this.#connection.closeWrite().then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: Callback): void {
    try {
      this.#connection.close();
    } catch {
      // It is closed.
    }
    done(error);
  }

  /** The door sees to times itself. */
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}
