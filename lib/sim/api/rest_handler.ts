import type { VirtualClock } from "../../base/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import type { ContainerLogs } from "../seams.ts";
import type { Aggregator } from "./aggregator.ts";
import type { Discovery } from "./discovery.ts";
import { checkFields, checkTypeMeta } from "./field_validation.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";
import { jsonPatch, mergePatch, strategicMerge } from "./patch.ts";
import { podLog } from "./pod_logs.ts";
import type { DeleteOptions, ResourceServer } from "./resource_server.ts";
import { apiVersionOf, type ResourceType } from "./resources.ts";
import { applyScale, scaleOf } from "./scale.ts";
import {
  type ApiRequest,
  checkName,
  checkPatched,
  checkUpdatable,
  decodeContinue,
  decodePart,
  dropNulls,
  encodeContinue,
  fieldValidation,
  goText,
  parseBody,
  PATCH_TYPES,
  selectors,
  storeKey,
  wantsTable,
  writeOptions,
} from "./requests.ts";
import {
  aggregatedDiscovery,
  type ApiResponse,
  deleted,
  json,
  success,
  text,
} from "./responses.ts";
import { schemaOf } from "./schemas.ts";
import { selection } from "./selection.ts";
import { tableFor } from "./tables/mod.ts";
import { VERSION } from "./version.ts";
import { startWatch } from "./watch_stream.ts";

type Json = any;

/** What the handler answers from. */
export interface RestParts {
  server: ResourceServer;
  clock: VirtualClock;
  discovery: Discovery;
  aggregator: Aggregator;
  logs: () => ContainerLogs | undefined;
}

/** A path below a group and version. */
interface Target {
  type: ResourceType;
  namespace: string;
  name: string | undefined;
  subresource: string | undefined;
}

/** Answers requests to the Kubernetes API. Errors come out as `Status` bodies. */
export class RestHandler {
  readonly #parts: RestParts;
  /** Requests answered since the start, by the labels they are counted under. */
  readonly #requests = new Map<string, number>();

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  respond(request: ApiRequest): ApiResponse {
    const response = this.#answered(request);
    const labels = `{code="${response.status}",verb="${request.method}"}`;
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1);
    return response;
  }

  #answered(request: ApiRequest): ApiResponse {
    try {
      return this.#route(request);
    } catch (error) {
      if (error instanceof ApiError) return json(error.toStatus(), error.code);
      throw error;
    }
  }

  /** Differs: a few of upstream's families, with fewer labels. */
  #metrics(): string {
    const { server } = this.#parts;
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
      server.store.counts().sort().map(([resource, count]) => `{resource="${resource}"} ${count}`),
    );
  }

  #route(request: ApiRequest): ApiResponse {
    const parts = request.path.split("/").filter(Boolean).map(decodePart);
    const [root, ...rest] = parts;
    const fixed = this.#fixed(request, root, rest);
    if (fixed) return fixed;
    if (root === "api" && rest[0] === "v1") return this.#resource(request, "v1", rest.slice(1));
    if (root === "apis" && rest.length >= 2) {
      const [group, version, ...tail] = rest;
      if (this.#parts.aggregator.serves(group, version)) return this.#aggregated(request);
      return this.#resource(request, `${group}/${version}`, tail);
    }
    throw ApiError.noSuchResource();
  }

  #fixed(request: ApiRequest, root: string | undefined, rest: string[]): ApiResponse | undefined {
    const { discovery, server } = this.#parts;
    const wantsAll = request.headers.accept?.includes("as=APIGroupDiscoveryList");
    if (root === undefined) {
      return json({ paths: ["/api", "/api/v1", "/apis", "/healthz", "/version"] });
    }
    if (root === "version") return json(VERSION);
    if (["healthz", "livez", "readyz"].includes(root)) return text("ok");
    if (root === "metrics") return text(this.#metrics());
    if (root === "openapi" && rest[0] === "v3") {
      return openApi(server.registry, rest.slice(1).join("/"));
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

  #aggregated({ method, path, query, headers, body }: ApiRequest): ApiResponse {
    const search = query.toString();
    const answer = this.#parts.aggregator.proxy({
      method,
      path: search ? `${path}?${search}` : path,
      headers,
      body,
    });
    return { status: answer.status, headers: answer.headers, body: answer.body };
  }

  #resource(request: ApiRequest, apiVersion: string, parts: string[]): ApiResponse {
    if (parts.length === 0) {
      const list = this.#parts.discovery.resources(apiVersion);
      if (!list) throw ApiError.noSuchResource();
      return json(list);
    }
    const target = this.#target(apiVersion, parts);
    if (target.subresource) return this.#subresource(request, target, target.subresource);
    if (target.name === undefined) return this.#collection(request, target);
    return this.#object(request, target, target.name);
  }

  #target(apiVersion: string, parts: string[]): Target {
    const { registry } = this.#parts.server;
    const inNamespace = parts[0] === "namespaces" && parts.length >= 3 &&
      registry.byPath(apiVersion, parts[2])?.namespaced;
    const [namespace, tail] = inNamespace ? [parts[1], parts.slice(2)] : ["", parts];
    const type = registry.byPath(apiVersion, tail[0]);
    if (!type || tail.length > 3) throw ApiError.noSuchResource();
    if (type.namespaced && !inNamespace && tail.length > 1) throw ApiError.noSuchResource();
    return { type, namespace, name: tail[1], subresource: tail[2] };
  }

  #collection(request: ApiRequest, { type, namespace }: Target): ApiResponse {
    const space = type.namespaced && namespace ? namespace : undefined;
    switch (request.method) {
      case "GET":
        return request.query.get("watch") === "true" || request.query.get("watch") === "1"
          ? this.#watch(request, type, space, undefined)
          : this.#list(request, type, space);
      case "POST": {
        const { object, warnings } = this.#read(request, type);
        if (type.namespaced) {
          const given = object.metadata.namespace;
          if (given && given !== namespace) {
            throw ApiError.badRequest(
              `the namespace of the provided object does not match the namespace sent on the request`,
            );
          }
          object.metadata.namespace = namespace;
        }
        return this.#answer(
          request,
          type,
          this.#parts.server.create(type, object, writeOptions(request)),
          201,
          warnings,
        );
      }
      case "DELETE":
        return this.#deleteCollection(request, type, space);
      default:
        throw notAllowed();
    }
  }

  #list(request: ApiRequest, type: ResourceType, namespace: string | undefined): ApiResponse {
    const { server } = this.#parts;
    const { query } = request;
    const selects = selection(type.resource, selectors(query));
    let objects = server.store.list(type.resource, namespace).filter(selects);
    const metadata: Json = { resourceVersion: String(server.store.revision) };
    const limit = Number(query.get("limit") ?? 0);
    const from = query.get("continue");
    if (from) {
      const after = decodeContinue(from);
      objects = objects.filter((object) => storeKey(object) > after);
    }
    if (limit > 0 && objects.length > limit) {
      metadata.continue = encodeContinue(objects[limit - 1]);
      metadata.remainingItemCount = objects.length - limit;
      objects = objects.slice(0, limit);
    }
    const items = objects.map((object) =>
      server.get(type, object.metadata.namespace ?? "", object.metadata.name)
    );
    if (wantsTable(request)) return json(this.#table(request, type, items, metadata));
    const bare = type.definition
      ? items
      : items.map(({ apiVersion: _, kind: __, ...item }) => item);
    const kind = type.definition?.spec.names.listKind ?? `${type.kind}List`;
    return json({ kind, apiVersion: apiVersionOf(type), metadata, items: bare });
  }

  #table(
    request: ApiRequest,
    type: ResourceType,
    objects: KubeObject[],
    metadata: Json,
    headers = true,
  ): Json {
    const { columnDefinitions, rows } = tableFor(type, objects, this.#parts.clock.now());
    const include = request.query.get("includeObject") ?? "Metadata";
    return {
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      columnDefinitions: headers ? columnDefinitions : [],
      rows: rows.map(({ cells, conditions }, i) => ({
        cells,
        ...(conditions ? { conditions } : {}),
        object: include === "None" ? null : include === "Object" ? objects[i] : {
          kind: "PartialObjectMetadata",
          apiVersion: "meta.k8s.io/v1",
          metadata: objects[i].metadata,
        },
      })),
    };
  }

  #watch(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
    name: string | undefined,
  ): ApiResponse {
    const bySelector = selection(type.resource, selectors(request.query));
    const selects = (object: KubeObject) =>
      (name === undefined || object.metadata.name === name) && bySelector(object);
    const asTable = wantsTable(request);
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: "",
      stream: (send) => {
        let first = true;
        return startWatch(this.#parts.server.store, {
          type,
          namespace,
          selects,
          query: request.query,
        }, (message) => {
          let { object } = message;
          if (asTable && message.type !== "ERROR") {
            const { resourceVersion } = (object as KubeObject).metadata;
            const rows = message.type === "BOOKMARK" ? [] : [object as KubeObject];
            const table = this.#table(request, type, rows, { resourceVersion }, first);
            if (message.type === "BOOKMARK") table.rows = [{ cells: [], object }];
            object = table;
            first = false;
          }
          send(JSON.stringify({ type: message.type, object }) + "\n");
        });
      },
    };
  }

  #object(request: ApiRequest, target: Target, name: string): ApiResponse {
    const { server } = this.#parts;
    const { type, namespace } = target;
    switch (request.method) {
      case "GET":
        if (request.query.get("watch") === "true") {
          return this.#watch(request, type, type.namespaced ? namespace : undefined, name);
        }
        return this.#answer(request, type, server.get(type, namespace, name));
      case "PUT": {
        const { object, warnings } = this.#read(request, type);
        checkName(object, name);
        if (type.namespaced) object.metadata.namespace ??= namespace;
        if (type.definition) checkUpdatable(type, object);
        return this.#answer(
          request,
          type,
          server.update(type, object, writeOptions(request)),
          200,
          warnings,
        );
      }
      case "PATCH":
        return this.#patch(request, target, name);
      case "DELETE": {
        const before = server.get(type, namespace, name);
        const after = server.delete(type, namespace, name, this.#deleteOptions(request));
        return after ? this.#answer(request, type, after) : json(deleted(type, before));
      }
      default:
        throw notAllowed();
    }
  }

  #patch(
    request: ApiRequest,
    { type, namespace }: Target,
    name: string,
    subresource?: "status",
  ): ApiResponse {
    const { server } = this.#parts;
    const options = { ...writeOptions(request), ...(subresource ? { subresource } : {}) };
    const media = request.headers["content-type"]?.split(";")[0] ?? "";
    const exists = server.store.get(type.resource, type.namespaced ? namespace : "", name);
    if (media === "application/apply-patch+yaml" && !exists) {
      const { object, warnings } = this.#read(request, type);
      checkName(object, name);
      if (type.namespaced) object.metadata.namespace = namespace;
      return this.#answer(request, type, server.create(type, object, options), 201, warnings);
    }
    const current = server.get(type, namespace, name);
    const patch = parseBody(request.body);
    const next = structuredClone(this.#patched(type, current, patch, media)) as KubeObject;
    const shown = media === "application/strategic-merge-patch+json" ? goText(patch) : undefined;
    const warnings = checkPatched(type, next, fieldValidation(request), shown);
    return this.#answer(request, type, server.update(type, next, options), 200, warnings);
  }

  #patched(type: ResourceType, current: KubeObject, patch: Json, media: string): Json {
    switch (media) {
      case "application/json-patch+json":
        return jsonPatch(current, patch);
      case "application/merge-patch+json":
        return mergePatch(current, patch);
      case "application/strategic-merge-patch+json":
        if (type.definition) break;
        return strategicMerge(current, patch, schemaOf(type));
      case "application/apply-patch+yaml": {
        const { managedFields: _, ...metadata } = patch.metadata ?? {};
        const applied = { ...patch, metadata };
        return type.definition
          ? mergePatch(current, applied)
          : strategicMerge(current, applied, schemaOf(type));
      }
    }
    if (!PATCH_TYPES.has(media)) {
      throw new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
    }
    const supported = [
      "application/json-patch+json",
      "application/merge-patch+json",
      ...(type.definition ? [] : ["application/strategic-merge-patch+json"]),
      "application/apply-patch+yaml",
    ];
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${
        supported.join(", ")
      }`,
    );
  }

  #deleteCollection(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
  ): ApiResponse {
    const { server } = this.#parts;
    const objects = server.store.list(type.resource, namespace)
      .filter(selection(type.resource, selectors(request.query)));
    const options = this.#deleteOptions(request);
    for (const { metadata } of objects) {
      server.delete(type, metadata.namespace ?? "", metadata.name, options);
    }
    return json({
      kind: `${type.kind}List`,
      apiVersion: apiVersionOf(type),
      metadata: { resourceVersion: String(server.store.revision) },
      items: objects,
    });
  }

  #subresource(request: ApiRequest, target: Target, subresource: string): ApiResponse {
    const { server, clock, logs } = this.#parts;
    const { type, namespace, name = "" } = target;
    if (!type.subresources.has(subresource)) throw ApiError.noSuchResource();
    if (subresource === "log" && request.method === "GET") {
      const pod = server.get(type, namespace, name);
      const provider = logs();
      if (!provider) throw ApiError.unavailable("the kubelet is not running");
      const { text: sofar, follow } = podLog(
        provider,
        pod,
        request.query,
        clock.now(),
      );
      if (!follow) return text(sofar);
      return {
        ...text(""),
        stream: (send, end) => {
          if (sofar) send(sofar);
          return follow(send, end);
        },
      };
    }
    if (subresource === "scale") return this.#scale(request, target, name);
    if (subresource === "status") {
      if (request.method === "GET") {
        return this.#answer(request, type, server.get(type, namespace, name));
      }
      if (request.method === "PATCH") return this.#patch(request, target, name, "status");
      if (request.method === "PUT") {
        const { object } = this.#read(request, type);
        const options = { ...writeOptions(request), subresource } as const;
        return this.#answer(request, type, server.update(type, object, options));
      }
    }
    if (subresource === "finalize" && request.method === "PUT") {
      return this.#answer(request, type, server.update(type, this.#read(request, type).object));
    }
    if (subresource === "binding" && request.method === "POST") {
      return this.#bind(request, target, name);
    }
    if (subresource === "eviction" && request.method === "POST") {
      server.delete(type, namespace, name, parseBody(request.body).deleteOptions ?? {});
      return json(success());
    }
    if (subresource === "token" && request.method === "POST") {
      const body = parseBody(request.body);
      const expirationTimestamp = new Date(clock.now() + 3600_000).toISOString();
      return json(
        { ...body, status: { token: `sa.${namespace}.${name}`, expirationTimestamp } },
        201,
      );
    }
    throw notAllowed();
  }

  #scale(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const { server } = this.#parts;
    const current = server.get(type, namespace, name);
    if (request.method === "GET") return json(scaleOf(type, current));
    const body = parseBody(request.body);
    const scale = request.method === "PUT"
      ? body
      : request.headers["content-type"]?.startsWith("application/json-patch+json")
      ? jsonPatch(scaleOf(type, current), body)
      : mergePatch(scaleOf(type, current), body);
    return json(applyScale(server, type, current, scale, writeOptions(request)));
  }

  #bind(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const { server } = this.#parts;
    const pod = structuredClone(server.get(type, namespace, name));
    if (pod.spec.nodeName) {
      throw ApiError.conflict(
        "pods/binding",
        name,
        `pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
      );
    }
    pod.spec.nodeName = parseBody(request.body).target?.name;
    server.update(type, pod);
    return json(success(), 201);
  }

  #read(request: ApiRequest, type: ResourceType): { object: KubeObject; warnings: string[] } {
    const object = parseBody(request.body);
    checkTypeMeta(type, object);
    object.metadata ??= {};
    const warnings = checkFields(type, object, fieldValidation(request));
    if (!type.definition) dropNulls(object);
    return { object, warnings };
  }

  #deleteOptions(request: ApiRequest): DeleteOptions {
    const body = request.body ? parseBody(request.body) : {};
    const grace = request.query.get("gracePeriodSeconds");
    const policy = request.query.get("propagationPolicy");
    return {
      ...body,
      ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
      ...(policy === null ? {} : { propagationPolicy: policy }),
      dryRun: writeOptions(request).dryRun || body.dryRun?.includes("All"),
    };
  }

  #answer(
    request: ApiRequest,
    type: ResourceType,
    object: KubeObject,
    status = 200,
    warnings: string[] = [],
  ): ApiResponse {
    const body = wantsTable(request) && request.method === "GET"
      ? this.#table(request, type, [object], { resourceVersion: object.metadata.resourceVersion })
      : object;
    const response = json(body, status);
    if (warnings.length > 0) {
      response.headers.warning = warnings.map((warning) => `299 - ${JSON.stringify(warning)}`).join(
        ", ",
      );
    }
    return response;
  }
}

function openApi(registry: ResourceServer["registry"], path: string): ApiResponse {
  const document = path === "" ? openApiIndex(registry) : openApiDocument(registry, path);
  if (!document) throw ApiError.noSuchResource();
  return json(document);
}

function notAllowed(): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
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
