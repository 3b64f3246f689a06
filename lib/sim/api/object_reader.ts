import type { VirtualClock } from "../../base/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import {
  type ApiRequest,
  decodeContinue,
  encodeContinue,
  selectors,
  storeKey,
  wantsTable,
} from "./requests.ts";
import type { ResourceServer } from "./resource_server.ts";
import { apiVersionOf, type ResourceType } from "./resources.ts";
import { type ApiResponse, json } from "./responses.ts";
import { selection } from "./selection.ts";
import { tableFor } from "./tables/mod.ts";
import { startWatch } from "./watch_stream.ts";

type Json = any;

/** Answers what asks for objects and changes none: get, list, watch, as JSON or as a table. */
export class ObjectReader {
  readonly #server: ResourceServer;
  readonly #clock: VirtualClock;

  constructor(server: ResourceServer, clock: VirtualClock) {
    this.#server = server;
    this.#clock = clock;
  }

  get(request: ApiRequest, type: ResourceType, namespace: string, name: string): ApiResponse {
    if (isWatch(request)) {
      return this.watch(request, type, type.namespaced ? namespace : undefined, name);
    }
    return this.answer(request, type, this.#server.get(type, namespace, name));
  }

  collection(
    request: ApiRequest,
    type: ResourceType,
    namespace: string | undefined,
  ): ApiResponse {
    return isWatch(request)
      ? this.watch(request, type, namespace, undefined)
      : this.list(request, type, namespace);
  }

  list(request: ApiRequest, type: ResourceType, namespace: string | undefined): ApiResponse {
    const server = this.#server;
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
    if (wantsTable(request)) return json(this.table(request, type, items, metadata));
    const bare = type.definition
      ? items
      : items.map(({ apiVersion: _, kind: __, ...item }) => item);
    const kind = type.definition?.spec.names.listKind ?? `${type.kind}List`;
    return json({ kind, apiVersion: apiVersionOf(type), metadata, items: bare });
  }

  watch(
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
        return startWatch(this.#server.store, {
          type,
          namespace,
          selects,
          query: request.query,
        }, (message) => {
          let { object } = message;
          if (asTable && message.type !== "ERROR") {
            const { resourceVersion } = (object as KubeObject).metadata;
            const rows = message.type === "BOOKMARK" ? [] : [object as KubeObject];
            const table = this.table(request, type, rows, { resourceVersion }, first);
            if (message.type === "BOOKMARK") table.rows = [{ cells: [], object }];
            object = table;
            first = false;
          }
          send(JSON.stringify({ type: message.type, object }) + "\n");
        });
      },
    };
  }

  /** An object as it is answered: the object, or its row, with warnings in headers. */
  answer(
    request: ApiRequest,
    type: ResourceType,
    object: KubeObject,
    status = 200,
    warnings: string[] = [],
  ): ApiResponse {
    const body = wantsTable(request) && request.method === "GET"
      ? this.table(request, type, [object], { resourceVersion: object.metadata.resourceVersion })
      : object;
    const response = json(body, status);
    if (warnings.length > 0) {
      response.headers.warning = warnings.map((warning) => `299 - ${JSON.stringify(warning)}`).join(
        ", ",
      );
    }
    return response;
  }

  table(
    request: ApiRequest,
    type: ResourceType,
    objects: KubeObject[],
    metadata: Json,
    headers = true,
  ): Json {
    const { columnDefinitions, rows } = tableFor(type, objects, this.#clock.now());
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
}

function isWatch({ query }: ApiRequest): boolean {
  return query.get("watch") === "true" || query.get("watch") === "1";
}
