import { goJson, goStructJson } from "../../go/mod.ts";
import type { Clock } from "../../base/mod.ts";
import { ApiError, apiVersionOf, type KubeObject } from "../../kube/mod.ts";
import { fromStorage } from "./conversion.ts";
import { LEASES, renewLeases } from "./leases.ts";
import { asksToWatch, listOptions } from "./list_options.ts";
import { type ListMeta, listPage, tooLarge } from "./list_pages.ts";
import { checkStreamed, type Form, formOf } from "./media.ts";
import { itemJson, objectJson, partialJson } from "./object_json.ts";
import type { Selection, StoreEvent } from "./object_store.ts";
import { type ApiRequest, selectors } from "./requests.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { ResourceType } from "./resources.ts";
import type { ApiResponse } from "./responses.ts";
import { selection } from "./selection.ts";
import { inTableOrder, tableFor } from "./table.ts";
import { warningHeader } from "./warnings.ts";
import { cachedRevision, startWatch, watchedFrom, type WatchMessage } from "./watch_stream.ts";

/**
 * Answers what asks for objects and changes none: get, list, watch, as JSON, as metadata alone or as a table.
 * Texts are put together from the JSON of single objects, which is made once for all who read them.
 */
export class ObjectReader {
  readonly #server: ResourceServer;
  readonly #clock: Clock;
  /** What every watch is told of the last event, by form: many are told the same. */
  readonly #told: { event: StoreEvent | undefined; lines: Map<string, string> } = {
    event: undefined,
    lines: new Map(),
  };

  constructor(server: ResourceServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  get(request: ApiRequest, type: ResourceType, namespace: string, name: string): ApiResponse {
    if (asksToWatch(request.query)) {
      const space = type.namespaced ? namespace : undefined;
      return this.watch(request, type, space, name);
    }
    this.#freshen(type, { namespace, name });
    const asked = cachedRevision(request.query.get("resourceVersion") ?? "");
    const { revision } = this.#server.store;
    if (asked > revision) throw tooLarge(asked, revision);
    const object = this.#server.get(type, namespace, name);
    return this.answer(request, type, object);
  }

  collection(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
  ): ApiResponse {
    return asksToWatch(request.query)
      ? this.watch(request, type, namespace, undefined)
      : this.list(request, type, namespace);
  }

  list(request: ApiRequest, type: ResourceType, namespace: string | undefined): ApiResponse {
    return this.listed(request, type, namespace).response;
  }

  /** What a list has of what is stored, and the answer with it. */
  listed(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
  ): { stored: readonly KubeObject[]; response: ApiResponse } {
    this.#freshen(type);
    const form = formOf(request.headers.accept);
    const options = listOptions(request.query);
    const selected = this.#selection(request, type, namespace);
    // Source: kubernetes/apiserver pkg/storage/cacher/cacher.go (computeListLimit).
    if (options.resourceVersion === "0") options.limit = 0;
    const { page, metadata } = listPage(this.#server.store, type.resource, selected, options);
    const objects = page.objects.map((object) => fromStorage(type, object));
    const response = ok(this.#listText(request, type, form, objects, metadata));
    return { stored: page.objects, response };
  }

  /** Some objects are brought up to date only when somebody looks. */
  #freshen(type: ResourceType, only?: { namespace: string; name: string }): void {
    if (type.resource === LEASES) renewLeases(this.#server, this.#clock.now(), only);
  }

  #listText(
    request: ApiRequest,
    type: ResourceType,
    form: Form,
    objects: KubeObject[],
    metadata: ListMeta,
  ): string {
    if (form.as === "Table") {
      return this.#tableJson(request, type, form, objects, metadata) + "\n";
    }
    if (form.as === "PartialObjectMetadata") {
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list (${goType(type)})`,
      );
    }
    if (form.as) {
      const head = {
        kind: "PartialObjectMetadataList",
        apiVersion: `meta.k8s.io/${form.version}`,
        metadata,
      };
      return listJson(head, objects.map((object) => partialJson(object, form.version)));
    }
    const kind = type.definition?.spec.names.listKind ?? `${type.kind}List`;
    const apiVersion = apiVersionOf(type);
    const items = objects.map(itemJson);
    return type.definition
      ? mapListJson({ apiVersion, kind, metadata }, items)
      : listJson({ kind, apiVersion, metadata }, items);
  }

  watch(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
    name: string | undefined,
  ): ApiResponse {
    const form = formOf(request.headers.accept);
    checkStreamed(form);
    const options = { ...listOptions(request.query), watch: true };
    const selected = this.#selection(request, type, namespace, name);
    watchedFrom(options);
    if (form.as === "Table") includedObject(request);
    const include = request.query.get("includeObject") ?? "";
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: "",
      stream: (send, end, flow) => {
        let first = true;
        return startWatch(this.#server.store, this.#clock, {
          resource: type.resource,
          kind: type.kind,
          apiVersion: apiVersionOf(type),
          selection: selected,
          options,
        }, {
          send: (message) => {
            const headers = first;
            if (form.as === "Table" && message.type !== "ERROR") first = false;
            const variety = `${apiVersionOf(type)} ${message.type} ${form.as} ${form.version} ` +
              `${include} ${headers}`;
            send(
              this.#line(
                message,
                variety,
                () => this.#watchLine(request, type, form, message, headers),
              ),
            );
          },
          end,
          get full() {
            return flow.full;
          },
          onRoom: (resume) => flow.onRoom(resume),
        });
      },
    };
  }

  /** A watch's line, made once for all watches that are told of the same event in the same form. */
  #line({ event }: WatchMessage, variety: string, make: () => string): string {
    if (!event) return make();
    const { lines } = this.#told;
    if (this.#told.event !== event) {
      this.#told.event = event;
      lines.clear();
    }
    let line = lines.get(variety);
    if (line === undefined) lines.set(variety, line = make());
    return line;
  }

  #watchLine(
    request: ApiRequest,
    type: ResourceType,
    form: Form,
    message: WatchMessage,
    headers: boolean,
  ): string {
    const text = (object: string) => `{"type":"${message.type}","object":${object}}\n`;
    const { object } = message;
    if (message.type === "ERROR") return text(goStructJson(object));
    if (form.as === "Table") {
      return text(this.#rowJson(request, type, form, message, headers));
    }
    const served = message.type === "BOOKMARK" ? object : fromStorage(type, object);
    return text(form.as ? partialJson(served, form.version) : objectJson(served));
  }

  #rowJson(
    request: ApiRequest,
    type: ResourceType,
    form: Form,
    { type: kind, object, atMs }: WatchMessage,
    headers: boolean,
  ): string {
    const { resourceVersion } = object.metadata;
    const metadata = { resourceVersion: resourceVersion! };
    if (kind !== "BOOKMARK") {
      const served = fromStorage(type, object);
      return this.#tableJson(request, type, form, [served], metadata, { headers, atMs });
    }
    const { columnDefinitions } = tableFor(type, [], atMs);
    const head = tableHead(form, metadata, headers ? columnDefinitions : []);
    return `${head}[{"cells":[],"object":${partialJson(object, form.version)}}]}`;
  }

  /** An object as it is answered, in the form that was asked for, with warnings in headers. */
  answer(
    request: ApiRequest,
    type: ResourceType,
    object: KubeObject,
    status = 200,
    warnings: string[] = [],
  ): ApiResponse {
    const form = formOf(request.headers.accept);
    return this.withWarnings(ok(this.#objectText(request, type, form, object), status), warnings);
  }

  /** An answer with warnings in its headers. */
  withWarnings(response: ApiResponse, warnings: string[]): ApiResponse {
    const warning = warningHeader(warnings);
    if (warning !== undefined) response.headers.warning = warning;
    return response;
  }

  #objectText(request: ApiRequest, type: ResourceType, form: Form, object: KubeObject): string {
    switch (form.as) {
      case undefined:
        return objectJson(object) + "\n";
      case "Table": {
        const { resourceVersion } = object.metadata;
        const metadata = { resourceVersion: resourceVersion! };
        return this.#tableJson(request, type, form, [object], metadata) + "\n";
      }
      case "PartialObjectMetadata":
        return partialJson(object, form.version) + "\n";
      default:
        throw notAcceptable(
          `you requested PartialObjectMetadataList, but the requested object is not a list (${
            goType(type, "")
          })`,
        );
    }
  }

  #tableJson(
    request: ApiRequest,
    type: ResourceType,
    form: Form,
    listed: KubeObject[],
    metadata: ListMeta,
    { headers = true, atMs = this.#clock.now() } = {},
  ): string {
    const objects = inTableOrder(type, listed);
    const include = includedObject(request);
    const { columnDefinitions, rows } = tableFor(type, objects, atMs);
    const head = tableHead(form, metadata, headers ? columnDefinitions : []);
    const lines = rows.map(({ cells, conditions }, i) => {
      const object = include === "None"
        ? "null"
        : include === "Object"
        ? objectJson(objects[i])
        : partialJson(objects[i], form.version);
      const states = conditions ? `,"conditions":${goStructJson(conditions)}` : "";
      return `{"cells":${goStructJson(cells)}${states},"object":${object}}`;
    });
    return `${head}[${lines.join(",")}]}`;
  }

  /** What a request selects; a name in its path is one more field. */
  #selection(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
    name?: string,
  ): Selection {
    const asked = selectors(request.query);
    const selected = selection(type, asked);
    const within = namespace === undefined ? {} : { namespace };
    if (name === undefined) return { ...selected, ...within };
    const { matches } = selected;
    if (matches && asked.fieldSelector) {
      const named = selected.lookups?.some((lookup) => "name" in lookup && lookup.name === name);
      if (!named) {
        throw ApiError.badRequest("fieldSelector metadata.name doesn't match requested name");
      }
    }
    return {
      ...within,
      matches: (object) => object.metadata.name === name && (!matches || matches(object)),
      lookups: [{ name }],
    };
  }
}

function ok(body: string, status = 200): ApiResponse {
  return { status, headers: { "content-type": "application/json" }, body };
}

function listJson(head: unknown, items: string[]): string {
  return `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(",")}]}\n`;
}

/**
 * A list of custom resources, which is a map upstream, with its keys in their order and a place to go on from in any case.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/unstructured/unstructured_list.go (SetContinue).
 */
function mapListJson(
  { apiVersion, kind, metadata }: { apiVersion: string; kind: string; metadata: ListMeta },
  items: string[],
): string {
  const rest = goJson({ kind, metadata: { continue: "", ...metadata } });
  return `{"apiVersion":${goJson(apiVersion)},"items":[${items.join(",")}],${rest.slice(1)}\n`;
}

/** A table as far as its rows. */
function tableHead(form: Form, metadata: ListMeta, columnDefinitions: unknown): string {
  const apiVersion = `meta.k8s.io/${form.version}`;
  const head = goStructJson({ kind: "Table", apiVersion, metadata, columnDefinitions });
  return `${head.slice(0, -1)},"rows":`;
}

/** Source: kubernetes/apimachinery pkg/apis/meta/v1/validation/validation.go (ValidateTableOptions). */
function includedObject(request: ApiRequest): "None" | "Metadata" | "Object" {
  const include = request.query.get("includeObject") || "Metadata";
  if (include === "None" || include === "Metadata" || include === "Object") return include;
  throw ApiError.badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${
      JSON.stringify(include)
    }: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function notAcceptable(message: string): ApiError {
  return new ApiError(406, "NotAcceptable", message);
}

/** The Go type that upstream names in an error: `*core.PodList`. */
function goType({ group, kind, definition }: ResourceType, suffix = "List"): string {
  if (definition) return `*unstructured.Unstructured${suffix}`;
  return `*${group.split(".")[0] || "core"}.${kind}${suffix}`;
}
