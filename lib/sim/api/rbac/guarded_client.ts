import type { Cancel } from "../../../base/mod.ts";
import { type KubeObject, parseGroupResource } from "../../../kube/mod.ts";
import type { ListOptions, SimApi, WatchEvent } from "../../seams.ts";
import { forbidden } from "./attributes.ts";
import type { RbacAuthorizer } from "./authorizer.ts";
import { type UserInfo, userNamed } from "./identity.ts";

/** What has been found out about one kind of access, until a role or binding changes. */
interface Known {
  generation: number;
  everywhere: Set<string>;
}

/**
 * The API from inside as a service account: what its roles do not allow is refused, with upstream's words.
 * A watch that is forbidden begins once it is allowed, as an informer's does.
 *
 * Differs: what reads one object may read it by `get` or by `list`, and what changes one by `update` or by
 * `patch`: which of the two a simulated program uses says nothing of the real one.
 */
export class GuardedClient implements SimApi {
  readonly #user: UserInfo;
  #known: Known = { generation: -1, everywhere: new Set() };

  constructor(
    private readonly inner: SimApi,
    private readonly authorizer: RbacAuthorizer,
    user: string,
  ) {
    this.#user = userNamed(user);
  }

  /** Whether one of the verbs is allowed; the first one is the one that is refused. */
  #refusal(
    verbs: readonly string[],
    resource: string,
    namespace: string,
    name: string,
    subresource = "",
  ) {
    const { authorizer } = this;
    if (this.#known.generation !== authorizer.generation) {
      this.#known = { generation: authorizer.generation, everywhere: new Set() };
    }
    const key = `${verbs[0]} ${resource}/${subresource}`;
    if (this.#known.everywhere.has(key)) return undefined;
    const wanted = verbs.map((verb) => ({
      verb,
      ...parseGroupResource(resource),
      subresource,
      namespace,
      name,
    }));
    const anywhere = (one: typeof wanted[number]) => ({ ...one, namespace: "", name: "" });
    if (wanted.some((one) => authorizer.decide(this.#user, anywhere(one)).allowed)) {
      this.#known.everywhere.add(key);
      return undefined;
    }
    if (wanted.some((one) => authorizer.decide(this.#user, one).allowed)) return undefined;
    const { reason } = authorizer.decide(this.#user, wanted[0]);
    return forbidden(this.#user, wanted[0], reason);
  }

  #demand(
    verbs: readonly string[],
    resource: string,
    namespace: string,
    name = "",
    subresource = "",
  ) {
    const refusal = this.#refusal(verbs, resource, namespace, name, subresource);
    if (refusal) throw refusal;
  }

  get<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined {
    this.#demand(READ_ONE, resource, namespace, name);
    return this.inner.get<T>(resource, namespace, name);
  }

  list<T extends KubeObject>(resource: string, options: ListOptions = {}): T[] {
    this.#demand(LIST, resource, options.namespace ?? "");
    return this.inner.list<T>(resource, options);
  }

  create<T extends KubeObject>(resource: string, object: T): T {
    this.#demand(CREATE, resource, object.metadata.namespace ?? "");
    return this.inner.create(resource, object);
  }

  update<T extends KubeObject>(resource: string, object: T): T {
    const { namespace = "", name } = object.metadata;
    this.#demand(CHANGE, resource, namespace, name);
    return this.inner.update(resource, object);
  }

  updateStatus<T extends KubeObject>(resource: string, object: T): T {
    const { namespace = "", name } = object.metadata;
    this.#demand(CHANGE, resource, namespace, name, "status");
    return this.inner.updateStatus(resource, object);
  }

  patch<T extends KubeObject>(
    resource: string,
    namespace: string,
    name: string,
    merge: unknown,
    options: { subresource?: string } = {},
  ): T {
    this.#demand(CHANGE, resource, namespace, name, options.subresource);
    return this.inner.patch<T>(resource, namespace, name, merge, options);
  }

  delete(
    resource: string,
    namespace: string,
    name: string,
    options: Parameters<SimApi["delete"]>[3] = {},
  ): void {
    this.#demand(DELETE, resource, namespace, name);
    this.inner.delete(resource, namespace, name, options);
  }

  watch<T extends KubeObject>(
    resource: string,
    handler: (event: WatchEvent<T>) => void,
    options: { namespace?: string } = {},
  ): Cancel {
    const isAllowed = () => !this.#refusal(LIST, resource, options.namespace ?? "", "");
    if (isAllowed()) return this.inner.watch(resource, handler, options);
    let cancel = this.authorizer.onChange(() => {
      if (!isAllowed()) return;
      cancel();
      cancel = this.inner.watch(resource, handler, options);
    });
    return () => cancel();
  }

  holdLease(namespace: string, name: string, identity: string): Cancel {
    return this.inner.holdLease(namespace, name, identity);
  }

  serves(resource: string): boolean {
    return this.inner.serves(resource);
  }

  raw(path: string, accept?: string): unknown {
    return this.inner.raw(path, accept);
  }

  /** An event that may not be recorded is lost, as upstream's recorder loses it. */
  event(object: KubeObject, event: Parameters<SimApi["event"]>[1]): void {
    const namespace = object.metadata.namespace ?? "default";
    const refused = ["events", "events.events.k8s.io"]
      .every((resource) => this.#refusal(CREATE, resource, namespace, ""));
    if (!refused) this.inner.event(object, event);
  }

  resourceFor(apiVersion: string, kind: string): string | undefined {
    return this.inner.resourceFor(apiVersion, kind);
  }
}

const READ_ONE = ["get", "list"];
const LIST = ["list"];
const CREATE = ["create"];
const CHANGE = ["update", "patch"];
const DELETE = ["delete"];
