import { bindPod } from "./binding.ts";
import type { Cancel, Clock } from "../../base/mod.ts";
import { ApiError, type KubeObject, mergePatch } from "../../kube/mod.ts";
import { keyOf, nameOf } from "../reconcile.ts";
import type { EventText, ListOptions, SimApi, WatchEvent } from "../seams.ts";
import { recordEvent } from "./event_recorder.ts";
import { copyOf } from "./json_values.ts";
import { answered } from "./request_fence.ts";
import { LEASES, renewLeases } from "./leases.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { ResourceType } from "./resources.ts";
import { applyScale, scaleOf } from "./scale.ts";
import { selection } from "./selection.ts";

/** Gives the JSON of `GET path`, or throws ApiError. */
export type RawGet = (path: string, accept?: string) => unknown;

/** Whom a client speaks for: the user that it is, and the manager of the fields that it writes. */
export interface Identity {
  user: string;
  manager: string;
  /** The service account that it reads paths as, when that is another. */
  reader?: string;
}

/** The API from inside: synchronous, in storage versions, as one user. Upstream's programs have a clientset there. */
export class SimClient implements SimApi {
  readonly #server: ResourceServer;
  readonly #clock: Clock;
  readonly #who: Identity;
  readonly #raw: RawGet;

  constructor(server: ResourceServer, clock: Clock, who: Identity, raw: RawGet) {
    this.#server = server;
    this.#clock = clock;
    this.#who = who;
    this.#raw = raw;
  }

  #answered<T>(what: string, work: () => T): T {
    return answered(this.#server.scope, work, `${what} by ${this.#who.manager}`);
  }

  #type(resource: string): ResourceType {
    const type = this.#server.registry.storage(resource);
    if (!type) throw ApiError.noSuchResource();
    return type;
  }

  get<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined {
    if (resource === LEASES) renewLeases(this.#server, this.#clock.now(), { namespace, name });
    return this.#server.store.get(resource, namespace, name) as T | undefined;
  }

  list<T extends KubeObject>(resource: string, options: ListOptions = {}): T[] {
    const { namespace, labelSelector, fieldSelector } = options;
    const { store, registry } = this.#server;
    if (resource === LEASES) renewLeases(this.#server, this.#clock.now());
    if (!labelSelector && !fieldSelector) return store.list(resource, namespace) as T[];
    const type = registry.storage(resource) ?? { resource, group: "", kind: "" };
    const selected = selection(type, { labelSelector, fieldSelector });
    return store.select(resource, { ...selected, ...within(namespace) }) as T[];
  }

  create<T extends KubeObject>(resource: string, object: T): T {
    return this.#answered(
      `create ${resource}`,
      () => this.#server.create(this.#type(resource), cloned(object), this.#who) as T,
    );
  }

  update<T extends KubeObject>(resource: string, object: T): T {
    return this.#answered(
      `update ${resource}`,
      () => this.#server.update(this.#type(resource), cloned(object), this.#who) as T,
    );
  }

  updateStatus<T extends KubeObject>(resource: string, object: T): T {
    return this.#answered(
      `update ${resource}/status`,
      () =>
        this.#server.update(this.#type(resource), cloned(object), {
          ...this.#who,
          subresource: "status",
        }) as T,
    );
  }

  patch<T extends KubeObject>(
    resource: string,
    namespace: string,
    name: string,
    merge: unknown,
    options: { subresource?: string } = {},
  ): T {
    return this.#answered(`patch ${resource} ${namespace}/${name}`, () => {
      const type = this.#type(resource);
      const current = this.#server.get(type, namespace, name);
      if (options.subresource === "scale") {
        const scale = mergePatch(scaleOf(type, current), merge) as KubeObject;
        return applyScale(this.#server, type, current, scale, this.#who) as T;
      }
      const next = cloned(mergePatch(current, merge) as KubeObject);
      if (options.subresource === "binding") {
        return bindPod(this.#server, type, current, { node: next.spec.nodeName }, this.#who) as T;
      }
      const subresource = options.subresource as "status" | undefined;
      return this.#server.update(type, next, { ...this.#who, subresource }) as T;
    });
  }

  delete(
    resource: string,
    namespace: string,
    name: string,
    options: Parameters<SimApi["delete"]>[3] = {},
  ): void {
    this.#answered(`delete ${resource} ${namespace}/${name}`, () => {
      this.#server.delete(this.#type(resource), namespace, name, options);
    });
  }

  /** A handler that throws fails alone: the write has happened, and others are told of it. */
  watch<T extends KubeObject>(
    resource: string,
    handler: (event: WatchEvent<T>) => void,
    options: { namespace?: string } = {},
  ): Cancel {
    const { namespace } = options;
    const scope = this.#clock.scope(`watch ${this.#who.manager}`);
    const tell = (event: WatchEvent<T>) =>
      scope.run(() => handler(event), () => {}, nameOf(resource, keyOf(event.object)));
    for (const object of this.#server.store.list(resource, namespace)) {
      tell({ type: "ADDED", object: object as T });
    }
    const cancel = this.#server.store.listen(resource, (event) => {
      if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
      tell(event as unknown as WatchEvent<T>);
    });
    return () => {
      cancel();
      scope.close();
    };
  }

  holdLease(namespace: string, name: string, identity: string): Cancel {
    return this.#server.leaseHolders.hold(namespace, name, identity);
  }

  serves(resource: string): boolean {
    return this.#server.registry.storage(resource) !== undefined;
  }

  raw(path: string, accept?: string): unknown {
    return this.#answered(`get ${path}`, () => this.#raw(path, accept));
  }

  event(object: KubeObject, event: EventText): void {
    this.#answered(
      "create events",
      () => recordEvent(this.#server, this.#clock, object, event, this.#who),
    );
  }

  resourceFor(apiVersion: string, kind: string): string | undefined {
    return this.#server.registry.byKind(apiVersion, kind)?.resource;
  }
}

/** The namespace that was asked for goes before one that a selector names. */
function within(namespace: string | undefined): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** A copy to change. Who owns its fields is not written from here, and is shared. */
function cloned<T extends KubeObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata;
  if (managedFields === undefined) return copyOf(object);
  const copy = copyOf({ ...object, metadata }) as T;
  copy.metadata.managedFields = managedFields;
  return copy;
}
