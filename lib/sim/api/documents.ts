import { createHash } from "node:crypto";
import { quote } from "../../go/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import type { Discovery } from "./discovery.ts";
import { openApiDefinitions, openApiDocument, openApiHash, openApiIndex } from "./openapi.ts";
import type { ApiRequest } from "./requests.ts";
import { ISSUER } from "./rbac/tokens.ts";
import type { ResourceServer } from "./resource_server.ts";
import {
  aggregatedDiscovery,
  type ApiResponse,
  json,
  notAllowed,
  notFoundPage,
  text,
  unsniffed,
} from "./responses.ts";
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
    // Source: kubernetes/apiserver pkg/endpoints/discovery: these alone are routes, of GET.
    const isRoute = root === "version" || (root === "api" && rest.length < 2) ||
      (root === "apis" && (rest.length === 0 || rest.length === 2));
    if (isRoute && request.method !== "GET") throw notAllowed();
    const wantsAll = request.headers.accept?.includes("as=APIGroupDiscoveryList");
    if (root === undefined) {
      return json({ paths: this.#paths() });
    }
    if (root === "version") return json(VERSION);
    if (request.path === "/.well-known/openid-configuration") return json(OPENID);
    if (request.path === "/openid/v1/jwks") {
      const keys = json(this.#server.tokens.keySet());
      return { ...keys, headers: { ...keys.headers, "content-type": "application/jwk-set+json" } };
    }
    if (Object.hasOwn(HEALTH, root)) return healthOf(root, rest, request);
    if (root === "metrics") return text(this.#metrics());
    if (root === "openapi" && rest[0] === "v3") {
      return tagged(request, openApi(this.#server.registry, rest.slice(1).join("/"), request));
    }
    if (root === "openapi" && rest[0] === "v2") {
      return tagged(request, openApiV2(this.#server.registry, request));
    }
    if (root === "api" && rest.length === 0) {
      return wantsAll
        ? tagged(request, aggregatedDiscovery(discovery.aggregated(true)))
        : json(discovery.coreVersions());
    }
    if (root === "apis" && rest.length === 0) {
      return wantsAll
        ? tagged(request, aggregatedDiscovery(discovery.aggregated(false)))
        : json(discovery.groups());
    }
    if (root === "apis" && rest.length === 1) {
      const group = discovery.group(rest[0]);
      if (!group) throw ApiError.noSuchResource();
      return json(group);
    }
    if (root !== "api" && root !== "apis") {
      return notFoundPage();
    }
    return undefined;
  }

  /** Where something is served. Source: kubernetes/apiserver pkg/server/routes/index.go. */
  #paths(): string[] {
    const { groups } = this.#discovery.groups();
    const apis = groups.flatMap(({ name, versions }) => [
      `/apis/${name}`,
      ...versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
    ]);
    const health = Object.entries(HEALTH).flatMap(([root, checks]) => [
      `/${root}`,
      ...checks.map((check) => `/${root}/${check}`),
    ]);
    return [
      "/.well-known/openid-configuration",
      "/api",
      "/api/v1",
      "/apis",
      "/apis/",
      ...apis,
      ...health,
      "/metrics",
      "/openapi/v2",
      "/openapi/v3",
      "/openapi/v3/",
      "/openid/v1/jwks",
      "/version",
    ].sort();
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

const POST_START_HOOKS = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-apiextensions-informers",
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "aggregator-reload-proxy-client-cert",
  "start-kube-aggregator-informers",
  "apiservice-status-local-available-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-registration-controller",
  "apiservice-discovery-controller",
  "kube-apiserver-autoregistration",
  "autoregister-completion",
  "apiservice-openapi-controller",
  "apiservice-openapiv3-controller",
].map((hook) => hook === "autoregister-completion" ? hook : `poststarthook/${hook}`);

/** The checks of each health endpoint, all of which hold here. Source: kubernetes/apiserver pkg/server/healthz. */
const HEALTH: Readonly<Record<string, readonly string[]>> = {
  healthz: ["ping", "log", "loopback-serving-certificate", "etcd", ...POST_START_HOOKS],
  livez: ["ping", "log", "loopback-serving-certificate", "etcd", ...POST_START_HOOKS],
  readyz: [
    "ping",
    "log",
    "etcd",
    "etcd-readiness",
    "informer-sync",
    ...POST_START_HOOKS,
    "shutdown",
  ],
};

/** Source: kubernetes/apiserver pkg/server/healthz/healthz.go (handleRootHealth). */
function healthOf(root: string, rest: string[], { query }: ApiRequest): ApiResponse {
  const checks = HEALTH[root];
  const name = rest.join("/");
  if (name !== "") {
    if (checks.includes(name)) return text("ok");
    return notFoundPage();
  }
  if (!query.has("verbose")) return unsniffed("ok");
  const excluded = new Set(query.getAll("exclude"));
  const lines = checks.map((check) =>
    excluded.has(check) ? `[+]${check} excluded: ok\n` : `[+]${check} ok\n`
  );
  const unknown = [...excluded].filter((check) => !checks.includes(check)).sort();
  if (unknown.length > 0) {
    const which = unknown.map((check) => quote(check)).join(",");
    lines.push(`warn: some health checks cannot be excluded: no matches for ${which}\n`);
  }
  return unsniffed(`${lines.join("")}${root} check passed\n`);
}

/** Source: kubernetes pkg/serviceaccount/openidmetadata.go. */
const OPENID = {
  issuer: ISSUER,
  jwks_uri: "https://172.18.0.2:6443/openid/v1/jwks",
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
};

/**
 * A document that its reader may have already.
 * Source: kubernetes/apiserver pkg/endpoints/discovery/aggregated/etag.go (ServeHTTPWithETag).
 */
function tagged(request: ApiRequest, response: ApiResponse): ApiResponse {
  if (response.status !== 200) return response;
  const hash = createHash("sha512").update(response.body).digest("hex").toUpperCase();
  const headers = { ...response.headers, etag: `"${hash}"`, vary: "Accept" };
  if (request.headers["if-none-match"] !== headers.etag) return { ...response, headers };
  return { status: 304, headers, body: "" };
}

function openApi(
  registry: ResourceServer["registry"],
  path: string,
  { query }: ApiRequest,
): ApiResponse {
  const document = path === "" ? openApiIndex(registry) : openApiDocument(registry, path);
  if (!document) throw ApiError.noSuchResource();
  const response = json(document);
  const asked = query.get("hash");
  if (!asked || path === "") return response;
  const hash = openApiHash(registry, path);
  // Source: kubernetes/kube-openapi pkg/handler3/handler.go (HandleGroupVersion).
  if (asked !== hash) {
    const location = `/openapi/v3/${path}?hash=${hash}`;
    return { status: 301, headers: { location }, body: "" };
  }
  // A document that is asked for by its hash is the same for ever, and clients keep it.
  response.headers["cache-control"] = "public, immutable, max-age=31536000";
  return response;
}

/**
 * What clients of old read the schemas from; an empty message is a document without any.
 * Differs: it names no paths, and has nothing as protocol buffers.
 */
function openApiV2(registry: ResourceServer["registry"], { headers }: ApiRequest): ApiResponse {
  const info = { title: "Kubernetes", version: VERSION.gitVersion };
  if (!headers.accept?.includes("protobuf")) {
    return json({ swagger: "2.0", info, paths: {}, definitions: openApiDefinitions(registry) });
  }
  const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  return { status: 200, headers: { "content-type": type }, body: "" };
}
