import { ApiError, type KubeObject, type PatchType, sameJson } from "../../kube/mod.ts";
import { goJson } from "../../go/mod.ts";
import { LAST_APPLIED } from "./last_applied.ts";
import type { Info } from "./resources.ts";
import type { Session } from "./session.ts";

/** The manager that a server-side apply writes as, unless told otherwise. */
export const SERVER_SIDE_MANAGER = "kubectl";
const LAST_APPLIED_MANAGER = "kubectl-last-applied";
const MAX_PATCH_TRIES = 5;

/** Fields, each with the fields within it, as `fieldsV1` writes them. */
interface FieldTree {
  [field: string]: FieldTree;
}

/** An entry of `metadata.managedFields`. */
interface Owner {
  manager: string;
  operation: string;
  apiVersion: string;
  subresource?: string;
  fieldsV1?: FieldTree;
}

/** The query of a write; `fieldManager` is who owns what it sets. */
export type WriteQuery = Record<string, string | undefined> & { fieldManager: string };

/**
 * After an object was applied on the server, hands what kubectl owned by applying on the client to the
 * manager of `query`, and applies it once more, so that fields left out go. What fails is a warning.
 * Source: kubernetes/kubectl pkg/cmd/apply/apply.go (migrateToSSAIfNecessary), client-go util/csaupgrade.
 * @param info the object as the server has it, replaced by what it becomes.
 */
export async function migrateToServerSide(
  session: Session,
  info: Info,
  query: WriteQuery,
  reapply: () => Promise<KubeObject>,
): Promise<void> {
  const warn = (what: string, { message }: ApiError) =>
    session.err(
      `Warning: ${what}. This is non-fatal and will be retried next time you apply. Error: ${message}\n`,
    );
  const stages: [failure: string, run: () => Promise<boolean>][] = [
    [
      `failed to migrate ${LAST_APPLIED} for Server-Side Apply`,
      () => keepLastApplied(session, info, query),
    ],
    [
      "server rejected managed fields migration to Server-Side Apply",
      () => moveOwnership(session, info, query),
    ],
    [
      "failed to re-apply configuration after performing Server-Side Apply migration",
      async () => {
        info.object = await reapply();
        return true;
      },
    ],
  ];
  for (const [failed, run] of stages) {
    try {
      if (!await run()) return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      warn(failed, error);
      return;
    }
  }
}

/** Applies the annotation under a manager of its own, so that it is not orphaned. */
async function keepLastApplied(session: Session, info: Info, query: WriteQuery): Promise<boolean> {
  const { apiVersion, kind, metadata } = info.object as KubeObject;
  const annotation = metadata.annotations?.[LAST_APPLIED];
  if (query.fieldManager !== SERVER_SIDE_MANAGER || annotation === undefined) return true;
  if (ownersOfLastApplied(metadata.managedFields, "Apply").length > 0) return true;
  const { name, namespace } = metadata;
  const justAnnotation = {
    apiVersion,
    kind,
    metadata: {
      annotations: { [LAST_APPLIED]: annotation },
      name,
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
  info.object = await send(session, info, "apply", justAnnotation, {
    ...query,
    fieldManager: LAST_APPLIED_MANAGER,
  });
  return true;
}

/** Whether there was anything to move. */
async function moveOwnership(session: Session, info: Info, query: WriteQuery): Promise<boolean> {
  const owners: Owner[] = info.object.metadata.managedFields ?? [];
  const clients = new Set(ownersOfLastApplied(owners, "Update").map((each) => each.manager));
  for (let attempt = 1;; attempt++) {
    const before: Owner[] = info.object.metadata.managedFields ?? [];
    const after = [...clients].reduce(
      (kept, client) => moved(kept, client, query.fieldManager),
      before,
    );
    if (sameJson(before, after)) return false;
    const patch = [
      { op: "replace", path: "/metadata/managedFields", value: after },
      // As a replacement a version that is old is a conflict; as a test it would be an invalid request.
      {
        op: "replace",
        path: "/metadata/resourceVersion",
        value: info.object.metadata.resourceVersion,
      },
    ];
    try {
      info.object = await send(session, info, "json", patch, query);
      return true;
    } catch (error) {
      const again = error instanceof ApiError && error.reason === "Conflict";
      if (!again || attempt === MAX_PATCH_TRIES) throw error;
      info.object = await session.client.get(info.mapping, info);
    }
  }
}

function ownersOfLastApplied(owners: unknown, operation: string): Owner[] {
  return (owners as Owner[] | undefined ?? []).filter(({ operation: own, fieldsV1 }) =>
    own === operation &&
    fieldsV1?.["f:metadata"]?.["f:annotations"]?.[`f:${LAST_APPLIED}`] !== undefined
  );
}

/** The owners once the fields of `client` belong to `server`. */
function moved(owners: readonly Owner[], client: string, server: string): Owner[] {
  const isClient = ({ manager, operation, subresource }: Owner) =>
    manager === client && operation === "Update" && !subresource;
  const isServer = ({ manager, operation, subresource }: Owner) =>
    manager === server && operation === "Apply" && !subresource;
  const target = owners.find(isServer) ?? owners.find(isClient);
  if (!target) return [...owners];
  const source = owners.find((each) => isClient(each) && each.apiVersion === target.apiVersion);
  const merged: Owner = {
    ...target,
    manager: server,
    operation: "Apply",
    fieldsV1: union(target.fieldsV1 ?? {}, source?.fieldsV1 ?? {}),
  };
  return owners.map((each) => each === target ? merged : each).filter((each) => !isClient(each));
}

function union(left: FieldTree, right: FieldTree): FieldTree {
  const both: FieldTree = { ...left };
  for (const [field, inner] of Object.entries(right)) both[field] = union(left[field] ?? {}, inner);
  return both;
}

function send(
  session: Session,
  info: Info,
  type: PatchType,
  body: unknown,
  query: WriteQuery,
): Promise<KubeObject> {
  return session.client.patch(info.mapping, info, goJson(body), { type, query });
}
