import { Buffer } from "node:buffer";
import { fromYaml } from "../../go/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import { PROTOBUF } from "../../sim/api/mod.ts";
import { MARK, marked } from "./owners.ts";

/**
 * A request as it was sent, but that the object in it bears the lab's mark; what else its body says stays as it is, also
 * what this program does not know of. Errors: ApiError for a body that cannot be read.
 */
export async function markedRequest(request: Request, lab: string): Promise<Request> {
  const { method, url, headers, signal } = request;
  const type = headers.get("content-type") ?? "application/json";
  if (type.startsWith(PROTOBUF)) {
    const body = markedMessage(new Uint8Array(await request.arrayBuffer()), lab);
    return new Request(url, { method, headers, signal, body });
  }
  if (!/json|yaml/.test(type)) {
    // Who asked in CBOR asks again in JSON. Source: kubernetes/client-go rest/request.go.
    throw new ApiError(415, "UnsupportedMediaType", `the tutor cannot mark an object in ${type}`);
  }
  const text = await request.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = fromYaml(text);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new ApiError(400, "BadRequest", "the body of the request is no object");
  }
  const sent = new Request(url, {
    method,
    headers,
    signal,
    body: JSON.stringify(marked(body, lab)),
  });
  if (/yaml/.test(type) && method !== "PATCH") {
    sent.headers.set("content-type", "application/json");
  }
  return sent;
}

/** Fields by their numbers: an object stands in `raw` of a runtime.Unknown; its metadata is the first of each kind. */
const UNKNOWN_RAW = 2;
const METADATA = 1;
const LABELS = 11;
/** In front of the message. Source: kubernetes/apimachinery pkg/runtime/serializer/protobuf/protobuf.go. */
const MAGIC_BYTES = 4;

/**
 * An object in protocol buffers with one more label; of two of a name the last counts.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/generated.proto (ObjectMeta), protobuf.dev programming-guides/encoding.
 */
function markedMessage(bytes: Uint8Array, lab: string): Uint8Array<ArrayBuffer> {
  const label = Buffer.concat([field(1, Buffer.from(MARK)), field(2, Buffer.from(lab))]);
  try {
    const message = changed(
      bytes.subarray(MAGIC_BYTES),
      UNKNOWN_RAW,
      (raw) =>
        changed(raw, METADATA, (metadata) => Buffer.concat([metadata, field(LABELS, label)])),
    );
    return new Uint8Array(Buffer.concat([bytes.subarray(0, MAGIC_BYTES), message]));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ApiError(400, "BadRequest", "the body of the request is no protobuf message");
  }
}

/** A message with its first field of a number changed, or with that field where it has none. Errors: RangeError. */
function changed(
  message: Uint8Array,
  number: number,
  change: (value: Uint8Array) => Uint8Array,
): Uint8Array {
  for (let at = 0; at < message.length;) {
    const start = at;
    const [key, value] = varint(message, at);
    const kind = key & 7;
    if (kind === 2) {
      const [length, from] = varint(message, value);
      at = from + length;
      if (at > message.length) throw new RangeError("a field is longer than its message");
      if (key >>> 3 !== number) continue;
      const now = field(number, change(message.subarray(from, at)));
      return Buffer.concat([message.subarray(0, start), now, message.subarray(at)]);
    }
    if (kind === 0) [, at] = varint(message, value);
    else if (kind === 1) at = value + 8;
    else if (kind === 5) at = value + 4;
    else throw new RangeError(`a field is of the unknown type ${kind}`);
  }
  return Buffer.concat([message, field(number, change(new Uint8Array()))]);
}

function field(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([varintOf(number << 3 | 2), varintOf(value.length), value]);
}

/** The number at a place, and where the next begins; what is larger than 32 bits only has to be passed over. */
function varint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    if (shift < 32) value = (value | (byte & 0x7f) << shift) >>> 0;
    if (byte < 0x80) return [value, at];
  }
  throw new RangeError("a number does not end");
}

function varintOf(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return Uint8Array.from([...bytes, value]);
}
