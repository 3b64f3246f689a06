import { ApiError } from "../../kube/mod.ts";
import type { Discovery } from "./discovery.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";
import type { ApiRequest } from "./requests.ts";
import type { ResourceServer } from "./resource_server.ts";
import { aggregatedDiscovery, type ApiResponse, json, text } from "./responses.ts";
import { VERSION } from "./version.ts";

/** What is served beside resources: discovery, OpenAPI, the version, health and metrics. */
export class Documents {
  readonly #server: ResourceServer;
  readonly #discovery: Discovery;
  /** Requests answered since the start, by the labels they are counted under. */
  readonly #requests = new Map<string, number>();

  constructor(server: ResourceServer, discovery: Discovery) {
    this.#server = server;
    this.#discovery = discovery;
  }

  /** Counts an answer, for `/metrics`. */
  count({ method }: ApiRequest, { status }: ApiResponse): void {
    const labels = `{code="${status}",verb="${method}"}`;
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1);
  }

  /** The document at a path; undefined where there is none. Errors: ApiError (NotFound). */
  at(request: ApiRequest, root: string | undefined, rest: string[]): ApiResponse | undefined {
    const discovery = this.#discovery;
    const wantsAll = request.headers.accept?.includes("as=APIGroupDiscoveryList");
    if (root === undefined) {
      return json({ paths: ["/api", "/api/v1", "/apis", "/healthz", "/version"] });
    }
    if (root === "version") return json(VERSION);
    if (["healthz", "livez", "readyz"].includes(root)) return text("ok");
    if (root === "metrics") return text(this.#metrics());
    if (root === "openapi" && rest[0] === "v3") {
      return openApi(this.#server.registry, rest.slice(1).join("/"), request);
    }
    if (root === "openapi" && rest[0] === "v2") return openApiV2(request);
    if (root === "api" && rest.length === 0) {
      return wantsAll
        ? aggregatedDiscovery(discovery.aggregated(true))
        : json(discovery.coreVersions());
    }
    if (root === "apis" && rest.length === 0) {
      return wantsAll ? aggregatedDiscovery(discovery.aggregated(false)) : json(discovery.groups());
    }
    if (root === "apis" && rest.length === 1) {
      const group = discovery.group(rest[0]);
      if (!group) throw ApiError.noSuchResource();
      return json(group);
    }
    return undefined;
  }

  /** The resources of a group and version. Errors: ApiError (NotFound). */
  resources(apiVersion: string): ApiResponse {
    const list = this.#discovery.resources(apiVersion);
    if (!list) throw ApiError.noSuchResource();
    return json(list);
  }

  /** Differs: a few of upstream's families, with fewer labels. */
  #metrics(): string {
    const family = (name: string, type: string, help: string, lines: string[]) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines.map((line) => name + line), ""]
        .join("\n");
    return family(
      "apiserver_request_total",
      "counter",
      "[STABLE] Counter of apiserver requests broken out for each verb and HTTP response code.",
      [...this.#requests].sort().map(([labels, count]) => `${labels} ${count}`),
    ) + family(
      "apiserver_storage_objects",
      "gauge",
      "[STABLE] Number of stored objects at the time of last check split by kind.",
      this.#server.store.counts().sort().map(([resource, count]) =>
        `{resource="${resource}"} ${count}`
      ),
    );
  }
}

function openApi(
  registry: ResourceServer["registry"],
  path: string,
  { query }: ApiRequest,
): ApiResponse {
  const document = path === "" ? openApiIndex(registry) : openApiDocument(registry, path);
  if (!document) throw ApiError.noSuchResource();
  const response = json(document);
  // A document that is asked for by its hash is the same for ever, and clients keep it.
  if (query.has("hash")) response.headers["cache-control"] = "public, immutable, max-age=31536000";
  return response;
}

/**
 * Clients fall back to it for kinds that version 3 does not have: it has none either. An empty message
 * is a document without paths.
 */
function openApiV2({ headers }: ApiRequest): ApiResponse {
  const info = { title: "Kubernetes", version: VERSION.gitVersion };
  if (!headers.accept?.includes("protobuf")) return json({ swagger: "2.0", info, paths: {} });
  const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  return { status: 200, headers: { "content-type": type }, body: "" };
}
