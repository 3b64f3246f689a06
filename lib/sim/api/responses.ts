import { goStructJson, toYaml } from "../../go/mod.ts";
import type { Cancel } from "../../base/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import { formOf } from "./media.ts";
import type { ApiRequest } from "./requests.ts";
import type { ResourceType } from "./resources.ts";

/** How well the reader of a stream keeps up with it. */
export interface Flow {
  /** Whether it has as much to read as should lie waiting. */
  readonly full: boolean;
  /** Calls `resume` once there is room again. */
  onRoom(resume: () => void): void;
}

/**
 * An answer: a body, or a stream of text that goes on until cancelled. A stream that heeds no flow is
 * ended when its reader falls far behind.
 */
export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
  stream?: (send: (text: string) => void, end: () => void, flow: Flow) => Cancel;
}

export function json(body: unknown, status = 200): ApiResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: goStructJson(inOrder(body)) + "\n",
  };
}

/**
 * An answer as it is shown to a person: on lines of its own where the client is a browser, curl or wget, or asks
 * for it. Source: kubernetes/apiserver pkg/endpoints/handlers/negotiation/negotiate.go (isPrettyPrint).
 */
export function forReader(request: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.stream || response.body === "" || !isJson(response)) return response;
  if (wantsYaml(request)) {
    return {
      ...response,
      headers: { ...response.headers, "content-type": "application/yaml" },
      body: toYaml(JSON.parse(response.body)),
    };
  }
  const asked = request.query.get("pretty");
  const human = asked
    ? /^(1|t|true)$/i.test(asked)
    : /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers["user-agent"] ?? "");
  return human ? { ...response, body: goStructJson(JSON.parse(response.body), "  ") } : response;
}

function isJson({ headers }: ApiResponse): boolean {
  return /^application\/json(;|$)/.test(headers["content-type"] ?? "");
}

/** What is no object of the API is JSON whatever is asked for. */
const ALWAYS_JSON = /^\/(version|openapi|openid|\.well-known)(\/|$)/;

function wantsYaml({ path, headers }: ApiRequest): boolean {
  if (!headers.accept?.includes("yaml") || ALWAYS_JSON.test(path)) return false;
  try {
    return formOf(headers.accept).isYaml === true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return false;
  }
}

/** A refusal. Source: kubernetes/apiserver pkg/endpoints/handlers/responsewriters/writers.go (ErrorNegotiated). */
export function refused(error: ApiError): ApiResponse {
  const response = json(error.toStatus(), error.code);
  const seconds = error.details?.retryAfterSeconds;
  if (seconds) response.headers["retry-after"] = String(seconds);
  return response;
}

/** Upstream's structs put kind and apiVersion first. */
function inOrder(body: unknown): unknown {
  if (body === null || typeof body !== "object" || !("kind" in body)) return body;
  const { kind, apiVersion, metadata, ...rest } = body as KubeObject;
  return { kind, apiVersion, metadata, ...rest };
}

export function aggregatedDiscovery(body: unknown): ApiResponse {
  const type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  return { ...json(body), headers: { "content-type": type } };
}

export function text(body: string): ApiResponse {
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

/** What is served nowhere. Source: kubernetes/apiserver pkg/util/notfoundhandler. */
export function notFoundPage(): ApiResponse {
  return { ...unsniffed("404 page not found\n"), status: 404 };
}

/** A text that browsers are not to guess the type of. Source: golang/go src/net/http/server.go (Error). */
export function unsniffed(body: string): ApiResponse {
  const plain = text(body);
  return { ...plain, headers: { ...plain.headers, "x-content-type-options": "nosniff" } };
}

export function deleted(type: ResourceType, object: KubeObject) {
  return {
    ...success(),
    details: {
      name: object.metadata.name,
      ...(type.group ? { group: type.group } : {}),
      kind: type.plural,
      uid: object.metadata.uid,
    },
  };
}

/** @param code where the answer says it. */
export function success(code?: number) {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
  return code === undefined ? status : { ...status, code };
}

export function notAllowed(): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}
