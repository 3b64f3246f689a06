import { parseJson, setOwn } from "../../go/mod.ts";
import { ApiError, Quantity } from "../../kube/mod.ts";

/** The media type that typed clients write in. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** `number name type`, with `!` after the name of what is there even when empty. */
export interface MessageField {
  name: string;
  always: boolean;
  type: string;
}

interface ProtobufData {
  /** The message of an apiVersion and kind: `apps/v1 Deployment`. */
  roots: Record<string, string>;
  messages: Record<string, string[] | null>;
  /** The messages of the options that every group and version takes. */
  options: Record<string, string>;
}

let data: ProtobufData | undefined;
const fieldsOf = new Map<string, Map<number, MessageField>>();

function descriptors(): ProtobufData {
  return data ??= JSON.parse(
    Deno.readTextFileSync(new URL("./data/protobuf.json", import.meta.url)),
  ) as ProtobufData;
}

/**
 * The JSON of an object that came as protocol buffers: four bytes of magic, then a `runtime.Unknown`
 * with its type and its bytes. What Go leaves empty is absent.
 * Errors: ApiError (BadRequest) for what cannot be read, (415) for a kind with no message.
 * Source: kubernetes/apimachinery pkg/runtime/serializer/protobuf/protobuf.go.
 */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  try {
    return decodeObject(bytes);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) {
      throw ApiError.badRequest(`the object provided is unrecognized: ${error.message}`);
    }
    throw error;
  }
}

const MAGIC = [0x6b, 0x38, 0x73, 0x00];

function decodeObject(bytes: Uint8Array): unknown {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw new RangeError("provided data does not appear to be a protobuf message");
  }
  let apiVersion = "";
  let kind = "";
  let raw = new Uint8Array();
  for (const [number, value] of entries(bytes.subarray(4))) {
    if (number === 1) {
      for (const [inner, text] of entries(asBytes(value))) {
        if (inner === 1) apiVersion = asText(text);
        else if (inner === 2) kind = asText(text);
      }
    } else if (number === 2) raw = asBytes(value);
  }
  const { roots, options } = descriptors();
  const message = roots[`${apiVersion} ${kind}`] ?? options[kind];
  if (!message) {
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml",
    );
  }
  return { apiVersion, kind, ...decodeMessage(message, raw) };
}

/** The message, and so the Go struct, of a kind; undefined for a kind that has none. */
export function messageOf(apiVersion: string, kind: string): string | undefined {
  return descriptors().roots[`${apiVersion} ${kind}`];
}

/** The fields of a message by their numbers. */
export function messageFields(message: string): ReadonlyMap<number, MessageField> {
  let found = fieldsOf.get(message);
  if (!found) {
    found = new Map();
    for (const line of descriptors().messages[message] ?? []) {
      const [, number, name, always, type] = /^(\d+) ([^ !]*)(!?) (.*)$/.exec(line)!;
      found.set(Number(number), { name, always: always === "!", type });
    }
    fieldsOf.set(message, found);
  }
  return found;
}

function decodeMessage(message: string, bytes: Uint8Array): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const known = messageFields(message);
  for (const [number, value] of entries(bytes)) {
    const field = known.get(number);
    if (!field) continue;
    const { name, type } = field;
    if (type.startsWith("[]")) {
      const items = (out[name] ??= []) as unknown[];
      items.push(decodeValue(type.slice(2), value));
    } else if (type.startsWith("map ")) {
      const [key, item] = decodeEntry(type.slice(4), asBytes(value));
      setOwn((out[name] ??= {}) as object, key, item);
    } else if (name === "") Object.assign(out, decodeValue(type.replace("*", ""), value));
    else {
      const plain = decodeValue(type.replace("*", ""), value);
      if (type.startsWith("*") || !isEmpty(plain) || field.always) out[name] = plain;
    }
  }
  return out;
}

function decodeEntry(type: string, bytes: Uint8Array): [string, unknown] {
  let key = "";
  let item: unknown = type === "string" || type === "bytes" ? "" : undefined;
  for (const [number, value] of entries(bytes)) {
    if (number === 1) key = asText(value);
    else if (number === 2) item = decodeValue(type, value);
  }
  return [key, item];
}

function decodeValue(type: string, value: Wire): unknown {
  if (type.startsWith("@")) return decodeMessage(type.slice(1), asBytes(value));
  if (type.startsWith("or")) return decodeEither(type, asBytes(value));
  switch (type) {
    case "string":
      return asText(value);
    case "int":
      return Number(BigInt.asIntN(64, asInteger(value)));
    case "bool":
      return asInteger(value) !== 0n;
    case "double":
      return new DataView(asBytes(value).slice().buffer).getFloat64(0, true);
    case "bytes":
      return base64(asBytes(value));
    case "items":
      return [...entries(asBytes(value))].map(([, item]) => asText(item));
    case "quantity":
      return quantity(asBytes(value));
    case "intOrString":
      return intOrString(asBytes(value));
    case "time":
      return time(asBytes(value), 0);
    case "microTime":
      return time(asBytes(value), 6);
    case "raw":
    case "fields":
      return rawJson(asBytes(value));
    default:
      throw new RangeError(`no such type: ${type}`);
  }
}

/**
 * A schema, or what may stand in its place in JSON: a boolean, a list of schemas, a list of names.
 * Source: apiextensions-apiserver pkg/apis/apiextensions/v1/marshal.go.
 */
function decodeEither(type: string, bytes: Uint8Array): unknown {
  const [which, message] = type.split("@");
  const schemaAt = which === "orBool" ? 2 : 1;
  let allows = false;
  const list: unknown[] = [];
  for (const [number, value] of entries(bytes)) {
    if (number === schemaAt) return decodeMessage(message, asBytes(value));
    if (which === "orBool") allows = asInteger(value) !== 0n;
    else list.push(decodeValue(which === "orStrings" ? "string" : `@${message}`, value));
  }
  return which === "orBool" ? allows : list;
}

function quantity(bytes: Uint8Array): string {
  for (const [number, value] of entries(bytes)) {
    if (number === 1) return Quantity.parse(asText(value)).toString();
  }
  return "0";
}

function intOrString(bytes: Uint8Array): string | number {
  let isText = false;
  let number = 0;
  let text = "";
  for (const [field, value] of entries(bytes)) {
    if (field === 1) isText = asInteger(value) === 1n;
    else if (field === 2) number = Number(BigInt.asIntN(64, asInteger(value)));
    else if (field === 3) text = asText(value);
  }
  return isText ? text : number;
}

/** A zero time is no time. */
function time(bytes: Uint8Array, digits: 0 | 6): string | undefined {
  let seconds: bigint | undefined;
  let nanos = 0n;
  for (const [number, value] of entries(bytes)) {
    if (number === 1) seconds = BigInt.asIntN(64, asInteger(value));
    else if (number === 2) nanos = asInteger(value);
  }
  if (seconds === undefined) return undefined;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${text}Z` : `${text}.${String(nanos / 1000n).padStart(6, "0")}Z`;
}

function rawJson(bytes: Uint8Array): unknown {
  for (const [number, value] of entries(bytes)) {
    if (number === 1 && asBytes(value).length > 0) return parseJson(asText(value));
  }
  return undefined;
}

/** What Go's `omitempty` leaves out. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

type Wire = bigint | Uint8Array;

/** The fields of a message as they lie in it. Errors: RangeError when it ends too early. */
function* entries(bytes: Uint8Array): Iterable<[number: number, value: Wire]> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      if (at >= bytes.length || shift > 63n) throw new RangeError("unexpected EOF");
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError("unexpected EOF");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield [number, varint()];
        break;
      case 1:
        yield [number, take(8)];
        break;
      case 2:
        yield [number, take(Number(varint()))];
        break;
      case 5:
        yield [number, take(4)];
        break;
      default:
        throw new RangeError(`illegal wireType ${tag & 7}`);
    }
  }
}

function asBytes(value: Wire): Uint8Array<ArrayBuffer> {
  if (typeof value === "bigint") throw new RangeError("wrong wireType");
  return value as Uint8Array<ArrayBuffer>;
}

function asText(value: Wire): string {
  return new TextDecoder().decode(asBytes(value));
}

function asInteger(value: Wire): bigint {
  if (typeof value !== "bigint") throw new RangeError("wrong wireType");
  return value;
}
