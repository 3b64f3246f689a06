/** A resource without its version: `{ group: "batch", resource: "jobs" }`. */
export interface GroupResource {
  group: string;
  resource: string;
}

/** The words that a cluster has for its resources. */
export interface RestMapper {
  /**
   * The resource that a plural or a singular, in a group or in any, stands for; undefined when the
   * cluster knows none.
   */
  resourceFor(resource: GroupResource): GroupResource | undefined;
  /** `pod` for `pods`; undefined when unknown. */
  singular(resource: GroupResource): string | undefined;
  kindFor(resource: GroupResource): { group: string; version: string; kind: string } | undefined;
}

/** One resource as discovery lists it. */
export interface DiscoveredResource extends GroupResource {
  version: string;
  kind: string;
  singular: string;
}

/**
 * A mapper over discovered resources, which are in order of preference.
 * Source: kubernetes/apimachinery pkg/api/meta/restmapper.go, priority.go;
 * kubernetes/client-go restmapper/discovery.go.
 */
export function restMapperOf(discovered: readonly DiscoveredResource[]): RestMapper {
  const resources = discovered.flatMap((one) => [one, listOf(one)]);
  const find = ({ group, resource }: GroupResource) => {
    const named = resources.filter((r) => r.resource === resource || r.singular === resource);
    if (group === "") return named[0];
    // A group may be given by its beginning: `metrics` for `metrics.k8s.io`.
    return named.find((r) => r.group === group) ?? named.find((r) => r.group.startsWith(group));
  };
  const memo = new Map<string, DiscoveredResource | undefined>();
  const lookUp = (wanted: GroupResource) => {
    const key = `${wanted.group}/${wanted.resource}`;
    if (!memo.has(key)) memo.set(key, find(wanted));
    return memo.get(key);
  };
  return {
    resourceFor(resource) {
      const found = lookUp(resource);
      return found && { group: found.group, resource: found.resource };
    },
    singular: (resource) => lookUp(resource)?.singular,
    kindFor(resource) {
      const found = lookUp(resource);
      return found && { group: found.group, version: found.version, kind: found.kind };
    },
  };
}

/** The list kind of a resource, which upstream's mapper takes for a resource too: `podlists`. */
function listOf({ group, version, kind }: DiscoveredResource): DiscoveredResource {
  const singular = `${kind.toLowerCase()}list`;
  return { group, version, resource: `${singular}s`, singular, kind: `${kind}List` };
}

/** `pods`, or `jobs.batch` with its group. */
export function groupResourceString({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** Source: kubernetes/apimachinery pkg/api/meta/errors.go (NoResourceMatchError), restmapper.go. */
export function noMatches({ group, resource }: GroupResource): string {
  if (resource === "") return `a resource must be present, got: ${group}/, Resource=`;
  return `no matches for ${group}/, Resource=${resource}`;
}
