/*
 * Between texts and byte strings, which is what Go's strings are: one character a byte, so that binary files pass
 * through a container's pipes, tar and `wc -c`, and through a client's streams, unharmed.
 */

// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7f]*$/;
/** Characters of binary files, which no text has. */
// deno-lint-ignore no-control-regex
const BINARY = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x9f]/;
// deno-lint-ignore no-control-regex
const ONE_BYTE = /^[\x00-\xff]*$/;

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** A text as its UTF-8 bytes; a text that holds bytes already stays as it is. */
export function toBytes(text: string): string {
  if (ASCII.test(text)) return text;
  if (ONE_BYTE.test(text) && BINARY.test(text)) return text;
  return utf8Bytes(text);
}

/** A text's UTF-8, whatever the text looks like. */
export function utf8Bytes(text: string): string {
  return ASCII.test(text) ? text : bytesOfArray(encoder.encode(text));
}

/** The text of UTF-8 bytes; bytes that are none stay one character each, and a text stays as it is. */
export function toText(bytes: string): string {
  if (ASCII.test(bytes) || !ONE_BYTE.test(bytes)) return bytes;
  try {
    return strict.decode(bytesToArray(bytes));
  } catch {
    return bytes;
  }
}

/** The text of bytes for people to read: what is no UTF-8 becomes U+FFFD. */
export function toReadable(bytes: string): string {
  return ASCII.test(bytes) ? bytes : lenient.decode(bytesToArray(bytes));
}

/** A byte string as an array. */
export function bytesToArray(bytes: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes.charCodeAt(i);
  return out;
}

/** An array as a byte string. */
export function bytesOfArray(array: Uint8Array): string {
  let out = "";
  for (let i = 0; i < array.length; i += 8192) {
    out += String.fromCharCode(...array.subarray(i, i + 8192));
  }
  return out;
}
