import { unescapedPath, utf8Length } from "../../../go/mod.ts";
import { type ContainerContext, type HttpResponse, NetworkError } from "../../seams.ts";
import type { Connections } from "./connections.ts";
import type { ImageAndMounts } from "./files.ts";
import { type Call, type ErrorLog, formatLog, interpolate, isStandardOut } from "./log.ts";
import { statusPage } from "./pages.ts";
import { readRanges, sliceBytes } from "./ranges.ts";
import {
  chooseLocation,
  isDenied,
  type Location,
  proxyTarget,
  type Server,
  type Settings,
  type Site,
} from "./site.ts";

/** A request on its way through a location. */
export interface Serving {
  server: Server;
  location: Location | undefined;
  call: Call;
  connection: number;
}

/** What a request is answered from. */
export interface Answering {
  context: Pick<ContainerContext, "log" | "net" | "now" | "startedAtMs">;
  site: Site;
  files: ImageAndMounts;
  connections: Connections;
  log: ErrorLog;
  /** `nginx/1.29.3` */
  version: string;
}

/** Answers requests as a site's locations say. */
export class Responder {
  /** The body that was counted last, and its bytes. */
  #counted = { body: "", bytes: 0 };

  constructor(private readonly by: Answering) {}

  /** The answer of a location, or the page that stands for its error. */
  respond(at: Serving): HttpResponse {
    const response = this.#respond(at);
    const page = settingsOf(at).errorPages.get(response.status);
    if (!page?.uri.startsWith("/")) return response;
    const location = chooseLocation(at.server.locations, page.uri);
    const served = this.#static({ ...at, location, connection: 0 }, page.uri);
    if (served.status !== 200) return response;
    return { ...served, status: page.code ?? response.status };
  }

  #respond(at: Serving): HttpResponse {
    const { server, call } = at;
    const { settings, directives } = at.location ?? server;
    const own = (name: string) => directives.find((directive) => directive.name === name);
    const returned = server.directives.find(({ name }) => name === "return") ?? own("return");
    if (returned) return this.#return(returned.args, call, settings.defaultType);
    if (isDenied(settings.access, call.remoteAddress)) {
      return this.#refuse(403, at, "access forbidden by rule");
    }
    if (own("stub_status")) return this.#stubStatus(call);
    const proxied = own("proxy_pass");
    if (proxied) return this.#proxy(proxied.args[0], at);
    const tried = own("try_files");
    if (tried) return this.#tryFiles(tried.args, at);
    return this.#static(at, unescapedPath(call.path));
  }

  #return(args: readonly string[], call: Call, type: string): HttpResponse {
    const [first, second] = args;
    if (!/^\d+$/.test(first)) return this.#redirect(302, this.#expand(first, call), call);
    const status = Number(first);
    const typed = status >= 200 && status < 300 && status !== 204;
    if (second === undefined && !typed) return this.#status(status);
    const text = this.#expand(second ?? "", call);
    if ([301, 302, 303, 307, 308].includes(status)) return this.#redirect(status, text, call);
    return { status, headers: { "content-type": type }, body: text };
  }

  #redirect(status: number, to: string, call: Call): HttpResponse {
    const location = to.startsWith("/") ? `http://${call.headers.host ?? ""}${to}` : to;
    const response = this.#status(status);
    return { ...response, headers: { ...response.headers, location } };
  }

  #stubStatus(call: Call): HttpResponse {
    if (call.method !== "GET" && call.method !== "HEAD") return this.#status(405);
    const { connections, context } = this.by;
    const { active, accepted, waiting, requests } = connections.counts(context.now());
    const body = `Active connections: ${active} \n` +
      "server accepts handled requests\n" +
      ` ${accepted} ${accepted} ${requests} \n` +
      `Reading: 0 Writing: ${active - waiting} Waiting: ${waiting} \n`;
    return { status: 200, headers: { "content-type": "text/plain" }, body };
  }

  #proxy(target: string, at: Serving): HttpResponse {
    const to = proxyTarget(this.#expand(target, at.call));
    if (typeof to === "string") return this.#refuse(500, at, to);
    const members = this.by.site.upstreams.get(to.name);
    const host = members?.length ? members[this.by.connections.requests % members.length] : to.host;
    const prefix = at.location?.path ?? "/";
    const path = to.uri === ""
      ? at.call.path
      : to.uri.split("?", 1)[0] + at.call.path.slice(prefix.length);
    const headers: Record<string, string> = { ...at.call.headers, host, connection: "close" };
    for (const [name, value] of settingsOf(at).proxyHeaders) {
      headers[name.toLowerCase()] = this.#expand(value, at.call);
    }
    try {
      return this.by.context.net.request({
        method: at.call.method,
        url: `${to.scheme}://${host}${path}${at.call.query}`,
        headers,
        body: at.call.body,
        insecureSkipVerify: true,
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const timedOut = error.message.includes("i/o timeout");
      return this.#refuse(
        timedOut ? 504 : 502,
        at,
        timedOut
          ? "upstream timed out (110: Connection timed out) while connecting to upstream"
          : error.message.includes("no such host")
          ? `${to.name} could not be resolved (3: Host not found)`
          : "connect() failed (111: Connection refused) while connecting to upstream",
      );
    }
  }

  #tryFiles(args: readonly string[], at: Serving): HttpResponse {
    const { root } = settingsOf(at);
    for (const arg of args.slice(0, -1)) {
      const path = this.#expand(arg, at.call);
      const isFolder = path.endsWith("/");
      const full = root + path.replace(/\/$/, "");
      if (isFolder ? this.by.files.list(full).length > 0 : this.by.files.read(full) !== undefined) {
        return this.#static(at, path);
      }
    }
    const last = args.at(-1)!;
    if (last.startsWith("=")) return this.#status(Number(last.slice(1)));
    const path = this.#expand(last, at.call).replace(/\?.*$/, "");
    const location = chooseLocation(at.server.locations, path);
    return this.#static({ ...at, location }, path);
  }

  #static(at: Serving, path: string): HttpResponse {
    const { call, location } = at;
    const { files } = this.by;
    const settings = settingsOf(at);
    const alias = location?.directives.find(({ name }) => name === "alias")?.args[0];
    const full = alias === undefined
      ? settings.root.replace(/\/$/, "") + path
      : alias + path.slice(location!.path.length);
    if (call.method !== "GET" && call.method !== "HEAD") return this.#status(405);
    if (!full.endsWith("/")) {
      const text = files.read(full);
      if (text !== undefined) return this.#text(at, full, text);
      if (files.list(full).length > 0) return this.#redirect(301, `${path}/`, call);
      return this.#refuse(404, at, `open() "${full}" failed (2: No such file or directory)`);
    }
    for (const index of settings.index) {
      const text = files.read(full + index);
      if (text !== undefined) return this.#text(at, full + index, text);
    }
    if (files.list(full.replace(/\/+$/, "")).length > 0) {
      return this.#refuse(403, at, `directory index of "${full}" is forbidden`);
    }
    const missing = `"${full}${settings.index[0]}" is not found (2: No such file or directory)`;
    return this.#refuse(404, at, missing);
  }

  /**
   * A file, or the part that is asked for, unless the client has it as it is.
   * Source: nginx src/http/modules/ngx_http_not_modified_filter_module.c, ngx_http_range_filter_module.c.
   */
  #text(at: Serving, path: string, body: string): HttpResponse {
    const { defaultType } = settingsOf(at);
    const extension = /\.([^./]+)$/.exec(path)?.[1] ?? "";
    const type = this.by.site.types.get(extension) ?? defaultType;
    const modifiedS = Math.floor(this.by.context.startedAtMs / 1000);
    const modified = new Date(modifiedS * 1000).toUTCString();
    const etag = `"${modifiedS.toString(16)}-${this.#lengthOf(body).toString(16)}"`;
    const known = { "last-modified": modified, etag };
    const { "if-modified-since": since, "if-none-match": tags } = at.call.headers;
    const isKnown = tags === undefined ||
      tags.split(",").some((one) => ["*", etag].includes(one.trim().replace(/^W\//, "")));
    if ((since ?? tags) !== undefined && (since ?? modified) === modified && isKnown) {
      return { status: 304, headers: known, body: "" };
    }
    const { range, "if-range": unless } = at.call.headers;
    if (range !== undefined && (unless === undefined || [modified, etag].includes(unless))) {
      const part = this.#part(range, { type, body, known });
      if (part) return part;
    }
    return {
      status: 200,
      headers: { "content-type": type, ...known, "accept-ranges": "bytes" },
      body,
    };
  }

  /** What of a file is asked for; undefined where all of it is sent. */
  #part(
    range: string,
    { type, body, known }: { type: string; body: string; known: Record<string, string> },
  ): HttpResponse | undefined {
    const length = this.#lengthOf(body);
    const ranges = readRanges(range, length);
    if (ranges === undefined) return undefined;
    if (ranges === "none") {
      const refused = this.#status(416);
      const headers = { ...refused.headers, "content-range": `bytes */${length}` };
      return { ...refused, headers };
    }
    const parts = ranges.map((one) => ({
      text: sliceBytes(body, one),
      where: `bytes ${one.start}-${one.end - 1}/${length}`,
    }));
    if (parts.some(({ text }) => text === undefined)) return undefined;
    const [{ text, where }] = parts;
    if (parts.length === 1) {
      const headers = { "content-type": type, ...known, "content-range": where };
      return { status: 206, headers, body: text! };
    }
    const boundary = `${this.by.connections.requests}`.padStart(20, "0");
    const told = parts.map(({ text, where }) =>
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${where}\r\n\r\n${text}`
    );
    return {
      status: 206,
      headers: { "content-type": `multipart/byteranges; boundary=${boundary}`, ...known },
      body: `${told.join("")}\r\n--${boundary}--\r\n`,
    };
  }

  #status(status: number): HttpResponse {
    const page = statusPage(status, this.by.version);
    return {
      status,
      headers: page === undefined ? {} : { "content-type": "text/html" },
      body: page ?? "",
    };
  }

  /** An answer with its headers, once it is in the access log. */
  finish(at: Serving, response: HttpResponse): HttpResponse {
    const { call } = at;
    const { context, version } = this.by;
    const settings = settingsOf(at);
    const body = call.method === "HEAD" ? "" : response.body;
    const length = this.#lengthOf(response.body);
    const headers: Record<string, string> = {
      server: settings.serverTokens ? version : "nginx",
      date: new Date(context.now()).toUTCString(),
      ...response.headers,
      ...response.status === 304 ? {} : { "content-length": String(length) },
      connection: "keep-alive",
    };
    if (response.status < 400) {
      for (const [name, value] of settings.headers) {
        headers[name.toLowerCase()] = this.#expand(value, call);
      }
    }
    for (const { path, format } of settings.accessLog) {
      if (!isStandardOut(path)) continue;
      const facts = {
        status: response.status,
        bytes: body === "" ? 0 : length,
        nowMs: context.now(),
      };
      context.log(formatLog(format, call, facts));
    }
    return { status: response.status, headers, body };
  }

  /** How many bytes a body has; most requests are for the page that was asked for before. */
  #lengthOf(body: string): number {
    if (body !== this.#counted.body) this.#counted = { body, bytes: utf8Length(body) };
    return this.#counted.bytes;
  }

  #expand(text: string, call: Call): string {
    return interpolate(text, call, { status: 0, bytes: 0, nowMs: this.by.context.now() });
  }

  /** An error's page, and its line in the error log. */
  #refuse(status: number, { call, server, connection }: Serving, text: string): HttpResponse {
    if (!isStandardOut(this.by.site.errorLog)) return this.#status(status);
    const name = server.names[0] ?? "";
    const host = call.headers.host ? `, host: "${call.headers.host}"` : "";
    this.by.log.error(
      `*${connection} ${text}, client: ${call.remoteAddress}, server: ${name}, ` +
        `request: "${call.method} ${call.path}${call.query} HTTP/1.1"${host}`,
    );
    return this.#status(status);
  }
}

function settingsOf({ location, server }: Serving): Settings {
  return (location ?? server).settings;
}
