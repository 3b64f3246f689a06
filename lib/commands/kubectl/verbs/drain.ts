import { passTime } from "../../command.ts";
import { ApiError, controllerOf, type KubeObject, type Pod } from "../../../kube/mod.ts";
import { CliError, failure, ManyErrors, throwAll } from "../errors.ts";
import { quote } from "../../../go/mod.ts";
import type { Mapping } from "../mapper.ts";
import { dryRunOf } from "../report.ts";
import type { Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { untilGone } from "../waiting.ts";
import { nodesOf, setSchedulable } from "./nodes.ts";

/**
 * `kubectl drain`. Source: kubernetes/kubectl pkg/cmd/drain/drain.go, pkg/drain/drain.go, filters.go.
 * Differs: evicts pod after pod in the list's order; upstream evicts all at once, in no order.
 */
export const drain: Verb = {
  async run(session) {
    const nodes = await nodesOf(session);
    for (const node of nodes) await setSchedulable(session, node, false);
    const fatal: unknown[] = [];
    const remaining: string[] = [];
    const text = { none: "", client: " (dry run)", server: " (server dry run)" }[dryRunOf(session)];
    for (const node of nodes) {
      try {
        await evictAll(session, node);
        session.out(`node/${node.name} drained${text}\n`);
      } catch (error) {
        if (!(error instanceof ManyErrors)) throw error;
        const messages = error.errors.map((each) => (each as Error).message);
        const joined = messages.length === 1 ? messages[0] : `[${messages.join(", ")}]`;
        session.err(
          `error: unable to drain node ${
            quote(node.name)
          } due to error: ${joined}, continuing command...\n`,
        );
        fatal.push(...error.errors);
        remaining.push(node.name);
      }
    }
    if (remaining.length === 0) return;
    session.err("There are pending nodes to be drained:\n");
    for (const name of remaining) session.err(` ${name}\n`);
    throwAll(fatal);
  },
};

/** Errors: ManyErrors with what keeps pods on the node. */
async function evictAll(session: Session, node: Info): Promise<void> {
  const { flags } = session;
  const { items } = await session.client.list("v1/pods", {}, {
    query: {
      labelSelector: flags.string("pod-selector"),
      fieldSelector: `spec.nodeName=${node.name}`,
      limit: flags.string("chunk-size"),
    },
  });
  const judged: [KubeObject, Verdict][] = [];
  for (const pod of items) judged.push([pod, await judge(session, pod)]);
  const refusals = grouped(judged, "refused");
  if (refusals.length > 0) {
    throw new ManyErrors(
      refusals.map(([reason, names]) =>
        new CliError(`cannot delete ${reason}: ${names.join(", ")}`)
      ),
    );
  }
  const warnings = grouped(judged, "warned").map(([reason, names]) =>
    `${reason}: ${names.join(", ")}`
  );
  if (warnings.length > 0) session.err(`Warning: ${warnings.join("; ")}\n`);
  const pods = judged.filter(([, verdict]) => verdict.evict).map(([pod]) => pod);
  if (dryRunOf(session) === "client") {
    for (const pod of pods) session.out(`evicting pod ${nameOf(pod)} (dry run)\n`);
    return;
  }
  const mapping = (await session.mapper()).resolve("pods");
  for (const pod of pods) await evictOne(session, mapping, pod);
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** What becomes of a pod, and what is to be said about it. */
interface Verdict {
  evict: boolean;
  refused?: string;
  warned?: string;
}

/** The reasons of one sort, with the pods they hold for. */
function grouped(
  judged: [KubeObject, Verdict][],
  sort: "refused" | "warned",
): [reason: string, names: string[]][] {
  const groups = new Map<string, string[]>();
  for (const [pod, verdict] of judged) {
    const reason = verdict[sort];
    if (reason !== undefined) groups.set(reason, [...groups.get(reason) ?? [], nameOf(pod)]);
  }
  return [...groups];
}

async function judge(session: Session, pod: Pod): Promise<Verdict> {
  const { flags } = session;
  const { metadata, spec, status } = pod;
  const isDone = status?.phase === "Succeeded" || status?.phase === "Failed";
  const owner = controllerOf(pod);
  let verdict: Verdict = { evict: true };
  if (owner?.kind === "DaemonSet" && owner.apiVersion === "apps/v1" && !isDone) {
    const missing = await missingDaemonSet(session, metadata.namespace ?? "", owner.name);
    if (missing && missing.reason === "NotFound" && flags.bool("force")) {
      verdict = { evict: true, warned: missing.message };
    } else if (missing) return { evict: false, refused: missing.message };
    else if (!flags.bool("ignore-daemonsets")) {
      const refused = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
      return { evict: false, refused };
    } else return { evict: false, warned: "ignoring DaemonSet-managed Pods" };
  }
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return { evict: false };
  if (spec?.volumes?.some((each) => each.emptyDir) && !isDone) {
    if (!flags.bool("delete-emptydir-data")) {
      const refused = "Pods with local storage (use --delete-emptydir-data to override)";
      return { evict: false, refused };
    }
    verdict = { evict: true, warned: "deleting Pods with local storage" };
  }
  // The last filter that is content takes the warnings of those before it away.
  if (isDone || owner) return { evict: verdict.evict };
  if (flags.bool("force")) {
    return { evict: true, warned: "deleting Pods that declare no controller" };
  }
  return {
    evict: false,
    refused: "Pods that declare no controller (use --force to override)",
  };
}

async function missingDaemonSet(
  session: Session,
  namespace: string,
  name: string,
): Promise<ApiError | undefined> {
  try {
    await session.client.get("apps/v1/daemonsets", { namespace, name });
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** How long a budget that allows no disruption is waited for, in lab milliseconds. */
const RETRY_MS = 5_000;

async function evictOne(session: Session, mapping: Mapping, pod: KubeObject): Promise<void> {
  const { flags, io } = session;
  const { name, namespace = "", uid } = pod.metadata;
  const server = dryRunOf(session) === "server";
  const timeoutMs = flags.durationMs("timeout");
  for (let waitedMs = 0;; waitedMs += RETRY_MS) {
    session.out(`evicting pod ${namespace}/${name}${server ? " (server dry run)" : ""}\n`);
    if (timeoutMs > 0 && waitedMs >= timeoutMs) {
      const message =
        `error when evicting pods/${quote(name)} -n ${quote(namespace)}: global timeout reached: ` +
        flags.string("timeout");
      throw new ManyErrors([new CliError(message)]);
    }
    try {
      await sendEviction(session, pod);
      break;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 404) return;
      const start = `error when evicting pods/${quote(name)} -n ${quote(namespace)}`;
      if (error.reason !== "TooManyRequests") {
        throw new ManyErrors([new CliError(`${start}: ${error.message}`)]);
      }
      session.err(`${start} (will retry after 5s): ${error.message}\n`);
      await passTime(io, RETRY_MS);
      if (io.signal.aborted) throw failure("interrupted");
    }
  }
  if (server) return;
  await untilGone(session, [{ mapping, namespace, name, object: { metadata: { uid } } }], 0);
  session.out(`pod/${name} evicted\n`);
}

async function sendEviction(session: Session, pod: KubeObject): Promise<void> {
  const { flags } = session;
  const { name, namespace } = pod.metadata;
  const gracePeriod = flags.int("grace-period");
  const deleteOptions = {
    ...(gracePeriod >= 0 ? { gracePeriodSeconds: gracePeriod } : {}),
    ...(dryRunOf(session) === "server" ? { dryRun: ["All"] } : {}),
  };
  if (flags.bool("disable-eviction")) {
    const body = { kind: "DeleteOptions", apiVersion: "v1", ...deleteOptions };
    await session.client.delete("v1/pods", { namespace, name }, { body });
    return;
  }
  await session.client.create("v1/pods", { namespace, name, subresource: "eviction" }, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace },
    ...(Object.keys(deleteOptions).length > 0 ? { deleteOptions } : {}),
  });
}
