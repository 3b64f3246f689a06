import { ApiError, type KubeObject, type Secret } from "../../../lib/kube/mod.ts";

type Json = Record<string, any>;

interface Resource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

const BUILT_IN: [apiVersion: string, kind: string, plural: string, namespaced: boolean][] = [
  ["v1", "Namespace", "namespaces", false],
  ["v1", "ServiceAccount", "serviceaccounts", true],
  ["v1", "Secret", "secrets", true],
  ["v1", "ConfigMap", "configmaps", true],
  ["v1", "Service", "services", true],
  ["apps/v1", "Deployment", "deployments", true],
  ["apps/v1", "DaemonSet", "daemonsets", true],
  ["rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false],
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false],
  ["rbac.authorization.k8s.io/v1", "Role", "roles", true],
  ["rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true],
  ["apiregistration.k8s.io/v1", "APIService", "apiservices", false],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false],
  [
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    false,
  ],
  [
    "admissionregistration.k8s.io/v1",
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    false,
  ],
];

/** Just enough of an API server for helm: discovery, CRUD, label selectors, patches; no controllers. */
export class MemoryApi {
  readonly objects = new Map<string, KubeObject>();
  readonly requests: string[] = [];
  /** Called before an object is stored; may throw an ApiError or change it. */
  admit: (object: KubeObject) => void = () => {};

  readonly transport = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    const body = request.body ? JSON.parse(await request.text()) : undefined;
    try {
      return Response.json(this.#answer(request, url, body));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return Response.json(error.toStatus(), { status: error.code });
    }
  };

  /** The object of a kind, by name, wherever it is. */
  find(kind: string, name: string): Secret | undefined {
    return [...this.objects.values()].find((object) =>
      object.kind === kind && object.metadata.name === name
    );
  }

  put(object: KubeObject): void {
    const resource = this.#resources().find((each) => each.kind === object.kind)!;
    this.objects.set(this.#key(resource, object.metadata.namespace ?? "", object.metadata.name), {
      ...structuredClone(object),
    });
  }

  #resources(): Resource[] {
    const own = BUILT_IN.map(([apiVersion, kind, plural, namespaced]) => {
      const [version, group = ""] = apiVersion.split("/").reverse();
      return { group, version, plural, kind, namespaced };
    });
    const custom = [...this.objects.values()].filter(({ kind }) =>
      kind === "CustomResourceDefinition"
    ).map(({ spec }) => ({
      group: spec.group,
      version: spec.versions[0].name,
      plural: spec.names.plural,
      kind: spec.names.kind,
      namespaced: spec.scope === "Namespaced",
    }));
    return [...own, ...custom];
  }

  #key(resource: Resource, namespace: string, name: string): string {
    return `${resource.plural}.${resource.group}/${namespace}/${name}`;
  }

  #answer(request: Request, url: URL, body: any): unknown {
    if (url.pathname === "/version") return { gitVersion: "v1.36.3" };
    if (url.pathname === "/api" || url.pathname === "/apis") return this.#discovery(url.pathname);
    const match =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/[^/]))?\/([^/]+)(?:\/([^/]+))?$/
        .exec(url.pathname);
    const resource = match &&
      this.#resources().find((each) =>
        each.plural === match[4] && each.group === (match[1] ?? "") && each.version === match[2]
      );
    if (!match || !resource) throw ApiError.noSuchResource();
    const namespace = match[3] ?? "";
    const name = match[5] === undefined ? body?.metadata?.name : decodeURIComponent(match[5]);
    const full = resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
    const key = this.#key(resource, namespace, name);
    const live = this.objects.get(key);
    if (request.method === "GET" && match[5] === undefined) {
      return { items: this.#list(resource, namespace, url.searchParams.get("labelSelector")) };
    }
    if (request.method === "POST") {
      if (live) throw ApiError.alreadyExists(full, name);
      return this.#store(key, body);
    }
    if (!live) throw ApiError.notFound(full, name);
    switch (request.method) {
      case "PUT":
        return this.#store(key, body);
      case "PATCH":
        return this.#store(key, merge(live, body) as KubeObject);
      case "DELETE":
        this.objects.delete(key);
    }
    return live;
  }

  #store(key: string, object: KubeObject): KubeObject {
    const copy = structuredClone(object);
    copy.metadata.uid ??= `uid-${this.objects.size}`;
    copy.metadata.generation = 1;
    if (copy.kind === "CustomResourceDefinition") {
      copy.status = { conditions: [{ type: "Established", status: "True" }] };
    }
    this.admit(copy);
    this.objects.set(key, copy);
    return copy;
  }

  #list(resource: Resource, namespace: string, selector: string | null): KubeObject[] {
    const wanted = (selector ?? "").split(",").filter(Boolean).map((part) => part.split("="));
    const prefix = `${resource.plural}.${resource.group}/${
      namespace === "" ? "" : `${namespace}/`
    }`;
    return [...this.objects].filter(([key, object]) =>
      key.startsWith(prefix) &&
      wanted.every(([label, value]) => object.metadata.labels?.[label] === value)
    ).map(([, object]) => object);
  }

  #discovery(path: string): unknown {
    const groups = new Map<string, Map<string, Resource[]>>();
    for (const resource of this.#resources()) {
      if ((resource.group === "") !== (path === "/api")) continue;
      const versions = groups.get(resource.group) ?? new Map();
      versions.set(resource.version, [...versions.get(resource.version) ?? [], resource]);
      groups.set(resource.group, versions);
    }
    return {
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      items: [...groups].map(([name, versions]) => ({
        metadata: { name },
        versions: [...versions].map(([version, resources]) => ({
          version,
          freshness: "Current",
          resources: resources.map((resource) => ({
            resource: resource.plural,
            responseKind: {
              group: resource.group,
              version: resource.version,
              kind: resource.kind,
            },
            scope: resource.namespaced ? "Namespaced" : "Cluster",
            singularResource: resource.kind.toLowerCase(),
            verbs: ["get", "list", "create", "update", "patch", "delete"],
          })),
        })),
      })),
    };
  }
}

/** A strategic merge in small: maps by key, lists of named things by name, `$patch: delete` obeyed. */
function merge(live: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Json = isMap(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (Array.isArray(value) && Array.isArray(merged[key]) && value.every(named)) {
      merged[key] = mergeLists(merged[key], value);
    } else merged[key] = merge(merged[key], value);
  }
  return merged;
}

function mergeLists(live: Json[], patch: Json[]): Json[] {
  const merged = [...live];
  for (const item of patch) {
    const index = merged.findIndex(({ name }) => name === item.name);
    if (item.$patch === "delete") merged.splice(index, index < 0 ? 0 : 1);
    else if (index < 0) merged.push(item);
    else merged[index] = merge(merged[index], item) as Json;
  }
  return merged;
}

function named(value: unknown): boolean {
  return isMap(value) && typeof value.name === "string";
}

function isMap(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
