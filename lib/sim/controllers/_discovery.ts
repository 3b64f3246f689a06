import type { SimApi } from "../seams.ts";

/** One served resource, as discovery lists it. */
export interface ServedResource {
  /** The plural with its group: `deployments.apps`. */
  resource: string;
  kind: string;
  apiVersion: string;
  namespaced: boolean;
  verbs: readonly string[];
}

/** What discovery gave, and the groups that did not answer with the error each gave. */
export interface Discovered {
  resources: ServedResource[];
  failures: { groupVersion: string; message: string }[];
}

/**
 * Every resource in its preferred version, subresources left out.
 * Source: kubernetes/client-go discovery/discovery_client.go (ServerPreferredResources).
 */
export function discover(api: SimApi): Discovered {
  const out: Discovered = { resources: [], failures: [] };
  collect(api, out, "v1", "/api/v1");
  for (const group of api.raw("/apis").groups ?? []) {
    const { groupVersion } = group.preferredVersion ?? group.versions[0];
    collect(api, out, groupVersion, `/apis/${groupVersion}`);
  }
  return out;
}

function collect(api: SimApi, out: Discovered, groupVersion: string, path: string): void {
  const slash = groupVersion.indexOf("/");
  const group = slash < 0 ? "" : groupVersion.slice(0, slash);
  try {
    for (const entry of api.raw(path).resources ?? []) {
      if (entry.name.includes("/")) continue;
      out.resources.push({
        resource: group ? `${entry.name}.${group}` : entry.name,
        kind: entry.kind,
        apiVersion: groupVersion,
        namespaced: entry.namespaced,
        verbs: entry.verbs ?? [],
      });
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ApiError") throw error;
    out.failures.push({ groupVersion, message: error.message });
  }
}
