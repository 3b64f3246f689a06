import { utf8Bytes } from "../go/mod.ts";
import { Panic } from "./values.ts";

/** Texts cut at a separator, at most `count` of them where that is given. Source: strings.SplitN. */
export function split(value: string, separator: string, count: bigint, keep: boolean): string[] {
  if (count === 0n) return [];
  const all = separator === "" ? [...value] : value.split(separator);
  const glue = separator;
  const most = count < 0n || count > BigInt(all.length) ? all.length : Number(count);
  const parts = all.slice(0, most - 1);
  const last = all.slice(most - 1).join(glue);
  return [...parts.map((part) => keep ? part + glue : part), last];
}

/** Without the characters of `cutset` at both ends. Source: strings.Trim. */
export function trimmed(value: string, cutset: string): string {
  const cut = new Set([...cutset]);
  const chars = [...value];
  let [from, to] = [0, chars.length];
  while (from < to && cut.has(chars[from])) from++;
  while (to > from && cut.has(chars[to - 1])) to--;
  return chars.slice(from, to).join("");
}

/** With the first `count` of `old` replaced; all for less than nought. Source: strings.Replace. */
export function replaced(value: string, old: string, by: string, count: bigint): string {
  const parts = split(value, old, -1n, false);
  // An empty text stands before each character and at the end.
  const pieces = old === "" ? ["", ...parts] : parts;
  const gaps = old === "" ? pieces.length : pieces.length - 1;
  const most = count < 0n || count > BigInt(gaps) ? gaps : Number(count);
  let out = "";
  for (const [i, piece] of pieces.entries()) out += piece + (i < most ? by : i < gaps ? old : "");
  return out;
}

/** Errors: Panic, in the words of encoding/base64. */
export function fromBase64(source: string): string {
  const bytes = source.replaceAll(/[\r\n]/g, "");
  const wrong = /[^A-Za-z0-9+/]/.exec(bytes.replace(/={1,2}$/, ""));
  if (wrong || bytes.length % 4 !== 0) {
    const at = wrong ? wrong.index : bytes.length - bytes.length % 4;
    throw new Panic(`illegal base64 data at input byte ${at}`);
  }
  const binary = atob(bytes);
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

export function toBase64(value: string): string {
  return btoa(utf8Bytes(value));
}
