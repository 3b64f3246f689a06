import { type Channel, readAll, type Task } from "../channels.ts";
import { toBytes, toText } from "../../../go/mod.ts";
import { FileFault, orRefused } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import type { HttpResponse } from "../../seams.ts";
import {
  type Address,
  addressOf,
  exchange,
  type Failure,
  readAddress,
  statusLine,
  urlOf,
} from "./http.ts";
import { type Options, readOptions } from "./options.ts";
import { headerOf, resolveLocation, title } from "./wget.ts";

const LETTERS = "sSfkLIivo:Ow:X:d:H:A:m:u:GNg#e:b:c:x:T:46Z";
const LONG: Record<string, string> = {
  silent: "s",
  "show-error": "S",
  fail: "f",
  "fail-with-body": "fail-with-body",
  insecure: "k",
  location: "L",
  head: "I",
  include: "i",
  "show-headers": "i",
  verbose: "v",
  "output=": "o",
  "remote-name": "O",
  "write-out=": "w",
  "request=": "X",
  "data=": "d",
  "data-ascii=": "d",
  "data-raw=": "data-raw",
  "data-binary=": "data-binary",
  "data-urlencode=": "data-urlencode",
  "json=": "json",
  "header=": "H",
  "user-agent=": "A",
  "max-time=": "m",
  "connect-timeout=": "connect-timeout",
  "user=": "u",
  get: "G",
  "no-buffer": "N",
  globoff: "g",
  "retry=": "retry",
  "retry-delay=": "retry-delay",
  "retry-max-time=": "retry-max-time",
  "retry-connrefused": "retry-connrefused",
  "retry-all-errors": "retry-all-errors",
  "resolve=": "resolve",
  "max-redirs=": "max-redirs",
  compressed: "compressed",
  "cacert=": "cacert",
  "url=": "url",
  "no-progress-meter": "no-progress-meter",
  "progress-bar": "#",
  http1_1: "http1.1",
  "http1.1": "http1.1",
  http2: "http2",
  ipv4: "4",
  ipv6: "6",
  parallel: "Z",
};

export const CURL_VERSION = "8.17.0";

interface Ending {
  code: number;
  message: string;
}

/** What one transfer came to. */
interface Transfer {
  code: number;
  message: string;
  address: Address;
  response?: HttpResponse;
  body: string;
  ms: number;
  redirects: number;
  ip: string;
}

/** `curl`. Source: curl/curl src/tool_operate.c, lib/connect.c, docs/libcurl/libcurl-errors.md. */
export const curl: Tool = function* (call) {
  if (call.args.includes("--version") || call.args.includes("-V")) {
    call.out(
      `curl ${CURL_VERSION} (x86_64-pc-linux-musl) libcurl/${CURL_VERSION} OpenSSL/3.5.4 zlib/1.3.1\n`,
    );
    return 0;
  }
  const options = readOptions(call.args, LETTERS, { long: LONG });
  const { err } = call;
  if (options.unknown) {
    err(
      `curl: option ${options.unknown}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n`,
    );
    return 2;
  }
  const urls = [...options.values("url"), ...options.rest];
  for (const name of ["m", "connect-timeout", "retry", "retry-delay", "max-redirs"]) {
    const value = options.value(name);
    if (value === undefined || /^\d+(\.\d*)?$/.test(value)) continue;
    const shown = name.length === 1 ? `-${name}` : `--${name}`;
    err(
      `curl: option ${shown}: expected a proper numerical parameter\n` +
        "curl: try 'curl --help' or 'curl --manual' for more information\n",
    );
    return 2;
  }
  if (urls.length === 0) {
    err(
      "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
    );
    return 2;
  }
  let code = 0;
  const outputs = options.values("o");
  for (const [i, url] of urls.entries()) {
    code = yield* retried(call, options, {
      url,
      output: outputs[i] ?? (i === 0 ? options.value("o") : undefined),
    });
  }
  return code;
};

interface Plan {
  url: string;
  output: string | undefined;
}

function* retried(call: ToolCall, options: Options, plan: Plan): Task<number> {
  let left = Number(options.value("retry") ?? 0);
  let pauseMs = 1000;
  for (;;) {
    const transfer = yield* transferOf(call, options, plan.url);
    const transient = transfer.code === 28 ||
      (transfer.code === 7 && options.has("retry-connrefused")) ||
      (transfer.code !== 0 && options.has("retry-all-errors")) ||
      [408, 429, 500, 502, 503, 504].includes(transfer.response?.status ?? 0);
    if (!transient || left-- <= 0) return finish(call, options, { ...plan, transfer });
    if (!options.has("s") || options.has("S")) {
      const given = options.value("retry-delay");
      const seconds = given === undefined ? pauseMs / 1000 : Number(given);
      const problem = transfer.code === 0
        ? `Problem: HTTP error.`
        : transfer.code === 28
        ? "Problem: timeout."
        : transfer.code === 7
        ? "Problem: connection refused."
        : "Problem: (retrying all errors).";
      call.err(
        `${problem} Will retry in ${seconds} second${seconds === 1 ? "" : "s"}. ${left + 1} ${
          left === 0 ? "retry" : "retries"
        } left.\n`,
      );
    }
    const given = options.value("retry-delay");
    yield call.machine.sleep(given === undefined ? pauseMs : Number(given) * 1000);
    pauseMs *= 2;
  }
}

function* transferOf(call: ToolCall, options: Options, url: string): Task<Transfer> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1].toLowerCase();
  const blank: Transfer = {
    code: 0,
    message: "",
    address: { scheme: "http", host: "", port: 80, hasPort: false, path: "/" },
    body: "",
    ms: 0,
    redirects: 0,
    ip: "",
  };
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    return { ...blank, code: 1, message: `Protocol "${scheme}" not supported` };
  }
  const problem = urlProblem(url, options.has("g"));
  let address = problem === undefined ? readAddress(url) : undefined;
  if (!address) return { ...blank, code: 3, message: problem ?? `URL rejected: ${MALFORMED}` };
  const data = yield* dataOf(call, options);
  if (typeof data === "object") return { ...blank, ...data };
  let body = data;
  if (options.has("G") && body !== undefined) {
    address = {
      ...address,
      path: `${address.path}${address.path.includes("?") ? "&" : "?"}${body}`,
    };
    body = undefined;
  }
  let method = options.value("X") ??
    (options.has("I") ? "HEAD" : body === undefined ? "GET" : "POST");
  let totalMs = 0;
  const seconds = Number(options.value("m") ?? 0);
  const connect = Number(options.value("connect-timeout") ?? 0);
  for (let redirects = 0;; redirects++) {
    const headers = headersOf(options, address, body);
    const ip = addressOf(call, address.host) ?? "";
    if (options.has("v")) traceRequest(call, { address, method, headers, ip });
    const limitMs = seconds > 0 ? seconds * 1000 - totalMs : undefined;
    const outcome = yield* exchange(call, {
      method,
      url: urlOf(address),
      headers,
      ...(body === undefined ? {} : { body: toText(body) }),
      insecureSkipVerify: options.has("k"),
    }, { totalMs: limitMs, connectMs: connect > 0 ? connect * 1000 : undefined });
    totalMs += outcome.ms;
    const done = { ...blank, address, ms: totalMs, redirects, ip };
    if ("failure" in outcome) return { ...done, ...endingOf(outcome.failure, address, outcome.ms) };
    const { response } = outcome;
    if (options.has("v")) {
      const lines = [statusLine(response.status), ...headerLines(response), ""];
      call.err(lines.map((line) => `< ${line}\n`).join(""));
    }
    const location = headerOf(response.headers, "location");
    if (options.has("L") && location && response.status >= 300 && response.status < 400) {
      if (redirects >= Number(options.value("max-redirs") ?? 50)) {
        return {
          ...done,
          response,
          code: 47,
          message: `Maximum (${redirects}) redirects followed`,
        };
      }
      if ([301, 302, 303].includes(response.status) && method === "POST") {
        method = "GET";
        body = undefined;
      }
      address = resolveLocation(address, location);
      continue;
    }
    const fails = response.status >= 400 && options.has("f", "fail-with-body");
    return {
      ...done,
      response,
      body: fails && !options.has("fail-with-body") ? "" : outcome.body,
      ...(fails
        ? { code: 22, message: `The requested URL returned error: ${response.status}` }
        : {}),
    };
  }
}

const MALFORMED = "Malformed input to a URL function";

/**
 * Why an address is none; undefined when it is one.
 * Source: curl/curl src/tool_urlglob.c (glob_range), lib/urlapi.c (hostname_check, Curl_parse_port),
 * lib/strerror.c (curl_url_strerror).
 */
function urlProblem(url: string, isPlain: boolean): string | undefined {
  if (url === "") return `URL rejected: ${MALFORMED}`;
  const bracket = isPlain ? -1 : url.search(/\[(?![0-9a-fA-F:.%]*:[0-9a-fA-F:.%]*\])/);
  if (bracket >= 0) {
    return `bad range in URL position ${bracket + 2}:\n${url}\n${" ".repeat(bracket + 1)}^`;
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(url)) return `URL rejected: ${MALFORMED}`;
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
  return undefined;
}

function endingOf(failure: Failure, { host, port }: Address, ms: number): Ending {
  switch (failure.kind) {
    case "name":
      return { code: 6, message: `Could not resolve host: ${host}` };
    case "refused":
      return {
        code: 7,
        message:
          `Failed to connect to ${host} port ${port} after 0 ms: Could not connect to server`,
      };
    case "timeout":
      return failure.ip === ""
        ? {
          code: 28,
          message: `Operation timed out after ${ms} milliseconds with 0 bytes received`,
        }
        : { code: 28, message: `Connection timed out after ${ms} milliseconds` };
    case "certificate":
      return {
        code: 60,
        message: "SSL certificate problem: unable to get local issuer certificate\n" +
          "More details here: https://curl.se/docs/sslcerts.html\n\n" +
          "curl failed to verify the legitimacy of the server and therefore could not\n" +
          "establish a secure connection to it. To learn more about this situation and\n" +
          "how to fix it, please visit the webpage mentioned above.",
      };
    default:
      return {
        code: 35,
        message: "TLS connect error: error:0A0000C6:SSL routines::packet length too long",
      };
  }
}

function* dataOf(call: ToolCall, options: Options): Task<string | undefined | Ending> {
  const parts: string[] = [];
  for (const name of ["d", "data-raw", "data-binary", "json", "data-urlencode"]) {
    for (const value of options.values(name)) {
      if (name === "data-urlencode") {
        parts.push(urlEncoded(value));
        continue;
      }
      if (!value.startsWith("@") || name === "data-raw") {
        parts.push(value);
        continue;
      }
      try {
        const text = value === "@-"
          ? yield* readAll(call.stdin, call.held)
          : call.machine.files.read(call.path(value.slice(1)));
        parts.push(name === "d" ? text.replace(/[\r\n]/g, "") : text);
      } catch (error) {
        if (!(error instanceof FileFault)) throw error;
        return { code: 26, message: `Failed to open ${value.slice(1)}` };
      }
    }
  }
  return parts.length === 0 ? undefined : parts.join("&");
}

function urlEncoded(value: string): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const equals = value.indexOf("=");
  if (equals < 0) return encode(value);
  return `${equals === 0 ? "" : value.slice(0, equals + 1)}${encode(value.slice(equals + 1))}`;
}

function headersOf(
  options: Options,
  address: Address,
  body: string | undefined,
): Record<string, string> {
  const out: Record<string, string> = {
    "user-agent": options.value("A") ?? `curl/${CURL_VERSION}`,
    accept: "*/*",
  };
  if (options.has("json")) {
    out["content-type"] = "application/json";
    out.accept = "application/json";
  } else if (body !== undefined) out["content-type"] = "application/x-www-form-urlencoded";
  const user = options.value("u") ?? address.user;
  if (user !== undefined) out.authorization = `Basic ${btoa(toBytes(user))}`;
  for (const line of options.values("H")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (value === "") delete out[name];
    else out[name] = value;
  }
  return out;
}

function headerLines(response: HttpResponse): string[] {
  return Object.entries(response.headers).map(([name, value]) => `${title(name)}: ${value}`);
}

function traceRequest(
  call: ToolCall,
  { address, method, headers, ip }: {
    address: Address;
    method: string;
    headers: Record<string, string>;
    ip: string;
  },
): void {
  const { host, port, path, hasPort } = address;
  if (ip === "") return;
  call.err(
    `* Host ${host}:${port} was resolved.\n* IPv6: (none)\n* IPv4: ${ip}\n*   Trying ${ip}:${port}...\n`,
  );
  call.err(
    `* Established connection to ${host} (${ip} port ${port}) from ${call.machine.host.pod.ip} port 41982 \n`,
  );
  call.err(
    `* using HTTP/1.x\n> ${method} ${path} HTTP/1.1\n> Host: ${host}${hasPort ? `:${port}` : ""}\n`,
  );
  for (const [name, value] of Object.entries(headers)) call.err(`> ${title(name)}: ${value}\n`);
  call.err("> \n* Request completely sent off\n");
}

function finish(
  call: ToolCall,
  options: Options,
  { transfer, output, url }: Plan & { transfer: Transfer },
): number {
  const { response } = transfer;
  let { code, message } = transfer;
  const quiet = options.has("s");
  const file = output ??
    (options.has("O") ? url.split("?")[0].split("/").at(-1) || "curl_response" : undefined);
  const goesToTerminal = file === undefined && isTerminal(call.stdout);
  if (!quiet && !options.has("no-progress-meter") && !options.has("#") && !goesToTerminal) {
    meter(call, transfer);
  }
  if (response && (code === 0 || options.has("fail-with-body"))) {
    const head = options.has("i", "I")
      ? `${[statusLine(response.status), ...headerLines(response)].join("\r\n")}\r\n\r\n`
      : "";
    const text = head + (options.has("I") ? "" : transfer.body);
    if (file === undefined || file === "-") call.out(text);
    else {
      orRefused(() => call.machine.files.write(call.path(file), text), () => {
        call.err(`curl: (23) client returned ERROR on write, ${text.length} bytes\n`);
        code = 23;
        message = "";
      });
    }
  }
  if (code !== 0 && message !== "" && (!quiet || options.has("S"))) {
    call.err(`curl: (${code}) ${message}\n`);
  }
  const format = options.value("w");
  if (format !== undefined) call.out(writeOut(format, { ...transfer, code }));
  return code;
}

function isTerminal(channel: Channel): boolean {
  return channel.isTty === true;
}

/** Source: curl src/tool_progress.c, lib/progress.c. */
function meter(call: ToolCall, { body, ms, response, code }: Transfer): void {
  // Nothing was begun.
  if (code === 1 || code === 3 || code === 26) return;
  call.err(
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
      "                                 Dload  Upload   Total   Spent    Left  Speed\n",
  );
  const none = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";
  if (!response || code !== 0) {
    call.err(code === 6 ? none : `${none}${none}\n`);
    return;
  }
  const size = body.length;
  const speed = Math.round(size / Math.max(0.001, ms / 1000));
  const shown = speed < 100_000
    ? String(speed)
    : speed < 10_240_000
    ? `${Math.floor(speed / 1024)}k`
    : `${(speed / 1048576).toFixed(1)}M`;
  call.err(
    `${none}\r100 ${String(size).padStart(5)}  100 ${String(size).padStart(5)}    0     0 ${
      shown.padStart(6)
    }      0 --:--:-- --:--:-- --:--:-- ${shown.padStart(5)}\n`,
  );
}

function writeOut(format: string, transfer: Transfer): string {
  const { response, address, body, ms, redirects, ip, code } = transfer;
  const seconds = (ms / 1000).toFixed(6);
  const status = String(response?.status ?? 0).padStart(3, "0");
  const known: Record<string, string> = {
    http_code: status,
    response_code: status,
    time_total: seconds,
    time_connect: "0.000412",
    time_namelookup: "0.000287",
    time_starttransfer: seconds,
    time_appconnect: "0.000000",
    time_pretransfer: "0.000456",
    time_redirect: "0.000000",
    size_download: String(body.length),
    size_upload: "0",
    size_header: String(response ? headerLines(response).join("\r\n").length : 0),
    speed_download: String(Math.round(body.length / Math.max(0.001, ms / 1000))),
    content_type: response ? headerOf(response.headers, "content-type") ?? "" : "",
    url: urlOf(address),
    url_effective: urlOf(address),
    num_redirects: String(redirects),
    num_connects: "1",
    remote_ip: ip,
    remote_port: String(address.port),
    http_version: "1.1",
    method: "GET",
    scheme: address.scheme,
    exitcode: String(code),
    errormsg: transfer.message.split("\n")[0],
    ssl_verify_result: "0",
  };
  return format.replace(
    /%\{(\w+)\}|\\([nrt])|%%/g,
    (all, name: string | undefined, escaped: string | undefined) => {
      if (all === "%%") return "%";
      if (escaped) return { n: "\n", r: "\r", t: "\t" }[escaped]!;
      return known[name!] ?? "";
    },
  );
}
