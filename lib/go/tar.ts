/** A file, or an empty folder, of an archive. Its texts are byte strings. */
export interface TarEntry {
  name: string;
  /** Absent for a folder. */
  content?: string;
}

/** An archive that cannot be read, in Go's words. */
export class TarError extends Error {
  override name = "TarError";
}

const BLOCK = 512;
/** What ends an archive. */
export const TAR_END = "\0".repeat(2 * BLOCK);

/** A file or a folder as a part of an archive; its owner is root. Source: golang/go src/archive/tar/writer.go. */
export function tarPart({ name, content }: TarEntry, mtimeMs: number): string {
  const isFolder = content === undefined;
  const stored = isFolder ? `${name.replace(/\/$/, "")}/` : name;
  const [prefix, short] = splitName(stored);
  const size = content?.length ?? 0;
  const before = field(short, 100) + octal(isFolder ? 0o755 : 0o644, 8) + octal(0, 8) +
    octal(0, 8) + octal(size, 12) + octal(Math.floor(mtimeMs / 1000), 12);
  const after = (isFolder ? "5" : "0") + field("", 100) + "ustar\x0000" + field("root", 32) +
    field("root", 32) + octal(0, 8) + octal(0, 8) + field(prefix, 155) + "\0".repeat(12);
  const sum = sumOf(`${before}        ${after}`).toString(8).padStart(6, "0");
  return `${before}${sum}\0 ${after}${content ?? ""}${"\0".repeat(-size & (BLOCK - 1))}`;
}

/** A name that is too long for its field, at the last slash that leaves both parts short enough. */
function splitName(name: string): [prefix: string, short: string] {
  const cut = name.length > 100 ? name.lastIndexOf("/", Math.min(155, name.length - 2)) : -1;
  return cut > 0 ? [name.slice(0, cut), name.slice(cut + 1)] : ["", name];
}

function field(text: string, width: number): string {
  return text.slice(0, width).padEnd(width, "\0");
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function sumOf(bytes: string): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes.charCodeAt(i);
  return sum;
}

/**
 * The entries of an archive: files, and folders by a name that ends in a slash. Long names come as GNU's and pax's tars
 * write them. Errors: TarError, when that entry's turn comes. Source: golang/go src/archive/tar/reader.go.
 */
export function* readTar(archive: string): Generator<TarEntry, void> {
  let longName = "";
  for (let at = 0; at < archive.length;) {
    const block = archive.slice(at, at + BLOCK);
    if (block.length < BLOCK) throw new TarError("unexpected EOF");
    if (/^\0*$/.test(block)) return;
    const text = (from: number, length: number) => block.slice(from, from + length).split("\0")[0];
    const sum = parseInt(text(148, 8).trim(), 8);
    if (sumOf(`${block.slice(0, 148)}        ${block.slice(156)}`) !== sum) {
      throw new TarError("archive/tar: invalid tar header");
    }
    const size = parseInt(text(124, 12).trim() || "0", 8);
    at += BLOCK;
    if (at + size > archive.length) throw new TarError("unexpected EOF");
    const content = archive.slice(at, at + size);
    at += Math.ceil(size / BLOCK) * BLOCK;
    const type = block[156];
    if (type === "L") longName = content.split("\0")[0];
    else if (type === "x") longName = /\d+ path=([^\n]*)/.exec(content)?.[1] ?? longName;
    else if (type !== "g") {
      const prefix = text(345, 155);
      const name = longName || (prefix ? `${prefix}/` : "") + text(0, 100);
      longName = "";
      yield type === "5" ? { name } : { name, content };
    }
  }
}
