import { own } from "../../../base/mod.ts";
import { kindWithGroup } from "../output.ts";
import { ApiError } from "../../../kube/mod.ts";
import { CliError, failure, throwAll } from "../errors.ts";
import { quote } from "../../../go/mod.ts";
import { dryRunOf } from "../report.ts";
import { errorsInOrder, findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { untilGone } from "../waiting.ts";
import { isOfOneObject, withSource } from "../failures.ts";

/** `kubectl delete`. Source: kubernetes/kubectl pkg/cmd/delete/delete.go. */
export const deleteVerb: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  if (flags.string("raw") !== "") {
    session.out(await session.client.text("DELETE", flags.string("raw")));
    return;
  }
  const gracePeriod = gracePeriodOf(session);
  checkFlags(session);
  const all = flags.bool("all");
  const found = await findResources(session, {
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    all: all && session.args.length > 0 && !session.args[0].includes("/"),
  });
  warnAboutForce(session, gracePeriod);
  const ignoreNotFound = flags.bool("ignore-not-found") ||
    (all && !flags.changed("ignore-not-found"));
  const failed = new Map<Info, unknown>();
  const deleted: Info[] = [];
  let foundAny = 0;
  let warned = false;
  for (const info of found.infos) {
    if (!warned && session.explicitNamespace && !info.mapping.namespaced) {
      warned = true;
      session.err(
        "Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n",
      );
    }
    foundAny++;
    try {
      const uid = await deleteOne(session, info, gracePeriod);
      if (uid !== undefined) deleted.push({ ...info, object: { metadata: { uid } } });
    } catch (error) {
      if (!isOfOneObject(error)) throw error;
      if (ignoreNotFound && error instanceof ApiError && error.reason === "NotFound") continue;
      failed.set(info, withSource(error, "deleting", info.source));
    }
  }
  throwAll(errorsInOrder(found, failed));
  if (foundAny === 0) session.out("No resources found\n");
  else if (flags.bool("wait") && dryRunOf(session) === "none") {
    await untilGone(session, deleted, flags.durationMs("timeout"));
  }
}

function checkFlags({ flags }: Session): void {
  if (flags.bool("all") && flags.string("selector") !== "") {
    throw failure("setting 'all' parameter but found a non empty selector. ");
  }
  if (flags.bool("interactive")) {
    throw failure("the lab's kubectl cannot ask back; leave --interactive out");
  }
  const output = flags.string("output");
  if (output !== "" && output !== "name") {
    throw failure(`unexpected -o output mode: ${output}. We only support '-o name'`);
  }
}

function gracePeriodOf({ flags }: Session): number {
  const given = flags.int("grace-period");
  if (flags.bool("now")) {
    if (given !== -1) throw failure("--now and --grace-period cannot be specified together");
    return 1;
  }
  if (flags.bool("force")) {
    if (given < 0) return 0;
    if (given > 0) {
      throw failure("--force and --grace-period greater than 0 cannot be specified together");
    }
  }
  // Zero without --force would leave the object to die unseen; one second is waited for instead.
  return given === 0 && !flags.bool("force") ? 1 : given;
}

function warnAboutForce(session: Session, gracePeriod: number): void {
  const { flags } = session;
  if (gracePeriod !== 0 || !flags.bool("force")) return;
  session.err(
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
  );
}

const PROPAGATION: Record<string, string> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
};

async function deleteOne(
  session: Session,
  info: Info,
  gracePeriod: number,
): Promise<string | undefined> {
  const cascade = session.flags.string("cascade") || "background";
  const propagationPolicy = own(PROPAGATION, cascade);
  if (!propagationPolicy) {
    throw failure(
      `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
    );
  }
  const dryRun = dryRunOf(session);
  if (dryRun === "client") {
    report(session, info, gracePeriod);
    return undefined;
  }
  const answer = await session.client.delete(info.mapping, info, {
    body: {
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy,
      ...(gracePeriod >= 0 ? { gracePeriodSeconds: gracePeriod } : {}),
      ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
    },
  });
  report(session, info, gracePeriod);
  return answer.kind === "Status" ? answer.details?.uid ?? "" : answer.metadata?.uid ?? "";
}

function report(session: Session, info: Info, gracePeriod: number): void {
  if (session.flags.string("output") === "name") {
    return session.out(`${kindWithGroup(info.mapping)}/${info.name}\n`);
  }
  let text = `${kindWithGroup(info.mapping)} ${quote(info.name)} ${
    gracePeriod === 0 ? "force deleted" : "deleted"
  }`;
  if (info.mapping.namespaced) text += ` from ${info.namespace} namespace`;
  const dryRun = dryRunOf(session);
  if (dryRun === "client") text += " (dry run)";
  if (dryRun === "server") text += " (server dry run)";
  session.out(text + "\n");
}

/** Deletes objects and waits until they are gone; for replacing them. */
export async function deleteAndWait(
  session: Session,
  infos: Info[],
  options: { say?: boolean } = {},
): Promise<void> {
  const gone: Info[] = [];
  for (const info of infos) {
    try {
      const answer = await session.client.delete(info.mapping, info, {
        body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" },
      });
      if (options.say) report(session, info, -1);
      const uid = answer.details?.uid ?? answer.metadata?.uid ?? "";
      gone.push({ ...info, object: { metadata: { uid } } });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
    }
  }
  await untilGone(session, gone, 0);
  if (session.io.signal.aborted) throw new CliError("", 130);
}
