import type { KubeClient } from "./client.ts";
import { ApiError } from "./errors.ts";
import { apiVersionOf, type GroupVersionResource, rootPath } from "./paths.ts";
import { groupOf, versionOf } from "./types.ts";

/** A resource that a server serves, in one version. */
export interface ServedResource extends GroupVersionResource {
  namespaced: boolean;
  /** As the server gives it, or the kind in lower case. */
  singular: string;
  /** As the server gives it; empty for what has none. */
  singularName: string;
  kind: string;
  shortNames: readonly string[];
  verbs: readonly string[];
  categories: readonly string[];
  subresources: readonly string[];
}

/** What a server serves. */
export interface Discovered {
  /** In the server's order of groups, each group's preferred version first. */
  resources: ServedResource[];
  /** `apps/v1` and the like; versions whose server is away are left out. */
  groupVersions: string[];
  /** The versions that did not answer, with why. */
  failures: { groupVersion: string; error: Error }[];
}

/** A group's document. Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go (APIGroup). */
export interface ApiGroup {
  name: string;
  preferredVersion?: ApiGroupVersion;
  versions?: ApiGroupVersion[];
}

interface ApiGroupVersion {
  groupVersion: string;
  version: string;
}

/** What a resource is listed with, in either form of discovery. */
interface Listed {
  shortNames?: string[];
  verbs?: string[];
  categories?: string[];
}

/** A resource of a version's document. Source: as above (APIResource). */
interface ApiResource extends Listed {
  name: string;
  group?: string;
  version?: string;
  kind: string;
  namespaced: boolean;
  singularName?: string;
}

/** A group of aggregated discovery. Source: kubernetes/api apidiscovery/v2/types.go (APIGroupDiscovery). */
interface AggregatedGroup {
  metadata?: { name?: string };
  versions?: {
    version: string;
    freshness?: string;
    resources?: (Listed & {
      resource: string;
      responseKind?: { kind?: string };
      scope?: string;
      singularResource?: string;
      subresources?: { subresource: string }[];
    })[];
  }[];
}

/** What a server answers to who discovers it: of versions, groups or resources, or everything at once. */
export interface DiscoveryDocument {
  kind?: string;
  versions?: string[];
  groups?: ApiGroup[];
  resources?: ApiResource[];
  items?: AggregatedGroup[];
}

type DiscoveryAnswer = DiscoveryDocument | ApiError | null | undefined;

/** Asks for everything at once, from servers that can give it. */
const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/**
 * Finds out what a server serves, as a client does that yields the paths that it asks for together and is
 * given their answers, parsed or the ApiError: who drives it decides how to ask. `preferred` leaves out
 * versions that are not their group's preferred one.
 * Errors: ApiError when there is no discovery at all.
 * Source: kubernetes/client-go discovery/discovery_client.go, restmapper/discovery.go.
 */
function* discovery(
  preferred: boolean,
): Generator<readonly string[], Discovered, readonly DiscoveryAnswer[]> {
  const roots = yield ["/api", "/apis"];
  for (const root of roots) if (root instanceof ApiError) throw root;
  const out: Discovered = { resources: [], groupVersions: [], failures: [] };
  const asked: string[] = [];
  for (const root of roots) {
    if (root instanceof ApiError || !root) continue;
    if (root.kind === "APIGroupDiscoveryList") addAggregated(out, root, preferred);
    else asked.push(...(root.versions ?? (root.groups ?? []).flatMap(versionsOf(preferred))));
  }
  const lists = asked.length > 0 ? yield asked.map(rootPath) : [];
  for (const [i, list] of lists.entries()) {
    const groupVersion = asked[i];
    if (list instanceof ApiError) out.failures.push({ groupVersion, error: list });
    else {
      out.groupVersions.push(groupVersion);
      out.resources.push(...fromList(groupVersion, list?.resources ?? []));
    }
  }
  return out;
}

/** What a server serves, in every version. Errors: as the client's; ApiError when there is no discovery. */
export async function discover(client: KubeClient): Promise<Discovered> {
  const ask = async (path: string) => {
    try {
      return await client.json("GET", path, { accept: AGGREGATED });
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };
  const steps = discovery(false);
  let step = steps.next();
  while (!step.done) step = steps.next(await Promise.all(step.value.map(ask)));
  return step.value;
}

/** The same where answers come at once, in the groups' preferred versions. Errors: ApiError. */
export function discoverPreferred(
  get: (path: string, accept: string) => DiscoveryDocument | undefined,
): Discovered {
  const ask = (path: string) => {
    try {
      return get(path, AGGREGATED);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };
  const steps = discovery(true);
  let step = steps.next();
  while (!step.done) step = steps.next(step.value.map(ask));
  return step.value;
}

/** The versions of a group's document (`GET /apis/apps`), the preferred one first. */
export function groupVersionsOf(group: ApiGroup | undefined): string[] {
  const versions = [group?.preferredVersion, ...group?.versions ?? []];
  return [...new Set(versions.flatMap((one) => one?.groupVersion ?? []))];
}

function versionsOf(preferred: boolean) {
  return (group: ApiGroup) => groupVersionsOf(group).slice(0, preferred ? 1 : undefined);
}

/** Source: kubernetes/client-go discovery/aggregated_discovery.go. */
function addAggregated(
  out: Discovered,
  { items = [] }: DiscoveryDocument,
  preferred: boolean,
): void {
  for (const { metadata, versions = [] } of items) {
    const group = metadata?.name ?? "";
    for (
      const { version, freshness, resources = [] } of versions.slice(0, preferred ? 1 : undefined)
    ) {
      const groupVersion = apiVersionOf({ group, version });
      if (freshness === "Stale") {
        const error = new Error(`stale GroupVersion discovery: ${groupVersion}`);
        out.failures.push({ groupVersion, error });
        continue;
      }
      out.groupVersions.push(groupVersion);
      for (const each of resources) {
        // A resource without a kind is but the parent of subresources, as metrics are.
        if (!each.responseKind?.kind) continue;
        out.resources.push({
          group,
          version,
          resource: each.resource,
          kind: each.responseKind.kind,
          namespaced: each.scope === "Namespaced",
          ...named(each.singularResource, each.responseKind.kind),
          ...listed(each),
          subresources: (each.subresources ?? []).map(({ subresource }) => subresource),
        });
      }
    }
  }
}

function fromList(groupVersion: string, all: readonly ApiResource[]): ServedResource[] {
  return all.filter(({ name }) => !name.includes("/")).map((each) => ({
    group: each.group ?? groupOf(groupVersion),
    version: each.version ?? versionOf(groupVersion),
    resource: each.name,
    kind: each.kind,
    namespaced: each.namespaced,
    ...named(each.singularName, each.kind),
    ...listed(each),
    subresources: all.filter(({ name }) => name.startsWith(`${each.name}/`))
      .map(({ name }) => name.slice(each.name.length + 1)),
  }));
}

function named(singularName = "", kind: string) {
  return { singularName, singular: singularName || kind.toLowerCase() };
}

function listed({ shortNames = [], verbs = [], categories = [] }: Listed) {
  return { shortNames, verbs, categories };
}
