import { toReadable, utf8Bytes } from "./bytes.ts";
import { ipv6Problem } from "./ip.ts";
import { quote } from "./quote.ts";
import { cut } from "./text.ts";

/** A text that is no URL; the message is Go's: `parse "http://x:y": invalid port ":y" after host`. */
export class GoUrlError extends Error {
  override name = "GoUrlError";
}

/** Which characters stand for themselves in a part of a URL, beside letters, digits and `-._~`. */
const PLAIN = {
  path: "$&+,/:;=@",
  host: "!\"$&'()*+,:;<=>[]",
  zone: "!\"$&'()*+,:;<=>[]",
  user: "$&+,;=",
  query: "",
  fragment: "!$&()*+,/:;=?@",
};
type Part = keyof typeof PLAIN;

/** What a URL is made of; path and fragment as they were written, one character a byte. */
interface Parts {
  scheme: string;
  opaque: string;
  user: { name: string; password?: string } | undefined;
  host: string;
  rawPath: string;
  rawQuery: string;
  rawFragment: string;
  forceQuery: boolean;
  omitHost: boolean;
}

/**
 * A URL as Go's net/url sees it.
 * Source: golang/go src/net/url/url.go (URL).
 */
export class GoUrl {
  constructor(private readonly parts: Parts) {}

  /** In lower case; "" for a reference without one. */
  get scheme(): string {
    return this.parts.scheme;
  }

  /** What follows the scheme where that is no path: `web:9090` in `http:web:9090`. */
  get opaque(): string {
    return this.parts.opaque;
  }

  /** With its port, as it was written. */
  get host(): string {
    return this.parts.host;
  }

  /** Without port and brackets. */
  get hostname(): string {
    return splitHost(this.parts.host).hostname;
  }

  get port(): string {
    return splitHost(this.parts.host).port;
  }

  get user(): { name: string; password?: string } | undefined {
    return this.parts.user;
  }

  /** With its escapes undone. */
  get path(): string {
    return toReadable(unescape(this.parts.rawPath, "path"));
  }

  get escapedPath(): string {
    const { rawPath } = this.parts;
    if (rawPath === "*") return "*";
    return escapedAs(rawPath, "path");
  }

  /** The same with another path, escaped as it is to be written. */
  withPath(escaped: string): GoUrl {
    return new GoUrl({ ...this.parts, rawPath: utf8Bytes(escaped) });
  }

  get rawQuery(): string {
    return this.parts.rawQuery;
  }

  get fragment(): string {
    return toReadable(unescape(this.parts.rawFragment, "fragment"));
  }

  /** As it is written in a message of an http.Client, which shows no password. */
  get redacted(): string {
    const { user } = this.parts;
    if (user?.password === undefined) return this.toString();
    const shown = `${escape(utf8Bytes(user.name), "user")}:***@`;
    return this.toString().replace(`${userText(user)}@`, () => shown);
  }

  toString(): string {
    const { scheme, opaque, user, host, rawQuery, rawFragment, forceQuery, omitHost } = this.parts;
    const path = this.escapedPath;
    let out = scheme ? `${scheme}:` : "";
    if (opaque) out += opaque;
    else {
      const named = scheme !== "" || host !== "" || user !== undefined;
      if (named && !(omitHost && !host && !user)) {
        if (host || path || user) out += "//";
        if (user) out += `${userText(user)}@`;
        out += escape(utf8Bytes(host), "host");
      }
      if (path && !path.startsWith("/") && host) out += "/";
      if (out === "" && path.split("/", 1)[0].includes(":")) out += "./";
      out += path;
    }
    if (forceQuery || rawQuery) out += `?${rawQuery}`;
    if (rawFragment) out += `#${escapedAs(rawFragment, "fragment")}`;
    return out;
  }
}

/**
 * Reads a URL or a reference as Go does, which is laxer than browsers in some things and stricter in others.
 * Errors: GoUrlError.
 * Source: golang/go src/net/url/url.go (Parse), Go 1.26.
 */
export function parseGoUrl(text: string): GoUrl {
  const [reference, fragment] = cut(text, "#");
  let shown = reference;
  try {
    const parts = parsed(utf8Bytes(reference));
    if (fragment !== undefined && fragment !== "") {
      shown = text;
      parts.rawFragment = utf8Bytes(fragment);
      unescape(parts.rawFragment, "fragment");
    }
    return new GoUrl(parts);
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    throw new GoUrlError(`parse ${quote(shown)}: ${error.message}`);
  }
}

/**
 * Why Go's HTTP client asks no server for a URL that it can read; undefined when it does.
 * Source: golang/go src/net/http/transport.go (roundTrip).
 */
export function requestProblem(url: GoUrl): string | undefined {
  const { scheme, host } = url;
  if (scheme !== "http" && scheme !== "https") {
    return `unsupported protocol scheme ${quote(scheme)}`;
  }
  return host === "" ? "http: no Host in request URL" : undefined;
}

function parsed(text: string): Parts {
  // deno-lint-ignore no-control-regex -- the characters that Go refuses
  if (/[\x00-\x1f\x7f]/.test(text)) {
    throw new GoUrlError("net/url: invalid control character in URL");
  }
  const parts: Parts = {
    scheme: "",
    opaque: "",
    user: undefined,
    host: "",
    rawPath: text,
    rawQuery: "",
    rawFragment: "",
    forceQuery: false,
    omitHost: false,
  };
  if (text === "*") return parts;
  if (text.startsWith(":")) throw new GoUrlError("missing protocol scheme");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? "";
  parts.scheme = scheme.toLowerCase();
  let rest = scheme ? text.slice(scheme.length + 1) : text;
  parts.forceQuery = rest.indexOf("?") === rest.length - 1 && rest !== "";
  const [before, query] = cut(rest, "?");
  rest = before;
  parts.rawQuery = toReadable(query ?? "");
  if (!rest.startsWith("/")) {
    if (scheme) return { ...parts, opaque: toReadable(rest), rawPath: "" };
    if (rest.split("/", 1)[0].includes(":")) {
      throw new GoUrlError("first path segment in URL cannot contain colon");
    }
  }
  if (rest.startsWith("//") && (scheme || !rest.startsWith("///"))) {
    const slash = rest.indexOf("/", 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    Object.assign(parts, parseAuthority(parts.scheme, authority));
    rest = slash < 0 ? "" : rest.slice(slash);
  } else if (scheme && rest.startsWith("/")) parts.omitHost = true;
  unescape(rest, "path");
  return { ...parts, rawPath: rest };
}

function parseAuthority(scheme: string, authority: string): Pick<Parts, "user" | "host"> {
  const at = authority.lastIndexOf("@");
  const host = toReadable(parseHost(scheme, authority.slice(at + 1)));
  if (at < 0) return { user: undefined, host };
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) {
    throw new GoUrlError("net/url: invalid userinfo");
  }
  const [name, password] = cut(info, ":").map((one) =>
    one === undefined ? one : toReadable(unescape(one, "user"))
  );
  return { user: { name: name!, ...(password === undefined ? {} : { password }) }, host };
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf("[");
  if (open > 0) throw new GoUrlError("invalid IP-literal");
  if (open === 0) return parseLiteral(host);
  let colon = host.indexOf(":");
  if (colon < 0) return unescape(host, "host");
  // Databases list their hosts with commas; http has one.
  if (scheme !== "http" && scheme !== "https") colon = host.lastIndexOf(":");
  checkPort(host.slice(colon));
  return unescape(host, "host");
}

/** An address in brackets. */
function parseLiteral(host: string): string {
  const close = host.lastIndexOf("]");
  if (close < 0) throw new GoUrlError("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf("%25");
  const address = zone < 0
    ? unescape(name, "host")
    : unescape(name.slice(0, zone), "host") + unescape(name.slice(zone), "zone");
  const problem = ipv6Problem(address);
  if (problem) throw new GoUrlError(`invalid host: ${problem}`);
  if (problem === "") throw new GoUrlError("invalid IP-literal");
  return `[${address}]${port}`;
}

function checkPort(port: string): void {
  if (port === "" || /^:\d*$/.test(port)) return;
  throw new GoUrlError(`invalid port ${quote(toReadable(port))} after host`);
}

function splitHost(host: string): { hostname: string; port: string } {
  const colon = /:(\d*)$/.exec(host);
  const name = colon ? host.slice(0, colon.index) : host;
  const hostname = name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
  return { hostname, port: colon?.[1] ?? "" };
}

/** A name and a password as they stand in a URL. Source: as above (Userinfo.String). */
export function userText({ name, password }: { name: string; password?: string }): string {
  const user = escape(utf8Bytes(name), "user");
  return password === undefined ? user : `${user}:${escape(utf8Bytes(password), "user")}`;
}

// ---------------------------------------------------------------- escapes

function isPlain(char: string, part: Part): boolean {
  return /[A-Za-z0-9\-._~]/.test(char) || PLAIN[part].includes(char);
}

/** Undoes the escapes of a byte string, and checks what may not stand unescaped in a host. */
function unescape(text: string, part: Part): string {
  const inHost = part === "host" || part === "zone";
  if (!inHost && !text.includes("%")) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "%") {
      const escape = text.slice(i, i + 3);
      if (!/^%[0-9a-fA-F]{2}$/.test(escape)) throw escapeError(escape);
      const byte = String.fromCharCode(parseInt(escape.slice(1), 16));
      if (escape !== "%25") {
        if (part === "host" && byte < "\x80") throw escapeError(escape);
        if (part === "zone" && byte !== " " && !isPlain(byte, "host")) throw escapeError(escape);
      }
      out += byte;
      i += 2;
    } else {
      if (inHost && char < "\x80" && !isPlain(char, part)) {
        throw new GoUrlError(`invalid character ${quote(char)} in host name`);
      }
      out += char;
    }
  }
  return out;
}

function escapeError(escape: string): GoUrlError {
  return new GoUrlError(`invalid URL escape ${quote(toReadable(escape))}`);
}

function escape(bytes: string, part: Part): string {
  let out = "";
  for (const char of bytes) {
    const hex = char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
    out += isPlain(char, part) ? char : `%${hex}`;
  }
  return out;
}

/** A text as a query's value: `url.QueryEscape`. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

/** Undoes that: `url.QueryUnescape`. Errors: GoUrlError. */
export function unescapeQuery(text: string): string {
  return toReadable(unescape(utf8Bytes(text.replaceAll("+", " ")), "path"));
}

/** A part as it was written, where that is a valid way to write it; else escaped anew. */
function escapedAs(raw: string, part: Part): string {
  const isValid = [...raw].every((char) =>
    "!$&'()*+,;=:@[]%".includes(char) || isPlain(char, part)
  );
  return isValid ? raw : escape(unescape(raw, part), part);
}

/** A part of a path without its escapes; a part with wrong ones stays as it is. */
export function unescapedPath(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}
