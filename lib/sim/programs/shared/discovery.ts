import { type DiscoveredResource, type RestMapper, restMapperOf } from "../../../adapter/mod.ts";
import { ApiError } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";

/**
 * What a client's discovery finds, in order of preference: the core group, then the API's groups in
 * their order, each in its preferred version. A group that does not answer is passed over.
 * Errors: ApiError when there is no discovery at all.
 * Source: kubernetes/client-go restmapper/discovery.go.
 */
export function discoverResources(api: SimApi): DiscoveredResource[] {
  const groups: any[] = api.raw("/apis")?.groups ?? [];
  const lists = [
    { group: "", version: "v1", path: "/api/v1" },
    ...groups.filter(({ preferredVersion }) => preferredVersion).map((
      { name, preferredVersion: { version } },
    ) => ({ group: name as string, version: version as string, path: `/apis/${name}/${version}` })),
  ];
  return lists.flatMap(({ group, version, path }) => {
    let resources: any[] = [];
    try {
      resources = api.raw(path)?.resources ?? [];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    return resources.filter(({ name }) => !name.includes("/")).map((
      { name, kind, singularName },
    ) => ({
      group,
      version,
      resource: name,
      kind,
      singular: singularName || kind.toLowerCase(),
    }));
  });
}

/** A mapper over what discovery finds now. Errors: ApiError. */
export function discoverMapper(api: SimApi): RestMapper {
  return restMapperOf(discoverResources(api));
}
