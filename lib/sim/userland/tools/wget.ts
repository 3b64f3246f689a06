import type { Task } from "../channels.ts";
import {
  type Address,
  type Failure,
  headerLines,
  headerOf,
  readAddress,
  resolveLocation,
  statusLine,
  urlOf,
} from "../../../curl/mod.ts";
import { toText } from "../../../go/mod.ts";
import { orRefused } from "../files.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { badOption, busyboxVersion, fail } from "./common.ts";
import { addressOf, CONNECT_MS, exchange } from "./http.ts";
import { type Options, readOptions } from "./options.ts";

const USAGE = `[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP or FTP

\t--spider\tOnly check URL existence: $? is 0 if exists
\t--header STR\tAdd STR (of form 'header: value') to headers
\t--post-data STR\tSend STR using POST method
\t--post-file FILE\tSend FILE using POST method
\t--no-check-certificate\tDon't validate the server's certificate
\t-c\t\tContinue retrieval of aborted transfer
\t-q\t\tQuiet
\t-P DIR\t\tSave to DIR (default .)
\t-S    \t\tShow server response
\t-T SEC\t\tNetwork read timeout is SEC seconds
\t-O FILE\t\tSave to FILE ('-' for stdout)
\t-o LOGFILE\tLog messages to FILE
\t-U STR\t\tUse STR for User-Agent header
\t-Y on/off\tUse proxy`;
const LONG = {
  "header=": "header",
  "post-data=": "post",
  "post-file=": "post-file",
  spider: "spider",
  quiet: "q",
  "output-document=": "O",
  "timeout=": "T",
  "user-agent=": "U",
  "no-check-certificate": "no-check-certificate",
  "tries=": "t",
  "server-response": "S",
  continue: "c",
  "directory-prefix=": "P",
  "method=": "method",
  "body-data=": "post",
};
const MAX_HOPS = 5;
/** Columns of the bar in a terminal of 80. */
const BAR = "*".repeat(32);

/** `wget` of busybox. Source: busybox networking/wget.c, libbb/xconnect.c, libbb/progress.c. */
export const wget: Tool = (call) => {
  const options = readOptions(call.args, "cqSO:o:P:U:T:Y:t:", { long: LONG });
  if (options.unknown) return badOption(call, options.unknown, USAGE);
  if (options.rest.length === 0) return badOption(call, "", USAGE);
  return download(call, options);
};

function* download(call: ToolCall, options: Options): Task<number> {
  for (const url of options.rest) {
    const code = yield* one(call, options, url);
    if (code !== 0) return code;
  }
  return 0;
}

function* one(call: ToolCall, options: Options, url: string): Task<number> {
  const quiet = options.has("q");
  const target = targetOf(url);
  if ("problem" in target) return fail(call, target.problem);
  let { address } = target;
  const seconds = Number(options.value("T") ?? 900);
  if (!/^\d+$/.test(options.value("T") ?? "0")) {
    return fail(call, `invalid number '${options.value("T")}'`);
  }
  const post = postData(call, options);
  if (typeof post === "number") return post;
  for (let hop = 0;; hop++) {
    if (!quiet) {
      const ip = addressOf(call, address.host);
      if (ip !== undefined) call.err(`Connecting to ${shown(address)} (${ip}:${address.port})\n`);
    }
    if (address.scheme === "https" && !options.has("no-check-certificate") && !quiet) {
      // Busybox's own note, printed by the real wget at every https address.
      call.err("wget: note: TLS certificate validation not implemented\n");
    }
    const outcome = yield* exchange(call, {
      method: options.value("method") ??
        (post === undefined
          ? options.has("spider") && busyboxVersion(call) >= 1.3 ? "HEAD" : "GET"
          : "POST"),
      url: urlOf(address),
      headers: headersOf(options, post),
      ...(post === undefined ? {} : { body: toText(post) }),
      insecureSkipVerify: true,
    }, { totalMs: seconds * 1000 });
    if ("failure" in outcome) return fail(call, failureText(address, outcome.failure, outcome.ms));
    const { response, body } = outcome;
    if (options.has("S")) {
      const lines = [
        statusLine(response.status),
        ...headerLines(response.headers),
      ];
      call.err(lines.map((line) => `  ${line}\n`).join(""));
    }
    const location = headerOf(response.headers, "location");
    if ([301, 302, 303, 307, 308].includes(response.status) && location) {
      if (hop >= MAX_HOPS) return fail(call, "too many redirections");
      address = resolveLocation(address, location);
      continue;
    }
    if (response.status < 200 || response.status > 299) {
      return fail(call, `server returned error: ${statusLine(response.status)}`);
    }
    if (options.has("spider")) {
      if (!quiet && busyboxVersion(call) >= 1.3) call.err("remote file exists\n");
      return 0;
    }
    return save(call, options, { address, body, quiet });
  }
}

/**
 * What an address leads to, or what is wrong with it.
 * Source: busybox networking/wget.c (parse_url), libbb/xconnect.c (str2sockaddr, bb_lookup_port).
 */
function targetOf(url: string): { address: Address } | { problem: string } {
  const [, scheme = "http", rest] = /^(?:([^/?#]*?):\/\/)?([^]*)$/.exec(url)!;
  if (scheme !== "http" && scheme !== "https") {
    return {
      problem: scheme === "ftp" ? `bad address '${rest}'` : `not an http or ftp url: ${url}`,
    };
  }
  const place = rest.slice(0, /[/?#]|$/.exec(rest)!.index);
  const host = place.slice(place.lastIndexOf("@") + 1);
  const [, name, port] = /^(\[[^\]]*\]|[^:]*)(?::([^:]*))?$/.exec(host) ?? [];
  if (name === undefined || name === "") return { problem: `bad address '${host}'` };
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65_535)) {
    return { problem: `bad port '${port}'` };
  }
  const address = readAddress(url);
  return address ? { address } : { problem: `bad address '${host}'` };
}

function postData(call: ToolCall, options: Options): string | number | undefined {
  const file = options.value("post-file");
  if (file === undefined) return options.value("post");
  return orRefused(
    () => call.machine.files.read(call.path(file)),
    (why) => fail(call, `can't open '${file}': ${why}`),
  );
}

function headersOf(options: Options, post: string | undefined): Record<string, string> {
  const out: Record<string, string> = { "user-agent": options.value("U") ?? "Wget" };
  if (post !== undefined) out["content-type"] = "application/x-www-form-urlencoded";
  for (const line of options.values("header")) {
    const colon = line.indexOf(":");
    if (colon > 0) out[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return out;
}

/** The host as it was typed. */
function shown({ host, port, hasPort }: Address): string {
  return hasPort ? `${host}:${port}` : host;
}

function failureText(address: Address, failure: Failure, ms: number): string {
  switch (failure.kind) {
    case "name":
      return `bad address '${shown(address)}'`;
    case "refused":
      return `can't connect to remote host (${failure.ip}): Connection refused`;
    case "timeout":
      return ms >= CONNECT_MS
        ? `can't connect to remote host (${failure.ip}): Connection timed out`
        : "download timed out";
    default:
      return "error getting response: Connection reset by peer";
  }
}

function save(
  call: ToolCall,
  options: Options,
  { address, body, quiet }: { address: Address; body: string; quiet: boolean },
): number {
  const given = options.value("O");
  const name = address.path.split("?")[0].split("/").at(-1) || "index.html";
  const folder = options.value("P");
  const file = given ?? (folder ? `${folder}/${name}` : name);
  const tells = !quiet && busyboxVersion(call) >= 1.3;
  if (tells) call.err(file === "-" ? "writing to stdout\n" : `saving to '${file}'\n`);
  if (file === "-") call.out(body);
  else {
    const path = call.path(file);
    if (given === undefined && call.machine.files.kind(path)) {
      return fail(call, `can't open '${file}': File exists`);
    }
    const failed = orRefused(
      () => call.machine.files.write(path, body),
      (why) => fail(call, `can't open '${file}': ${why}`),
    );
    if (failed) return failed;
  }
  if (!quiet) {
    call.err(
      `${file.slice(0, 20).padEnd(20)} 100% |${BAR}| ${sizeText(body.length)}  0:00:00 ETA\n`,
    );
    if (!tells) call.err("\n");
  }
  if (tells) call.err(file === "-" ? "written to stdout\n" : `'${file}' saved\n`);
  return 0;
}

function sizeText(bytes: number): string {
  return bytes < 100_000 ? String(bytes).padStart(5) : `${Math.floor(bytes / 1024)}k`.padStart(5);
}
