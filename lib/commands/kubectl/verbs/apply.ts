import { withSource } from "../failures.ts";
import { ApiError, type KubeObject, threeWayPatch } from "../../../kube/mod.ts";
import { CliError, failure, NameError, throwAll } from "../errors.ts";
import { goJson, quote } from "../../../go/mod.ts";
import { LAST_APPLIED, lastApplied, LastAppliedError, withLastApplied } from "../last_applied.ts";
import { findResources, type Info, infoText, typed } from "../resources.ts";
import { dryRunOf, fieldValidationOf, ObjectReport } from "../report.ts";
import type { Session, Verb } from "../session.ts";
import { migrateToServerSide, SERVER_SIDE_MANAGER, type WriteQuery } from "../server_side.ts";
import { deleteAndWait } from "./delete.ts";
import { prune, prunedMappings, type Visited } from "./prune.ts";

const MAX_PATCH_TRIES = 5;

/**
 * `kubectl apply`. Source: kubernetes/kubectl pkg/cmd/apply/apply.go, patcher.go.
 * Differs: builds no kustomizations, and prunes by label alone, not by ApplySet.
 */
export const apply: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  requireFiles(session);
  if (session.args.length > 0) {
    throw new CliError(
      `error: Unexpected args: [${
        session.args.join(" ")
      }]\nSee 'kubectl apply -h' for help and examples`,
    );
  }
  checkFlags(session);
  const pruned = flags.bool("prune") ? await prunedMappings(session) : undefined;
  const visited: Visited = { uids: new Set(), namespaces: new Set() };
  const report = new ObjectReport(session);
  const found = await findResources(session, {
    labelSelector: flags.string("selector"),
    validate: fieldValidationOf(session) !== "Ignore",
  });
  if (found.infos.length === 0 && found.errors.length === 0) {
    throw failure("no objects passed to apply");
  }
  const errors = [...found.errors];
  for (const info of found.infos) {
    try {
      const operation = await applyOne(session, info);
      visited.uids.add(info.object.metadata?.uid ?? "");
      if (info.mapping.namespaced) visited.namespaces.add(info.namespace);
      await report.print(info, operation);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof CliError)) throw error;
      if (error instanceof CliError && error.exitCode === 130) throw error;
      errors.push(error);
    }
  }
  await report.finish();
  throwAll(errors);
  if (pruned) await prune(session, visited, pruned, report);
}

/** Errors: CliError when neither `-f` nor `-k` names something. */
export function requireFiles(session: Session): void {
  if (session.flags.string("kustomize") !== "") {
    throw failure("the lab's kubectl does not build kustomizations; name the files with -f");
  }
  if (session.flags.list("filename").length === 0) throw failure("must specify one of -f and -k");
}

function checkFlags({ flags }: Session): void {
  const serverSide = flags.bool("server-side");
  const dryRun = flags.string("dry-run");
  if (flags.bool("force-conflicts") && !serverSide) {
    throw failure("--force-conflicts only works with --server-side");
  }
  if (dryRun === "client" && serverSide) {
    throw failure(
      "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
    );
  }
  if (flags.bool("force") && serverSide) throw failure("--force cannot be used with --server-side");
  if (dryRun === "server" && flags.bool("force")) {
    throw failure("--dry-run=server cannot be used with --force");
  }
  if (!flags.bool("prune")) return;
  if (flags.bool("all") && flags.string("selector") !== "") {
    throw failure("cannot set --all and --selector at the same time");
  }
  if (flags.bool("force")) throw failure("--force cannot be used with --prune");
  if (!flags.bool("all") && flags.string("selector") === "") {
    throw failure(
      "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
    );
  }
  if (serverSide) {
    throw failure(
      "--prune is in alpha and doesn't currently work on objects created by server-side apply",
    );
  }
}

async function applyOne(session: Session, info: Info): Promise<string> {
  const generated = info.object.metadata.generateName;
  if (info.name === "" && generated) {
    throw failure(`from ${generated}: cannot use generate name with apply`);
  }
  if (session.flags.bool("server-side")) return await serverSideApply(session, info);
  const modified = withLastApplied(info.object);
  const current = await currentOf(session, info);
  if (!current) return await createOne(session, info, modified);
  if (current.metadata.annotations?.[LAST_APPLIED] === undefined) warnMissing(session, info);
  const changed = await patchOne(session, info, modified, current);
  if (info.object.metadata.deletionTimestamp) {
    session.err(
      `Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`,
    );
  }
  return changed ? "configured" : "unchanged";
}

async function currentOf(session: Session, info: Info): Promise<KubeObject | undefined> {
  const fail = (message: string) =>
    `error when retrieving current configuration of:\n${infoText(info)}\nfrom server for: ${
      quote(info.source ?? "")
    }: ${message}`;
  try {
    return await session.client.get(info.mapping, info);
  } catch (error) {
    if (error instanceof NameError) throw failure(fail(error.why));
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === "NotFound") return undefined;
    throw new ApiError(error.code, error.reason, fail(error.message), error.details);
  }
}

function writeQuery(session: Session, manager: string): WriteQuery {
  return {
    fieldManager: session.flags.changed("field-manager")
      ? session.flags.string("field-manager")
      : manager,
    fieldValidation: fieldValidationOf(session),
    dryRun: dryRunOf(session) === "server" ? "All" : undefined,
  };
}

async function createOne(session: Session, info: Info, modified: KubeObject): Promise<string> {
  const body = pruneNulls(modified) as KubeObject;
  if (dryRunOf(session) === "client") {
    info.object = body;
    return "created";
  }
  try {
    info.object = await session.client.create(
      info.mapping,
      { namespace: info.namespace },
      goJson(body),
      { query: writeQuery(session, "kubectl-client-side-apply") },
    );
  } catch (error) {
    throw withSource(error, "creating", info.source);
  }
  return "created";
}

function pruneNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruneNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, pruneNulls(inner)]),
  );
}

function warnMissing(session: Session, info: Info): void {
  session.err(
    `Warning: resource ${info.mapping.resource}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
  );
}

function originalOf(
  session: Session,
  info: Info,
  modified: KubeObject,
  current: KubeObject,
): KubeObject | undefined {
  try {
    return lastApplied(current, modified);
  } catch (error) {
    if (!(error instanceof LastAppliedError)) throw error;
    session.err(`warning: error calculating patch from openapi v3 spec: ${error.why}\n`);
    const source = quote(info.source ?? "");
    throw failure(
      `error when applying patch:\n\nto:\n${infoText(info)}\nfor: ${source}: ` +
        `error when patching ${source}: ${error.message} ${error.why}`,
    );
  }
}

async function patchOne(
  session: Session,
  info: Info,
  modified: KubeObject,
  first: KubeObject,
): Promise<boolean> {
  let current = first;
  for (let attempt = 1;; attempt++) {
    const original = originalOf(session, info, modified, current);
    const { patch, type } = threeWayPatch(original, modified, current);
    info.object = current;
    if (Object.keys(patch).length === 0) return false;
    if (dryRunOf(session) === "client") return true;
    try {
      info.object = await session.client.patch(info.mapping, info, goJson(patch), {
        type,
        query: writeQuery(session, "kubectl-client-side-apply"),
      });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === "Conflict" && attempt < MAX_PATCH_TRIES) {
        current = (await currentOf(session, info))!;
        continue;
      }
      const recreate = session.flags.bool("force") &&
        ["Conflict", "Invalid"].includes(error.reason);
      if (recreate) return await replaceByForce(session, info, modified);
      const verb = `applying patch:\n${goJson(patch)}\nto:\n${infoText(info)}\nfor:`;
      throw withSource(withSource(error, "patching", info.source), verb, info.source);
    }
  }
}

async function replaceByForce(
  session: Session,
  info: Info,
  modified: KubeObject,
): Promise<boolean> {
  await deleteAndWait(session, [{ ...info, object: typed(info) }]);
  await createOne(session, info, modified);
  return true;
}

async function serverSideApply(session: Session, info: Info): Promise<string> {
  const body = goJson(info.object);
  const query = writeQuery(session, SERVER_SIDE_MANAGER);
  const send = (): Promise<KubeObject> =>
    session.client.patch(
      info.mapping,
      { ...info, subresource: session.flags.string("subresource") },
      body,
      {
        type: "apply",
        query: {
          ...query,
          force: String(session.flags.bool("force-conflicts")),
        },
      },
    );
  try {
    info.object = await send();
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "Conflict") throw error;
    throw failure(`${error.message}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`);
  }
  await migrateToServerSide(session, info, query, send);
  return "serverside-applied";
}
