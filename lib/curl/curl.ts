import {
  type Address,
  headerOf,
  readAddress,
  resolveLocation,
  unescapeGlob,
  urlOf,
  urlProblem,
} from "./address.ts";
import type { CurlHost } from "./host.ts";
import { CURL_OPTIONS, CurlOptions, UsageError } from "./options.ts";
import {
  endingOf,
  headText,
  meter,
  traceAnswer,
  traceRequest,
  type Transfer,
  writeOut,
} from "./report.ts";
import { bodyOf, headersOf, methodOf, withQuery } from "./request.ts";

/** The version whose words these are. */
const CURL_VERSION = "8.17.0";
const MANUAL = "curl: try 'curl --help' or 'curl --manual' for more information\n";
const NOWHERE: Address = { scheme: "http", host: "", port: 80, hasPort: false, path: "/" };

/**
 * Runs `curl` and gives its exit code. Arguments are byte strings.
 * Source: curl/curl src/tool_operate.c, docs/libcurl/libcurl-errors.md.
 */
export function* curl<W>(
  args: readonly string[],
  host: CurlHost<W>,
): Generator<W, number, unknown> {
  let options: CurlOptions;
  try {
    options = new CurlOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    host.err(`curl: ${error.message}\n${MANUAL}`);
    return 2;
  }
  if (options.has("help")) return help(host);
  if (options.has("version")) {
    host.out(`curl ${CURL_VERSION} ${host.build}\n`);
    return 0;
  }
  if (options.urls.length === 0) {
    host.err(`curl: (2) no URL specified\n${MANUAL}`);
    return 2;
  }
  const outputs = options.values("output");
  let code = 0;
  for (const [i, url] of options.urls.entries()) {
    const transfer = yield* withRetries(options, url, host);
    code = yield* finish(options, transfer, { host, output: outputs[i]?.value });
  }
  return code;
}

function help({ out }: Pick<CurlHost<unknown>, "out">): number {
  out("Usage: curl [options...] <url>\n");
  for (const { name, short, takesValue } of CURL_OPTIONS) {
    out(` ${short ? `-${short}, ` : "    "}--${name}${takesValue ? " <value>" : ""}\n`);
  }
  return 0;
}

/** Source: curl/curl src/tool_operate.c (retrycheck). */
function* withRetries<W>(
  options: CurlOptions,
  url: string,
  host: CurlHost<W>,
): Generator<W, Transfer, unknown> {
  const given = options.value("retry-delay");
  let left = Number(options.value("retry") ?? 0);
  for (let pauseMs = 1000;; pauseMs *= 2) {
    const transfer = yield* transferOf(options, url, host);
    const problem = retryProblem(options, transfer);
    if (problem === undefined || left-- <= 0) return transfer;
    const waitMs = given === undefined ? pauseMs : Number(given) * 1000;
    if (!options.has("silent") || options.has("show-error")) {
      const seconds = `${waitMs / 1000} second${waitMs === 1000 ? "" : "s"}`;
      host.err(
        `Problem: ${problem}. Will retry in ${seconds}. ${left + 1} ${
          left === 0 ? "retry" : "retries"
        } left.\n`,
      );
    }
    yield* host.sleep(waitMs);
  }
}

/** Why a transfer should be tried again; undefined where it should not. */
function retryProblem(options: CurlOptions, { code, response }: Transfer): string | undefined {
  if (code === 28) return "timeout";
  if (code === 7 && options.has("retry-connrefused")) return "connection refused";
  if (code !== 0 && options.has("retry-all-errors")) {
    return code === 7 ? "connection refused" : "(retrying all errors)";
  }
  if (![408, 429, 500, 502, 503, 504].includes(response?.status ?? 0)) return undefined;
  return code === 0 ? "HTTP error" : "(retrying all errors)";
}

function* transferOf<W>(
  options: CurlOptions,
  url: string,
  host: CurlHost<W>,
): Generator<W, Transfer, unknown> {
  const blank: Transfer = {
    code: 0,
    message: "",
    url,
    address: NOWHERE,
    method: "GET",
    body: "",
    ms: 0,
    redirects: 0,
    ip: "",
  };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1].toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    return { ...blank, code: 1, message: `Protocol "${scheme}" not supported` };
  }
  const isPlain = options.has("globoff");
  const problem = urlProblem(url, isPlain);
  if (problem !== undefined) return { ...blank, code: 3, message: problem };
  const data = yield* bodyOf(options, host);
  if (data.unread !== undefined) {
    return { ...blank, code: 26, message: `Failed to open ${data.unread}` };
  }
  let address = readAddress(isPlain ? url : unescapeGlob(url))!;
  let { body } = data;
  if (options.has("get") && body !== undefined) {
    address = withQuery(address, body);
    body = undefined;
  }
  return yield* follow(options, { ...blank, address }, { host, body });
}

/** Sends the request, and those that redirects lead to. */
function* follow<W>(
  options: CurlOptions,
  transfer: Transfer,
  { host, body }: { host: CurlHost<W>; body: string | undefined },
): Generator<W, Transfer, unknown> {
  const hops = Number(options.value("max-redirs") ?? 50);
  const totalMs = Number(options.value("max-time") ?? 0) * 1000;
  const connectMs = Number(options.value("connect-timeout") ?? 0) * 1000;
  let method = methodOf(options, body);
  for (const done = { ...transfer };; done.redirects++) {
    const { address } = done;
    done.method = options.value("request") ?? method;
    done.ip = host.addressOf(address.host) ?? "";
    const agent = `curl/${CURL_VERSION}`;
    const headers = headersOf(options, { user: address.user, agent, hasBody: body !== undefined });
    if (options.has("verbose")) traceRequest(host, done, headers);
    const outcome = yield* host.send({
      method: done.method,
      url: urlOf(address),
      headers,
      ...(body === undefined ? {} : { body }),
      insecureSkipVerify: options.has("insecure"),
    }, {
      ...(totalMs > 0 ? { totalMs: totalMs - done.ms } : {}),
      ...(connectMs > 0 ? { connectMs } : {}),
    });
    done.ms += outcome.ms;
    if ("failure" in outcome) return { ...done, ...endingOf(outcome.failure, address, outcome.ms) };
    const { response } = outcome;
    const { status } = response;
    done.response = response;
    if (options.has("verbose")) host.err(traceAnswer(response));
    const location = headerOf(response.headers, "location");
    if (!options.has("location") || !location || status < 300 || status > 399) {
      return answered(options, { ...done, body: outcome.body });
    }
    if (done.redirects >= hops) {
      return { ...done, code: 47, message: `Maximum (${hops}) redirects followed` };
    }
    if ([301, 302, 303].includes(status) && method === "POST") {
      method = "GET";
      body = undefined;
    }
    done.address = resolveLocation(address, location);
  }
}

function answered(options: CurlOptions, transfer: Transfer): Transfer {
  const { status } = transfer.response!;
  if (status < 400 || !options.has("fail", "fail-with-body")) return transfer;
  return {
    ...transfer,
    body: options.has("fail-with-body") ? transfer.body : "",
    code: 22,
    message: `The requested URL returned error: ${status}`,
  };
}

/** Says and stores what came of a transfer. */
function* finish<W>(
  options: CurlOptions,
  transfer: Transfer,
  { host, output }: { host: CurlHost<W>; output: string | undefined },
): Generator<W, number, unknown> {
  const { response, url } = transfer;
  let { code, message } = transfer;
  const quiet = options.has("silent");
  const file = output ?? (options.has("remote-name") ? remoteName(url) : undefined);
  const metered = file === undefined ? host.meter.stdout : host.meter.file;
  if (metered && !quiet && !options.has("no-progress-meter", "progress-bar")) {
    host.err(meter(transfer));
  }
  if (response && (code === 0 || (code === 22 && options.has("fail-with-body")))) {
    const text = (options.has("include", "head") ? headText(response) : "") +
      (options.has("head") ? "" : transfer.body);
    if (file === undefined || file === "-") host.out(text);
    else if (!(yield* host.write(file, text))) {
      code = 23;
      message = `client returned ERROR on write, ${text.length} bytes`;
    }
  }
  if (code !== 0 && (!quiet || options.has("show-error"))) {
    host.err(`curl: (${code}) ${message}\n`);
  }
  const format = options.value("write-out");
  if (format !== undefined) host.out(writeOut(format, { ...transfer, code, message }));
  return code;
}

/** The file that `--remote-name` writes. */
function remoteName(url: string): string {
  return url.split("?")[0].split("/").at(-1) || "curl_response";
}
