import { createInflate, type Inflate } from "node:zlib";
import { Buffer } from "node:buffer";

/** The words that headers begin to be compressed with; Source: the SPDY/3 draft, section 2.6.10.1. */
const WORDS =
  ("options head post put delete trace accept accept-charset accept-encoding accept-language " +
    "accept-ranges age allow authorization cache-control connection content-base content-encoding " +
    "content-language content-length content-location content-md5 content-range content-type date etag " +
    "expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since " +
    "last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer " +
    "retry-after server te trailer transfer-encoding upgrade user-agent vary via warning " +
    "www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin")
    .split(" ").map((word) => word.replace("_", " "));
const REST =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized" +
  "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain," +
  "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

export const DICTIONARY = Buffer.concat([
  ...WORDS.map((word) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(word.length);
    return Buffer.concat([length, Buffer.from(word)]);
  }),
  Buffer.from(REST),
]);
/** The checksum of the dictionary, by which a compressed block names it. */
const DICTIONARY_ADLER = 0xe3c6a7c2;

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
const HEAD_BYTES = 8;
const MAX_FRAME_BYTES = 1 << 24;
/** A data frame of what is sent; well below the format's own limit. */
const CHUNK_BYTES = 32 * 1024;

/** A stream of bytes both ways, opened by the client. */
export interface SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  onData(bytes: Uint8Array): void;
  /** The client will send nothing more. */
  onEnd(): void;
  /** The client gave the stream up. */
  onReset(): void;
}

/**
 * The server's side of SPDY/3.1, as far as Kubernetes uses it: streams that the client opens, without
 * flow control. Bytes come in by {@linkcode SpdyConnection.receive} and go out by `send`.
 * Source: moby/spdystream connection.go, the SPDY/3 draft.
 */
export class SpdyConnection {
  readonly #streams = new Map<number, SpdyStream>();
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY });
  #buffer = Buffer.alloc(0);
  #work: Promise<void> = Promise.resolve();
  #replied = false;
  #closed = false;

  /** `open` is called for each stream, and says what is to become of what comes over it. */
  constructor(
    private readonly send: (bytes: Uint8Array) => void,
    private readonly open: (
      id: number,
      headers: ReadonlyMap<string, string>,
    ) => Pick<SpdyStream, "onData" | "onEnd" | "onReset">,
    private readonly onBroken: () => void,
  ) {
    this.#inflate.on("error", () => this.#break());
  }

  receive(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    // Headers are taken apart in the background, and frames have to stay in order.
    this.#work = this.#work.then(() => this.#take(copy)).catch(() => this.#break());
  }

  write(id: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      this.#data(id, 0, bytes.subarray(at, at + CHUNK_BYTES));
    }
  }

  /** Nothing more will be sent over the stream. */
  end(id: number): void {
    if (this.#streams.has(id)) this.#data(id, FIN, new Uint8Array());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inflate.close();
    for (const stream of this.#streams.values()) stream.onReset();
    this.#streams.clear();
  }

  #break(): void {
    if (this.#closed) return;
    this.close();
    this.onBroken();
  }

  #data(id: number, flags: number, payload: Uint8Array): void {
    if (this.#closed) return;
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32BE(id & 0x7fffffff, 0);
    head.writeUInt32BE((flags << 24 >>> 0) + payload.length, 4);
    this.send(Buffer.concat([head, payload]));
  }

  #control(type: number, flags: number, payload: Uint8Array): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt16BE(0x8003, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt32BE((flags << 24 >>> 0) + payload.length, 4);
    this.send(Buffer.concat([head, payload]));
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    while (!this.#closed && this.#buffer.length >= HEAD_BYTES) {
      const length = this.#buffer.readUInt32BE(4) & (MAX_FRAME_BYTES - 1);
      if (this.#buffer.length < HEAD_BYTES + length) return;
      const head = this.#buffer.subarray(0, HEAD_BYTES);
      const payload = this.#buffer.subarray(HEAD_BYTES, HEAD_BYTES + length);
      this.#buffer = this.#buffer.subarray(HEAD_BYTES + length);
      const isControl = (head[0] & 0x80) !== 0;
      if (isControl) await this.#controlFrame(head.readUInt16BE(2), head[4], payload);
      else this.#dataFrame(head.readUInt32BE(0), head[4], payload);
    }
  }

  #dataFrame(id: number, flags: number, payload: Buffer): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (payload.length > 0) stream.onData(new Uint8Array(payload));
    if (flags & FIN) stream.onEnd();
  }

  async #controlFrame(type: number, flags: number, payload: Buffer): Promise<void> {
    if (type === SYN_STREAM) {
      const id = payload.readUInt32BE(0) & 0x7fffffff;
      const headers = readHeaders(await this.#inflated(payload.subarray(10)));
      const reply = Buffer.alloc(4);
      reply.writeUInt32BE(id);
      this.#control(SYN_REPLY, 0, Buffer.concat([reply, this.#noHeaders()]));
      const stream = { id, headers, ...this.open(id, headers) };
      this.#streams.set(id, stream);
      if (flags & FIN) stream.onEnd();
    } else if (type === RST_STREAM) {
      const id = payload.readUInt32BE(0) & 0x7fffffff;
      this.#streams.get(id)?.onReset();
      this.#streams.delete(id);
    } else if (type === PING) {
      this.#control(PING, 0, payload);
    } else if (type === GOAWAY) {
      this.#break();
    }
  }

  #inflated(block: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      const onData = (part: Buffer) => void parts.push(part);
      const onError = (error: Error) => reject(error);
      this.#inflate.on("data", onData);
      this.#inflate.once("error", onError);
      this.#inflate.write(block, () => {
        this.#inflate.off("data", onData);
        this.#inflate.off("error", onError);
        resolve(Buffer.concat(parts));
      });
    });
  }

  /**
   * A block that says there are no headers, in a stored piece of deflate; an empty piece after it lets
   * Go's reader give out what it has.
   */
  #noHeaders(): Buffer {
    const stored = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
    if (this.#replied) return stored;
    this.#replied = true;
    const start = Buffer.from([0x78, 0xbb, 0, 0, 0, 0]);
    start.writeUInt32BE(DICTIONARY_ADLER, 2);
    return Buffer.concat([start, stored]);
  }
}

function readHeaders(block: Buffer): Map<string, string> {
  const out = new Map<string, string>();
  let at = 0;
  const text = () => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.toString("utf8", at - length, at);
  };
  const count = block.readUInt32BE(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    const name = text();
    out.set(name.toLowerCase(), text());
  }
  return out;
}
