import { goStructJson, parseGoUrl, unescapedPath } from "../../../go/mod.ts";
import { REVISION, VERSION } from "./flags.ts";
import { type ApiResult, type Endpoint, labelValues, queryEndpoints } from "./api.ts";
import { QueryApiError } from "./api_error.ts";
import { statusEndpoints } from "./api_status.ts";
import { ConfigError } from "./config.ts";
import { federate } from "./federate.ts";
import { formOf } from "./form.ts";
import { ownMetrics } from "./own_metrics.ts";
import { assetAt, ASSETS, PAGE_HEADERS } from "./assets.ts";
import { page } from "./pages.ts";
import type { HttpRequest, HttpResponse } from "../../seams.ts";
import type { PrometheusServer } from "./server.ts";

type Incoming = HttpRequest & { path: string; query: URLSearchParams };

const ENDPOINTS: Record<string, Endpoint> = { ...queryEndpoints, ...statusEndpoints };

/** Endpoints that also take a form in a POST. */
const POSTABLE = new Set(
  "query query_range query_exemplars series labels format_query parse_query".split(" "),
);

/** What upstream answers where a flag would open the way, by path and what it is asked by. */
const CLOSED: Readonly<Record<string, string>> = {
  write: "remote write receiver needs to be enabled with --web.enable-remote-write-receiver",
  "otlp/v1/metrics": "otlp write receiver needs to be enabled with --web.enable-otlp-receiver",
};
const ADMIN = /^admin\/tsdb\/(delete_series|clean_tombstones|snapshot)$/;
/** Differs: these endpoints that upstream has say that they are not simulated. */
const LEFT_OUT =
  /^(read|features|openapi\.yaml|notifications\/live|status\/self_metrics|search\/(metric_names|label_names|label_values))$/;

/** Pages of the web interface. */
const PAGES = new Set([
  "/query",
  "/graph",
  "/alerts",
  "/targets",
  "/rules",
  "/service-discovery",
  "/config",
  "/flags",
  "/status",
  "/tsdb-status",
  "/alertmanager-discovery",
]);

/**
 * Listens for the HTTP API and the pages; false after the process has said why it cannot and ended.
 * Source: prometheus/prometheus web/web.go.
 */
export function serveWeb(server: PrometheusServer): boolean {
  const { context, log } = server;
  const address = server.flag("web.listen-address");
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon);
  const prefix = routePrefix(server);
  try {
    context.net.listen(
      Number(address.slice(colon + 1)),
      (request) => answer(server, request, prefix),
      { loopback: host === "127.0.0.1" || host === "localhost" },
    );
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    log.error("main.go:1228", "Unable to start web listener", { err: error.message });
    context.exit(1);
    return false;
  }
}

/** The route prefix without its last slash: by default the external URL's path. */
function routePrefix(server: PrometheusServer): string {
  const given = server.flag("web.route-prefix") || parseGoUrl(server.externalUrl).path;
  return `/${given.replace(/^\/+|\/+$/g, "")}`.replace(/^\/$/, "");
}

function answer(server: PrometheusServer, request: Incoming, prefix: string): HttpResponse {
  if (prefix !== "" && request.path === "/") return redirect(`${prefix}/`);
  if (!request.path.startsWith(prefix)) return nowhere();
  const path = request.path.slice(prefix.length) || "/";
  const { handler, response } = route(server, request, path, prefix);
  const key = `${handler} ${response.status}`;
  server.counters.requests[key] = (server.counters.requests[key] ?? 0) + 1;
  return response;
}

function route(
  server: PrometheusServer,
  request: Incoming,
  path: string,
  prefix: string,
): { handler: string; response: HttpResponse } {
  if (path.startsWith("/api/v1/")) return api(server, request, path.slice("/api/v1/".length));
  return { handler: path, response: plain(server, request, path, prefix) };
}

function plain(
  server: PrometheusServer,
  request: Incoming,
  path: string,
  prefix: string,
): HttpResponse {
  const method = request.method ?? "GET";
  const methods = methodsOf(path);
  if (methods === undefined) return nowhere();
  if (method === "OPTIONS") {
    return { status: 200, headers: { allow: methods.join(", ") }, body: "" };
  }
  if (!methods.includes(method)) return notAllowed(methods);
  if (LIFECYCLE.has(path)) return lifecycle(server, method, path);
  if (path === "/") return redirect(`${prefix}/query`);
  if (path === "/graph") {
    const query = request.query.toString();
    return redirect(`${prefix}/query${query ? `?${query}` : ""}`);
  }
  if (path === "/-/healthy") return text(200, "Prometheus Server is Healthy.\n");
  if (!server.isReady) return text(503, "Service Unavailable");
  if (path === "/-/ready") return text(200, "Prometheus Server is Ready.\n");
  if (path === "/metrics") {
    return {
      status: 200,
      headers: {
        "content-type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
      },
      body: ownMetrics(server),
    };
  }
  if (path === "/federate") return federate(server, formOf(request));
  if (path.startsWith("/debug/")) return text(501, `${path} is not simulated in this lab\n`);
  if (path === "/version") {
    return text(200, goStructJson({ version: VERSION, revision: REVISION, branch: "HEAD" }) + "\n");
  }
  const asset = ASSETS[path];
  if (asset) {
    return {
      status: 200,
      headers: { ...PAGE_HEADERS, "content-type": asset },
      body: assetAt(path),
    };
  }
  if (PAGES.has(path)) {
    return {
      status: 200,
      headers: { ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8" },
      body: page(server, path, prefix),
    };
  }
  return nowhere();
}

const LIFECYCLE = new Set(["/-/reload", "/-/quit"]);

/** By what a path is asked; undefined for one that leads nowhere. Source: prometheus/prometheus web/web.go (New). */
function methodsOf(path: string): readonly string[] | undefined {
  if (LIFECYCLE.has(path)) return ["GET", "OPTIONS", "POST", "PUT"];
  if (path === "/-/healthy" || path === "/-/ready") return ["GET", "HEAD", "OPTIONS"];
  const isThere = path in ASSETS || PAGES.has(path) || path.startsWith("/debug/") ||
    ["/", "/metrics", "/federate", "/version"].includes(path);
  return isThere ? ["GET", "OPTIONS"] : undefined;
}

function nowhere(): HttpResponse {
  return failure(404, "404 page not found\n");
}

function lifecycle(server: PrometheusServer, method: string, path: string): HttpResponse {
  if (method !== "POST" && method !== "PUT") {
    return text(405, "Only POST or PUT requests allowed");
  }
  if (server.flag("web.enable-lifecycle") !== "true") {
    return text(403, "Lifecycle API is not enabled.");
  }
  if (path === "/-/quit") {
    const { context, log } = server;
    log.warn("main.go:1252", "Received termination request via web service, exiting gracefully...");
    context.after(0, () => {
      log.info("main.go:1628", "See you next time!");
      context.exit(0);
    });
    return text(200, "Requesting termination... Goodbye!");
  }
  try {
    server.reload();
    return { status: 200, headers: {}, body: "" };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return failure(500, `failed to reload config: ${error.message}\n`);
  }
}

function api(
  server: PrometheusServer,
  request: Incoming,
  path: string,
): { handler: string; response: HttpResponse } {
  const method = request.method ?? "GET";
  const values = /^label\/([^/]+)\/values$/.exec(path);
  const handler = values ? "/api/v1/label/:name/values" : `/api/v1/${path}`;
  if (method === "OPTIONS") return { handler: "/api/v1/*path", response: NO_CONTENT };
  const closed = values ? undefined : closedDoor(path, method);
  if (closed) return { handler, response: closed };
  if (!values && !Object.hasOwn(ENDPOINTS, path)) {
    return { handler: "/api/v1/*", response: nowhere() };
  }
  const methods = POSTABLE.has(path) ? ["GET", "OPTIONS", "POST"] : ["GET", "OPTIONS"];
  if (!methods.includes(method)) return { handler, response: notAllowed(methods) };
  if (!server.isReady) return { handler, response: text(503, "Service Unavailable") };
  server.queries.lastMs = 0;
  const response = answerApi(() => {
    const form = formOf(request);
    return values
      ? labelValues(server, unescapedPath(values[1]), form)
      : ENDPOINTS[path](server, form);
  });
  const { noticedMs } = server.queries;
  return { handler, response: noticedMs > 0 ? { ...response, durationMs: noticedMs } : response };
}

/** Source: prometheus/prometheus web/api/v1/api.go (remoteWrite, otlpWrite, deleteSeries). */
function closedDoor(path: string, method: string): HttpResponse | undefined {
  if (Object.hasOwn(CLOSED, path)) {
    return method === "POST" ? failure(404, `${CLOSED[path]}\n`) : notAllowed(["OPTIONS", "POST"]);
  }
  if (ADMIN.test(path)) {
    if (method !== "POST" && method !== "PUT") return notAllowed(["OPTIONS", "POST", "PUT"]);
    return json(500, {
      status: "error",
      errorType: "unavailable",
      error: "admin APIs disabled",
    });
  }
  if (!LEFT_OUT.test(path)) return undefined;
  return json(501, {
    status: "error",
    errorType: "unavailable",
    error: `/api/v1/${path} is not simulated in this lab`,
  });
}

function answerApi(endpoint: () => ApiResult): HttpResponse {
  try {
    const result = endpoint();
    return result.data === undefined ? NO_CONTENT : success(result);
  } catch (error) {
    if (!(error instanceof QueryApiError)) throw error;
    const { errorType, message, status } = error;
    return json(status, { status: "error", errorType, error: message });
  }
}

/** Answers that are given again and again, as texts. */
const bodies = new WeakMap<ApiResult, string>();

function success(result: ApiResult): HttpResponse {
  let body = bodies.get(result);
  if (body === undefined) {
    body = successBody(result);
    if (result.dataJson !== undefined) bodies.set(result, body);
  }
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

function successBody({ data, dataJson, warnings = [], infos = [] }: ApiResult): string {
  const notes = [
    ...(warnings.length > 0 ? [`,"warnings":${goStructJson(warnings)}`] : []),
    ...(infos.length > 0 ? [`,"infos":${goStructJson(infos)}`] : []),
  ].join("");
  return `{"status":"success","data":${dataJson ?? goStructJson(data)}${notes}}`;
}

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: { "content-type": "application/json" }, body: goStructJson(value) };
}

function text(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

/** Source: golang/go src/net/http/server.go (Error). */
function failure(status: number, body: string): HttpResponse {
  const { headers, ...response } = text(status, body);
  return { ...response, headers: { ...headers, "x-content-type-options": "nosniff" } };
}

const NO_CONTENT: HttpResponse = { status: 204, headers: {}, body: "" };

function notAllowed(methods: readonly string[]): HttpResponse {
  const { headers, ...response } = failure(405, "Method Not Allowed\n");
  return { ...response, headers: { ...headers, allow: methods.join(", ") } };
}

function redirect(location: string): HttpResponse {
  return {
    status: 302,
    headers: { "content-type": "text/html; charset=utf-8", location },
    body: `<a href="${location}">Found</a>.\n\n`,
  };
}
