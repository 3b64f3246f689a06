import type { HttpRequest } from "../../seams.ts";

/** The parameters of a request: those of the URL, and of a form in its body, the body's first. */
export function formOf(
  request: HttpRequest & { query: URLSearchParams },
): URLSearchParams {
  const type = request.headers?.["content-type"] ?? "";
  if (request.method !== "POST" || !type.startsWith("application/x-www-form-urlencoded")) {
    return request.query;
  }
  const form = new URLSearchParams(request.body ?? "");
  for (const [name, value] of request.query) form.append(name, value);
  return form;
}
