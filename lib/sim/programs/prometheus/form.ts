import { GoUrlError, unescapeQuery } from "../../../go/mod.ts";
import type { HttpRequest } from "../../seams.ts";
import { QueryApiError } from "./api_error.ts";

/** The longest form that Go reads. Source: golang/go src/net/http/request.go (parsePostForm). */
const MAX_FORM_BYTES = 10 << 20;

/** The parameters of a request. */
export class Form extends URLSearchParams {
  /** Why some of them could not be read, in Go's words; they are not there then. */
  problem: string | undefined;
}

/**
 * The parameters of a request: those of the URL, and of a form in its body, the body's first.
 * Errors: QueryApiError for a form that is too long.
 * Source: golang/go src/net/http/request.go (ParseForm, FormValue), net/url/url.go (parseQuery).
 */
export function formOf(request: HttpRequest): Form {
  const form = new Form();
  if (request.method === "POST") readBody(request, form);
  const at = request.url.indexOf("?");
  if (at >= 0) readPairs(request.url.slice(at + 1).replace(/#.*$/s, ""), form);
  return form;
}

function readBody({ headers, body = "" }: HttpRequest, form: Form): void {
  const type = headers?.["content-type"] ?? "";
  if (type.startsWith("application/x-www-form-urlencoded")) {
    if (body.length > MAX_FORM_BYTES) {
      throw new QueryApiError("bad_data", "error parsing form values: http: POST too large");
    }
    readPairs(body, form);
    return;
  }
  const boundary = /^multipart\/form-data;.*?\bboundary="?([^";]+)/.exec(type)?.[1];
  if (boundary === undefined) return;
  for (const part of body.split(`--${boundary}`)) {
    const [head, ...text] = part.split("\r\n\r\n");
    const name = /^content-disposition:.*\bname="([^"]*)"/mi.exec(head)?.[1];
    if (name !== undefined) form.append(name, text.join("\r\n\r\n").replace(/\r\n$/, ""));
  }
}

function readPairs(text: string, form: Form): void {
  let problem: string | undefined;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    if (pair.includes(";")) {
      problem = "invalid semicolon separator in query";
      continue;
    }
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    try {
      form.append(unescapeQuery(name), unescapeQuery(value));
    } catch (error) {
      if (!(error instanceof GoUrlError)) throw error;
      problem ??= error.message;
    }
  }
  form.problem ??= problem;
}

/** Errors: QueryApiError for a form of which a part could not be read. */
export function checkForm({ problem }: Form): void {
  if (problem === undefined) return;
  throw new QueryApiError("bad_data", `error parsing form values: ${problem}`);
}
