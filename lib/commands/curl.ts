import { fromHeaderBytes, toHeaderBytes } from "../go/mod.ts";
import { type Command, type CommandIo, FileError } from "./command.ts";

/** The addresses kind maps to the host, the only ones the lab reaches. */
const LAB_PORTS = [30950, 30951, 30952];
const LAB_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]", "0.0.0.0"]);
/** The version whose wording this follows. */
const VERSION = "7.88.1";

/** `curl`, for the lab's own addresses. Wording of errors: curl/curl src/tool_getparam.c, lib/connect.c. */
export const curl: Command = {
  name: "curl",
  summary: "fetch a page of the lab: `curl http://127.0.0.1:30951`",
  summaryKo: "실습 환경의 페이지 받기: `curl http://127.0.0.1:30951`",
  execute,
  complete: (words) =>
    Promise.resolve(
      words.at(-1)?.startsWith("-")
        ? Object.values(OPTIONS).map((option) => `--${option.name}`)
        : LAB_PORTS.map((port) => `http://127.0.0.1:${port}`),
    ),
};

interface Option {
  name: string;
  short?: string;
  takesValue?: boolean;
}

const OPTIONS: Option[] = [
  { name: "silent", short: "s" },
  { name: "show-error", short: "S" },
  { name: "include", short: "i" },
  { name: "head", short: "I" },
  { name: "verbose", short: "v" },
  { name: "fail", short: "f" },
  { name: "location", short: "L" },
  { name: "insecure", short: "k" },
  { name: "get", short: "G" },
  { name: "request", short: "X", takesValue: true },
  { name: "data", short: "d", takesValue: true },
  { name: "data-raw", takesValue: true },
  { name: "data-binary", takesValue: true },
  { name: "data-urlencode", takesValue: true },
  { name: "json", takesValue: true },
  { name: "header", short: "H", takesValue: true },
  { name: "user-agent", short: "A", takesValue: true },
  { name: "output", short: "o", takesValue: true },
  { name: "write-out", short: "w", takesValue: true },
  { name: "max-time", short: "m", takesValue: true },
  { name: "connect-timeout", takesValue: true },
  { name: "url", takesValue: true },
  { name: "no-progress-meter" },
  { name: "compressed" },
  { name: "globoff", short: "g" },
  { name: "http1.1" },
  { name: "ipv4", short: "4" },
  { name: "help", short: "h" },
  { name: "version", short: "V" },
];

/** Ends a run of curl with its exit code; the message goes out unless curl was told to be silent. */
class CurlError extends Error {
  override name = "CurlError";
  constructor(readonly exitCode: number, message: string) {
    super(message);
  }
}

class UsageError extends CurlError {
  override name = "UsageError";
  constructor(message: string) {
    super(2, message);
  }
}

interface Request_ {
  options: Map<string, string[]>;
  urls: string[];
}

async function execute(args: readonly string[], io: CommandIo): Promise<number> {
  let request: Request_;
  try {
    request = parse(args);
    if (request.options.has("help")) return help(io);
    if (request.options.has("version")) {
      io.out(`curl ${VERSION} (the lab's own)\n`);
      return 0;
    }
    if (request.urls.length === 0) throw new UsageError("no URL specified!");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.err(
      `curl: ${error.message}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`,
    );
    return error.exitCode;
  }
  let exitCode = 0;
  for (const url of request.urls) {
    try {
      await fetchOne(url, request.options, io);
    } catch (error) {
      if (io.signal.aborted) return 130;
      if (!(error instanceof CurlError)) throw error;
      exitCode = error.exitCode;
      const { options } = request;
      if (!options.has("silent") || options.has("show-error")) {
        io.err(`curl: (${error.exitCode}) ${error.message}\n`);
      }
    }
  }
  return exitCode;
}

function help(io: CommandIo): number {
  io.out("Usage: curl [options...] <url>\n");
  for (const { name, short, takesValue } of OPTIONS) {
    io.out(` ${short ? `-${short}, ` : "    "}--${name}${takesValue ? " <value>" : ""}\n`);
  }
  return 0;
}

function parse(args: readonly string[]): Request_ {
  const request: Request_ = { options: new Map(), urls: [] };
  const rest = [...args];
  const take = (option: Option, value: string | undefined, spelled: string) => {
    if (option.takesValue && value === undefined) {
      throw new UsageError(`option ${spelled}: requires parameter`);
    }
    if (option.name === "url") request.urls.push(value!);
    if (option.name === "max-time" && !/^\d+(\.\d+)?$/.test(value!)) {
      throw new UsageError(`option ${spelled}: expected a proper numerical parameter`);
    }
    const values = request.options.get(option.name) ?? [];
    request.options.set(option.name, [...values, value ?? ""]);
  };
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === "--") {
      request.urls.push(...rest);
      break;
    }
    if (word.startsWith("--")) {
      const option = OPTIONS.find((each) => each.name === word.slice(2));
      if (!option) throw new UsageError(`option ${word}: is unknown`);
      take(option, option.takesValue ? rest.shift() : undefined, word);
    } else if (word.startsWith("-") && word.length > 1) {
      for (let letters = word.slice(1); letters !== "";) {
        const option = OPTIONS.find((each) => each.short === letters[0]);
        if (!option) throw new UsageError(`option -${letters}: is unknown`);
        letters = letters.slice(1);
        if (!option.takesValue) take(option, undefined, word);
        else {
          take(option, letters === "" ? rest.shift() : letters, `-${option.short}`);
          letters = "";
        }
      }
    } else request.urls.push(word);
  }
  return request;
}

async function fetchOne(
  text: string,
  options: Map<string, string[]>,
  io: CommandIo,
): Promise<void> {
  let url = labUrl(text);
  const data = await bodyOf(options, io);
  if (options.has("get") && data !== undefined) {
    url = new URL(url);
    url.search = [url.search.slice(1), data].filter(Boolean).join("&");
  }
  const body = options.has("get") ? undefined : data;
  const method = options.get("request")?.at(-1) ??
    (options.has("head") ? "HEAD" : body === undefined ? "GET" : "POST");
  const headers = headersOf(options, body !== undefined);
  const startedMs = performance.now();
  let response: Response;
  for (let hops = 0;; hops++) {
    if (options.has("verbose")) traceRequest(url, method, headers, io);
    response = await send(
      url,
      { method, headers, ...(body === undefined ? {} : { body }) },
      options,
      io,
    );
    if (options.has("verbose")) traceResponse(response, io);
    const location = response.headers.get("location");
    if (!options.has("location") || !location || response.status < 300 || response.status > 399) {
      break;
    }
    if (hops >= 50) throw new CurlError(47, "Maximum (50) redirects followed");
    url = labUrl(URL.parse(location, url)?.href ?? location);
  }
  if (options.has("fail") && response.status >= 400) {
    throw new CurlError(22, `The requested URL returned error: ${response.status}`);
  }
  const content = await response.text();
  await write(response, content, options, io);
  const format = options.get("write-out")?.at(-1);
  if (format !== undefined) {
    io.out(
      writeOut(format, { response, url, content, seconds: (performance.now() - startedMs) / 1000 }),
    );
  }
}

/** Errors: CurlError when the address is none of the lab's. */
function labUrl(text: string): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw new CurlError(3, "URL rejected: Malformed input to a URL function");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new CurlError(1, `Protocol "${url.protocol.slice(0, -1)}" not supported`);
  }
  if (!LAB_HOSTS.has(url.hostname)) {
    throw new CurlError(
      6,
      `Could not resolve host: ${url.hostname} (the lab reaches only its own addresses, ` +
        `http://127.0.0.1:${LAB_PORTS[0]} to :${
          LAB_PORTS.at(-1)
        }; for an address inside the cluster ` +
        `give its Service a nodePort among them, or use kubectl get --raw)`,
    );
  }
  return url;
}

async function bodyOf(
  options: Map<string, string[]>,
  io: CommandIo,
): Promise<string | undefined> {
  const parts: string[] = [];
  for (const name of ["data", "data-raw", "data-binary", "json"]) {
    for (const value of options.get(name) ?? []) {
      if (!value.startsWith("@") || name === "data-raw") parts.push(value);
      else {
        const text = await readInput(value.slice(1), io);
        parts.push(name === "data" ? text.replace(/[\r\n]/g, "") : text);
      }
    }
  }
  for (const value of options.get("data-urlencode") ?? []) parts.push(encodeData(value));
  return parts.length === 0 ? undefined : parts.join("&");
}

function encodeData(value: string): string {
  const equals = value.indexOf("=");
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  if (equals < 0) return encode(value);
  const name = value.slice(0, equals);
  return (name === "" ? "" : `${name}=`) + encode(value.slice(equals + 1));
}

async function readInput(path: string, io: CommandIo): Promise<string> {
  if (path === "-") return io.stdin;
  try {
    return await io.files.read(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CurlError(26, `Failed to open ${path}`);
  }
}

function headersOf(options: Map<string, string[]>, hasBody: boolean): Headers {
  const headers = new Headers({
    "user-agent": toHeaderBytes(options.get("user-agent")?.at(-1) ?? `curl/${VERSION}`),
    accept: "*/*",
  });
  if (options.has("json")) {
    headers.set("content-type", "application/json");
    headers.set("accept", "application/json");
  } else if (hasBody) headers.set("content-type", "application/x-www-form-urlencoded");
  for (const line of options.get("header") ?? []) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const value = line.slice(colon + 1).trim();
    const name = line.slice(0, colon).trim();
    // What is no name cannot be sent; a server would answer 400 to it.
    if (!TOKEN.test(name)) continue;
    if (value === "") headers.delete(name);
    else headers.set(name, toHeaderBytes(value));
  }
  return headers;
}

/** What HTTP's names and methods are made of. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Methods that `Request` knows and does not take. */
const FORBIDDEN_METHODS = /^(CONNECT|TRACE|TRACK)$/i;
/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

async function send(
  url: URL,
  { method, headers, body }: { method: string; headers: Headers; body?: string },
  options: Map<string, string[]>,
  io: CommandIo,
): Promise<Response> {
  const seconds = Number(options.get("max-time")?.at(-1) ?? 0);
  const timeout = seconds > 0 ? [AbortSignal.timeout(Math.min(seconds * 1000, MAX_TIMER_MS))] : [];
  const signal = AbortSignal.any([io.signal, ...timeout]);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  // The lab's servers are asked by Requests, which carry no such methods, and no body of a GET.
  if (!TOKEN.test(method)) return new Response("400 Bad Request", { status: 400 });
  if (FORBIDDEN_METHODS.test(method)) return new Response(null, { status: 405 });
  const carries = body !== undefined && !/^(GET|HEAD)$/i.test(method);
  try {
    return await io.lab.http(
      new Request(url, { method, headers, signal, ...(carries ? { body } : {}) }),
    );
  } catch (error) {
    if (timeout[0]?.aborted) {
      const ms = Math.round(seconds * 1000);
      throw new CurlError(28, `Operation timed out after ${ms} milliseconds with 0 bytes received`);
    }
    if (!(error instanceof TypeError)) throw error;
    if (error.message.includes("Connection reset")) {
      throw new CurlError(56, "Recv failure: Connection reset by peer");
    }
    if (!/refused|connect|sending request/i.test(error.message)) throw error;
    throw new CurlError(
      7,
      `Failed to connect to ${url.hostname} port ${port} after 0 ms: Couldn't connect to server`,
    );
  }
}

function traceRequest(url: URL, method: string, headers: Headers, io: CommandIo): void {
  const port = url.port || "80";
  io.err(`*   Trying ${url.hostname}:${port}...\n`);
  io.err(`* Connected to ${url.hostname} (127.0.0.1) port ${port}\n`);
  io.err(`> ${method} ${url.pathname}${url.search} HTTP/1.1\n> Host: ${url.host}\n`);
  for (const [name, value] of headers) io.err(`> ${title(name)}: ${fromHeaderBytes(value)}\n`);
  io.err("> \n");
}

function traceResponse(response: Response, io: CommandIo): void {
  io.err(headerLines(response).map((line) => `< ${line}\n`).join("") + "< \n");
}

function headerLines(response: Response): string[] {
  const text = response.statusText || STATUS_TEXTS[response.status] || "";
  return [
    `HTTP/1.1 ${response.status}${text ? ` ${text}` : ""}`,
    ...[...response.headers].map(([name, value]) => `${title(name)}: ${fromHeaderBytes(value)}`),
  ];
}

const STATUS_TEXTS: Record<number, string> = {
  200: "OK",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Time-out",
};

function title(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase());
}

async function write(
  response: Response,
  content: string,
  options: Map<string, string[]>,
  io: CommandIo,
): Promise<void> {
  const headersToo = options.has("include") || options.has("head");
  const text = (headersToo ? headerLines(response).join("\r\n") + "\r\n\r\n" : "") +
    (options.has("head") ? "" : content);
  const path = options.get("output")?.at(-1);
  if (path === undefined || path === "-") return io.out(text);
  if (path === "/dev/null") return;
  try {
    await io.files.write(path, text);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CurlError(23, `Failed to open the file ${path}: ${error.message}`);
  }
}

interface Facts {
  response: Response;
  url: URL;
  content: string;
  seconds: number;
}

function writeOut(format: string, { response, url, content, seconds }: Facts): string {
  const size = new TextEncoder().encode(content).length;
  const known: Record<string, string> = {
    http_code: String(response.status).padStart(3, "0"),
    response_code: String(response.status).padStart(3, "0"),
    time_total: seconds.toFixed(6),
    size_download: String(size),
    content_type: response.headers.get("content-type") ?? "",
    url_effective: url.href,
    num_redirects: "0",
    remote_port: url.port || "80",
    remote_ip: "127.0.0.1",
    exitcode: "0",
    errormsg: "",
  };
  return format.replace(/%\{(\w+)\}|\\([nrt])|%%/g, (all, name, escape) => {
    if (all === "%%") return "%";
    if (escape) return { n: "\n", r: "\r", t: "\t" }[escape as "n"]!;
    return known[name] ?? "";
  });
}
