import { apiVersionOf } from "../../kube/mod.ts";
import type { ObjectStore } from "./object_store.ts";
import { type ApiGroup, type ApiResource, discoveryData, type ResourceList } from "./_data.ts";
import type { ResourceRegistry, ResourceType } from "./resources.ts";

/** A group version that another server answers for, as its discovery gave it. */
export interface RemoteVersion {
  group: string;
  version: string;
  /** undefined when it does not answer. */
  resources: ApiResource[] | undefined;
}

/**
 * The discovery documents, legacy and aggregated, of everything served now.
 * Source: kubernetes/apiserver pkg/endpoints/discovery (legacy.go, aggregated/handler.go).
 */
export class Discovery {
  readonly #registry: ResourceRegistry;
  readonly #store: ObjectStore;
  readonly #remote: () => RemoteVersion[];

  constructor(registry: ResourceRegistry, store: ObjectStore, remote: () => RemoteVersion[]) {
    this.#registry = registry;
    this.#store = store;
    this.#remote = remote;
  }

  /** `GET /api`. */
  coreVersions() {
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "172.18.0.2:6443" }],
    };
  }

  /** `GET /apis`. */
  groups() {
    return { kind: "APIGroupList", apiVersion: "v1", groups: this.#groups() };
  }

  /** `GET /apis/<group>`; undefined when no such group is served. */
  group(name: string) {
    const found = this.#groups().find((group) => group.name === name);
    return found && { kind: "APIGroup", apiVersion: "v1", ...found };
  }

  /** `GET /api/v1` or `/apis/<group>/<version>`; undefined when it is not served here. */
  resources(apiVersion: string): ResourceList | undefined {
    const builtIn = discoveryData().lists[apiVersion];
    if (builtIn) return builtIn;
    const types = [...this.#registry.all()].filter((type) => apiVersionOf(type) === apiVersion);
    if (types.length === 0) return undefined;
    return {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: apiVersion,
      resources: types.flatMap(customResources),
    };
  }

  /** `GET /api` and `GET /apis` for clients that ask for everything in one document. */
  aggregated(core: boolean) {
    const groups = core
      ? [{ name: "", versions: [{ version: "v1", groupVersion: "v1" }] }]
      : this.#groups();
    const remote = this.#remote();
    return {
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      metadata: {},
      items: groups.map(({ name, versions }) => ({
        metadata: name ? { name } : {},
        versions: versions.map(({ version, groupVersion }) => {
          const there = remote.find((entry) => entry.group === name && entry.version === version);
          const list: ApiResource[] = there
            ? there.resources ?? []
            : this.resources(groupVersion)?.resources ?? [];
          const stale = there && !there.resources;
          return {
            version,
            ...(list.length > 0 ? { resources: aggregatedOnce(list, name, version) } : {}),
            freshness: stale ? "Stale" : "Current",
          };
        }),
      })),
    };
  }

  #groups(): ApiGroup[] {
    const builtIn = discoveryData().groups;
    const known = new Map<string, string[]>();
    for (const { group, version } of this.#registry.all()) {
      if (group === "" || builtIn.some(({ name }) => name === group)) continue;
      known.set(group, [...new Set([...known.get(group) ?? [], version])]);
    }
    for (const service of this.#store.list("apiservices.apiregistration.k8s.io")) {
      const { group, version } = service.spec;
      if (!service.spec.service) continue;
      known.set(group, [...new Set([...known.get(group) ?? [], version])]);
    }
    const added = [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, found]) => {
      const versions = found.sort(byPriority)
        .map((version) => ({ groupVersion: `${name}/${version}`, version }));
      return { name, versions, preferredVersion: versions[0] };
    });
    return [...builtIn, ...added];
  }
}

/** Stable before beta before alpha, newer before older; Source: apimachinery pkg/version/helpers.go. */
function byPriority(a: string, b: string): number {
  const rank = (version: string) => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return [-1, 0, 0];
    return [
      match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0,
      Number(match[1]),
      Number(match[3] ?? 0),
    ];
  };
  const [x, y] = [rank(a), rank(b)];
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2] || (a < b ? -1 : 1);
}

function customResources(type: ResourceType): ApiResource[] {
  const main: ApiResource = {
    name: type.plural,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: [...type.verbs],
    ...(type.shortNames.length > 0 ? { shortNames: [...type.shortNames] } : {}),
    ...(type.categories.length > 0 ? { categories: [...type.categories] } : {}),
  };
  const below = [...type.subresources].map((name): ApiResource => ({
    name: `${type.plural}/${name}`,
    singularName: "",
    namespaced: type.namespaced,
    ...(name === "scale" ? { group: "autoscaling", version: "v1" } : {}),
    kind: name === "scale" ? "Scale" : type.kind,
    verbs: ["get", "patch", "update"],
  }));
  return [main, ...below];
}

/** By their list: clients ask for these with every line, and the built-in ones never change. */
const AGGREGATED = new WeakMap<ApiResource[], ReturnType<typeof aggregatedResources>>();

function aggregatedOnce(list: ApiResource[], group: string, version: string) {
  let known = AGGREGATED.get(list);
  if (!known) AGGREGATED.set(list, known = aggregatedResources(list, group, version));
  return known;
}

function aggregatedResources(list: ApiResource[], group: string, version: string) {
  const kindOf = (entry: ApiResource) => ({
    group: entry.group ?? group,
    version: entry.version ?? version,
    kind: entry.kind,
  });
  const subresources = (name: string) =>
    list.filter((entry) => entry.name.startsWith(`${name}/`)).map((entry) => ({
      subresource: entry.name.slice(name.length + 1),
      responseKind: kindOf(entry),
      verbs: entry.verbs,
    }));
  // A metric is listed as `pods/name` with nothing of the name `pods` beside it.
  const mains = list.filter((entry) => !entry.name.includes("/"));
  const orphans = list.filter((entry) =>
    entry.name.includes("/") && !mains.some((main) => entry.name.startsWith(`${main.name}/`))
  );
  const orphanParents = [...new Set(orphans.map((entry) => entry.name.split("/")[0]))];
  return [
    ...mains.map((entry) => ({
      resource: entry.name,
      responseKind: kindOf(entry),
      scope: entry.namespaced ? "Namespaced" : "Cluster",
      singularResource: entry.singularName,
      verbs: entry.verbs,
      ...(entry.shortNames ? { shortNames: entry.shortNames } : {}),
      ...(entry.categories ? { categories: entry.categories } : {}),
      ...(subresources(entry.name).length > 0 ? { subresources: subresources(entry.name) } : {}),
    })),
    ...orphanParents.map((name) => ({
      resource: name,
      // Not null, which old clients do not survive; as upstream does for their sake.
      responseKind: { group: "", version: "", kind: "" },
      scope: orphans.find((entry) => entry.name.startsWith(`${name}/`))!.namespaced
        ? "Namespaced"
        : "Cluster",
      singularResource: "",
      verbs: null,
      subresources: subresources(name),
    })),
  ];
}
