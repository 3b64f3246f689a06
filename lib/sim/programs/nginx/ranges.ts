import { utf8Length } from "../../../go/mod.ts";

/*
 * The parts of a file that a client asks for.
 * Source: nginx/nginx src/http/modules/ngx_http_range_filter_module.c (ngx_http_range_parse); recorded from nginx 1.22.1.
 */

/** From a byte to the one before `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

const ONE = /^ *(?:(\d+) *- *(?:(\d+) *)?|-(\d+) *)$/;
/** Greater numbers are not told from this one. */
const MOST = Number.MAX_SAFE_INTEGER;

/** The ranges of a `Range` header in a file of so many bytes: `none` that can be sent, or undefined where all of it is. */
export function readRanges(header: string, length: number): ByteRange[] | "none" | undefined {
  if (header.length < 7 || !header.toLowerCase().startsWith("bytes=")) return undefined;
  const ranges: ByteRange[] = [];
  let bytes = 0;
  for (const text of header.slice("bytes=".length).split(",")) {
    const read = ONE.exec(text);
    if (!read) return "none";
    const [, from, to, last] = read;
    const start = last === undefined ? Number(from) : Math.max(0, length - Number(last));
    const end = last !== undefined || to === undefined ? length : Math.min(length, Number(to) + 1);
    if (Math.max(Number(from ?? 0), Number(to ?? last ?? 0)) > MOST) return "none";
    if (start < end) {
      ranges.push({ start, end });
      bytes += end - start;
    } else if (start === 0) return undefined;
  }
  if (ranges.length === 0) return "none";
  return ranges.length > 1 && bytes > length ? undefined : ranges;
}

/** The bytes of a text; undefined where one character would be cut, for what is sent is a text. */
export function sliceBytes(text: string, { start, end }: ByteRange): string | undefined {
  if (utf8Length(text) === text.length) return text.slice(start, end);
  const bytes = new TextEncoder().encode(text).subarray(start, end);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
