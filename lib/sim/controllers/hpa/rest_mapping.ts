import { ApiError, groupOf, groupPath, groupVersionsOf, rootPath } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";

/** A resource that stands behind a kind. */
export interface Mapping {
  /** The plural with its group. */
  resource: string;
  /** The apiVersion it is asked for in. */
  version: string;
}

/**
 * The resource of a kind. Only the group of an apiVersion counts; the version is the one that the
 * cluster prefers, so that an apiVersion may be out of date or, for core kinds, left out.
 * Source: kubernetes/apimachinery pkg/api/meta/priority.go (RESTMapping by group and kind); kubernetes/client-go
 * restmapper/discovery.go (each kind is known in lower case too).
 */
export function mappingOf(api: SimApi, apiVersion: string, kind: string): Mapping | undefined {
  const named = api.resourceFor(apiVersion, kind);
  if (named) return { resource: named, version: apiVersion };
  for (const version of versionsOf(api, groupOf(apiVersion))) {
    const resource = api.resourceFor(version, kind) ?? inLowerCase(api, version, kind);
    if (resource) return { resource, version };
  }
  return undefined;
}

/** The resource whose kind is so called but for capitals. */
function inLowerCase(api: SimApi, version: string, kind: string): string | undefined {
  if (kind !== kind.toLowerCase()) return undefined;
  const { resources }: { resources: { kind: string }[] } = api.raw(rootPath(version));
  const found = resources.find((one) => one.kind.toLowerCase() === kind);
  return found && api.resourceFor(version, found.kind);
}

function versionsOf(api: SimApi, group: string): string[] {
  if (group === "") return ["v1"];
  try {
    return groupVersionsOf(api.raw(groupPath(group)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [];
  }
}
