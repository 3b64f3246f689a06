/** Writes to standard error. */
export function warn(text: string): void {
  writeAll(Deno.stderr, `${text}\n`);
}

/** Writes to standard output, all of it, at once. */
export function print(text: string): void {
  writeAll(Deno.stdout, text);
}

const ended = new AbortController();
/** Aborts when nobody reads what this process writes any more: the other end of a pipe, a closed terminal. */
export const outputEnds: AbortSignal = ended.signal;

/** Writes bytes to standard output, all of them, at once. */
export function writeBytes(bytes: Uint8Array): void {
  writeAll(Deno.stdout, bytes);
}

/** Writes all of a text, or of bytes; when its reader has gone, that is told to whoever waits with {@linkcode outputEnds}. */
export function writeAll(
  to: { writeSync(bytes: Uint8Array): number },
  content: string | Uint8Array,
): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
  } catch (error) {
    ended.abort(error);
  }
}
