import { quote } from "../go/mod.ts";
import type { ServedResource } from "./discovery.ts";
import { apiVersionOf, type GroupResource, groupResource } from "./paths.ts";

/** What is known of a resource at least. */
export type MappedResource =
  & Pick<ServedResource, "group" | "version" | "resource" | "singular" | "kind">
  & Partial<ServedResource>;

/** A resource by one of its names, in any group and version where those are left out or empty. */
export interface PartialResource extends GroupResource {
  version?: string;
}

/**
 * The words that a cluster has for its resources, which are in order of preference.
 * Source: kubernetes/apimachinery pkg/api/meta (restmapper.go, priority.go), kubernetes/client-go restmapper/
 * (discovery.go, shortcut.go).
 */
export class RestMapper<R extends MappedResource = ServedResource> {
  readonly #all: readonly R[];
  readonly #known = new Map<string, R | undefined>();

  /** `onWarning` hears of a short name that others have too. */
  constructor(readonly resources: readonly R[], readonly onWarning = (_: string) => {}) {
    this.#all = resources.flatMap((one) => [one, listOf(one)]);
  }

  /**
   * The resource that a word stands for: plural, singular, kind or short name, bare, with its group or the
   * beginning of it (`hpa.autoscaling`), or with its version too (`deployments.v1.apps`).
   * Source: kubernetes/cli-runtime pkg/resource/builder.go (mappingFor).
   */
  find(word: string): R | undefined {
    const [resource, ...rest] = word.split(".");
    const [version = "", ...inGroup] = rest;
    const group = inGroup.join(".");
    const isFull = rest.length > 1;
    return (isFull ? this.#named({ resource, version, group }) : undefined) ??
      this.#named({ resource, group: rest.join(".") }) ??
      (isFull ? this.kindIn(apiVersionOf({ group, version }), resource) : undefined) ??
      this.kindFor(rest.join("."), resource);
  }

  /** The resource of a plural or a singular. */
  resourceFor(wanted: PartialResource): R | undefined {
    const key = `${wanted.group}/${wanted.version ?? ""}/${wanted.resource}`;
    if (!this.#known.has(key)) this.#known.set(key, this.#lookUp(wanted));
    return this.#known.get(key);
  }

  #named(wanted: PartialResource): R | undefined {
    return this.resourceFor(this.#expanded(wanted));
  }

  /** The resource of a kind in an apiVersion; of the core group's where that is empty. */
  kindIn(apiVersion: string, kind: string): R | undefined {
    if (apiVersion === "") return this.kindFor("", kind);
    return this.resources.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  }

  /** The resource of a kind in the group's preferred version. */
  kindFor(group: string, kind: string): R | undefined {
    return this.resources.find((one) =>
      one.group === group && (one.kind === kind || one.kind.toLowerCase() === kind)
    );
  }

  /** The resources of a category such as `all`, each once. */
  inCategory(category: string): R[] {
    const found = this.resources.filter((one) => one.categories?.includes(category));
    return [...new Map(found.toReversed().map((one) => [groupResource(one), one])).values()]
      .toReversed();
  }

  #lookUp({ resource, group, version = "" }: PartialResource): R | undefined {
    const name = resource.toLowerCase();
    const named = this.#all.filter((one) => one.resource === name || one.singular === name);
    if (version !== "") {
      return named.find((one) => one.version === version && (group === "" || one.group === group));
    }
    return group === "" ? named[0] : ofGroup(named, group);
  }

  /** With its full names in place of a short one, whose version is passed over as upstream does. */
  #expanded(wanted: PartialResource): PartialResource {
    const { resource, group } = wanted;
    const isNamed = this.resources.some((one) =>
      (group === "" || one.group === group) &&
      (one.resource === resource || one.singularName === resource)
    );
    if (isNamed) return wanted;
    const short = this.resources.filter((one) => one.shortNames?.includes(resource));
    const found = group === "" ? short : short.filter((one) => one.group === group);
    if (found.length === 0) {
      const near = ofGroup(short, group);
      return near ? { ...wanted, resource: near.resource, group: near.group } : wanted;
    }
    const names = [...new Set(found.map(groupResource))];
    for (const other of names.slice(1)) {
      this.onWarning(
        `short name ${quote(resource)} could also match lower priority resource ${other}`,
      );
    }
    return { resource: found[0].resource, group: found[0].group };
  }
}

/** The first in a group, or in one whose name begins so: `metrics` for `metrics.k8s.io`. */
function ofGroup<R extends MappedResource>(resources: readonly R[], group: string): R | undefined {
  return resources.find((one) => one.group === group) ??
    resources.find((one) => one.group.startsWith(group));
}

/** Source: kubernetes/apimachinery pkg/api/meta/errors.go (NoKindMatchError). */
export function noKindMatch(apiVersion: string, kind: string): string {
  return `no matches for kind ${quote(kind)} in version ${quote(apiVersion)}`;
}

/** The list kind of a resource, which upstream's mapper takes for a resource too: `podlists`. */
function listOf<R extends MappedResource>(one: R): R {
  const singular = `${one.kind.toLowerCase()}list`;
  return { ...one, resource: `${singular}s`, singular, kind: `${one.kind}List` };
}
