import { canonicalHeader, httpStatus, toBytes, toText } from "../../go/mod.ts";
import type { HttpRequest, HttpResponse } from "../seams.ts";

const MAX_HEAD_CHARS = 64 * 1024;
const CRLF = "\r\n";
const NO_BODY = new Set([204, 304]);

/**
 * HTTP/1.1 over a connection of bytes, one character each: requests are taken out of what comes in,
 * answered by `respond`, and the answers put into words again. The virtual network knows requests and
 * answers alone, and port-forwarding knows bytes alone.
 * Source: RFC 9112. Differs: no upgrades, and no TLS, whose first byte ends the connection.
 */
export class HttpBytes {
  #buffer = "";
  #body: { left: number; chunked: boolean; text: string } | undefined;
  #head:
    | { method: string; path: string; version: string; headers: Record<string, string> }
    | undefined;
  #over = false;

  constructor(
    private readonly respond: (
      request: Pick<HttpRequest, "method" | "headers" | "body"> & { path: string },
    ) => HttpResponse | undefined,
    private readonly out: (bytes: string) => void,
    private readonly end: () => void,
  ) {}

  feed(bytes: string): void {
    if (this.#over) return;
    this.#buffer += bytes;
    while (!this.#over && this.#step());
  }

  #step(): boolean {
    return this.#head ? this.#readBody() : this.#readHead();
  }

  #finish(): false {
    this.#over = true;
    this.end();
    return false;
  }

  #readHead(): boolean {
    if (this.#buffer === "") return false;
    if (!/^[A-Z\r\n]/.test(this.#buffer)) {
      if (this.#buffer[0] !== "\x16") this.#refuse();
      return this.#finish();
    }
    const end = this.#buffer.indexOf(CRLF + CRLF);
    if (end < 0) {
      if (this.#buffer.length <= MAX_HEAD_CHARS) return false;
      this.#refuse();
      return this.#finish();
    }
    const lines = this.#buffer.slice(0, end).replace(/^(\r\n)+/, "").split(CRLF);
    this.#buffer = this.#buffer.slice(end + 4);
    const match = /^([A-Z]+) (\S+) (HTTP\/1\.[01])$/.exec(lines[0]);
    if (!match) {
      this.#refuse();
      return this.#finish();
    }
    const headers: Record<string, string> = {};
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(":");
      if (colon > 0) {
        headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
      }
    }
    this.#head = { method: match[1], path: match[2], version: match[3], headers };
    const chunked = headers["transfer-encoding"]?.toLowerCase().includes("chunked") ?? false;
    this.#body = { left: Number(headers["content-length"] ?? 0) || 0, chunked, text: "" };
    if (headers.expect?.toLowerCase() === "100-continue") {
      this.out(`HTTP/1.1 100 Continue${CRLF}${CRLF}`);
    }
    return true;
  }

  #readBody(): boolean {
    const body = this.#body!;
    if (body.chunked) {
      const end = this.#buffer.indexOf(CRLF);
      if (end < 0) return false;
      const size = parseInt(this.#buffer.slice(0, end), 16);
      if (Number.isNaN(size)) {
        this.#refuse();
        return this.#finish();
      }
      if (this.#buffer.length < end + 2 + size + 2) return false;
      body.text += this.#buffer.slice(end + 2, end + 2 + size);
      this.#buffer = this.#buffer.slice(end + 2 + size + 2);
      return size > 0 ? true : this.#answer();
    }
    if (this.#buffer.length < body.left) return false;
    body.text = this.#buffer.slice(0, body.left);
    this.#buffer = this.#buffer.slice(body.left);
    return this.#answer();
  }

  #answer(): boolean {
    const { method, path, version, headers } = this.#head!;
    const { text } = this.#body!;
    this.#head = undefined;
    const response = this.respond({
      method,
      path,
      headers,
      ...(text === "" ? {} : { body: toText(text) }),
    });
    if (!response) return this.#finish();
    const wants = headers.connection?.toLowerCase() ?? "";
    const keeps = version === "HTTP/1.1" ? !wants.includes("close") : wants.includes("keep-alive");
    this.out(answerText(response, { method, keeps }));
    return keeps ? true : this.#finish();
  }

  #refuse(): void {
    this.out(
      `HTTP/1.1 400 Bad Request${CRLF}Content-Length: 0${CRLF}Connection: close${CRLF}${CRLF}`,
    );
  }
}

function answerText(
  { status, headers, body }: HttpResponse,
  { method, keeps }: { method: string; keeps: boolean },
): string {
  const bytes = toBytes(body);
  const lines = [`HTTP/1.1 ${httpStatus(status)}`];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^(content-length|transfer-encoding|connection)$/i.test(name)) {
      lines.push(`${canonicalHeader(name)}: ${value}`);
    }
  }
  const hasBody = !NO_BODY.has(status);
  if (hasBody) {
    const given = Object.keys(headers).find((name) => name.toLowerCase() === "content-length");
    const length = method === "HEAD" && given ? headers[given] : String(bytes.length);
    lines.push(`Content-Length: ${length}`);
  }
  lines.push(`Connection: ${keeps ? "keep-alive" : "close"}`);
  return lines.join(CRLF) + CRLF + CRLF + (hasBody && method !== "HEAD" ? bytes : "");
}
