import {
  ApiError,
  type KubeObject,
  matches,
  mergePatch,
  parseSelector,
  selectorRequirements,
} from "../../../lib/kube/mod.ts";
import type { ListOptions, SimApi, WatchEvent } from "../../../lib/sim/seams.ts";

/** Kinds that the fake knows, by plural.group. */
const KINDS: Record<string, string> = {
  "deployments.apps": "apps/v1/Deployment",
  "pods": "v1/Pod",
  "services": "v1/Service",
  "nodes": "v1/Node",
  "namespaces": "v1/Namespace",
  "horizontalpodautoscalers.autoscaling": "autoscaling/v2/HorizontalPodAutoscaler",
  "scaledobjects.keda.sh": "keda.sh/v1alpha1/ScaledObject",
  "scaledjobs.keda.sh": "keda.sh/v1alpha1/ScaledJob",
  "jobs.batch": "batch/v1/Job",
};

/** An API server's store with none of its rules. */
export class FakeApi implements SimApi {
  readonly events: { reason: string; type: string; message: string }[] = [];
  /** Every path that was asked for with `raw`. */
  readonly asked: string[] = [];
  /** Answers paths that name no stored object. */
  answer: (path: string) => any = () => {
    throw ApiError.noSuchResource();
  };
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers: { resource: string; handler: (event: WatchEvent) => void }[] = [];
  #version = 0;
  constructor(private readonly now: () => number = () => 0) {}

  get<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined {
    return this.#objects.get(`${resource}/${namespace}/${name}`) as T | undefined;
  }

  list<T extends KubeObject>(resource: string, options: ListOptions = {}): T[] {
    const selector = options.labelSelector;
    const requirements = selector === undefined
      ? []
      : typeof selector === "string"
      ? parseSelector(selector)
      : selectorRequirements(selector) ?? [];
    return [...this.#objects].filter(([key, { metadata }]) =>
      key.startsWith(`${resource}/`) &&
      (options.namespace === undefined || metadata.namespace === options.namespace) &&
      matches(requirements, metadata.labels)
    ).map(([, object]) => object as T);
  }

  create<T extends KubeObject>(resource: string, object: T): T {
    const { namespace = "", generateName } = object.metadata;
    const name = object.metadata.name || `${generateName}${++this.#version}`;
    if (this.get(resource, namespace, name)) throw ApiError.alreadyExists(resource, name);
    const metadata = {
      uid: `uid-${++this.#version}`,
      generation: 1,
      creationTimestamp: new Date(this.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      ...object.metadata,
      name,
    };
    return this.#store(resource, { ...object, metadata }, "ADDED");
  }

  update<T extends KubeObject>(resource: string, object: T): T {
    const before = this.#must(resource, object);
    const isNew = JSON.stringify(before.spec) !== JSON.stringify(object.spec);
    const generation = (before.metadata.generation ?? 1) + (isNew ? 1 : 0);
    const { finalizers } = object.metadata;
    if (before.metadata.deletionTimestamp && !finalizers?.length) {
      this.#remove(resource, before);
      return object;
    }
    const metadata = { ...before.metadata, ...object.metadata, generation };
    return this.#store(resource, { ...object, metadata, status: before.status }, "MODIFIED");
  }

  updateStatus<T extends KubeObject>(resource: string, object: T): T {
    const before = this.#must(resource, object);
    return this.#store(resource, { ...before, status: object.status } as T, "MODIFIED");
  }

  patch<T extends KubeObject>(
    resource: string,
    namespace: string,
    name: string,
    merge: any,
    options: { subresource?: string } = {},
  ): T {
    const before = this.get<T>(resource, namespace, name);
    if (!before) throw ApiError.notFound(resource, name);
    const after = mergePatch(structuredClone(before), merge) as T;
    if (options.subresource === "status") return this.updateStatus(resource, after);
    return this.update(resource, after);
  }

  delete(resource: string, namespace: string, name: string): void {
    const object = this.get(resource, namespace, name);
    if (!object) throw ApiError.notFound(resource, name);
    if (object.metadata.finalizers?.length) {
      const deletionTimestamp = new Date(this.now()).toISOString();
      this.#store(
        resource,
        { ...object, metadata: { ...object.metadata, deletionTimestamp } },
        "MODIFIED",
      );
    } else this.#remove(resource, object);
  }

  watch(resource: string, handler: (event: any) => void): () => void {
    const watcher = { resource, handler };
    this.#watchers.push(watcher);
    for (const object of this.list(resource)) handler({ type: "ADDED", object });
    return () => {
      this.#watchers.splice(this.#watchers.indexOf(watcher), 1);
    };
  }

  holdLease(): () => void {
    return () => {};
  }

  serves(resource: string): boolean {
    return resource in KINDS;
  }

  raw(path: string): any {
    this.asked.push(path);
    const scale = /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)\/scale$/.exec(path);
    if (!scale) return this.answer(path);
    const [, namespace, plural, name] = scale;
    const group = path.startsWith("/apis/") ? `.${path.split("/")[2]}` : "";
    const object = this.get(plural + group, namespace, name);
    if (!object) throw ApiError.notFound(plural + group, name);
    const labels = object.spec.selector?.matchLabels ?? {};
    return {
      spec: { replicas: object.spec.replicas },
      status: {
        replicas: object.status?.replicas ?? object.spec.replicas,
        selector: Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(","),
      },
    };
  }

  event(
    _object: KubeObject,
    { type, reason, message }: { type: string; reason: string; message: string },
  ): void {
    this.events.push({ type, reason, message });
  }

  resourceFor(apiVersion: string, kind: string): string | undefined {
    return Object.entries(KINDS).find(([, value]) => value === `${apiVersion}/${kind}`)?.[0];
  }

  #must(resource: string, object: KubeObject): KubeObject {
    const { namespace = "", name } = object.metadata;
    const before = this.get(resource, namespace, name);
    if (!before) throw ApiError.notFound(resource, name);
    return before;
  }

  #store<T extends KubeObject>(resource: string, object: T, type: "ADDED" | "MODIFIED"): T {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    const [kind, ...version] = (KINDS[resource] ?? "v1/Thing").split("/").reverse();
    const stored = deepFreeze(structuredClone({
      ...object,
      apiVersion: version.reverse().join("/"),
      kind,
      metadata,
    }));
    const key = `${resource}/${metadata.namespace ?? ""}/${metadata.name}`;
    const previous = this.#objects.get(key);
    this.#objects.set(key, stored);
    this.#tell(resource, { type, object: stored, previous });
    return stored;
  }

  #remove(resource: string, object: KubeObject): void {
    this.#objects.delete(`${resource}/${object.metadata.namespace ?? ""}/${object.metadata.name}`);
    this.#tell(resource, { type: "DELETED", object });
  }

  #tell(resource: string, event: WatchEvent): void {
    for (const watcher of [...this.#watchers]) {
      if (watcher.resource === resource) watcher.handler(event);
    }
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
