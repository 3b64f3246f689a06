import { type GroupResource, type MappedResource, RestMapper as Mapper } from "../kube/mod.ts";

/** The words that a cluster has for its resources. */
export type RestMapper = Mapper<MappedResource>;

/** Source: kubernetes/apimachinery pkg/api/meta/errors.go (NoResourceMatchError), restmapper.go. */
export function noMatches({ group, resource }: GroupResource): string {
  if (resource === "") return `a resource must be present, got: ${group}/, Resource=`;
  return `no matches for ${group}/, Resource=${resource}`;
}
