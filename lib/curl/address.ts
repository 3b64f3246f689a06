import { canonicalHeader, httpStatus } from "../go/mod.ts";

/** The parts of an address as it was typed. */
export interface Address {
  scheme: "http" | "https";
  host: string;
  port: number;
  /** Whether the port was given. */
  hasPort: boolean;
  /** Path and query, beginning with `/`. */
  path: string;
  user?: string;
}

/** Reads `http://host:port/path`; undefined for what is no address. */
export function readAddress(text: string): Address | undefined {
  const match =
    /^(?:(https?):\/\/)?(?:([^@/]*)@)?(\[[^\]]*\]|[^/:?#]+)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/i.exec(
      text,
    );
  if (!match) return undefined;
  const scheme = match[1]?.toLowerCase() === "https" ? "https" : "http";
  const path = match[5] ?? "/";
  return {
    scheme,
    host: match[3],
    port: match[4] ? Number(match[4]) : scheme === "https" ? 443 : 80,
    hasPort: match[4] !== undefined,
    path: path.startsWith("/") ? path : `/${path}`,
    ...(match[2] === undefined ? {} : { user: match[2] }),
  };
}

export function urlOf({ scheme, host, port, hasPort, path }: Address): string {
  return `${scheme}://${host}${hasPort ? `:${port}` : ""}${path}`;
}

/** Where a redirect leads. */
export function resolveLocation(from: Address, location: string): Address {
  if (/^https?:\/\//i.test(location)) return readAddress(location) ?? from;
  if (location.startsWith("/")) return { ...from, path: location };
  return { ...from, path: from.path.replace(/[^/]*$/, "") + location };
}

const MALFORMED = "URL rejected: Malformed input to a URL function";

/**
 * A text without the backslashes that keep brackets from being a pattern: `\[` is `[`.
 * Source: curl/curl src/tool_urlglob.c (glob_fixed, glob_parse).
 */
export function unescapeGlob(text: string): string {
  return text.replace(/\\([[\]{}])/g, "$1");
}

/**
 * Why curl takes a text for no address; undefined when it is one. `isPlain` is `--globoff`.
 * Source: curl/curl src/tool_urlglob.c (glob_range), lib/urlapi.c (hostname_check, Curl_parse_port),
 * lib/strerror.c (curl_url_strerror).
 */
export function urlProblem(url: string, isPlain: boolean): string | undefined {
  if (url === "") return MALFORMED;
  const bracket = isPlain ? -1 : url.search(/(?<!\\)\[(?![0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*\])/);
  if (bracket >= 0) {
    return `bad range in URL position ${bracket + 2}:\n${url}\n${" ".repeat(bracket + 1)}^`;
  }
  return literalProblem(isPlain ? url : unescapeGlob(url));
}

/** The same of an address without patterns. */
function literalProblem(url: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(url)) return MALFORMED;
  const rest = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
  const place = rest.slice(0, /[/?#]|$/.exec(rest)!.index);
  const host = place.slice(place.lastIndexOf("@") + 1);
  if (host === "") return "URL rejected: No host part in the URL";
  if (host.startsWith("[") && !/^\[[0-9a-fA-F:.]+\](:\d*)?$/.test(host)) {
    return "URL rejected: Bad IPv6 address";
  }
  const port = /(?<=[^:]|\]):([^:\]]*)$/.exec(host)?.[1] ?? "";
  if (port !== "" && !(/^\d+$/.test(port) && Number(port) > 0 && Number(port) <= 65_535)) {
    return "URL rejected: Port number was not a decimal number between 0 and 65535";
  }
  const name = host.startsWith("[") ? "" : host.split(":")[0];
  if (name === "" && !host.startsWith("[")) return "URL rejected: No host part in the URL";
  if (/[:#?!@{}[\]\\$'"^`*<>=;,+&()]/.test(name)) return "URL rejected: Bad hostname";
  return readAddress(url) ? undefined : MALFORMED;
}

/** A header's value, by its name in small letters. */
export function headerOf(
  headers: Readonly<Record<string, string>>,
  name: string,
): string | undefined {
  const key = Object.keys(headers).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : headers[key];
}

/** `HTTP/1.1 404 Not Found`. */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${httpStatus(status)}`;
}

/** Headers as servers of HTTP/1.1 mostly write them: `Content-Type: text/plain`. */
export function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${canonicalHeader(name)}: ${value}`);
}
