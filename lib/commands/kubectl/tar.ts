const BLOCK = 512;

/** A file, or an empty folder, of an archive. */
export interface TarEntry {
  name: string;
  /** Absent for a folder. */
  content?: Uint8Array;
}

/** An archive as Go's archive/tar reads it. Source: POSIX.1-2024 pax, the ustar interchange format. */
export function makeTar(entries: readonly TarEntry[], mtimeMs: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { name, content } of entries) {
    parts.push(header(content ? name : `${name.replace(/\/$/, "")}/`, content, mtimeMs));
    if (content) parts.push(content, new Uint8Array(-content.length & (BLOCK - 1)));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function header(name: string, content: Uint8Array | undefined, mtimeMs: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const encoder = new TextEncoder();
  const put = (text: string, at: number) => block.set(encoder.encode(text), at);
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, "0");
  const cut = encoder.encode(name).length > 100 ? name.lastIndexOf("/", 154) : -1;
  put(cut > 0 ? name.slice(cut + 1) : name, 0);
  put(content ? "0000644" : "0000755", 100);
  put("0000000", 108);
  put("0000000", 116);
  put(octal(content?.length ?? 0, 12), 124);
  put(octal(Math.floor(mtimeMs / 1000), 12), 136);
  put("        ", 148);
  put(content ? "0" : "5", 156);
  put("ustar", 257);
  put("00", 263);
  if (cut > 0) put(name.slice(0, cut), 345);
  put(`${octal(block.reduce((sum, byte) => sum + byte, 0), 7)}\0 `, 148);
  return block;
}

/** The entries of an archive. Errors: Error for what is none. */
export function readTar(archive: Uint8Array): TarEntry[] {
  const out: TarEntry[] = [];
  const decoder = new TextDecoder();
  for (let at = 0; at + BLOCK <= archive.length;) {
    const block = archive.subarray(at, at + BLOCK);
    const text = (from: number, length: number) =>
      decoder.decode(block.subarray(from, from + length)).split("\0")[0];
    if (text(0, 100) === "") break;
    const size = parseInt(text(124, 12).trim() || "0", 8);
    const prefix = text(345, 155);
    const name = (prefix ? `${prefix}/` : "") + text(0, 100);
    at += BLOCK;
    if (block[156] === "5".charCodeAt(0)) out.push({ name });
    else out.push({ name, content: archive.slice(at, at + size) });
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return out;
}
