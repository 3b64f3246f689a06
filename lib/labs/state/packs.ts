import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";
import { LAB_PARTS } from "../lines.ts";

/** Rises when an older tutor would misread what is packed. */
const PACK_FORMAT = 1;

/** A lab and its records, as they were packed. */
export interface Pack {
  /** What whoever packed it noted of it. */
  about: string;
  entries: Map<string, string | Uint8Array>;
}

/** Bytes that are no pack of this or an earlier format. */
export class PackError extends Error {
  override name = "PackError";

  constructor(readonly kind: "no-pack" | "damaged" | "newer", readonly format = 0) {
    super(`${kind} (format ${format})`);
  }
}

const zip = promisify(gzip) as (text: string, options: { level: number }) => Promise<Uint8Array>;

type Packed = [key: string, value: string | { base64: string }][];

/**
 * A lab and its records as bytes: a line of text with the format and a SHA-256 of all that follows, `about` as the next
 * line, and the entries as JSON, compressed, on another thread: how hard, `level` says as zlib's does.
 */
export async function packOf(
  entries: ReadonlyMap<string, string | Uint8Array>,
  about: string,
  { level = 6 } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const packed: Packed = [...entries].filter(([key]) => isOurs(key)).map(([key, value]) => [
    key,
    typeof value === "string" ? value : { base64: Buffer.from(value).toString("base64") },
  ]);
  const body = Buffer.concat([
    Buffer.from(`${about}\n`),
    await zip(JSON.stringify(packed), { level }),
  ]);
  return Buffer.concat([Buffer.from(headOf(PACK_FORMAT, body)), body]);
}

function headOf(format: number, body: Uint8Array): string {
  return `hpa-tutor export, format ${format}, sha256 ${sumOf(body)}\n`;
}

function sumOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Errors: PackError. */
export function readPack(bytes: Uint8Array<ArrayBuffer>): Pack {
  const [head, rest] = cutLine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const [, number, sum] = /^hpa-tutor export, format (\d+), sha256 ([0-9a-f]{64})$/.exec(head) ??
    [];
  if (number === undefined) {
    throw new PackError(head.startsWith("hpa-tutor export") ? "damaged" : "no-pack");
  }
  const format = Number(number);
  if (format > PACK_FORMAT) throw new PackError("newer", format);
  if (sumOf(rest) !== sum) throw new PackError("damaged", format);
  const [about, compressed] = cutLine(rest);
  try {
    const packed = JSON.parse(gunzipSync(compressed).toString()) as Packed;
    const entries = new Map(
      packed.map(([key, value]) => [
        key,
        typeof value === "string" ? value : new Uint8Array(Buffer.from(value.base64, "base64")),
      ]),
    );
    JSON.parse(about);
    if ([...entries.keys()].every(isOurs)) return { about, entries };
  } catch {
    // Whoever wrote it knew how to sum it up, and nothing else.
  }
  throw new PackError("damaged", format);
}

/** Whether a key can be one of a lab's; that of a file leads nowhere but into the learner's folder. */
function isOurs(key: string): boolean {
  return LAB_PARTS.some((part) => key.startsWith(part)) &&
    !(key.startsWith("files/") && /\\|:|(^|\/)\.\.(\/|$)|\/\/|\0/.test(key));
}

function cutLine(bytes: Buffer): [line: string, rest: Buffer] {
  const end = bytes.indexOf("\n");
  return end < 0
    ? [bytes.toString(), Buffer.alloc(0)]
    : [bytes.subarray(0, end).toString(), bytes.subarray(end + 1)];
}
