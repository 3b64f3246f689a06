import type { Address } from "./address.ts";
import type { CurlHost } from "./host.ts";
import type { CurlOptions } from "./options.ts";

const DATA = ["data", "data-raw", "data-binary", "data-urlencode", "json"];

/** What is sent by `--data` and its like; a file's name where it cannot be read. */
export function* bodyOf<W>(
  options: CurlOptions,
  host: CurlHost<W>,
): Generator<W, { body?: string; unread?: string }, unknown> {
  let body: string | undefined;
  for (const { name, value } of options.values(...DATA)) {
    const [, label, at, rest] = name === "data-urlencode"
      ? /^([^=@]*)([=@]?)([^]*)$/.exec(value)!
      : ["", "", value[0] === "@" && name !== "data-raw" ? "@" : "", value.replace(/^@/, "")];
    let text = name === "data-urlencode" ? at === "" ? label : rest : value;
    if (at === "@") {
      const read = yield* host.read(rest);
      if (read === undefined) return { unread: rest };
      text = name === "data" ? read.replace(/[\r\n\0]/g, "") : read;
    }
    if (name === "data-urlencode") text = (at && label && `${label}=`) + urlEncoded(text);
    // Pieces of --json are one text.
    body = body === undefined ? text : body + (name === "json" ? "" : "&") + text;
  }
  return body === undefined ? {} : { body };
}

/** Source: curl/curl lib/escape.c (curl_easy_escape). */
function urlEncoded(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The headers of a request, by their names in small letters, without `Host`. */
export function headersOf(
  options: CurlOptions,
  { user = "", agent, hasBody }: { user?: string; agent: string; hasBody: boolean },
): Record<string, string> {
  const isJson = options.has("json");
  const type = isJson ? "application/json" : "application/x-www-form-urlencoded";
  const out: Record<string, string> = {
    "user-agent": options.value("user-agent") ?? agent,
    accept: isJson ? "application/json" : "*/*",
    ...(isJson || hasBody ? { "content-type": type } : {}),
  };
  for (const { name, value } of options.values("referer", "cookie")) out[name] = value;
  const login = options.value("user") ?? user;
  if (login !== "") out.authorization = `Basic ${btoa(login)}`;
  for (const { value: line } of options.values("header")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (value === "") delete out[name];
    else out[name] = value;
  }
  return out;
}

/** The method of a request without `--request`. */
export function methodOf(options: CurlOptions, body: string | undefined): string {
  return options.has("head") ? "HEAD" : body === undefined ? "GET" : "POST";
}

/** An address with data in its query, for `--get`. */
export function withQuery(address: Address, data: string): Address {
  return { ...address, path: `${address.path}${address.path.includes("?") ? "&" : "?"}${data}` };
}
