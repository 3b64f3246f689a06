import { type Address, headerLines, headerOf, statusLine, urlOf } from "./address.ts";
import type { Answer, CurlHost, Failure } from "./host.ts";

/** What one transfer came to. Texts are byte strings. */
export interface Transfer {
  /** curl's exit code, and its words where that is not 0. */
  code: number;
  message: string;
  /** The address as it was given, and where it led. */
  url: string;
  address: Address;
  method: string;
  response?: Answer;
  body: string;
  ms: number;
  redirects: number;
  ip: string;
}

type Ending = Pick<Transfer, "code" | "message">;

/** Source: curl/curl lib/strerror.c, lib/connect.c, lib/hostip.c, lib/multi.c (multi_handle_timeout). */
export function endingOf(failure: Failure, { host, port }: Address, ms: number): Ending {
  switch (failure.kind) {
    case "name":
      return { code: 6, message: `Could not resolve host: ${host}${failure.note ?? ""}` };
    case "refused":
      return {
        code: 7,
        message:
          `Failed to connect to ${host} port ${port} after 0 ms: Could not connect to server`,
      };
    case "reset":
      return { code: 56, message: "Recv failure: Connection reset by peer" };
    case "timeout":
      return {
        code: 28,
        message: failure.ip === ""
          ? `Operation timed out after ${ms} milliseconds with 0 bytes received`
          : `Connection timed out after ${ms} milliseconds`,
      };
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

/** An answer's first lines, as `--include` shows them. */
export function headText({ status, headers }: Answer): string {
  return `${[statusLine(status), ...headerLines(headers)].join("\r\n")}\r\n\r\n`;
}

/** What `--verbose` says of a request that is sent to the address `ip`. */
export function traceRequest(
  { err, ownIp }: Pick<CurlHost<unknown>, "err" | "ownIp">,
  { address, ip, method }: Pick<Transfer, "address" | "ip" | "method">,
  headers: Readonly<Record<string, string>>,
): void {
  if (ip === "") return;
  const { host, port, path, hasPort } = address;
  const lines = [
    `* Host ${host}:${port} was resolved.`,
    "* IPv6: (none)",
    `* IPv4: ${ip}`,
    `*   Trying ${ip}:${port}...`,
    `* Established connection to ${host} (${ip} port ${port}) from ${ownIp} port 41982 `,
    "* using HTTP/1.x",
    `> ${method} ${path} HTTP/1.1`,
    `> Host: ${host}${hasPort ? `:${port}` : ""}`,
    ...headerLines(headers).map((line) => `> ${line}`),
    "> ",
    "* Request completely sent off",
  ];
  err(lines.map((line) => `${line}\n`).join(""));
}

/** What `--verbose` says of an answer. */
export function traceAnswer({ status, headers }: Answer): string {
  const lines = [statusLine(status), ...headerLines(headers), ""];
  return lines.map((line) => `< ${line}\n`).join("");
}

/** The progress meter of a transfer that ended. Source: curl/curl src/tool_progress.c, lib/progress.c. */
export function meter({ body, ms, response, code }: Transfer): string {
  // Nothing was begun.
  if (code === 1 || code === 3 || code === 26) return "";
  const head = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
    "                                 Dload  Upload   Total   Spent    Left  Speed\n";
  const none = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";
  if (!response || code !== 0) return head + (code === 6 ? none : `${none}${none}\n`);
  const size = String(body.length).padStart(5);
  const speed = bytesPerSecond(body, ms);
  const shown = speed < 100_000
    ? String(speed)
    : speed < 10_240_000
    ? `${Math.floor(speed / 1024)}k`
    : `${(speed / 1048576).toFixed(1)}M`;
  return `${head}${none}\r100 ${size}  100 ${size}    0     0 ${shown.padStart(6)}      0 ` +
    `--:--:-- --:--:-- --:--:-- ${shown.padStart(5)}\n`;
}

function bytesPerSecond(body: string, ms: number): number {
  return Math.round(body.length / Math.max(0.001, ms / 1000));
}

/** What `--write-out` makes of a format. Source: curl/curl src/tool_writeout.c. */
export function writeOut(format: string, transfer: Transfer): string {
  const { response, address, body, ms } = transfer;
  const seconds = (ms / 1000).toFixed(6);
  const status = String(response?.status ?? 0).padStart(3, "0");
  const known: Record<string, string | number> = {
    http_code: status,
    response_code: status,
    time_total: seconds,
    time_connect: "0.000412",
    time_namelookup: "0.000287",
    time_starttransfer: seconds,
    time_appconnect: "0.000000",
    time_pretransfer: "0.000456",
    time_redirect: "0.000000",
    size_download: body.length,
    size_upload: 0,
    size_header: response ? headerLines(response.headers).join("\r\n").length : 0,
    speed_download: bytesPerSecond(body, ms),
    content_type: headerOf(response?.headers ?? {}, "content-type") ?? "",
    url: transfer.url,
    url_effective: urlOf(address),
    num_redirects: transfer.redirects,
    num_connects: 1,
    remote_ip: transfer.ip,
    remote_port: address.port,
    http_version: "1.1",
    method: transfer.method,
    scheme: address.scheme,
    exitcode: transfer.code,
    errormsg: transfer.message.split("\n")[0],
    ssl_verify_result: 0,
  };
  return format.replace(
    /%\{(\w+)\}|\\([nrt])|%%/g,
    (all, name: string | undefined, escaped: string | undefined) => {
      if (all === "%%") return "%";
      if (escaped) return { n: "\n", r: "\r", t: "\t" }[escaped]!;
      return Object.hasOwn(known, name!) ? String(known[name!]) : "";
    },
  );
}
