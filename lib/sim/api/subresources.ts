import { type Clock, fnv32a } from "../../base/mod.ts";
import { fieldsOf, quote } from "../../go/mod.ts";
import { ApiError, type KubeObject, type models, PATCH_TYPES } from "../../kube/mod.ts";
import type { ContainerLogs, ContainerStreams } from "../seams.ts";
import { bindPod } from "./binding.ts";
import { evict } from "./eviction.ts";
import { readConfiguration } from "./fields/configuration.ts";
import type { ObjectReader } from "./object_reader.ts";
import { checkMedia, type ObjectWriter, patchMedia } from "./object_writer.ts";
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
import type { ResourceServer } from "./resource_server.ts";
import type { ResourceType } from "./resources.ts";
import { type ApiResponse, json, notAllowed, success, text } from "./responses.ts";
import { applyScale, applyScaleConfiguration, scaleOf } from "./scale.ts";
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
const EVICTION = { group: "policy", kind: "Eviction", resource: "evictions.policy" };
const BINDING = { group: "", version: "v1", kind: "Binding", resource: "bindings" };
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
      return reader.answer(request, type, server.update(type, object, { subresource }));
    }
    if (subresource === "binding" && request.method === "POST") {
      return this.bind(request, target, name);
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
    const answer = (scale: KubeObject, warnings: string[] = []) =>
      this.#parts.reader.answer(request, SCALE, scale, 200, warnings);
    if (request.method === "GET") return answer(scaleOf(type, current));
    if (request.method !== "PUT" && request.method !== "PATCH") throw notAllowed();
    const { writer } = this.#parts;
    const isPatch = request.method === "PATCH";
    if (isPatch) checkMedia(type, patchMedia(request));
    const options = writeOptions(request, isPatch ? "PatchOptions" : "UpdateOptions");
    if (isPatch && patchMedia(request) === PATCH_TYPES.apply) {
      const { config } = readConfiguration(request.body, fieldValidation(request));
      const manager = options.manager!;
      const force = isTrue(request.query.get("force"));
      return answer(
        applyScaleConfiguration(server, type, current, config, { ...options, manager, force }),
      );
    }
    const { object, warnings } = isPatch
      ? writer.patched(request, SCALE, scaleOf(type, current))
      : writer.read(request, SCALE);
    checkName(object, name, namespace);
    return answer(applyScale(server, type, current, object, { ...options, warnings }), warnings);
  }

  #evict(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const { server, writer, reader, clock } = this.#parts;
    const { dryRun } = writeOptions(request, "CreateOptions");
    // An older version is taken too. Source: kubernetes pkg/registry/core/pod/storage/eviction.go.
    const version = /"?apiVersion"?:\s*"?policy\/v1beta1\b/.test(request.body) ? "v1beta1" : "v1";
    const { object, warnings } = writer.read(request, { ...type, ...EVICTION, version });
    if (object.metadata.name !== name) {
      throw ApiError.badRequest("name in URL does not match name in Eviction object");
    }
    const { deleteOptions: given }: KubeObject & { deleteOptions?: unknown } = object;
    const options = deleteOptions(request, fieldsOf(given));
    options.dryRun ||= dryRun;
    evict(server, clock, type, { namespace, name, options });
    return reader.withWarnings(json(success(201), 201), warnings);
  }

  /**
   * Assigns a pod to a node. Errors: ApiError.
   * Source: kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST).
   * @param named the pod on the path; the binding's own without.
   */
  bind(request: ApiRequest, { type, namespace }: Target, named?: string): ApiResponse {
    const { server, writer, reader } = this.#parts;
    const { dryRun } = writeOptions(request, "CreateOptions");
    const { object, warnings } = writer.read(request, { ...type, ...BINDING });
    const name = named ?? object.metadata.name;
    if (!name || object.metadata.name !== name) {
      throw ApiError.badRequest("name in URL does not match name in Binding object");
    }
    const { target }: KubeObject & { target?: models.ObjectReference } = object;
    const { kind = "", name: node = "" } = target ?? {};
    const faults = [
      ...(kind === "" || kind === "Node"
        ? []
        : [`target.kind: Unsupported value: ${quote(kind)}: supported values: "Node", "<empty>"`]),
      ...(node === "" ? ["target.name: Required value"] : []),
    ];
    if (faults.length > 0) {
      throw new ApiError(500, "", faults.length > 1 ? `[${faults.join(", ")}]` : faults[0]);
    }
    const pod = server.get(type, namespace, name);
    bindPod(server, type, pod, { node, metadata: object.metadata }, { dryRun });
    return reader.withWarnings(json(success(201), 201), warnings);
  }
}
