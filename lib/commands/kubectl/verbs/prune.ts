import { ApiError, apiVersionOf } from "../../../kube/mod.ts";
import { CliError, failure } from "../errors.ts";
import type { Mapping } from "../mapper.ts";
import { dryRunOf, type ObjectReport } from "../report.ts";
import type { Session } from "../session.ts";
import { LAST_APPLIED } from "../last_applied.ts";

/** What apply prunes unless it is told. Source: kubernetes/kubectl pkg/util/prune/prune.go. */
const PRUNED_KINDS = [
  "core/v1/ConfigMap",
  "core/v1/Endpoints",
  "core/v1/PersistentVolumeClaim",
  "core/v1/Pod",
  "core/v1/ReplicationController",
  "core/v1/Secret",
  "core/v1/Service",
  "batch/v1/Job",
  "batch/v1/CronJob",
  "networking.k8s.io/v1/Ingress",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/ReplicaSet",
  "apps/v1/StatefulSet",
  "core/v1/Namespace",
  "core/v1/PersistentVolume",
];

/** What one apply has seen: the objects it leaves, and the namespaces they are in. */
export interface Visited {
  uids: Set<string>;
  namespaces: Set<string>;
}

/** Checks the flags of `--prune`, and finds the kinds that are pruned. Errors: CliError. */
export async function prunedMappings(session: Session): Promise<Mapping[]> {
  const { flags } = session;
  const allowed = flags.list("prune-allowlist");
  const mapper = await session.mapper();
  const mappings: Mapping[] = [];
  for (const name of allowed.length > 0 ? allowed : PRUNED_KINDS) {
    const [group, version, kind, ...rest] = name.split("/");
    if (kind === undefined || rest.length > 0) {
      throw failure(
        `invalid GroupVersionKind format: ${name}, please follow <group/version/kind>`,
      );
    }
    try {
      mappings.push(mapper.forKind(group === "core" ? version : `${group}/${version}`, kind));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      throw failure(error.message);
    }
  }
  return mappings;
}

/**
 * Deletes what earlier applies made, the selector selects, and this one did not name.
 * Errors: CliError. Source: kubernetes/kubectl pkg/cmd/apply/prune.go.
 */
export async function prune(
  session: Session,
  visited: Visited,
  mappings: readonly Mapping[],
  report: ObjectReport,
): Promise<void> {
  for (const namespace of visited.namespaces) {
    for (const mapping of mappings.filter((each) => each.namespaced)) {
      await pruneKind(session, visited, mapping, namespace, report);
    }
  }
  for (const mapping of mappings.filter((each) => !each.namespaced)) {
    await pruneKind(session, visited, mapping, "", report);
  }
}

async function pruneKind(
  session: Session,
  { uids }: Visited,
  mapping: Mapping,
  namespace: string,
  report: ObjectReport,
): Promise<void> {
  const { flags } = session;
  const dryRun = dryRunOf(session);
  try {
    const { items } = await session.client.list(mapping, { namespace }, {
      query: { labelSelector: flags.string("selector") },
    });
    for (const item of items) {
      const { name, uid, annotations } = item.metadata;
      if (annotations?.[LAST_APPLIED] === undefined || uids.has(uid ?? "")) continue;
      if (dryRun !== "client") {
        await session.client.delete(mapping, { namespace, name }, {
          body: {
            kind: "DeleteOptions",
            apiVersion: "v1",
            propagationPolicy: "Background",
            ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
          },
        });
      }
      const apiVersion = apiVersionOf(mapping);
      await report.printObject({ ...item, apiVersion, kind: mapping.kind }, "pruned");
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const scope = mapping.namespaced ? "namespaced" : "nonNamespaced";
    const { group, version, kind } = mapping;
    throw failure(
      `error pruning ${scope} object ${group}/${version}, Kind=${kind}: ${error.message}`,
    );
  }
}
