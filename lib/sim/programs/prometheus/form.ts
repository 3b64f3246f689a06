import type { HttpRequest } from "../../seams.ts";
import { QueryApiError } from "./api_error.ts";

/** The longest form that Go reads. Source: golang/go src/net/http/request.go (parsePostForm). */
const MAX_FORM_BYTES = 10 << 20;

/**
 * The parameters of a request: those of the URL, and of a form in its body, the body's first.
 * Errors: QueryApiError for a form that is too long.
 */
export function formOf(
  request: HttpRequest & { query: URLSearchParams },
): URLSearchParams {
  const type = request.headers?.["content-type"] ?? "";
  if (request.method !== "POST" || !type.startsWith("application/x-www-form-urlencoded")) {
    return request.query;
  }
  if ((request.body ?? "").length > MAX_FORM_BYTES) {
    throw new QueryApiError("bad_data", "error parsing form values: http: POST too large");
  }
  const form = new URLSearchParams(request.body ?? "");
  for (const [name, value] of request.query) form.append(name, value);
  return form;
}
