import { rfc3339 } from "../../go/mod.ts";
import {
  conditionOf,
  type Discovered,
  discoverPreferred,
  groupResource,
  isApiError,
  type KubeObject,
} from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";
import { canonical } from "./_objects.ts";

/** How long to wait before looking again whether a namespace is empty. */
const RECHECK_MS = 5000;

/**
 * Empties a namespace that is being deleted and then lets go of it.
 * Source: kubernetes pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
 */
export function namespaceController(context: SimContext): Reconciler {
  const { api } = context;
  return {
    name: "namespace-controller",
    watches: [{ resource: "namespaces" }],
    reconcile({ name }) {
      const namespace = api.get("namespaces", "", name);
      if (!namespace?.metadata.deletionTimestamp) return;
      if (!namespace.spec?.finalizers?.includes("kubernetes")) return;
      const { remaining, finalizers, failures } = empty(context, name);
      const busy = remaining.size > 0;
      if (!busy && failures.length === 0) {
        finalize(context, name);
        return;
      }
      writeConditions(context, name, { remaining, finalizers, failures });
      return { requeueAfterMs: RECHECK_MS };
    },
  };
}

interface Content {
  /** How many objects are left, by `plural.group`. */
  remaining: Map<string, number>;
  /** How many are held by a finalizer, by its name. */
  finalizers: Map<string, number>;
  failures: Discovered["failures"];
}

function empty({ api }: SimContext, namespace: string): Content {
  const { resources, failures } = discoverPreferred((path, accept) => api.raw(path, accept));
  const content: Content = { remaining: new Map(), finalizers: new Map(), failures };
  for (const served of resources) {
    const { namespaced, verbs } = served;
    const resource = groupResource(served);
    const listed = namespaced && verbs.includes("delete") && verbs.includes("list");
    if (!listed || !api.serves(resource)) continue;
    for (const { metadata } of api.list(resource, { namespace })) {
      try {
        if (!metadata.deletionTimestamp) {
          api.delete(resource, namespace, metadata.name, { propagationPolicy: "Background" });
        }
      } catch (error) {
        if (!isApiError(error, 404, 409)) throw error;
      }
    }
    for (const { metadata } of api.list(resource, { namespace })) {
      content.remaining.set(resource, (content.remaining.get(resource) ?? 0) + 1);
      for (const finalizer of metadata.finalizers ?? []) {
        content.finalizers.set(finalizer, (content.finalizers.get(finalizer) ?? 0) + 1);
      }
    }
  }
  return content;
}

function finalize({ api }: SimContext, name: string): void {
  const namespace = api.get("namespaces", "", name);
  if (!namespace) return;
  const finalizers = (namespace.spec.finalizers ?? []).filter((one: string) =>
    one !== "kubernetes"
  );
  try {
    api.patch("namespaces", "", name, { spec: { finalizers } }, { subresource: "finalize" });
  } catch (error) {
    if (!isApiError(error, 404)) throw error;
  }
}

/** Source: kubernetes pkg/controller/namespace/deletion/status_condition_utils.go. */
function writeConditions(context: SimContext, name: string, content: Content): void {
  const namespace = context.api.get("namespaces", "", name);
  if (!namespace) return;
  const counts = (of: Map<string, number>, words: (name: string, count: number) => string) =>
    [...of].sort().map(([key, count]) => words(key, count)).join(", ");
  const failed = content.failures
    .map(({ groupVersion, error }) => `${groupVersion}: ${error.message}`);
  const wanted = [
    [
      "NamespaceDeletionDiscoveryFailure",
      failed.length > 0 && "DiscoveryFailed",
      `Discovery failed for some groups, ${failed.length} failing: unable to retrieve the ` +
      `complete list of server APIs: ${failed.join(", ")}`,
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    [
      "NamespaceDeletionContentFailure",
      false,
      "",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ],
    [
      "NamespaceContentRemaining",
      content.remaining.size > 0 && "SomeResourcesRemain",
      `Some resources are remaining: ${
        counts(content.remaining, (key, count) => `${key} has ${count} resource instances`)
      }`,
      "ContentRemoved",
      "All content successfully removed",
    ],
    [
      "NamespaceFinalizersRemaining",
      content.finalizers.size > 0 && "SomeFinalizersRemain",
      `Some content in the namespace has finalizers remaining: ${
        counts(content.finalizers, (key, count) => `${key} in ${count} resource instances`)
      }`,
      "ContentHasNoFinalizers",
      "All content-preserving finalizers finished",
    ],
  ] as const;
  const now = rfc3339(context.clock.now());
  const conditions = wanted.map(([type, bad, badMessage, goodReason, goodMessage]) => {
    const status = bad ? "True" : "False";
    const present = conditionOf(namespace, type);
    return {
      type,
      status,
      lastTransitionTime: present?.status === status ? present.lastTransitionTime : now,
      reason: bad || goodReason,
      message: bad ? badMessage : goodMessage,
    };
  });
  const status = { ...structuredClone(namespace.status), phase: "Terminating", conditions };
  if (canonical(status) === canonical(namespace.status)) return;
  context.api.updateStatus("namespaces", { ...structuredClone(namespace as KubeObject), status });
}
