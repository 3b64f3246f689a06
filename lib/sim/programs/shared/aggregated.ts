import { parseGoInt, quote } from "../../../go/mod.ts";
import { ApiError, parseSelector, SelectorSyntaxError } from "../../../kube/mod.ts";
import type { ContainerContext, HttpHandler, HttpRequest, HttpResponse } from "../../seams.ts";
import { HttpLog } from "./http_log.ts";
import type { Klog } from "./klog.ts";

/** A request to one API group, past its version. */
export interface GroupRequest {
  version: string;
  /** Path segments after the version. */
  segments: readonly string[];
  query: URLSearchParams;
}

/** An API group that an aggregated server serves. */
export interface ServedGroup {
  group: string;
  /** The preferred one first. */
  versions: readonly string[];
  /** Those that discovery of the group names, when it does not name them all. */
  listedVersions?: readonly string[];
  /** What discovery lists for a version; a long list stays the same array while nothing changes. */
  resources(version: string): unknown[];
  /** The object that answers; undefined when the path is nobody's. Errors: ApiError. */
  get(request: GroupRequest): unknown;
}

/** Lists each of `known()` for discovery, anew only when that is another array. */
export function listedResources<Item>(
  known: () => readonly Item[],
  resourceOf: (item: Item) => unknown,
): () => unknown[] {
  let listed: { of: readonly Item[]; resources: unknown[] } | undefined;
  return () => {
    const of = known();
    if (listed?.of !== of) listed = { of, resources: of.map(resourceOf) };
    return listed.resources;
  };
}

/** One named readiness check. */
export interface ReadyCheck {
  name: string;
  isReady(): boolean;
}

/** What a server that signed its own certificate gives a client that verifies. */
const SELF_SIGNED = "x509: certificate signed by unknown authority";

/**
 * Serves API groups as k8s.io/apiserver does: discovery, Status errors, healthz, livez and readyz.
 * Source: kubernetes/apiserver pkg/server/handler.go, pkg/server/healthz/healthz.go.
 */
export function serveAggregated(
  context: ContainerContext,
  options: {
    port: number;
    groups: readonly ServedGroup[];
    checks?: readonly ReadyCheck[];
    log: Klog;
    /** Further paths, such as /metrics. */
    fallback?: HttpHandler;
    /** What a verifying client is told; by default that the certificate is self-signed. */
    certificateError?: string;
  },
): void {
  const { groups, checks = [], log, fallback } = options;
  const requests = new HttpLog(context, log);
  const respond: HttpHandler = (request) => {
    const health = /^\/(healthz|livez|readyz)$/.exec(request.path);
    if (health) return probe(health[1], health[1] === "readyz" ? checks : [], request.query);
    return answer(request, groups) ?? fallback?.(request) ?? NOT_FOUND;
  };
  const handler: HttpHandler = (request) => {
    const response = respond(request);
    requests.add(request, response.status);
    return response;
  };
  const certificateError = "certificateError" in options ? options.certificateError : SELF_SIGNED;
  context.net.listen(options.port, handler, { tls: true, certificateError });
}

const NOT_FOUND: HttpResponse = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "404 page not found\n",
};

/** Source: golang/go src/net/http/server.go (badRequestError). */
const BAD_REQUEST: HttpResponse = {
  status: 400,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "400 Bad Request",
};

/** The parts of a path; undefined when an escape in it is none. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return path.split("/").filter((part) => part !== "").map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function answer(
  request: HttpRequest & { path: string; query: URLSearchParams },
  groups: readonly ServedGroup[],
): HttpResponse | undefined {
  const segments = segmentsOf(request.path);
  if (!segments) return BAD_REQUEST;
  if (segments[0] !== "apis") return undefined;
  if (segments.length === 1) {
    return json(200, {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map(groupBody),
    });
  }
  const served = groups.find(({ group }) => group === segments[1]);
  if (!served) return undefined;
  const { group, versions } = served;
  if (segments.length === 2) {
    return json(200, { kind: "APIGroup", apiVersion: "v1", ...groupBody(served) });
  }
  const version = segments[2];
  if (!versions.includes(version)) return undefined;
  if (segments.length === 3) {
    return resourceList(`${group}/${version}`, served.resources(version));
  }
  try {
    if ((request.method ?? "GET") !== "GET") {
      const message = "the server does not allow this method on the requested resource";
      throw new ApiError(405, "MethodNotAllowed", message, {});
    }
    const body = served.get({ version, segments: segments.slice(3), query: request.query });
    if (body === undefined) throw ApiError.noSuchResource();
    return json(200, body);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.code, error.toStatus());
  }
}

/** Lists of resources that were written: the API server asks for them again and again. */
const written = new WeakMap<unknown[], { groupVersion: string; body: string }>();

function resourceList(groupVersion: string, resources: unknown[]): HttpResponse {
  let entry = written.get(resources);
  if (entry?.groupVersion !== groupVersion) {
    const list = { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
    written.set(resources, entry = { groupVersion, body: jsonLine(list) });
  }
  return { status: 200, headers: { "content-type": "application/json" }, body: entry.body };
}

function groupBody({ group, versions, listedVersions = versions }: ServedGroup) {
  const all = listedVersions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function json(status: number, body: unknown): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: jsonLine(body),
  };
}

function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function probe(name: string, checks: readonly ReadyCheck[], query: URLSearchParams): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const failed = checks.filter((check) => !check.isReady());
  const isOk = failed.length === 0;
  if (isOk && !query.has("verbose")) return { status: 200, headers, body: "ok" };
  const lines = [
    "[+]ping ok",
    ...checks.map((check) =>
      failed.includes(check) ? `[-]${check.name} failed: reason withheld` : `[+]${check.name} ok`
    ),
    isOk ? `${name} check passed` : `${name} check failed`,
  ];
  return { status: isOk ? 200 : 500, headers, body: `${lines.join("\n")}\n` };
}

/** What a list of resources is asked with. */
export interface ListQuery {
  labelSelector: string;
  /** The name that `fieldSelector` asks for. */
  name?: string;
  fieldSelector: string;
}

/**
 * The options of a list. With `requestedName`, the path has named the object already.
 * Errors: ApiError for selectors and numbers that will not parse.
 * Source: kubernetes/apiserver pkg/endpoints/handlers/get.go (ListResource);
 * kubernetes/apimachinery pkg/runtime/conversion.go (DefaultMetaV1FieldSelectorConversion).
 */
export function listOptions(query: URLSearchParams, requestedName?: string): ListQuery {
  const labelSelector = query.get("labelSelector") ?? "";
  try {
    parseSelector(labelSelector);
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    throw ApiError.badRequest(error.message);
  }
  const limit = query.get("limit") ?? "";
  const count = parseGoInt(limit || "0");
  if (typeof count === "object") throw ApiError.badRequest(count.problem);
  const fieldSelector = query.get("fieldSelector") ?? "";
  let name: string | undefined;
  for (const term of fieldSelector.split(",").filter((part) => part !== "")) {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
    if (!match) {
      throw ApiError.badRequest(`invalid selector: '${fieldSelector}'; can't understand '${term}'`);
    }
    const [, field, operator, value] = match;
    if (field !== "metadata.name" && field !== "metadata.namespace") {
      throw ApiError.badRequest(
        `${quote(field)} is not a known field selector: only "metadata.name", ` +
          '"metadata.namespace"',
      );
    }
    if (field === "metadata.name" && operator !== "!=") name = value;
  }
  if (requestedName !== undefined && fieldSelector !== "" && name !== requestedName) {
    throw ApiError.badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return { labelSelector, fieldSelector, ...(name === undefined ? {} : { name }) };
}
