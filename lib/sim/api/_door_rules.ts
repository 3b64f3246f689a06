import type { IncomingMessage } from "node:http";

/** Source: golang/go src/net/http/server.go (conn.serve). */
const GO_HEADERS = "Content-Type: text/plain; charset=utf-8\r\nConnection: close";

/** The whole answer of Go's server to a request that it cannot read, after which it hangs up. */
export function goAnswer(line: string, text = line): string {
  return `HTTP/1.1 ${line}\r\n${GO_HEADERS}\r\n\r\n${text}`;
}

/** Source: golang.org/x/net http/httpguts/httplex.go (ValidHostHeader). */
const HOST_CHARS = /^[\w!$%&'()*+,\-.:;=[\]~]*$/;

/**
 * What Go's server answers to a head that Node's parser lets pass and Go's does not.
 * Source: golang/go src/net/http/server.go (conn.readRequest), transfer.go (parseTransferEncoding).
 */
export function refusedHead(head: IncomingMessage): string | undefined {
  const { url = "", httpVersion } = head;
  const all = (name: string) =>
    head.rawHeaders.filter((_, i, raw) => i % 2 === 1 && raw[i - 1].toLowerCase() === name);
  const hosts = all("host");
  const codings = all("transfer-encoding");
  if (httpVersion === "0.9" || /%(?![\da-f]{2})/i.test(url.split("?")[0])) {
    return goAnswer("400 Bad Request");
  }
  if (httpVersion === "1.1" && codings.length > 0 && codings.join().toLowerCase() !== "chunked") {
    return goAnswer("501 Not Implemented", "Unsupported transfer encoding");
  }
  if (!httpVersion.startsWith("1.")) {
    return goAnswer("505 HTTP Version Not Supported: unsupported protocol version");
  }
  const wrong = hosts.length === 0 && httpVersion !== "1.0"
    ? "missing required Host header"
    : hosts.length > 1
    ? "too many Host headers"
    : HOST_CHARS.test(hosts[0] ?? "")
    ? undefined
    : "malformed Host header";
  return wrong && goAnswer(`400 Bad Request: ${wrong}`);
}

/** Whether a Host header names this machine, by whatever port it was found. */
export function isLocalHost(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host);
}

/**
 * Whether a browser says that a page from elsewhere is behind a request; other clients say nothing.
 * Source: https://www.w3.org/TR/fetch-metadata/, RFC 6454.
 */
export function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin, host } = headers;
  return origin !== undefined && origin.replace(/^https?:\/\//, "") !== host;
}

/**
 * Whether a browser opens a page of its own with a request: a link that was followed, and no image, script,
 * frame, form or page that is fetched ahead.
 */
export function isNavigation({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document" && headers["sec-purpose"] === undefined;
}
