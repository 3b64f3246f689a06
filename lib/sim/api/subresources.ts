import { type Clock, fnv32a } from "../../base/mod.ts";
import { isMap, own } from "../../go/mod.ts";
import { ApiError, jsonPatch, type KubeObject, mergePatch, PATCH_TYPES } from "../../kube/mod.ts";
import type { ContainerLogs, ContainerStreams } from "../seams.ts";
import { evict } from "./eviction.ts";
import { readConfiguration } from "./fields/configuration.ts";
import { asWritten } from "./object_json.ts";
import type { ObjectReader } from "./object_reader.ts";
import type { ObjectWriter } from "./object_writer.ts";
import {
  KubeletRefusal,
  type OpenedStream,
  openPodStream,
  type StreamKind,
} from "./pod_streams.ts";
import { podLogOptions } from "./log_options.ts";
import { podLog } from "./pod_logs.ts";
import { deleteOptions, fieldValidation, isTrue, writeOptions } from "./options.ts";
import { type ApiRequest, checkName } from "./requests.ts";
import { parseBody, parsePatch } from "./bodies.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { ResourceType } from "./resources.ts";
import { type ApiResponse, json, notAllowed, success, text } from "./responses.ts";
import { applyScale, applyScaleConfiguration, checkScale, scaleOf } from "./scale.ts";
import type { Target } from "./targets.ts";

/** What subresources are answered from. */
export interface SubresourceParts {
  server: ResourceServer;
  reader: ObjectReader;
  writer: ObjectWriter;
  clock: Clock;
  logs: () => ContainerLogs | undefined;
  streams: () => ContainerStreams | undefined;
}

const PARTS = ["status", "ephemeralcontainers", "resize", "approval"] as const;
const isPart = (subresource: string): subresource is typeof PARTS[number] =>
  PARTS.some((part) => part === subresource);
const isStream = (subresource: string): subresource is StreamKind =>
  ["exec", "attach", "portforward"].includes(subresource);
/** What `…/scale` is of, in any group. */
const SCALE: ResourceType = {
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  plural: "scales",
  singular: "scale",
  namespaced: true,
  shortNames: [],
  categories: [],
  verbs: [],
  subresources: new Set(),
  resource: "scales.autoscaling",
  storageVersion: "autoscaling/v1",
};
const TOKEN_REQUEST = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  resource: "tokenrequests.authentication.k8s.io",
};
const ANY_PROTOCOL = {
  "sec-websocket-protocol": "v4.channel.k8s.io, SPDY/3.1+portforward.k8s.io",
};

/** 64 hexadecimal digits that follow from `text`, in the look of a container's id. */
function hexOf(text: string): string {
  return Array.from({ length: 8 }, (_, i) => fnv32a(`${i}/${text}`).toString(16).padStart(8, "0"))
    .join("");
}

/** Answers what lies below an object: its status, scale, log, binding, eviction… */
export class Subresources {
  readonly #parts: SubresourceParts;

  constructor(parts: SubresourceParts) {
    this.#parts = parts;
  }

  respond(request: ApiRequest, target: Target, subresource: string): ApiResponse {
    const { server, reader, writer, clock, logs } = this.#parts;
    const { type, namespace, name = "" } = target;
    if (!type.subresources.has(subresource)) {
      // Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (ServeHTTP).
      throw type.definition ? ApiError.notFound(type.resource, name) : ApiError.noSuchResource();
    }
    if (subresource === "log" && request.method === "GET") {
      const options = podLogOptions(request.query, name);
      const pod = server.get(type, namespace, name);
      const provider = logs();
      if (!provider) throw ApiError.unavailable("the kubelet is not running");
      const { text: sofar, follow } = podLog(provider, pod, options, clock.now());
      if (!follow) return text(sofar);
      return {
        ...text(""),
        stream: (send, end) => {
          if (sofar) send(sofar);
          return follow(send, end);
        },
      };
    }
    if (isStream(subresource) && (request.method === "GET" || request.method === "POST")) {
      // What would refuse a stream comes first; a stream needs a connection of another kind.
      try {
        this.stream({ ...request, headers: { ...request.headers, ...ANY_PROTOCOL } }, target);
      } catch (error) {
        if (!(error instanceof KubeletRefusal)) throw error;
        return { ...text(`${error.message}\n`), status: error.code };
      }
      throw ApiError.badRequest("Upgrade request required");
    }
    if (subresource === "scale") return this.#scale(request, target, name);
    if (isPart(subresource)) {
      if (request.method === "GET") {
        return reader.answer(request, type, server.get(type, namespace, name));
      }
      if (request.method === "PATCH") return writer.patch(request, target, name, subresource);
      if (request.method === "PUT") {
        const { object } = writer.read(request, type);
        checkName(object, name, namespace);
        const options = {
          ...writeOptions(request, "UpdateOptions"),
          ...(subresource === "approval" ? {} : { subresource }),
        };
        return writer.writePart(request, type, object, subresource, options);
      }
    }
    if (subresource === "finalize" && request.method === "PUT") {
      const { object } = writer.read(request, type);
      checkName(object, name, namespace);
      return reader.answer(request, type, server.update(type, object));
    }
    if (subresource === "binding" && request.method === "POST") {
      return this.#bind(request, target, name);
    }
    if (subresource === "eviction" && request.method === "POST") {
      return this.#evict(request, target, name);
    }
    if (subresource === "token" && request.method === "POST") {
      writeOptions(request, "CreateOptions");
      const { object, warnings } = writer.read(request, { ...type, ...TOKEN_REQUEST });
      const account = server.get(type, namespace, name);
      const made = server.tokens.request(account, object);
      return reader.answer(request, { ...type, ...TOKEN_REQUEST }, made, 201, warnings);
    }
    throw notAllowed();
  }

  /** Opens `exec`, `attach` or `portforward`. Errors: ApiError. */
  stream(
    request: ApiRequest,
    { type, namespace, name = "", subresource = "" }: Target,
  ): OpenedStream {
    const { server, clock, streams } = this.#parts;
    if (type.resource !== "pods" || !isStream(subresource)) throw ApiError.noSuchResource();
    const provider = streams();
    if (!provider) throw ApiError.unavailable("the kubelet is not running");
    const pod = server.get(type, namespace, name);
    const protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",")
      .map((protocol) => protocol.trim()).filter(Boolean);
    return openPodStream(provider, {
      kind: subresource,
      pod,
      query: request.query,
      protocols,
      execId: () => hexOf(`exec/${pod.metadata.uid}/${clock.now()}`),
    });
  }

  #scale(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const { server } = this.#parts;
    const current = server.get(type, namespace, name);
    const answer = (scale: KubeObject) => this.#parts.reader.answer(request, SCALE, scale);
    if (request.method === "GET") return answer(scaleOf(type, current));
    const kind = request.method === "PUT" ? "UpdateOptions" : "PatchOptions";
    const options = writeOptions(request, kind);
    if (request.headers["content-type"]?.startsWith(PATCH_TYPES.apply)) {
      const { config } = readConfiguration(request.body, fieldValidation(request));
      const manager = options.manager!;
      const force = isTrue(request.query.get("force"));
      return answer(
        applyScaleConfiguration(server, type, current, config, { ...options, manager, force }),
      );
    }
    const body = request.method === "PUT"
      ? parseBody(request.body, { kind: "Scale", media: request.headers["content-type"] })
      : parsePatch(request.body);
    if (request.method === "PUT") checkScale(body as unknown as KubeObject);
    const scale = request.method === "PUT"
      ? body
      : request.headers["content-type"]?.startsWith(PATCH_TYPES.json)
      ? jsonPatch(asWritten(scaleOf(type, current)), body)
      : mergePatch(scaleOf(type, current), body);
    return answer(applyScale(server, type, current, scale, options));
  }

  #evict(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const { server, clock } = this.#parts;
    const { metadata, deleteOptions: given } = parseBody(request.body, {
      media: request.headers["content-type"],
    });
    if (own(metadata, "name") !== name) {
      throw ApiError.badRequest("name in URL does not match name in Eviction object");
    }
    const { dryRun } = writeOptions(request, "CreateOptions");
    // Source: kubernetes pkg/registry/core/pod/storage/eviction.go (propagateDryRun).
    const options = deleteOptions(request, isMap(given) ? given : {});
    options.dryRun ||= dryRun;
    evict(server, clock, type, { namespace, name, options });
    return json(success(), 201);
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
    pod.spec.nodeName = own(
      parseBody(request.body, { media: request.headers["content-type"] }).target,
      "name",
    );
    server.update(type, pod, { subresource: "binding" });
    return json(success(), 201);
  }
}
