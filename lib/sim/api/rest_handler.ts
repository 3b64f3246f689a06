import type { Clock } from "../../base/mod.ts";
import { ApiError } from "../../kube/mod.ts";
import type { ContainerLogs, ContainerStreams } from "../seams.ts";
import type { Aggregator } from "./aggregator.ts";
import type { Discovery } from "./discovery.ts";
import { discoveryData } from "./_data.ts";
import { Documents } from "./documents.ts";
import { formOf, withoutTables } from "./media.ts";
import { writeOptions } from "./options.ts";
import type { OpenedStream } from "./pod_streams.ts";
import { ObjectReader } from "./object_reader.ts";
import { ObjectWriter } from "./object_writer.ts";
import { passageOf, passOn } from "./proxying.ts";
import { attributesOf } from "./rbac/attributes.ts";
import { ADMIN, impersonated } from "./rbac/identity.ts";
import { type ApiRequest, decodePart } from "./requests.ts";
import { panicked } from "./request_fence.ts";
import type { ResourceServer } from "./resource_server.ts";
import { isReview, type ResourceType } from "./resources.ts";
import { type ApiResponse, forReader, notAllowed, notFoundPage, refused } from "./responses.ts";
import { Subresources } from "./subresources.ts";
import { type Target, targetOf } from "./targets.ts";
import { deprecationOf } from "./warnings.ts";

/** What the handler answers from. */
export interface RestParts {
  server: ResourceServer;
  clock: Clock;
  discovery: Discovery;
  aggregator: Aggregator;
  logs: () => ContainerLogs | undefined;
  streams: () => ContainerStreams | undefined;
}

/** What is answered from a container, in no form of an object. */
const NO_OBJECTS = new Set(["log", "exec", "attach", "portforward"]);

/** Answers requests to the Kubernetes API. Errors come out as `Status` bodies. */
export class RestHandler {
  readonly #server: ResourceServer;
  readonly #aggregator: Aggregator;
  readonly #documents: Documents;
  readonly #reader: ObjectReader;
  readonly #writer: ObjectWriter;
  readonly #subresources: Subresources;

  constructor({ server, clock, discovery, aggregator, logs, streams }: RestParts) {
    this.#server = server;
    this.#aggregator = aggregator;
    this.#documents = new Documents(server, discovery);
    const reader = this.#reader = new ObjectReader(server, clock);
    const writer = this.#writer = new ObjectWriter(server, reader);
    this.#subresources = new Subresources({ server, reader, writer, clock, logs, streams });
  }

  respond(request: ApiRequest): ApiResponse {
    return this.#server.scope.run(
      () => {
        const response = forReader(request, this.#answered(request));
        this.#documents.count(request, response);
        return response;
      },
      () => refused(panicked()),
      `${request.method} ${request.path}`,
    );
  }

  /** Opens a stream into a pod. Errors: ApiError. */
  stream(request: ApiRequest): OpenedStream {
    const parts = request.path.split("/").filter(Boolean).map(decodePart);
    const target = targetOf(this.#server.registry, parts);
    return this.#subresources.stream(this.#authorized(request), target);
  }

  #answered(given: ApiRequest): ApiResponse {
    const request = { ...given, warnings: [] };
    try {
      return this.#route(this.#authorized(request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isNowhere(error, request)) return notFoundPage();
      return this.#reader.withWarnings(refused(error), request.warnings);
    }
  }

  /** The request as the one it is made as, who may make it. Errors: ApiError (Forbidden). */
  #authorized(request: ApiRequest): ApiRequest {
    if (!request.user) return request;
    let { user } = request;
    const as = impersonated(request.headers);
    for (const { namespace = "", subresource = "", ...wanted } of as?.wants ?? []) {
      this.#server.demand(user, { verb: "impersonate", ...wanted, namespace, subresource });
    }
    if (as) user = as.user;
    this.#server.demand(user, attributesOf(request));
    return { ...request, user };
  }

  #route(request: ApiRequest): ApiResponse {
    const parts = request.path.split("/").filter(Boolean).map(decodePart);
    const [root, ...rest] = parts;
    const document = this.#documents.at(request, root, rest);
    if (document) return document;
    const passage = passageOf(request);
    if (passage) return passOn(this.#server, request, passage);
    const [group, version] = root === "apis" ? rest : ["", ...rest];
    if (version === undefined || (root !== "api" && root !== "apis")) {
      throw ApiError.noSuchResource();
    }
    if (group !== "" && this.#aggregator.serves(group, version)) return this.#aggregated(request);
    const head = parts.slice(0, root === "apis" ? 3 : 2);
    return this.#resource(request, head, parts.slice(head.length));
  }

  #aggregated({ method, path, query, headers, body }: ApiRequest): ApiResponse {
    const search = query.toString();
    const answer = this.#aggregator.proxy({
      method,
      path: search ? `${path}?${search}` : path,
      headers,
      body,
    });
    return { status: answer.status, headers: answer.headers, body: answer.body };
  }

  /** `head` is the version of a group, `parts` what follows it. */
  #resource(request: ApiRequest, head: string[], parts: string[]): ApiResponse {
    if (parts.length === 0) return this.#documents.resources(head.slice(1).join("/"));
    if (parts[0] === "watch" && parts.length > 1 && request.method === "GET") {
      // What old clients ask instead of ?watch=true.
      const query = new URLSearchParams(request.query);
      query.set("watch", "true");
      return this.#resource({ ...request, query }, head, parts.slice(1));
    }
    const target = targetOf(this.#server.registry, [...head, ...parts]);
    const deprecation = deprecationOf(target.type);
    if (deprecation === undefined) return this.#targeted(request, target);
    request.warnings?.push(deprecation);
    const response = this.#targeted(request, target);
    return this.#reader.withWarnings(
      { ...response, headers: { ...response.headers } },
      request.warnings ?? [],
    );
  }

  #targeted(request: ApiRequest, target: Target): ApiResponse {
    // An answer that the client does not take is refused before anything is done.
    if (!NO_OBJECTS.has(target.subresource ?? "")) {
      formOf(request.headers.accept, target.name === undefined);
    }
    if (target.subresource) {
      return this.#subresources.respond(request, target, target.subresource);
    }
    if (target.name === undefined) return this.#collection(request, target);
    return this.#object(request, target, target.name);
  }

  #collection(request: ApiRequest, target: Target): ApiResponse {
    const { type, namespace } = target;
    const space = type.namespaced && namespace ? namespace : undefined;
    // What is in all namespaces is only looked at.
    if (type.namespaced && space === undefined && request.method !== "GET") {
      throw type.definition ? ApiError.noSuchResource() : notAllowed();
    }
    checkVerb(type, { GET: "list", POST: "create", DELETE: "deletecollection" }, request.method);
    switch (request.method) {
      case "GET":
        return this.#reader.collection(request, type, space);
      case "POST":
        if (isReview(type)) return this.#review(request, target);
        if (type.resource === "bindings") {
          const pods = this.#server.registry.byPath("v1", "pods")!;
          return this.#subresources.bind(request, { ...target, type: pods });
        }
        return this.#writer.create(request, target);
      case "DELETE":
        return this.#writer.deleteCollection(request, type, space);
      default:
        throw notAllowed();
    }
  }

  #review(asked: ApiRequest, { type, namespace }: Target): ApiResponse {
    const request = { ...asked, headers: withoutTables(asked.headers) };
    const options = writeOptions(request, "CreateOptions");
    const { object, warnings } = this.#writer.read(request, type);
    if (type.namespaced) object.metadata.namespace = namespace;
    const answer = this.#server.review(type, request.user ?? ADMIN, object, options);
    return this.#reader.answer(request, type, answer, 201, warnings);
  }

  #object(request: ApiRequest, target: Target, name: string): ApiResponse {
    const verbs = { GET: "get", PUT: "update", PATCH: "patch", DELETE: "delete" };
    checkVerb(target.type, verbs, request.method);
    switch (request.method) {
      case "GET":
        return this.#reader.get(request, target.type, target.namespace, name);
      case "PUT":
        return this.#writer.replace(request, target, name);
      case "PATCH":
        return this.#writer.patch(request, target, name);
      case "DELETE":
        return this.#writer.delete(request, target, name);
      default:
        throw notAllowed();
    }
  }
}

/**
 * Whether a path leads to nothing in a group of custom resources, or in none: what looks for those passes on what it has
 * not, and nobody is behind it. Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (ServeHTTP).
 */
function isNowhere({ code, details }: ApiError, { path }: ApiRequest): boolean {
  const [, root, group] = path.split("/");
  return code === 404 && root === "apis" && Object.keys(details ?? {}).length === 0 &&
    !discoveryData().groups.some(({ name }) => name === group);
}

/** Reviews are only made, bindings too: what else is asked of them is not allowed. Errors: ApiError. */
function checkVerb(type: ResourceType, verbs: Record<string, string>, method: string): void {
  const verb = verbs[method];
  if (!verb || !type.verbs.includes(verb)) throw notAllowed();
}
