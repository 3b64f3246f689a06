import type { KubeObject, models } from "../../../kube/mod.ts";
import { failure, throwAll, usageError } from "../errors.ts";
import { quote } from "../../../go/mod.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

/** The nodes a command names. Errors: CliError, ApiError. */
export async function nodesOf(session: Session): Promise<Info[]> {
  const { flags, args, command } = session;
  if (args.length === 0 && flags.string("selector") === "") {
    throw usageError(command, `USAGE: ${command} NODE [flags]`);
  }
  const found = await findResources(session, {
    args: args.length > 0 && args[0].includes("/") ? args : ["nodes", ...args],
    labelSelector: flags.string("selector"),
    fetch: true,
  });
  throwAll(found.errors);
  return found.infos;
}

async function patchNode(
  session: Session,
  info: Info,
  patch: unknown,
  fieldManager?: string,
): Promise<void> {
  if (dryRunOf(session) === "client") return;
  info.object = await session.client.patch(info.mapping, { name: info.name }, patch, {
    type: "merge",
    query: { fieldManager, dryRun: dryRunOf(session) === "server" ? "All" : undefined },
  });
}

/** Says so when a node is that way already. */
export async function setSchedulable(
  session: Session,
  info: Info,
  schedulable: boolean,
): Promise<void> {
  const done = schedulable ? "uncordoned" : "cordoned";
  const report = new ObjectReport(session);
  if (Boolean(info.object.spec?.unschedulable) === !schedulable) {
    return await report.print(info, `already ${done}`);
  }
  await patchNode(session, info, { spec: { unschedulable: schedulable ? null : true } });
  await report.print(info, done);
}

/** `kubectl cordon` and `uncordon`. Source: kubernetes/kubectl pkg/cmd/drain/drain.go. */
export const cordon: Verb = {
  async run(session) {
    for (const info of await nodesOf(session)) await setSchedulable(session, info, false);
  },
};
export const uncordon: Verb = {
  async run(session) {
    for (const info of await nodesOf(session)) await setSchedulable(session, info, true);
  },
};

/** `kubectl taint`. Source: kubernetes/kubectl pkg/cmd/taint/taint.go. */
export const taint: Verb = {
  async run(session) {
    const { flags, args } = session;
    const at = args.findIndex((word) => /[=:]/.test(word) || word.endsWith("-"));
    if (args.length === 0 || at < 0) throw failure("at least one taint update is required");
    const specs = args.slice(at).map(parseTaint);
    const found = await findResources(session, {
      args: args.slice(0, at),
      labelSelector: flags.string("selector"),
      emptySelectsAll: flags.bool("all"),
      fetch: true,
    });
    throwAll(found.errors);
    // Upstream does not say that a taint was only tried.
    const report = new ObjectReport(session, { silentDryRun: true });
    for (const info of found.infos) {
      const { taints, operation } = applyTaints(info.object, specs, flags.bool("overwrite"));
      const manager = flags.string("field-manager") || "kubectl-taint";
      await patchNode(session, info, { spec: { taints } }, manager);
      await report.print(info, operation);
    }
  },
};

/** A taint to set, or those to take away. */
type TaintSpec =
  | { remove: false; key: string; value: string; effect: Effect }
  | { remove: true; key: string; effect: Effect | "" };

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;
type Effect = typeof EFFECTS[number];

function parseTaint(spec: string): TaintSpec {
  const remove = spec.endsWith("-");
  const match = /^([^=:]+)(?:=([^:]*))?(?::(.*))?$/.exec(remove ? spec.slice(0, -1) : spec);
  if (!match) throw failure(`invalid taint spec: ${spec}`);
  const [, key, value = "", effect = ""] = match;
  if (effect === "" && !remove) throw failure(`invalid taint effect: , unsupported taint effect`);
  const known = EFFECTS.find((each) => each === effect);
  if (effect !== "" && !known) {
    throw usageError("taint", `invalid taint effect: ${effect}, unsupported taint effect`);
  }
  return known && !remove
    ? { key, value, effect: known, remove }
    : { key, effect: known ?? "", remove: true };
}

function applyTaints(node: KubeObject, specs: TaintSpec[], overwrite: boolean) {
  let taints: models.Taint[] = node.spec?.taints ?? [];
  // Upstream puts the new ones before those that were there.
  const fresh: models.Taint[] = [];
  let added = false, removed = false;
  for (const spec of specs) {
    const { key, effect } = spec;
    const matches = (each: models.Taint) =>
      each.key === key && (effect === "" || each.effect === effect);
    const present = taints.some(matches);
    if (spec.remove) {
      if (!present) throw failure(`taint ${quote(key + (effect ? `:${effect}` : ""))} not found`);
      taints = taints.filter((each) => !matches(each));
      removed = true;
      continue;
    }
    if (present && !overwrite) {
      throw failure(
        `node ${node.metadata.name} already has ${key} taint(s) with same effect(s) and --overwrite is false`,
      );
    }
    taints = taints.filter((each) => !matches(each));
    fresh.push({ key, effect: spec.effect, ...(spec.value ? { value: spec.value } : {}) });
    added = true;
    if (present) removed = true;
  }
  const operation = added && removed ? "modified" : added ? "tainted" : "untainted";
  return { taints: [...fresh, ...taints], operation };
}
