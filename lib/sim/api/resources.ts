import {
  apiVersionOf,
  groupOf,
  groupResource,
  type KubeObject,
  versionOf,
} from "../../kube/mod.ts";
import { type ApiResource, discoveryData } from "./_data.ts";

/** One resource in one served version. */
export interface ResourceType {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  verbs: readonly string[];
  /** Served below the object: status, scale, log… */
  subresources: ReadonlySet<string>;
  /** The plural with its group, `deployments.apps`: the name of the resource in the store. */
  resource: string;
  /** The apiVersion that objects are stored in. */
  storageVersion: string;
  /** The CustomResourceDefinition behind it, for a custom resource. */
  definition?: KubeObject;
}

/** Groups whose objects are another group's, seen in another shape. */
const VIEW_OF: Record<string, string> = { "events.events.k8s.io": "events" };
/** Where the storage version is not the first one served. */
const STORAGE_VERSIONS: Record<string, string> = {
  "horizontalpodautoscalers.autoscaling": "autoscaling/v2",
};
/** Answered when created, never stored. */
const REVIEWS = new Set([
  "selfsubjectaccessreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "tokenreviews.authentication.k8s.io",
  "selfsubjectreviews.authentication.k8s.io",
]);

export function isReview(type: ResourceType): boolean {
  return REVIEWS.has(type.resource);
}

/** Every resource served now: the built-in ones, and those that CustomResourceDefinitions add. */
export class ResourceRegistry {
  readonly #byPath = new Map<string, ResourceType>();
  readonly #byKind = new Map<string, ResourceType>();
  readonly #storage = new Map<string, ResourceType>();

  constructor() {
    for (const [groupVersion, list] of Object.entries(discoveryData().lists)) {
      this.#addBuiltIn(groupVersion, list.resources);
    }
  }

  #addBuiltIn(groupVersion: string, resources: readonly ApiResource[]): void {
    const group = groupVersion.includes("/") ? groupOf(groupVersion) : "";
    for (const entry of resources) {
      if (entry.name.includes("/")) continue;
      const subresources = resources
        .filter(({ name }) => name.startsWith(`${entry.name}/`))
        .map(({ name }) => name.slice(entry.name.length + 1));
      const own = groupResource({ group, resource: entry.name });
      const resource = VIEW_OF[own] ?? own;
      this.add({
        group,
        version: versionOf(groupVersion),
        kind: entry.kind,
        plural: entry.name,
        singular: entry.singularName,
        namespaced: entry.namespaced,
        shortNames: entry.shortNames ?? [],
        categories: entry.categories ?? [],
        verbs: entry.verbs,
        subresources: new Set(subresources),
        resource,
        storageVersion: own !== resource ? "v1" : STORAGE_VERSIONS[own] ?? groupVersion,
      });
    }
  }

  add(type: ResourceType): void {
    const apiVersion = apiVersionOf(type);
    this.#byPath.set(`${apiVersion}/${type.plural}`, type);
    this.#byKind.set(`${apiVersion}/${type.kind}`, type);
    if (apiVersion === type.storageVersion) this.#storage.set(type.resource, type);
  }

  /** Takes away every version of a resource. */
  remove(resource: string): void {
    for (const [key, type] of this.#byPath) {
      if (type.resource === resource) this.#byPath.delete(key);
    }
    for (const [key, type] of this.#byKind) {
      if (type.resource === resource) this.#byKind.delete(key);
    }
    this.#storage.delete(resource);
  }

  /** By the path of a request: `apps/v1`, `deployments`. */
  byPath(apiVersion: string, plural: string): ResourceType | undefined {
    return this.#byPath.get(`${apiVersion}/${plural}`);
  }

  byKind(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** The type that objects of a resource are stored as. */
  storage(resource: string): ResourceType | undefined {
    return this.#storage.get(resource);
  }

  all(): Iterable<ResourceType> {
    return this.#byPath.values();
  }
}
