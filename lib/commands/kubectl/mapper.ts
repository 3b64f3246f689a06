import { ApiError, apiVersionOf, groupResource, KubeClient } from "../../kube/mod.ts";
import { CliError, noResourceType } from "./errors.ts";
import { quote } from "../../go/mod.ts";

/** A resource the server serves, in one version. */
export interface Mapping {
  group: string;
  version: string;
  /** The plural: `deployments`. */
  resource: string;
  singular: string;
  /** The singular as the server gives it; empty for what has none. */
  singularName: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  verbs: readonly string[];
  categories: readonly string[];
  subresources: readonly string[];
}

/** `deployment.apps`, as messages name a kind. */
export function groupKind(mapping: Mapping): string {
  const kind = mapping.kind.toLowerCase();
  return mapping.group === "" ? kind : `${kind}.${mapping.group}`;
}

const DISCOVERY_ACCEPT =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/**
 * What the server serves, and which resource a word means.
 * Source: kubernetes/client-go restmapper/ (discovery.go, shortcut.go), kubernetes/apimachinery
 * pkg/api/meta/priority.go: groups in the server's order, preferred version first.
 */
export class Mapper {
  /** Every resource, in the server's order of groups and versions. */
  readonly mappings: readonly Mapping[];

  /** `apps/v1` and the like; versions whose server is away are left out. */
  readonly groupVersions: readonly string[];

  readonly #onWarning: (text: string) => void;

  constructor(
    mappings: readonly Mapping[],
    groupVersions?: readonly string[],
    onWarning: (text: string) => void = () => {},
  ) {
    this.#onWarning = onWarning;
    this.mappings = mappings;
    this.groupVersions = groupVersions ?? [...new Set(mappings.map(apiVersionOf))];
  }

  /** Errors: ApiError, CliError when no server answers. */
  static async discover(client: KubeClient, onWarning?: (text: string) => void): Promise<Mapper> {
    const [core, groups] = await Promise.all([
      client.json("GET", "/api", { accept: DISCOVERY_ACCEPT }),
      client.json("GET", "/apis", { accept: DISCOVERY_ACCEPT }),
    ]);
    const found: Mapping[] = [];
    const aggregated = [core, groups].every((each) => each.kind === "APIGroupDiscoveryList");
    const served = aggregated ? [core, groups].flatMap(freshVersions) : undefined;
    if (core.kind === "APIGroupDiscoveryList") found.push(...fromAggregated(core));
    else for (const version of core.versions) found.push(...await legacy(client, "", version));
    if (groups.kind === "APIGroupDiscoveryList") found.push(...fromAggregated(groups));
    else {
      for (const group of groups.groups) {
        for (const { version } of preferredFirst(group)) {
          found.push(...await legacy(client, group.name, version));
        }
      }
    }
    return new Mapper(found, served, onWarning);
  }

  /**
   * The resource a word stands for: plural, singular, kind or short name, bare or with its group
   * (`hpa.autoscaling`) and version (`deployments.v1.apps`). Errors: CliError.
   */
  resolve(word: string): Mapping {
    const found = this.find(word);
    if (!found) throw noResourceType(word.split(".")[0]);
    return found;
  }

  /** As {@linkcode Mapper.resolve}, without the error. */
  find(word: string): Mapping | undefined {
    const [name, ...rest] = word.split(".");
    if (word === "") return undefined;
    const lower = name.toLowerCase();
    const inGroup = (mapping: Mapping) => {
      if (rest.length === 0) return true;
      const full = rest.join(".");
      if (mapping.group === full || mapping.group.startsWith(full + ".")) return true;
      return rest.length > 1
        ? mapping.version === rest[0] && mapping.group === rest.slice(1).join(".")
        : mapping.group === "" && mapping.version === rest[0];
    };
    const candidates = this.mappings.filter(inGroup);
    return candidates.find((each) => each.resource === lower || each.singular === lower) ??
      this.#ofShortName(name, rest) ??
      candidates.find((each) => each.kind.toLowerCase() === lower);
  }

  /** What a short name stands for; a version behind it is passed over, as upstream does. */
  #ofShortName(name: string, rest: string[]): Mapping | undefined {
    const full = rest.join(".");
    const group = rest.slice(1).join(".");
    const found = this.mappings.filter((each) =>
      each.shortNames.includes(name) &&
      (rest.length === 0 || each.group === full || each.group === group ||
        each.group.startsWith(`${full}.`))
    );
    const others = found.filter((each) =>
      each.group !== found[0].group || each.resource !== found[0].resource
    );
    for (const other of new Set(others.map(groupResource))) {
      this.#onWarning(
        `short name ${quote(name)} could also match lower priority resource ${other}`,
      );
    }
    return found[0];
  }

  /** The resource of a kind, of the core group without an apiVersion. Errors: CliError with upstream's `no matches for kind`. */
  forKind(apiVersion: string, kind: string): Mapping {
    const found = this.mappings.find((each) =>
      each.kind === kind &&
      (apiVersion === "" ? each.group === "" : apiVersionOf(each) === apiVersion)
    );
    if (!found) {
      throw new CliError(`no matches for kind ${quote(kind)} in version ${quote(apiVersion)}`);
    }
    return found;
  }

  /** The resources of a category such as `all`, each once. */
  inCategory(category: string): Mapping[] {
    const seen = new Set<string>();
    return this.mappings.filter((each) => {
      if (!each.categories.includes(category) || seen.has(groupResource(each))) return false;
      seen.add(groupResource(each));
      return true;
    });
  }
}

function preferredFirst(group: any): { version: string }[] {
  const preferred = group.preferredVersion?.version;
  return [...group.versions].sort((a, b) =>
    Number(b.version === preferred) - Number(a.version === preferred)
  );
}

function freshVersions(list: any): string[] {
  return (list.items ?? []).flatMap(({ metadata, versions = [] }: any) =>
    versions.filter((each: any) => each.freshness !== "Stale")
      .map(({ version }: any) => metadata?.name ? `${metadata.name}/${version}` : version)
  );
}

function fromAggregated(list: any): Mapping[] {
  return (list.items ?? []).flatMap((group: any) =>
    (group.versions ?? []).flatMap((version: any) =>
      // A resource without a kind is but the parent of subresources, as metrics are.
      (version.resources ?? []).filter((each: any) => each.responseKind?.kind).map((
        resource: any,
      ): Mapping => ({
        group: group.metadata?.name ?? "",
        version: version.version,
        resource: resource.resource,
        singular: resource.singularResource || resource.responseKind.kind.toLowerCase(),
        singularName: resource.singularResource ?? "",
        kind: resource.responseKind.kind,
        namespaced: resource.scope === "Namespaced",
        shortNames: resource.shortNames ?? [],
        verbs: resource.verbs ?? [],
        categories: resource.categories ?? [],
        subresources: (resource.subresources ?? []).map((each: any) => each.subresource),
      }))
    )
  );
}

async function legacy(client: KubeClient, group: string, version: string): Promise<Mapping[]> {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  let list: any;
  try {
    list = await client.json("GET", path);
  } catch (error) {
    // A group whose server is away does not hide the others.
    if (error instanceof ApiError) return [];
    throw error;
  }
  const all: any[] = list.resources ?? [];
  return all.filter((each) => !each.name.includes("/")).map((each): Mapping => ({
    group: each.group ?? group,
    version: each.version ?? version,
    resource: each.name,
    singular: each.singularName || each.kind.toLowerCase(),
    singularName: each.singularName ?? "",
    kind: each.kind,
    namespaced: each.namespaced,
    shortNames: each.shortNames ?? [],
    verbs: each.verbs ?? [],
    categories: each.categories ?? [],
    subresources: all.filter((sub) => sub.name.startsWith(each.name + "/"))
      .map((sub) => sub.name.slice(each.name.length + 1)),
  }));
}
