import { fieldsInOrder, parseBody, parsePatch } from "./bodies.ts";
import { goSprint, isTooDeep, jsonTypeName, MAX_DEPTH, quote } from "../../go/mod.ts";
import {
  ApiError,
  groupKind,
  jsonPatch,
  type KubeObject,
  mergePatch,
  PATCH_TYPES,
  strategicMerge,
} from "../../kube/mod.ts";
import { checkFields, checkTypeMeta } from "./field_validation.ts";
import { dropNulls } from "./fields/go_form.ts";
import { checkApplied, readConfiguration } from "./fields/configuration.ts";
import { asWritten } from "./object_json.ts";
import type { ObjectReader } from "./object_reader.ts";
import { deleteOptions, fieldValidation, isTrue, writeOptions } from "./options.ts";
import { type ApiRequest, checkName, checkPatched, checkUpdatable } from "./requests.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { DeleteOptions, WriteOptions } from "./write_options.ts";
import type { ResourceType } from "./resources.ts";
import { type ApiResponse, deleted, json } from "./responses.ts";
import { ADMIN } from "./rbac/identity.ts";
import { ownSigningRequest, withApproval } from "./signing_requests.ts";
import { isKnownFormat } from "./schema_formats.ts";
import { kindOf } from "./kinds/mod.ts";
import type { Target } from "./targets.ts";
import { unknownFormats } from "./validation/mod.ts";

const SIGNING_REQUESTS = "certificatesigningrequests.certificates.k8s.io";
const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
/** How much deeper than an object its managed fields are. */
const MANAGED_DEPTH = 10;

const MERGES = new Set<string>([PATCH_TYPES.merge, PATCH_TYPES.strategic]);

/** Answers what changes objects: create, replace, patch, delete. */
export class ObjectWriter {
  readonly #server: ResourceServer;
  readonly #reader: ObjectReader;

  constructor(server: ResourceServer, reader: ObjectReader) {
    this.#server = server;
    this.#reader = reader;
  }

  create(request: ApiRequest, { type, namespace }: Target): ApiResponse {
    const options = writeOptions(request, "CreateOptions");
    const { object, warnings } = this.read(request, type);
    if (type.namespaced) {
      const given = object.metadata.namespace;
      if (given && given !== namespace) {
        throw ApiError.badRequest(
          `the namespace of the provided object does not match the namespace sent on the request`,
        );
      }
      object.metadata.namespace = namespace;
    }
    if (type.resource === SIGNING_REQUESTS) ownSigningRequest(object, request.user ?? ADMIN);
    if (object.metadata.resourceVersion) {
      throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");
    }
    return this.#reader.answer(
      request,
      type,
      this.#server.create(type, object, { ...options, warnings }),
      201,
      warnings,
    );
  }

  replace(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const options = writeOptions(request, "UpdateOptions");
    const { object, warnings } = this.read(request, type);
    checkName(object, name, namespace);
    // What is gone is told first.
    this.#server.get(type, namespace, name);
    if (type.definition) checkUpdatable(type, object);
    return this.#reader.answer(
      request,
      type,
      this.#server.update(type, object, { ...options, warnings }),
      200,
      warnings,
    );
  }

  patch(
    request: ApiRequest,
    { type, namespace }: Target,
    name: string,
    subresource?: "status" | "ephemeralcontainers" | "resize" | "approval",
  ): ApiResponse {
    const server = this.#server;
    const options = {
      ...writeOptions(request, "PatchOptions"),
      ...(subresource && subresource !== "approval" ? { subresource } : {}),
    };
    const media = patchMedia(request);
    if (media === PATCH_TYPES.apply) {
      return this.#apply(request, { type, namespace }, name, options);
    }
    checkMedia(type, media);
    const current = server.get(type, namespace, name);
    const { object, warnings } = this.patched(request, type, current);
    checkName(object, name, namespace);
    checkUid(type, object, current);
    return this.writePart(request, type, object, subresource, { ...options, warnings });
  }

  /** What a patch makes of an object, and what to warn of. Errors: ApiError. */
  patched(
    request: ApiRequest,
    type: ResourceType,
    current: KubeObject,
  ): { object: KubeObject; warnings: string[] } {
    const media = patchMedia(request);
    const isStrategic = media === PATCH_TYPES.strategic;
    const given = parsePatch(request.body, isStrategic);
    const patch = isStrategic && given === null ? {} : given;
    const object = structuredClone(this.#merged(type, current, patch, media)) as KubeObject;
    if (jsonTypeName(object) !== "object") throw ApiError.unprocessable();
    if (isTooDeep(object, MAX_DEPTH + MANAGED_DEPTH)) {
      throw ApiError.badRequest("invalid character '{' exceeded max depth");
    }
    // Upstream reads what comes of a strategic merge into the struct that it has.
    if (isStrategic) Object.assign(object, { kind: current.kind, apiVersion: current.apiVersion });
    const shown = isStrategic ? goSprint(patch) : undefined;
    warnOfDuplicates(request);
    const warnings = request.warnings ?? [];
    for (const text of checkPatched(type, object, fieldValidation(request), shown)) {
      warnings.push(text);
    }
    if (!type.definition) dropNulls(object);
    return { object, warnings };
  }

  /** Writes an object, or the part of it that a subresource is. */
  writePart(
    request: ApiRequest,
    type: ResourceType,
    given: KubeObject,
    part: string | undefined,
    options: WriteOptions,
  ): ApiResponse {
    const server = this.#server;
    const { namespace = "", name } = given.metadata;
    const stored = server.get(type, namespace, name);
    const { resourceVersion } = given.metadata;
    const metadata = { ...stored.metadata, ...(resourceVersion ? { resourceVersion } : {}) };
    let next = given;
    let subresource = options.subresource;
    if (part === "ephemeralcontainers") {
      const { ephemeralContainers } = given.spec ?? {};
      next = { ...stored, metadata, spec: { ...stored.spec, ephemeralContainers } };
    } else if (part === "approval") {
      next = { ...withApproval(stored, given, server.timestamp()), metadata };
      subresource = "status";
    }
    const updated = server.update(type, structuredClone(next), { ...options, subresource });
    return this.#reader.answer(request, type, updated, 200, options.warnings);
  }

  /** Source: kubernetes/apiserver pkg/endpoints/handlers/patch.go (applyPatcher). */
  #apply(
    request: ApiRequest,
    { type, namespace }: Pick<Target, "type" | "namespace">,
    name: string,
    options: WriteOptions,
  ): ApiResponse {
    const { config, warnings } = readConfiguration(request.body, fieldValidation(request));
    checkApplied(type, config);
    config.metadata ??= { name };
    config.metadata.name ??= name;
    checkName(config, name);
    const force = isTrue(request.query.get("force"));
    const { uid } = config.metadata;
    const isText = typeof uid === "string" && uid !== "";
    if (isText && !this.#server.store.get(type.resource, type.namespaced ? namespace : "", name)) {
      const why =
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
      throw ApiError.conflict(type.resource, name, why);
    }
    const { object, created } = this.#server.apply(type, namespace, name, config, {
      ...options,
      manager: options.manager!,
      force,
      warnings,
    });
    return this.#reader.answer(request, type, object, created ? 201 : 200, warnings);
  }

  #merged(type: ResourceType, current: KubeObject, patch: unknown, media: string): unknown {
    if (MERGES.has(media)) checkMerge(patch, media);
    switch (media) {
      case PATCH_TYPES.json:
        return jsonPatch(asWritten(current), patch);
      case PATCH_TYPES.merge:
        return mergePatch(current, patch);
      case PATCH_TYPES.strategic:
        return strategicMerge(current, patch, type.kind);
    }
    throw ApiError.unprocessable();
  }

  delete(request: ApiRequest, { type, namespace }: Target, name: string): ApiResponse {
    const options = this.#deleteOptions(request);
    const before = this.#server.get(type, namespace, name);
    const after = this.#server.delete(type, namespace, name, options);
    if (after) return this.#reader.answer(request, type, after);
    if (!kindOf(type.resource).returnsDeleted) return json(deleted(type, before));
    const { revision } = this.#server.store;
    const at = options.dryRun ? before.metadata.resourceVersion : String(revision);
    const { metadata } = before;
    const isPod = type.resource === "pods";
    const last = {
      ...before,
      metadata: {
        ...metadata,
        resourceVersion: at,
        ...(isPod ? lastOfPod(metadata, this.#server.timestamp()) : {}),
      },
    };
    return this.#reader.answer(request, type, last);
  }

  deleteCollection(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
  ): ApiResponse {
    // The answer is the list of what there was: of a page, where a page is asked for.
    const { stored, response } = this.#reader.listed(request, type, namespace);
    const options = this.#deleteOptions(request);
    for (const { metadata } of stored) {
      try {
        this.#server.delete(type, metadata.namespace ?? "", metadata.name, options);
      } catch (error) {
        // An older list has what is gone by now. Source: kubernetes/apiserver pkg/registry/generic/registry/store.go.
        if (!(error instanceof ApiError && error.code === 404)) throw error;
      }
    }
    return response;
  }

  /** The object in a body, its fields checked, and what to warn of. Errors: ApiError. */
  read(request: ApiRequest, type: ResourceType): { object: KubeObject; warnings: string[] } {
    const object = parseBody(request.body, {
      kind: type.kind,
      media: request.headers["content-type"],
    }) as unknown as KubeObject;
    checkTypeMeta(type, object);
    const mode = fieldValidation(request);
    const fields = mode === "Ignore" ? undefined : fieldsInOrder(request.body);
    const warnings = request.warnings ?? [];
    for (const text of checkFields(type, object, mode, fields)) warnings.push(text);
    object.metadata ??= {} as KubeObject["metadata"];
    if (!type.definition) dropNulls(object);
    if (type.resource === DEFINITIONS) warnings.push(...formatWarnings(object));
    return { object, warnings };
  }

  #deleteOptions(request: ApiRequest): DeleteOptions {
    const media = request.headers["content-type"];
    const body = request.body ? parseBody(request.body, { media, isBare: true }) : undefined;
    return deleteOptions(request, body);
  }
}

export function patchMedia({ headers }: ApiRequest): string {
  return headers["content-type"]?.split(";")[0] ?? "";
}

/** That a patch is of a type there is. Errors: ApiError (UnsupportedMediaType). */
export function checkMedia(type: ResourceType, media: string): void {
  const known: readonly string[] = Object.values(PATCH_TYPES);
  if (!known.includes(media)) {
    throw new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  }
  const supported = known.filter((one) => !(type.definition && one === PATCH_TYPES.strategic));
  if (supported.includes(media)) return;
  throw new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${
      supported.join(", ")
    }`,
  );
}

/** A pod is always marked before it goes. Source: kubernetes/apiserver pkg/registry/rest/delete.go (BeforeDelete). */
function lastOfPod(
  { deletionTimestamp, generation = 0 }: KubeObject["metadata"],
  now: string,
): Partial<KubeObject["metadata"]> {
  return {
    deletionTimestamp: deletionTimestamp ?? now,
    deletionGracePeriodSeconds: 0,
    generation: deletionTimestamp ? generation : generation + 1,
  };
}

function formatWarnings(definition: KubeObject): string[] {
  return unknownFormats(definition, isKnownFormat)
    .map((format) => `unrecognized format ${quote(format)}`);
}

/** Fields that a patch names twice, which {@linkcode ApiRequest.warnings} tells of unless nobody wants to know. */
function warnOfDuplicates(request: ApiRequest): void {
  if (!request.warnings || fieldValidation(request) !== "Warn") return;
  if (!MERGES.has(patchMedia(request))) return;
  const { duplicates } = fieldsInOrder(request.body);
  for (const [path] of duplicates) request.warnings.push(`duplicate field ${quote(path)}`);
}

function checkMerge(patch: unknown, media: string): void {
  if (jsonTypeName(patch) === "object") return;
  if (patch === null) throw ApiError.badRequest("Invalid JSON Patch");
  const what = `json: cannot unmarshal ${
    jsonTypeName(patch)
  } into Go value of type map[string]interface {}`;
  const isStrategic = media === PATCH_TYPES.strategic;
  throw ApiError.badRequest(isStrategic ? what : `error decoding patch: ${what}`);
}

/** A patch cannot make an object another. Errors: ApiError (Invalid). */
function checkUid(type: ResourceType, next: KubeObject, { metadata }: KubeObject): void {
  const { uid, name } = next.metadata;
  if (uid === undefined || uid === metadata.uid) return;
  const kind = groupKind(type);
  const cause = {
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(uid)}: field is immutable`,
    field: "metadata.uid",
  };
  // Upstream finds it twice.
  throw ApiError.invalid(kind, name, [cause, cause]);
}
