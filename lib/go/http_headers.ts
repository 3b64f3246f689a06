import { utf8Bytes } from "./bytes.ts";

/**
 * A header's value as it can be sent: its UTF-8 bytes, one character each, with spaces for line breaks and for
 * what else may not be in one. Go sends any text so; `Headers` would refuse it.
 * Source: golang/go src/net/http/header.go (headerNewlineToSpace).
 */
export function toHeaderBytes(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  // deno-lint-ignore no-control-regex
  return utf8Bytes(value).replace(/[\x00-\x08\x0a-\x1f\x7f]/g, " ").trim();
}

/** The text of a header's value that came as bytes, one character each. */
export function fromHeaderBytes(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  const bytes = Uint8Array.from(value, (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

/** A header's name as servers write it: `Content-Type`. Source: golang/go src/net/textproto (CanonicalMIMEHeaderKey). */
export function canonicalHeader(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase());
}

/** All headers of an answer as they can be sent. */
export function headersInBytes(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, toHeaderBytes(value)]),
  );
}

/** Who asks, by name and password. Source: golang/go src/net/http/client.go (basicAuth). */
export function basicAuth(username: string, password: string): string {
  return `Basic ${btoa(utf8Bytes(`${username}:${password}`))}`;
}
